#include "tests/lib/cosigners.h"

#include <stdlib.h>
#include <string.h>

#include "tests/lib/rfc_tree.h"

static void must(enum status status)
{
	if (status != STATUS_OK)
		abort();
}

void cosigner_init(struct cosigner *cosigner, const char *name, enum note_type type)
{
	struct buf pem = BUF_EMPTY;
	uint8_t public[ED25519_KEY_LEN];

	must(ed25519_new(&cosigner->private, &pem));
	buf_release(&pem);
	ed25519_public(cosigner->private, public);
	must(note_key_make(&cosigner->key, name, type, public));
}

void cosigner_release(struct cosigner *cosigner)
{
	ed25519_free(cosigner->private);
}

void cosigner_beat(const struct cosigner *log, const struct checkpoint *head, uint64_t time,
		   struct buf *note)
{
	struct note_key timed;
	struct buf text = BUF_EMPTY;

	must(note_key_make(&timed, log->key.name, NOTE_COSIGNATURE, log->key.key));
	must(checkpoint_format(head, &text));
	must(buf_append(note, buf_head(&text), text.len));
	must(buf_append(note, "\n", 1));
	must(note_sign(note, &log->key, log->private, 0, (const char *)buf_head(&text), text.len));
	must(note_sign(note, &timed, log->private, time, (const char *)buf_head(&text), text.len));
	buf_release(&text);
}

void cosigner_line(const struct cosigner *witness, const struct buf *bytes, uint64_t time,
		   struct buf *line)
{
	struct note note;

	must(note_parse(&note, buf_head(bytes), bytes->len));
	must(note_sign(line, &witness->key, witness->private, time, note.text, note.text_len));
}

static struct rfc_tree *grow(uint64_t size, uint8_t fork)
{
	uint8_t leaves[RFC_TREE_MAX][HASH_LEN];
	struct rfc_tree *tree;

	for (size_t i = 0; i < size; i++)
		hash_of((uint8_t[]){0, fork, (uint8_t)(i >> 8), (uint8_t)i}, 4, leaves[i]);
	tree = rfc_tree_new(leaves, (size_t)size);
	if (tree == NULL)
		abort();
	return tree;
}

struct checkpoint cosigners_head(uint64_t size, uint8_t fork)
{
	struct checkpoint head = {.origin = COSIGNERS_ORIGIN, .size = size};
	struct rfc_tree *tree;

	if (size == 0) {
		hash_of("", 0, head.root);
		return head;
	}
	tree = grow(size, fork);
	memcpy(head.root, rfc_tree_hash(tree, 0, (size_t)size), HASH_LEN);
	rfc_tree_free(tree);
	return head;
}

void cosigners_proof(uint64_t from, uint64_t to, uint8_t fork, struct merkle_proof *proof)
{
	struct rfc_tree *tree;

	proof->count = 0;
	if (from == 0 || from == to)
		return;
	tree = grow(to, fork);
	proof->count = rfc_tree_subproof(tree, (size_t)from, 0, (size_t)to, true, proof->hashes);
	rfc_tree_free(tree);
}
