#include "client/lib/bundle_check.h"

#include <stdlib.h>
#include <string.h>

#include "client/lib/bundle_inside.h"
#include "client/lib/text.h"
#include "common/bytes.h"

#define PROGRESS_BYTES (4 * 1024 * 1024) /* between two calls of progress() */
#define ERASURE_ZEROS 12
#define SECOND 1000000 /* microseconds */

enum status check_fault(struct check *check, enum bundle_fault fault)
{
	check->findings->fault = fault;
	check->findings->sequence = check->tree.size;
	return STATUS_PROOF;
}

/* ---- entries ---- */

/* Whether an entry that came after the auditor's old head says so. */
static bool is_backward(const struct bundle_ask *ask, const struct entry *entry)
{
	return ask->since != NULL && ask->since_time > 0 && entry->sequence >= ask->since->size &&
	       entry->time / SECOND < ask->since_time - BUNDLE_CLOCKS;
}

/* Header, place and time. */
static enum status check_header(struct check *check, const struct bundle_entry *from,
				struct entry *entry)
{
	struct bundle_findings *findings = check->findings;

	if (entry_decode(entry, check->subjects, from->header, from->header_len) != STATUS_OK)
		return check_fault(check, BUNDLE_FAULT_HEADER);
	if (entry->sequence != check->tree.size)
		return check_fault(check, BUNDLE_FAULT_SEQUENCE);
	if (entry->time < check->time)
		return check_fault(check, BUNDLE_FAULT_TIME);
	if (is_backward(check->ask, entry))
		return check_fault(check, BUNDLE_FAULT_BACKWARD);
	check->time = entry->time;
	findings->last_time = entry->time;
	if (findings->first_time == 0)
		findings->first_time = entry->time;
	return ladder_climb(&check->ladder, entry->sequence, entry->time);
}

/* The salt of content of which something was erased begins with zeros. */
static bool is_mark(const uint8_t salt[static ENTRY_SALT_LEN])
{
	static const uint8_t zeros[ERASURE_ZEROS];

	return memcmp(salt, zeros, sizeof(zeros)) == 0;
}

/* Salt and payload against the commitment; or, of what was erased, against its mark. *left: bytes
 * of the payload that say something. */
static enum status check_content(struct check *check, const struct bundle_entry *from,
				 const struct entry *entry, bool erased, size_t *left)
{
	uint8_t digest[HASH_LEN];

	*left = from->payload_len;
	entry_commit(check->hash, from->salt, from->payload, from->payload_len, digest);
	if (!erased)
		return memcmp(digest, entry->commitment, HASH_LEN) == 0
			       ? STATUS_OK
			       : check_fault(check, BUNDLE_FAULT_CONTENT);
	if (!is_mark(from->salt) || memcmp(digest, entry->commitment, HASH_LEN) == 0 ||
	    bundle_left(from->payload, from->payload_len, left) != STATUS_OK)
		return check_fault(check, BUNDLE_FAULT_ERASURE);
	return erasures_left(check->erasures, entry);
}

static enum status follow(struct check *check, const struct bundle_entry *from, size_t left,
			  const struct entry *entry, bool certain)
{
	erasures_entry(check->erasures, entry);
	if (check->replay == NULL)
		return STATUS_OK;
	return replay_entry(check->replay, entry, from->payload, left, certain);
}

static enum status grow(struct check *check, const uint8_t leaf[static HASH_LEN])
{
	merkle_append(&check->tree, check->hash, leaf);
	return check_since(check);
}

static enum status check_entry(struct check *check, enum bundle_kind kind,
			       const struct bundle_entry *from)
{
	bool erased = kind == BUNDLE_ERASED;
	size_t left = 0;
	struct entry entry;
	uint8_t leaf[HASH_LEN];
	enum status status = check_header(check, from, &entry);

	if (status == STATUS_OK && kind != BUNDLE_HEADER)
		status = check_content(check, from, &entry, erased, &left);
	if (status == STATUS_OK)
		status = follow(check, from, left, &entry, kind == BUNDLE_FULL);
	if (status != STATUS_OK)
		return status;
	merkle_leaf(check->hash, from->header, from->header_len, leaf);
	check->findings->full += kind == BUNDLE_FULL;
	check->findings->erased += erased;
	check->findings->headers += kind == BUNDLE_HEADER;
	return grow(check, leaf);
}

/* ---- the other records ---- */

