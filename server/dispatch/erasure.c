#include "server/dispatch/erasure.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/file.h"
#include "common/log.h"
#include "common/path.h"
#include "server/dispatch/erased.h"
#include "server/dispatch/snapshot.h"
#include "server/ledger/redaction.h"

#define MARK "erasing"
#define BATCH_BYTES ((size_t)4 << 20) /* overwritten under one journal, about */
#define BATCH_ENTRIES 4096

/* Redactions on their way to the ledger. */
struct work {
	struct recovered *disk;
	struct erased_list list;
	struct ledger_reader *reader;
	struct hash *hash;
	struct redaction batch[BATCH_ENTRIES]; /* bytes are set when it is carried out */
	size_t count;
	struct buf bytes; /* of the batch, one behind the other */
	bool marked;
	size_t done;
	char *why;
};

static enum status explain(struct work *work, enum status status, uint64_t sequence,
			   const char *what)
{
	snprintf(work->why, ENGINE_WHY_LEN, "the erasure of entry %llu: %s",
		 (unsigned long long)sequence, what);
	return status;
}

static enum status mark_path(const struct recovered *disk, struct path *path)
{
	return path_join(path, disk->data, MARK);
}

static enum status put_mark(struct work *work)
{
	struct path path;
	enum status status = work->marked ? STATUS_OK : mark_path(work->disk, &path);
	if (status == STATUS_OK && !work->marked)
		status = file_put(path.text, "", 0);
	work->marked = true;
	return status;
}

static enum status remove_mark(const struct recovered *disk)
{
	struct path path;
	enum status status = mark_path(disk, &path);
	if (status == STATUS_OK)
		status = directory_sync(disk->data); /* the old state is gone before the mark is */
	if (status == STATUS_OK)
		status = file_remove(path.text);
	return status == STATUS_OK ? directory_sync(disk->data) : status;
}

/* ---- redacting ---- */

/* Overwrites what the batch has. */
static enum status flush(struct work *work)
{
	const uint8_t *at = buf_head(&work->bytes);
	enum status status = work->count == 0 ? STATUS_OK : put_mark(work);
	for (size_t i = 0; i < work->count; i++) {
		work->batch[i].bytes = at;
		at += work->batch[i].len;
	}
	if (status == STATUS_OK)
		status = ledger_redact(work->disk->ledger, work->batch, work->count);
	work->done += work->count;
	work->count = 0;
	buf_clear(&work->bytes);
	return status;
}

static enum status read_at(struct work *work, uint64_t sequence, struct ledger_record *record)
{
	ledger_reader_seek(work->reader, sequence);
	enum status status = ledger_reader_next(work->reader, record);
	return status == STATUS_OK ? status
				   : explain(work, STATUS_CORRUPT, sequence, "it cannot be read");
}

/* One entry that is listed, by one erasure or by several. */
static enum status redact_entry(struct work *work, size_t from, size_t count)
{
	uint64_t sequence = work->list.listed[from].sequence;
	size_t end = from + count;
	struct ledger_record record;
	enum status status = read_at(work, sequence, &record);
	if (status != STATUS_OK)
		return status;
	switch (erased_judge(&work->list, &from, count, &record, work->hash)) {
	case LISTED_DONE:
		return STATUS_OK;
	case LISTED_WRONG:
		return explain(work, STATUS_CORRUPT, sequence,
			       "it is redacted, but not as an erase entry says");
	case LISTED_DUE:
		break;
	}
	if (!record.redacted && ledger_record_verify(&record, work->hash) != STATUS_OK)
		return explain(work, STATUS_CORRUPT, sequence,
			       "its payload is not what it commits to");
	status = erased_make(&work->list, from, end - from, &record, work->hash, &work->bytes);
	if (status != STATUS_OK)
		return explain(work, status, sequence, "what is left is not what is listed");
	work->batch[work->count++] =
		(struct redaction){.sequence = sequence, .len = redaction_len(&record)};
	return work->count == BATCH_ENTRIES || work->bytes.len >= BATCH_BYTES ? flush(work)
									      : STATUS_OK;
}

static enum status redact_all(struct work *work)
{
	enum status status = STATUS_OK;
	size_t count = 0;
	erased_sort(&work->list);
	for (size_t i = 0; status == STATUS_OK && i < work->list.count; i += count) {
		count = erased_run(&work->list, i);
		status = redact_entry(work, i, count);
	}
	return status == STATUS_OK ? flush(work) : status;
}

