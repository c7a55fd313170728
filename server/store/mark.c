#include "server/store/trail.h"

#include <string.h>

#include "common/bytes.h"
#include "server/store/store_internal.h"

#define MARK_FIXED_LEN 16 /* size and time; the peaks follow */

static MDB_val mark_key(void)
{
	return (MDB_val){sizeof(META_MARK) - 1, (void *)(uintptr_t)META_MARK};
}

enum status mark_decode(const MDB_val *value, struct mark *mark)
{
	const uint8_t *from = value->mv_data;

	memset(mark, 0, sizeof(*mark));
	if (value->mv_size < MARK_FIXED_LEN)
		return STATUS_CORRUPT;
	mark->tree.size = bytes_get64(from);
	mark->time = (int64_t)bytes_get64(from + 8);
	size_t peaks_len = (size_t)merkle_peaks(&mark->tree) * HASH_LEN;
	if (value->mv_size != MARK_FIXED_LEN + peaks_len)
		return STATUS_CORRUPT;
	memcpy(mark->tree.peaks, from + MARK_FIXED_LEN, peaks_len);
	return STATUS_OK;
}

void mark_get(struct txn *txn, struct mark *mark)
{
	MDB_val key = mark_key();
	MDB_val value;

	*mark = (struct mark){0};
	merkle_init(&mark->tree);
	if (!txn_find(txn, DATABASE_META, &key, &value))
		return;
	enum status status = mark_decode(&value, mark);
	if (status != STATUS_OK)
		txn_fail(txn, status);
}

void mark_put(struct txn *txn, const struct mark *mark)
{
	MDB_val key = mark_key();
	size_t peaks_len = (size_t)merkle_peaks(&mark->tree) * HASH_LEN;
	uint8_t *place = txn_place(txn, DATABASE_META, &key, MARK_FIXED_LEN + peaks_len, 0);

	if (place == NULL)
		return;
	bytes_put64(place, mark->tree.size);
	bytes_put64(place + 8, (uint64_t)mark->time);
	memcpy(place + MARK_FIXED_LEN, mark->tree.peaks, peaks_len);
}