static enum status check_begin(struct check *check, const struct bundle_begin *begin)
{
	check->tree.size = begin->from;
	memcpy(check->tree.peaks, begin->peaks, merkle_peaks(&check->tree) * HASH_LEN);
	check->findings->from = begin->from;
	merkle_root(&check->tree, check->hash, check->findings->root_from);
	if (check->ask->replay) {
		check->replay = replay_new(begin->from);
		if (check->replay == NULL)
			return STATUS_MEMORY;
	}
	return check_since(check);
}

static enum status check_item(struct check *check, const struct bundle_item *item)
{
	if (item->id <= check->item)
		return check_fault(check, BUNDLE_FAULT_ITEM);
	check->item = item->id;
	check->findings->items++;
	if (check->replay != NULL)
		replay_compare(check->replay, item, check->ask->differs, check->ask->context);
	return STATUS_OK;
}

static enum status check_end(struct check *check, const struct bundle_end *end)
{
	struct bundle_findings *findings = check->findings;
	enum status status;

	if (end->to != check->tree.size || end->items != findings->items ||
	    (end->whole == 0 && end->items > 0))
		return check_fault(check, BUNDLE_FAULT_COUNT);
	if (memcmp(end->root, findings->root_to, HASH_LEN) != 0)
		return check_fault(check, BUNDLE_FAULT_ROOT);
	status =
		merkle_verify_consistency(findings->from, end->to, end->proof.hashes,
					  end->proof.count, findings->root_from, findings->root_to);
	if (status != STATUS_OK)
		return status == STATUS_PROOF ? check_fault(check, BUNDLE_FAULT_GROWTH) : status;
	findings->whole = end->whole != 0;
	return check_heads_end(check);
}

/* The first head stands behind the last entry: now the tree is whole. */
static void check_whole(struct check *check)
{
	if (check->stage == CHECK_HEADS)
		return;
	check->stage = CHECK_HEADS;
	check->findings->to = check->tree.size;
	merkle_root(&check->tree, check->hash, check->findings->root_to);
}

/* Whether a record of that kind may stand here. */
static bool is_in_order(const struct check *check, enum bundle_kind kind)
{
	switch (kind) {
	case BUNDLE_BEGIN:
		return check->stage == CHECK_BEGINNING;
	case BUNDLE_FULL:
	case BUNDLE_ERASED:
	case BUNDLE_HEADER:
	case BUNDLE_LEAF:
		return check->stage == CHECK_ENTRIES && check->tree.size < UINT64_MAX;
	case BUNDLE_ITEM:
		return check->stage == CHECK_ENTRIES;
	case BUNDLE_HEAD:
		return check->stage == CHECK_ENTRIES || check->stage == CHECK_HEADS;
	case BUNDLE_END:
		return check->stage == CHECK_HEADS;
	}
	return false;
}

static enum status check_record(struct check *check, const struct bundle_record *record)
{
	if (!is_in_order(check, record->kind))
		return check_fault(check, BUNDLE_FAULT_ORDER);
	switch (record->kind) {
	case BUNDLE_BEGIN:
		check->stage = CHECK_ENTRIES;
		return check_begin(check, &record->begin);
	case BUNDLE_FULL:
	case BUNDLE_ERASED:
	case BUNDLE_HEADER:
		return check_entry(check, record->kind, &record->entry);
	case BUNDLE_LEAF:
		check->findings->leaves++;
		if (check->replay != NULL)
			replay_leaf(check->replay, check->tree.size);
		return grow(check, record->entry.leaf);
	case BUNDLE_ITEM:
		return check_item(check, &record->item);
	case BUNDLE_HEAD:
		check_whole(check);
		return check_head(check, &record->head);
	case BUNDLE_END:
		check->stage = CHECK_ENDED;
		return check_end(check, &record->end);
	}
	return check_fault(check, BUNDLE_FAULT_RECORD);
}

/* ---- the file ---- */

/* Reads exactly len bytes. STATUS_NOT_FOUND at a clean end; a cut is a fault. */
static enum status read_exactly(struct check *check, FILE *from, uint8_t *to, size_t len)
{
	size_t got = fread(to, 1, len, from);

	if (got == len)
		return STATUS_OK;
	if (ferror(from))
		return STATUS_INPUT;
	return got == 0 ? STATUS_NOT_FOUND : check_fault(check, BUNDLE_FAULT_CUT);
}

