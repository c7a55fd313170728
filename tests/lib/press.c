#include "tests/lib/press.h"

#include <stdlib.h>
#include <string.h>

#include "common/checkpoint.h"
#include "common/message.h"
#include "common/rpc.h"
#include "proto/request.pb-c.h"

#define DUE 20600 /* days since 1970-01-01 */

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void done(enum status status)
{
	must(status == STATUS_OK);
}

static void emit(struct press *press, const struct bundle_record *record)
{
	buf_clear(&press->record);
	done(bundle_put(&press->record, record));
	must(fwrite(buf_head(&press->record), 1, press->record.len, press->to) ==
	     press->record.len);
}

/* ---- the tree ---- */

static enum status get_node(void *context, unsigned level, uint64_t index,
			    uint8_t out[static HASH_LEN])
{
	const struct press *press = context;

	memcpy(out, press->levels[level][index], HASH_LEN);
	return STATUS_OK;
}

static void keep_node(struct press *press, unsigned level, uint64_t index, const uint8_t *node)
{
	if (index >= press->capacity[level]) {
		press->capacity[level] = press->capacity[level] * 2 + 16;
		press->levels[level] =
			realloc(press->levels[level], press->capacity[level] * HASH_LEN);
		must(press->levels[level] != NULL);
	}
	memcpy(press->levels[level][index], node, HASH_LEN);
}

static void grow(struct press *press, const uint8_t leaf[static HASH_LEN])
{
	uint8_t node[1 + 2 * HASH_LEN] = {1};
	uint8_t top[HASH_LEN];
	uint64_t index = press->tree.size;
	unsigned level = 0;

	merkle_append(&press->tree, press->hash, leaf);
	memcpy(top, leaf, HASH_LEN);
	keep_node(press, 0, index, top);
	for (; (index & 1) != 0; index >>= 1) {
		memcpy(node + 1, press->levels[level][index - 1], HASH_LEN);
		memcpy(node + 1 + HASH_LEN, top, HASH_LEN);
		hash_of(node, sizeof(node), top);
		keep_node(press, ++level, index >> 1, top);
	}
}

static struct merkle_proof prove(struct press *press, uint64_t from, uint64_t to)
{
	struct merkle_nodes nodes = {get_node, press};
	struct merkle_proof proof = {.count = 0};
	struct merkle_edge edge;

	if (to == 0)
		return proof;
	done(merkle_edge_init(&edge, &nodes, to, press->hash));
	done(merkle_prove_consistency(&edge, from, &proof));
	return proof;
}

void press_root(struct press *press, uint64_t size, uint8_t root[static HASH_LEN])
{
	struct merkle_nodes nodes = {get_node, press};
	struct merkle_edge edge;

	if (size == 0) {
		hash_of("", 0, root);
		return;
	}
	done(merkle_edge_init(&edge, &nodes, size, press->hash));
	memcpy(root, merkle_edge_root(&edge), HASH_LEN);
}

/* ---- the bundle ---- */

void press_init(struct press *press, FILE *to)
{
	struct buf pem = BUF_EMPTY;
	uint8_t public[ED25519_KEY_LEN];

	*press = (struct press){.to = to, .hash = hash_new()};
	must(press->hash != NULL);
	merkle_init(&press->tree);
	done(ed25519_new(&press->secret, &pem));
	ed25519_public(press->secret, public);
	done(note_key_make(&press->key, PRESS_ORIGIN, NOTE_ED25519, public));
	buf_release(&pem);
}

void press_release(struct press *press)
{
	for (size_t i = 0; i < 64; i++)
		free(press->levels[i]);
	buf_release(&press->record);
	buf_release(&press->act);
	ed25519_free(press->secret);
	hash_free(press->hash);
}

void press_begin(struct press *press)
{
	struct bundle_record record = {.kind = BUNDLE_BEGIN};

	press->from = press->tree.size;
	merkle_root(&press->tree, press->hash, press->root_from);
	record.begin = (struct bundle_begin){press->from, press->tree.peaks[0]};
	must(fwrite(BUNDLE_MAGIC, 1, BUNDLE_MAGIC_LEN, press->to) == BUNDLE_MAGIC_LEN);
	emit(press, &record);
}

int64_t press_time(uint64_t sequence)
{
	return PRESS_TIME + (int64_t)sequence * 1000000;
}

static void pack_act(struct press *press, const ProtobufCMessage *request,
		     const ProtobufCMessage *reply)
{
	Pb__Act act = PB__ACT__INIT;
	struct buf parts[2] = {BUF_EMPTY, BUF_EMPTY};

	if (request != NULL)
		done(message_pack(request, &parts[0]));
	if (reply != NULL)
		done(message_pack(reply, &parts[1]));
	act.request = (ProtobufCBinaryData){parts[0].len, parts[0].bytes};
	act.reply = (ProtobufCBinaryData){parts[1].len, parts[1].bytes};
	buf_clear(&press->act);
	done(message_pack(&act.base, &press->act));
	buf_release(&parts[0]);
	buf_release(&parts[1]);
}

