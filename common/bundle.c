#include "common/bundle.h"

#include <assert.h>
#include <string.h>

#include "common/bytes.h"
#include "common/text.h"

#define ITEM_FIXED_LEN (8 + 1)
#define LEFT_MARK 0x80 /* between what an erasure left and zeros */
#define LOAN_LEN (8 + 8 + 8 + 4)
#define END_FIXED_LEN (8 + HASH_LEN + 8 + 1)

/* Bytes of the peaks of a tree of so many leaves. */
static size_t peaks_len(uint64_t size)
{
	return (size_t)__builtin_popcountll(size) * HASH_LEN;
}

/* ---- writing ---- */

static size_t proof_len(const struct merkle_proof *proof)
{
	return proof->count * HASH_LEN;
}

static size_t body_len(const struct bundle_record *record)
{
	switch (record->kind) {
	case BUNDLE_BEGIN:
		return 8 + peaks_len(record->begin.from);
	case BUNDLE_FULL:
	case BUNDLE_ERASED:
		return 4 + record->entry.header_len + ENTRY_SALT_LEN + record->entry.payload_len;
	case BUNDLE_HEADER:
		return record->entry.header_len;
	case BUNDLE_LEAF:
		return HASH_LEN;
	case BUNDLE_ITEM:
		return ITEM_FIXED_LEN +
		       (record->item.standing == BUNDLE_LENT ? (size_t)LOAN_LEN : 0) +
		       record->item.number_len;
	case BUNDLE_HEAD:
		return 4 + record->head.note_len + proof_len(&record->head.proof);
	case BUNDLE_END:
		return END_FIXED_LEN + proof_len(&record->end.proof);
	}
	return 0;
}

/* Copies and moves on. */
static uint8_t *put(uint8_t *to, const void *bytes, size_t len)
{
	if (len > 0)
		memcpy(to, bytes, len);
	return to + len;
}

static uint8_t *put64(uint8_t *to, uint64_t value)
{
	bytes_put64(to, value);
	return to + 8;
}

static uint8_t *put32(uint8_t *to, uint32_t value)
{
	bytes_put32(to, value);
	return to + 4;
}

static uint8_t *put_begin(uint8_t *to, const struct bundle_begin *begin)
{
	to = put64(to, begin->from);
	return put(to, begin->peaks, peaks_len(begin->from));
}

static uint8_t *put_entry(uint8_t *to, const struct bundle_entry *entry)
{
	to = put32(to, (uint32_t)entry->header_len);
	to = put(to, entry->header, entry->header_len);
	to = put(to, entry->salt, ENTRY_SALT_LEN);
	return put(to, entry->payload, entry->payload_len);
}

static uint8_t *put_item(uint8_t *to, const struct bundle_item *item)
{
	to = put64(to, item->id);
	*to++ = item->standing;
	if (item->standing == BUNDLE_LENT) {
		to = put64(to, item->loan);
		to = put64(to, item->borrower);
		to = put64(to, (uint64_t)item->since);
		to = put32(to, (uint32_t)item->due);
	}
	return put(to, item->number, item->number_len);
}

static uint8_t *put_head(uint8_t *to, const struct bundle_head *head)
{
	to = put32(to, (uint32_t)head->note_len);
	to = put(to, head->note, head->note_len);
	return put(to, head->proof.hashes, proof_len(&head->proof));
}

static uint8_t *put_end(uint8_t *to, const struct bundle_end *end)
{
	to = put64(to, end->to);
	to = put(to, end->root, HASH_LEN);
	to = put64(to, end->items);
	*to++ = end->whole;
	return put(to, end->proof.hashes, proof_len(&end->proof));
}

static uint8_t *put_body(uint8_t *to, const struct bundle_record *record)
{
	switch (record->kind) {
	case BUNDLE_BEGIN:
		return put_begin(to, &record->begin);
	case BUNDLE_FULL:
	case BUNDLE_ERASED:
		return put_entry(to, &record->entry);
	case BUNDLE_HEADER:
		return put(to, record->entry.header, record->entry.header_len);
	case BUNDLE_LEAF:
		return put(to, record->entry.leaf, HASH_LEN);
	case BUNDLE_ITEM:
		return put_item(to, &record->item);
	case BUNDLE_HEAD:
		return put_head(to, &record->head);
	case BUNDLE_END:
		return put_end(to, &record->end);
	}
	return to;
}

enum status bundle_put(struct buf *to, const struct bundle_record *record)
{
	size_t len = body_len(record);
	uint8_t *at;

	if (len > BUNDLE_BODY_MAX)
		return STATUS_LIMIT;
	at = buf_reserve(to, BUNDLE_PREFIX_LEN + len);
	if (at == NULL)
		return STATUS_MEMORY;
	at[0] = (uint8_t)record->kind;
	bytes_put32(at + 1, (uint32_t)len);
	uint8_t *end = put_body(at + BUNDLE_PREFIX_LEN, record);
	assert(end == at + BUNDLE_PREFIX_LEN + len);
	(void)end; /* without asserts */
	buf_added(to, BUNDLE_PREFIX_LEN + len);
	return STATUS_OK;
}