/* Reads and checks one record; *len: its bytes. STATUS_NOT_FOUND at the end of the file. */
static enum status check_next(struct check *check, FILE *from, uint8_t *body, uint64_t *len)
{
	uint8_t prefix[BUNDLE_PREFIX_LEN];
	struct bundle_record record;
	enum bundle_kind kind;
	size_t body_len;
	enum status status = read_exactly(check, from, prefix, sizeof(prefix));

	if (check->stage == CHECK_ENDED && (status == STATUS_OK || status == STATUS_PROOF))
		return check_fault(check, BUNDLE_FAULT_TRAILING);
	if (status != STATUS_OK)
		return status;
	if (bundle_prefix(prefix, &kind, &body_len) != STATUS_OK)
		return check_fault(check, BUNDLE_FAULT_RECORD);
	status = body_len == 0 ? STATUS_OK : read_exactly(check, from, body, body_len);
	if (status == STATUS_NOT_FOUND)
		return check_fault(check, BUNDLE_FAULT_CUT);
	if (status != STATUS_OK)
		return status;
	if (bundle_decode(&record, kind, body, body_len) != STATUS_OK)
		return check_fault(check, BUNDLE_FAULT_RECORD);
	*len = sizeof(prefix) + body_len;
	return check_record(check, &record);
}

static enum status check_magic(struct check *check, FILE *from)
{
	uint8_t magic[BUNDLE_MAGIC_LEN];
	enum status status = read_exactly(check, from, magic, sizeof(magic));

	if (status == STATUS_OK && memcmp(magic, BUNDLE_MAGIC, sizeof(magic)) == 0)
		return STATUS_OK;
	return status == STATUS_INPUT ? status : check_fault(check, BUNDLE_FAULT_MAGIC);
}

/* The file from front to back. */
static enum status check_all(struct check *check, FILE *from, uint8_t *body)
{
	const struct bundle_ask *ask = check->ask;
	uint64_t *offset = &check->findings->offset;
	uint64_t told = 0;
	uint64_t len = BUNDLE_MAGIC_LEN;
	enum status status = check_magic(check, from);

	while (status == STATUS_OK) {
		*offset += len;
		if (*offset - told >= PROGRESS_BYTES && ask->progress != NULL) {
			told = *offset;
			if (!ask->progress(ask->context, *offset, ask->size))
				return STATUS_CANCELLED;
		}
		status = check_next(check, from, body, &len);
		if (status == STATUS_OK)
			check->findings->sequence = check->tree.size;
	}
	if (status != STATUS_NOT_FOUND)
		return status;
	if (check->stage != CHECK_ENDED)
		return check_fault(check, BUNDLE_FAULT_CUT);
	if (check->replay != NULL)
		replay_end(check->replay, check->findings->whole, ask->differs, ask->context);
	return STATUS_OK;
}

enum status bundle_check(FILE *from, const struct bundle_ask *ask, struct bundle_findings *findings)
{
	struct check check = {.ask = ask, .findings = findings};
	uint8_t *body = malloc(BUNDLE_BODY_MAX);
	enum status status = STATUS_MEMORY;

	*findings = (struct bundle_findings){.fault = BUNDLE_FAULT_NONE};
	ladder_init(&check.ladder);
	check.hash = hash_new();
	check.erasures = erasures_new();
	check.subjects = calloc(ENTRY_SUBJECTS_MAX, sizeof(*check.subjects));
	if (body != NULL && check.hash != NULL && check.subjects != NULL && check.erasures != NULL)
		status = check_all(&check, from, body);
	if (check.replay != NULL)
		findings->replayed = *replay_counts(check.replay);
	if (check.erasures != NULL)
		findings->explained = erasures_explained(check.erasures);
	replay_free(check.replay);
	erasures_free(check.erasures);
	ladder_release(&check.ladder);
	free(check.subjects);
	hash_free(check.hash);
	free(body);
	return status;
}

/* ---- words ---- */

static const struct {
	const char *name;
	const char *text;
} faults[] = {
#define BUNDLE_FAULT(name, text) {#name, text},
#include "client/lib/bundle_fault.def"
#undef BUNDLE_FAULT
};

const char *bundle_fault_text(enum bundle_fault fault)
{
	return faults[fault].text;
}

const char *bundle_fault_name(enum bundle_fault fault)
{
	return faults[fault].name;
}