void press_entry(struct press *press, int kind, struct entry *entry,
		 const ProtobufCMessage *request, const ProtobufCMessage *reply)
{
	uint8_t header[ENTRY_HEADER_MAX];
	uint8_t salt[ENTRY_SALT_LEN];
	uint8_t leaf[HASH_LEN];
	struct bundle_record record = {.kind = (enum bundle_kind)kind};

	pack_act(press, request, reply);
	memset(salt, (int)press->tree.size % 251 + 1, sizeof(salt));
	entry->sequence = press->tree.size;
	entry->time = press_time(entry->sequence);
	entry_commit(press->hash, salt, buf_head(&press->act), press->act.len, entry->commitment);
	entry_encode(entry, header);
	merkle_leaf(press->hash, header, entry_header_len(entry), leaf);
	if (kind == BUNDLE_ERASED) { /* one byte of the act is left */
		memset(salt, 0, 12);
		memset(press->act.bytes + press->act.start + 1, 0, press->act.len - 1);
		press->act.bytes[press->act.start + 1] = 0x80;
	}
	record.entry = (struct bundle_entry){
		header, entry_header_len(entry), salt, buf_head(&press->act), press->act.len, leaf};
	if (kind != 0)
		emit(press, &record);
	grow(press, leaf);
}

void press_loan(struct press *press, int kind, uint64_t item, uint64_t loan, uint32_t open)
{
	struct subject subject = {SUBJECT_ITEM, item};
	struct entry entry = {.class_ = ENTRY_CHANGE,
			      .rpc = open != 0 ? RPC_borrow : RPC_return,
			      .actor = 2,
			      .office = 1,
			      .subject_count = 1,
			      .subjects = &subject};
	Pb__Loan row = PB__LOAN__INIT;
	Pb__ItemOutcome outcome = PB__ITEM_OUTCOME__INIT;
	Pb__ItemOutcome *outcomes[] = {&outcome};
	Pb__BorrowReply borrow = PB__BORROW_REPLY__INIT;
	Pb__ReturnReply back = PB__RETURN_REPLY__INIT;

	row.id = loan;
	row.item_id = item;
	row.open = open;
	row.borrower_id = 7;
	row.borrower = "王芳";
	row.lent_at = press_time(press->tree.size);
	row.due = DUE;
	outcome.item = "HQ-KH-2026-000001";
	outcome.loan = &row;
	borrow.outcomes = back.outcomes = outcomes;
	borrow.n_outcomes = back.n_outcomes = 1;
	press_entry(press, kind, &entry, NULL, open != 0 ? &borrow.base : &back.base);
}

void press_item(struct press *press, uint64_t item, uint64_t loan, int64_t since)
{
	struct bundle_record record = {.kind = BUNDLE_ITEM};

	record.item = (struct bundle_item){.id = item, .number = "HQ-KH-2026-000001"};
	record.item.number_len = strlen(record.item.number);
	if (loan != 0) {
		record.item.standing = BUNDLE_LENT;
		record.item.loan = loan;
		record.item.borrower = 7;
		record.item.since = since;
		record.item.due = DUE;
	}
	press->items++;
	emit(press, &record);
}

void press_close(struct press *press)
{
	press->end = press->tree.size;
}

void press_note(struct press *press, uint64_t size, uint64_t time, struct buf *note)
{
	struct checkpoint checkpoint = {.origin = PRESS_ORIGIN, .size = size};
	struct note_key dated;
	struct buf text = BUF_EMPTY;

	press_root(press, size, checkpoint.root);
	done(checkpoint_format(&checkpoint, &text));
	done(buf_append(note, buf_head(&text), text.len));
	done(buf_append(note, "\n", 1));
	done(note_sign(note, &press->key, press->secret, 0, (const char *)buf_head(&text),
		       text.len));
	if (time != 0) {
		done(note_key_make(&dated, PRESS_ORIGIN, NOTE_COSIGNATURE, press->key.key));
		done(note_sign(note, &dated, press->secret, time, (const char *)buf_head(&text),
			       text.len));
	}
	buf_release(&text);
}

void press_signed(struct press *press, uint64_t size, const struct buf *note)
{
	struct bundle_record record = {.kind = BUNDLE_HEAD};

	record.head.note = (const char *)buf_head(note);
	record.head.note_len = note->len;
	record.head.proof =
		size < press->end ? prove(press, size, press->end) : prove(press, press->end, size);
	emit(press, &record);
}

void press_head(struct press *press, uint64_t size, uint64_t time)
{
	struct buf note = BUF_EMPTY;

	press_note(press, size, time, &note);
	press_signed(press, size, &note);
	buf_release(&note);
}

void press_end(struct press *press, bool whole)
{
	struct bundle_record record = {.kind = BUNDLE_END};
	uint8_t root[HASH_LEN];

	press_root(press, press->end, root);
	record.end = (struct bundle_end){.to = press->end,
					 .root = root,
					 .items = press->items,
					 .whole = whole,
					 .proof = prove(press, press->from, press->end)};
	emit(press, &record);
	must(fflush(press->to) == 0);
}