/* ---- the state ---- */

/* Nothing is left in free pages, nor in copies. */
static enum status renew(struct work *work)
{
	struct path path;
	char inner[SNAPSHOT_WHY_LEN] = "the state cannot be written anew";
	enum status status = path_join(&path, work->disk->data, "state");
	if (status == STATUS_OK)
		status = store_renew(work->disk->store, path.text);
	if (status == STATUS_OK)
		status = snapshot_replace(work->disk->store, work->disk->data, inner);
	if (status == STATUS_OK)
		status = remove_mark(work->disk);
	if (status != STATUS_OK)
		snprintf(work->why, ENGINE_WHY_LEN, "an erasure cannot be finished: %s", inner);
	else
		log_event(LOG_LEVEL_INFO, "erasure_carried_out", "entries=%zu", work->done);
	return status;
}

/* What there is no room for now is done later: nothing is torn, and the mark stays. */
static enum status put_off(struct recovered *disk, enum status status, const char *why)
{
	bool was_erasing = disk->is_erasing;
	disk->is_erasing = status == STATUS_STORAGE_FULL;
	if (!disk->is_erasing)
		return status;
	if (!was_erasing)
		log_event(LOG_LEVEL_ERROR, "erasure_waits_for_room", "why=%s", why);
	return STATUS_OK;
}

/* ---- life ---- */

static enum status begin(struct work **out, struct recovered *disk, char why[static ENGINE_WHY_LEN])
{
	struct work *work = calloc(1, sizeof(*work));
	snprintf(why, ENGINE_WHY_LEN, "an erasure cannot be carried out: out of memory");
	if (work == NULL)
		return STATUS_MEMORY;
	*out = work;
	work->disk = disk;
	work->why = why;
	erased_init(&work->list);
	work->hash = hash_new();
	return work->hash == NULL ? STATUS_MEMORY : ledger_reader_new(&work->reader, disk->ledger);
}

static void end(struct work *work)
{
	if (work == NULL)
		return;
	ledger_reader_free(work->reader);
	hash_free(work->hash);
	erased_release(&work->list);
	buf_release(&work->bytes);
	free(work);
}

static enum status add(struct work *work, uint64_t sequence)
{
	struct ledger_record record;
	enum status status = read_at(work, sequence, &record);
	if (status == STATUS_OK)
		status = erased_add(&work->list, &record);
	return status == STATUS_CORRUPT
		       ? explain(work, status, sequence, "its entry is not well formed")
		       : status;
}

enum status erasure_carry_out(struct recovered *disk, uint64_t sequence,
			      char why[static ENGINE_WHY_LEN])
{
	struct work *work = NULL;
	enum status status = begin(&work, disk, why);
	if (status == STATUS_OK)
		status = put_mark(work);
	if (status == STATUS_OK)
		status = add(work, sequence);
	if (status == STATUS_OK)
		status = redact_all(work);
	if (status == STATUS_OK)
		status = renew(work);
	end(work);
	return put_off(disk, status, why);
}

/* The entries of all erasures that the state knows of, the earlier ones first. */
static enum status add_all(struct work *work)
{
	struct arena scratch;
	struct txn *txn = NULL;
	enum status status = store_read(work->disk->store, &txn);
	if (status != STATUS_OK)
		return status;
	arena_init(&scratch, (size_t)1 << 20);
	uint64_t last = table_last(txn, TABLE_erasure);
	for (uint64_t id = 1; status == STATUS_OK && id <= last; id++) {
		const Pb__Erasure *row = erasure_get(txn, id, &scratch);
		if (row != NULL)
			status = add(work, row->sequence);
		arena_reset(&scratch);
	}
	if (status == STATUS_OK)
		status = txn_status(txn);
	txn_end(txn);
	arena_release(&scratch);
	return status;
}

enum status erasure_recover(struct recovered *disk, char why[static ENGINE_WHY_LEN])
{
	struct path path;
	struct work *work = NULL;
	enum status status = begin(&work, disk, why);
	if (status == STATUS_OK)
		status = mark_path(disk, &path);
	if (status == STATUS_OK)
		work->marked = disk->is_erasing || access(path.text, F_OK) == 0;
	if (status == STATUS_OK)
		status = add_all(work);
	if (status == STATUS_OK)
		status = redact_all(work);
	if (status == STATUS_OK && work->marked)
		status = renew(work);
	end(work);
	return put_off(disk, status, why);
}
