/*
 * What the product says of trees, notes, proofs and policies, for the verifier in Python to
 * compare: reads batches of requests on standard input, and answers each batch on standard output.
 *
 *   batch: u32 length, requests        request: u8 which, u32 length, body
 *   answers: u32 length, answers       answer: u8 status, u32 length, body
 *
 * Numbers are big-endian. The bodies are said at each function, here and in prover.h.
 */
#include "tests/python/prover.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"

#define LEVELS 10 /* trees of up to 1024 leaves */
#define LEAVES_MAX (1u << LEVELS)
#define BATCH_MAX (64u * 1024 * 1024)

struct prover {
	struct hash *hash;
	size_t count;                                    /* leaves */
	uint8_t nodes[LEVELS + 1][LEAVES_MAX][HASH_LEN]; /* of perfect subtrees */
	struct merkle_edge edge;                         /* of the tree asked for last */
};

void die(const char *why)
{
	(void)fprintf(stderr, "prover: %s\n", why);
	exit(1);
}

const uint8_t *take(struct body *body, size_t len)
{
	const uint8_t *taken = body->at;

	if (len > body->left)
		die("a request is cut short");
	body->at += len;
	body->left -= len;
	return taken;
}

struct body take_run(struct body *body)
{
	size_t len = bytes_get32(take(body, 4));

	return (struct body){take(body, len), len};
}

void add(struct buf *to, const void *bytes, size_t len)
{
	if (buf_append(to, bytes, len) != STATUS_OK)
		die("out of memory");
}

void add64(struct buf *to, uint64_t number)
{
	uint8_t bytes[8];
	bytes_put64(bytes, number);
	add(to, bytes, sizeof(bytes));
}

/* ---- trees ---- */

static enum status get_node(void *context, unsigned level, uint64_t index,
			    uint8_t out[static HASH_LEN])
{
	const struct prover *prover = context;

	memcpy(out, prover->nodes[level][index], HASH_LEN);
	return STATUS_OK;
}

/* u32 length and bytes of each leaf: the trees are of these from now on. */
static enum status serve_leaves(struct prover *prover, struct body *body, struct buf *answer)
{
	(void)answer;
	for (prover->count = 0; body->left > 0 && prover->count < LEAVES_MAX; prover->count++) {
		struct body leaf = take_run(body);
		merkle_leaf(prover->hash, leaf.at, leaf.left, prover->nodes[0][prover->count]);
	}
	for (size_t level = 1; level <= LEVELS; level++) {
		for (size_t i = 0; i < prover->count >> level; i++) {
			hash_begin(prover->hash);
			hash_add(prover->hash, "\x01", 1);
			hash_add(prover->hash, prover->nodes[level - 1][2 * i], HASH_LEN);
			hash_add(prover->hash, prover->nodes[level - 1][2 * i + 1], HASH_LEN);
			hash_end(prover->hash, prover->nodes[level][i]);
		}
	}
	prover->edge.size = 0;
	return STATUS_OK;
}

const struct merkle_edge *edge_of(struct prover *prover, uint64_t size)
{
	const struct merkle_nodes nodes = {.get = get_node, .context = prover};

	if (size == 0 || size > prover->count)
		die("there are not so many leaves");
	if (prover->edge.size != size &&
	    merkle_edge_init(&prover->edge, &nodes, size, prover->hash) != STATUS_OK)
		die("no edge");
	return &prover->edge;
}

/* size -> root */
static enum status serve_root(struct prover *prover, struct body *body, struct buf *answer)
{
	add(answer, merkle_edge_root(edge_of(prover, bytes_get64(take(body, 8)))), HASH_LEN);
	return STATUS_OK;
}

/* index, size -> hashes */
static enum status serve_inclusion(struct prover *prover, struct body *body, struct buf *answer)
{
	uint64_t index = bytes_get64(take(body, 8));
	struct merkle_proof proof;
	enum status status =
		merkle_prove_inclusion(edge_of(prover, bytes_get64(take(body, 8))), index, &proof);

	if (status == STATUS_OK)
		add(answer, proof.hashes, proof.count * HASH_LEN);
	return status;
}

/* first size, second size -> hashes */
static enum status serve_consistency(struct prover *prover, struct body *body, struct buf *answer)
{
	uint64_t first = bytes_get64(take(body, 8));
	struct merkle_proof proof;
	enum status status = merkle_prove_consistency(edge_of(prover, bytes_get64(take(body, 8))),
						      first, &proof);

