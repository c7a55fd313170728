#include "server/dispatch/replay.h"

#include <stdio.h>

#include "common/arena.h"
#include "server/dispatch/apply.h"
#include "server/dispatch/erased.h"

/* Entries in one transaction: many, to write each page once; few enough for LMDB's list of dirty
 * pages (131,071), at some ten pages an entry in the worst case. */
#define REPLAY_BATCH 10000
#define REPLAY_ARENA_MAX (16u * 1024 * 1024)

struct replay {
	struct store *store;
	struct ledger_reader *reader;
	struct hash *hash;
	struct arena arena;
	struct mark mark;
	struct erased_list erased; /* what was redacted on the way, and what erase entries list */
	char *why;
};

static enum status replay_entry(struct replay *replay, struct txn *txn)
{
	struct ledger_record record;
	enum status status = ledger_reader_next(replay->reader, &record);
	if (status == STATUS_OK && record.entry.sequence != replay->mark.tree.size)
		status = STATUS_CORRUPT;
	if (status != STATUS_OK) {
		snprintf(replay->why, REPLAY_WHY_LEN, "entry %llu cannot be read: %s",
			 (unsigned long long)replay->mark.tree.size, status_text(status));
		return status;
	}
	/* What was redacted is not what it commits to: an erase entry says what is left of it. */
	status = record.redacted ? STATUS_OK : ledger_record_verify(&record, replay->hash);
	if (status != STATUS_OK) {
		snprintf(replay->why, REPLAY_WHY_LEN,
			 "entry %llu: its payload is not what it commits to",
			 (unsigned long long)record.entry.sequence);
		return status;
	}
	arena_reset(&replay->arena);
	status = erased_note(&replay->erased, &record, replay->hash);
	if (status != STATUS_OK)
		return status;
	status = apply_payload(txn, &record.entry, record.payload, record.payload_len,
			       &replay->arena);
	if (status != STATUS_OK) {
		snprintf(replay->why, REPLAY_WHY_LEN, "entry %llu cannot be applied: %s",
			 (unsigned long long)record.entry.sequence, status_text(status));
		return status;
	}
	uint8_t leaf[HASH_LEN];
	merkle_leaf(replay->hash, record.header, record.header_len, leaf);
	merkle_append(&replay->mark.tree, replay->hash, leaf);
	replay->mark.time = record.entry.time;
	return STATUS_OK;
}

static enum status replay_batch(struct replay *replay, uint64_t end)
{
	struct txn *txn = NULL;
	enum status status = store_reserve(replay->store);
	if (status == STATUS_OK)
		status = store_write(replay->store, &txn);
	for (unsigned i = 0; status == STATUS_OK && i < REPLAY_BATCH; i++) {
		if (replay->mark.tree.size >= end)
			break;
		status = replay_entry(replay, txn);
	}
	if (status != STATUS_OK) {
		txn_end(txn);
		return status;
	}
	mark_put(txn, &replay->mark);
	status = txn_commit(txn);
	if (status != STATUS_OK)
		snprintf(replay->why, REPLAY_WHY_LEN, "the state cannot be written: %s",
			 status_text(status));
	return status;
}

static enum status replay_begin(struct replay *replay, const struct ledger *ledger)
{
	struct txn *txn = NULL;
	enum status status = store_read(replay->store, &txn);
	if (status != STATUS_OK)
		return status;
	mark_get(txn, &replay->mark);
	status = txn_status(txn);
	txn_end(txn);
	if (status != STATUS_OK)
		return status;
	if (replay->mark.tree.size > ledger_size(ledger)) {
		snprintf(replay->why, REPLAY_WHY_LEN,
			 "the state has %llu entries, the ledger only %llu: the ledger lost some",
			 (unsigned long long)replay->mark.tree.size,
			 (unsigned long long)ledger_size(ledger));
		return STATUS_CORRUPT;
	}
	replay->hash = hash_new();
	if (replay->hash == NULL)
		return STATUS_MEMORY;
	status = ledger_reader_new(&replay->reader, ledger);
	if (status == STATUS_OK)
		ledger_reader_seek(replay->reader, replay->mark.tree.size);
	return status;
}

/* Reads on to the ledger's end: an erase entry stands behind what it lists. */
static enum status note_rest(struct replay *replay)
{
	enum status status = STATUS_OK;
	struct ledger_record record;
	while (status == STATUS_OK && replay->erased.seen_count > 0) {
		status = ledger_reader_next(replay->reader, &record);
		if (status == STATUS_OK)
			status = erased_note(&replay->erased, &record, replay->hash);
	}
	return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

/* A redaction that no erase entry lists is damage, or worse. */
static enum status judge_redactions(struct replay *replay)
{
	uint64_t sequence = 0;
	size_t at = 0;
	enum status status = note_rest(replay);
	erased_sort(&replay->erased);
	if (status != STATUS_OK || !erased_unlisted(&replay->erased, &at, &sequence))
		return status;
	snprintf(replay->why, REPLAY_WHY_LEN, "entry %llu was overwritten, and no erasure says so",
		 (unsigned long long)sequence);
	return STATUS_CORRUPT;
}

enum status replay_run(struct store *store, const struct ledger *ledger, uint64_t end,
		       replay_progress_cb *progress, void *context, char why[static REPLAY_WHY_LEN])
{
	struct replay replay = {.store = store, .why = why};
	snprintf(why, REPLAY_WHY_LEN, "the state or the ledger cannot be read");
	arena_init(&replay.arena, REPLAY_ARENA_MAX);
	erased_init(&replay.erased);
	enum status status = replay_begin(&replay, ledger);
	uint64_t first = replay.mark.tree.size;
	if (end > ledger_size(ledger))
		end = ledger_size(ledger);
	while (status == STATUS_OK && replay.mark.tree.size < end) {
		status = replay_batch(&replay, end);
		if (progress != NULL)
			progress(context, replay.mark.tree.size - first, end - first);
	}
	if (status == STATUS_OK)
		status = judge_redactions(&replay);
	erased_release(&replay.erased);
	ledger_reader_free(replay.reader);
	hash_free(replay.hash);
	arena_release(&replay.arena);
	return status;
}