/* ---- reading ---- */

/* The rest of a body as hashes. */
static enum status take_proof(struct merkle_proof *proof, const uint8_t *from, size_t len)
{
	if (len % HASH_LEN != 0 || len / HASH_LEN > MERKLE_PROOF_MAX)
		return STATUS_INVALID;
	proof->count = len / HASH_LEN;
	if (len > 0)
		memcpy(proof->hashes, from, len);
	return STATUS_OK;
}

static enum status take_begin(struct bundle_begin *begin, const uint8_t *body, size_t len)
{
	if (len < 8)
		return STATUS_INVALID;
	begin->from = bytes_get64(body);
	begin->peaks = body + 8;
	return len - 8 == peaks_len(begin->from) ? STATUS_OK : STATUS_INVALID;
}

static enum status take_entry(struct bundle_entry *entry, const uint8_t *body, size_t len)
{
	*entry = (struct bundle_entry){0};
	if (len < 4)
		return STATUS_INVALID;
	entry->header_len = bytes_get32(body);
	if (entry->header_len > len - 4 || len - 4 - entry->header_len < ENTRY_SALT_LEN)
		return STATUS_INVALID;
	entry->header = body + 4;
	entry->salt = entry->header + entry->header_len;
	entry->payload = entry->salt + ENTRY_SALT_LEN;
	entry->payload_len = len - 4 - entry->header_len - ENTRY_SALT_LEN;
	return STATUS_OK;
}

static enum status take_item(struct bundle_item *item, const uint8_t *body, size_t len)
{
	*item = (struct bundle_item){0};
	if (len < ITEM_FIXED_LEN || body[8] > BUNDLE_SEALED)
		return STATUS_INVALID;
	item->id = bytes_get64(body);
	item->standing = body[8];
	body += ITEM_FIXED_LEN;
	len -= ITEM_FIXED_LEN;
	if (item->standing == BUNDLE_LENT) {
		if (len < LOAN_LEN)
			return STATUS_INVALID;
		item->loan = bytes_get64(body);
		item->borrower = bytes_get64(body + 8);
		item->since = (int64_t)bytes_get64(body + 16);
		item->due = (int32_t)bytes_get32(body + 24);
		body += LOAN_LEN;
		len -= LOAN_LEN;
	}
	item->number = (const char *)body;
	item->number_len = len;
	return len <= BUNDLE_NUMBER_MAX && text_check(item->number, len) == TEXT_OK
		       ? STATUS_OK
		       : STATUS_INVALID;
}

static enum status take_head(struct bundle_head *head, const uint8_t *body, size_t len)
{
	if (len < 4)
		return STATUS_INVALID;
	head->note = (const char *)body + 4;
	head->note_len = bytes_get32(body);
	if (head->note_len > len - 4 || head->note_len > NOTE_MAX)
		return STATUS_INVALID;
	return take_proof(&head->proof, body + 4 + head->note_len, len - 4 - head->note_len);
}

static enum status take_end(struct bundle_end *end, const uint8_t *body, size_t len)
{
	if (len < END_FIXED_LEN)
		return STATUS_INVALID;
	end->to = bytes_get64(body);
	end->root = body + 8;
	end->items = bytes_get64(body + 8 + HASH_LEN);
	end->whole = body[END_FIXED_LEN - 1];
	if (end->whole > 1)
		return STATUS_INVALID;
	return take_proof(&end->proof, body + END_FIXED_LEN, len - END_FIXED_LEN);
}

enum status bundle_prefix(const uint8_t *from, enum bundle_kind *kind, size_t *len)
{
	*len = bytes_get32(from + 1);
	if (from[0] < BUNDLE_BEGIN || from[0] > BUNDLE_END || *len > BUNDLE_BODY_MAX)
		return STATUS_INVALID;
	*kind = (enum bundle_kind)from[0];
	return STATUS_OK;
}

enum status bundle_decode(struct bundle_record *record, enum bundle_kind kind, const uint8_t *body,
			  size_t len)
{
	record->kind = kind;
	switch (kind) {
	case BUNDLE_BEGIN:
		return take_begin(&record->begin, body, len);
	case BUNDLE_FULL:
	case BUNDLE_ERASED:
		return take_entry(&record->entry, body, len);
	case BUNDLE_HEADER:
		record->entry = (struct bundle_entry){.header = body, .header_len = len};
		return STATUS_OK;
	case BUNDLE_LEAF:
		record->entry = (struct bundle_entry){.leaf = body};
		return len == HASH_LEN ? STATUS_OK : STATUS_INVALID;
	case BUNDLE_ITEM:
		return take_item(&record->item, body, len);
	case BUNDLE_HEAD:
		return take_head(&record->head, body, len);
	case BUNDLE_END:
		return take_end(&record->end, body, len);
	}
	return STATUS_INVALID;
}

enum status bundle_left(const uint8_t *payload, size_t len, size_t *left)
{
	while (len > 0 && payload[len - 1] == 0)
		len--;
	if (len == 0 || payload[len - 1] != LEFT_MARK)
		return STATUS_INVALID;
	*left = len - 1;
	return STATUS_OK;
}