	if (status == STATUS_OK)
		add(answer, proof.hashes, proof.count * HASH_LEN);
	return status;
}

/* The hashes that are left. */
static const uint8_t (*take_proof(struct body *body, size_t *count))[HASH_LEN]
{
	*count = body->left / HASH_LEN;
	return (const uint8_t(*)[HASH_LEN])take(body, *count * HASH_LEN);
}

/* index, size, leaf, root, hashes */
static enum status serve_verify_inclusion(struct prover *prover, struct body *body,
					  struct buf *answer)
{
	uint64_t index = bytes_get64(take(body, 8)), size = bytes_get64(take(body, 8));
	const uint8_t *leaf = take(body, HASH_LEN), *root = take(body, HASH_LEN);
	size_t count;
	const uint8_t(*proof)[HASH_LEN] = take_proof(body, &count);

	(void)prover;
	(void)answer;
	return merkle_verify_inclusion(index, size, leaf, proof, count, root);
}

/* first size, second size, their roots, hashes */
static enum status serve_verify_consistency(struct prover *prover, struct body *body,
					    struct buf *answer)
{
	uint64_t first = bytes_get64(take(body, 8)), second = bytes_get64(take(body, 8));
	const uint8_t *root1 = take(body, HASH_LEN), *root2 = take(body, HASH_LEN);
	size_t count;
	const uint8_t(*proof)[HASH_LEN] = take_proof(body, &count);

	(void)prover;
	(void)answer;
	return merkle_verify_consistency(first, second, proof, count, root1, root2);
}

/* ---- requests ---- */

static const struct {
	char which;
	enum status (*serve)(struct prover *prover, struct body *body, struct buf *answer);
} services[] = {
	{'L', serve_leaves},
	{'R', serve_root},
	{'i', serve_inclusion},
	{'c', serve_consistency},
	{'I', serve_verify_inclusion},
	{'C', serve_verify_consistency},
	{'s', serve_sign},
	{'N', serve_verify_note},
	{'P', serve_verify_checkpoint},
	{'t', serve_tlogproof},
	{'T', serve_verify_tlogproof},
	{'J', serve_judge},
	{'B', serve_verify_bundle},
};

static void serve(struct prover *prover, struct body *batch, struct buf *answers)
{
	char which = (char)*take(batch, 1);
	struct body body = take_run(batch);
	struct buf answer = BUF_EMPTY;
	uint8_t head[5];

	size_t i = 0;
	while (services[i].which != which) {
		if (++i == sizeof(services) / sizeof(services[0]))
			die("an unknown request");
	}
	head[0] = (uint8_t)services[i].serve(prover, &body, &answer);
	bytes_put32(head + 1, (uint32_t)answer.len);
	add(answers, head, sizeof(head));
	add(answers, buf_head(&answer), answer.len);
	buf_release(&answer);
}

/* False at the end of input. */
static bool serve_batch(struct prover *prover, struct buf *batch, struct buf *answers)
{
	uint8_t head[4];

	if (fread(head, 1, sizeof(head), stdin) != sizeof(head))
		return false;
	uint32_t len = bytes_get32(head);
	buf_clear(batch);
	buf_clear(answers);
	uint8_t *to = len <= BATCH_MAX ? buf_reserve(batch, len) : NULL;
	if (to == NULL || fread(to, 1, len, stdin) != len)
		die("a batch is too large or cut short");
	buf_added(batch, len);
	for (struct body left = {buf_head(batch), len}; left.left > 0;)
		serve(prover, &left, answers);
	bytes_put32(head, (uint32_t)answers->len);
	if (fwrite(head, 1, sizeof(head), stdout) != sizeof(head) ||
	    fwrite(buf_head(answers), 1, answers->len, stdout) != answers->len ||
	    fflush(stdout) != 0)
		die("nobody reads");
	return true;
}

int main(void)
{
	struct prover *prover = calloc(1, sizeof(*prover));
	struct buf batch = BUF_EMPTY, answers = BUF_EMPTY;

	if (prover == NULL || (prover->hash = hash_new()) == NULL)
		die("out of memory");
	while (serve_batch(prover, &batch, &answers))
		continue;
	buf_release(&batch);
	buf_release(&answers);
	hash_free(prover->hash);
	free(prover);
	return 0;
}
