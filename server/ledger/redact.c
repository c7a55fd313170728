/* Carrying redactions out: journal, overwriting, and what is done when that was cut off. */
#include "server/ledger/redaction.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/buf.h"
#include "common/bytes.h"
#include "common/crc32c.h"
#include "common/file.h"
#include "common/path.h"
#include "server/ledger/parts.h"

#define JOURNAL "erasing"
#define HEAD_LEN 16 /* magic, checksum, count */
#define PIECE_HEAD_LEN 20
#define JOURNAL_MAX (256u * 1024 * 1024)

static const char magic[] = "DOSERAS1";

/* What is to be written where. */
struct piece {
	uint64_t segment; /* first sequence */
	uint64_t offset;
	uint32_t len;
	const uint8_t *bytes;
};

/* ---- the journal ---- */

static enum status add_piece(struct buf *journal, const struct piece *piece)
{
	uint8_t head[PIECE_HEAD_LEN];
	enum status status;

	bytes_put64(head, piece->segment);
	bytes_put64(head + 8, piece->offset);
	bytes_put32(head + 16, piece->len);
	status = buf_append(journal, head, sizeof(head));
	return status == STATUS_OK ? buf_append(journal, piece->bytes, piece->len) : status;
}

/* Cuts the next piece out of a journal whose checksum is right. */
static enum status cut_piece(const uint8_t *journal, size_t len, size_t *at, struct piece *piece)
{
	const uint8_t *from = journal + *at;

	if (len - *at < PIECE_HEAD_LEN)
		return STATUS_CORRUPT;
	*piece = (struct piece){
		.segment = bytes_get64(from),
		.offset = bytes_get64(from + 8),
		.len = bytes_get32(from + 16),
		.bytes = from + PIECE_HEAD_LEN,
	};
	if (piece->len > len - *at - PIECE_HEAD_LEN || piece->offset < SEGMENT_HEADER_LEN)
		return STATUS_CORRUPT;
	*at += PIECE_HEAD_LEN + piece->len;
	return STATUS_OK;
}

static enum status journal_path(const char *directory, struct path *path)
{
	return path_join(path, directory, JOURNAL);
}

static void seal(uint8_t *journal, size_t len, uint32_t count)
{
	memcpy(journal, magic, 8);
	bytes_put32(journal + 12, count);
	bytes_put32(journal + 8, crc32c(0, journal + 12, len - 12));
}

static bool is_whole(const uint8_t *journal, size_t len)
{
	return len >= HEAD_LEN && memcmp(journal, magic, 8) == 0 &&
	       bytes_get32(journal + 8) == crc32c(0, journal + 12, len - 12);
}

/* ---- overwriting ---- */

/* Writes and syncs the piece while nobody reads from the file. */
static enum status write_piece(int fd, const struct piece *piece)
{
	enum status status = file_lock(fd);
	enum status unlocked;

	if (status != STATUS_OK)
		return status;
	status = file_write_at(fd, piece->bytes, piece->len, piece->offset);
	unlocked = file_unlock(fd);
	return status == STATUS_OK ? unlocked : status;
}

/* The pieces of one segment from *at on; *at moves behind them. */
static enum status write_segment(const char *directory, const uint8_t *journal, size_t len,
				 size_t *at)
{
	struct segment segment;
	struct piece first;
	struct piece piece;
	size_t next = *at;
	enum status status = cut_piece(journal, len, &next, &first);
	int fd;

	if (status == STATUS_OK)
		status = segment_open(directory, first.segment, O_RDWR, &segment, &fd);
	if (status != STATUS_OK)
		return status;
	next = *at;
	while (status == STATUS_OK && next < len) {
		status = cut_piece(journal, len, &next, &piece);
		if (status != STATUS_OK || piece.segment != first.segment)
			break;
		status = piece.offset + piece.len > segment.size ? STATUS_CORRUPT
								 : write_piece(fd, &piece);
		*at = next;
	}
	if (status == STATUS_OK)
		status = file_sync(fd);
	(void)close(fd); /* synced, or the failure is reported */
	return status;
}

/* Does what a journal says, then removes it. */
static enum status carry_out(const char *directory, const uint8_t *journal, size_t len)
{
	struct path path;
	enum status status = journal_path(directory, &path);
	size_t at = HEAD_LEN;

	while (status == STATUS_OK && at < len)
		status = write_segment(directory, journal, len, &at);
	if (status == STATUS_OK)
		status = file_remove(path.text);
	return status == STATUS_OK ? directory_sync(directory) : status;
}

/* ---- from the ledger ---- */

/* Where an entry's bytes go; STATUS_INVALID when they do not fit what is there. */
static enum status place(struct ledger_reader *reader, const struct redaction *redaction,
			 struct piece *piece)
{
	struct ledger_record record;
	enum status status;

	ledger_reader_seek(reader, redaction->sequence);
	status = ledger_reader_next(reader, &record);
	if (status != STATUS_OK)
		return status == STATUS_NOT_FOUND ? STATUS_INVALID : status;
	if (redaction->len != redaction_len(&record) || !redaction_is_marked(redaction->bytes) ||
	    crc32c(0, redaction->bytes, redaction->len) != crc32c(0, record.salt, redaction->len))
		return STATUS_INVALID;
	*piece = (struct piece){.len = (uint32_t)redaction->len, .bytes = redaction->bytes};
	ledger_reader_where(reader, &record, &piece->segment, &piece->offset);
	return STATUS_OK;
}

static enum status plan(const struct ledger *ledger, const struct redaction *redactions,
			size_t count, struct buf *journal)
{
	static const uint8_t head[HEAD_LEN];
	struct ledger_reader *reader;
	struct piece piece;
	enum status status = ledger_reader_new(&reader, ledger);

	if (status != STATUS_OK)
		return status;
	status = buf_append(journal, head, sizeof(head));
	for (size_t i = 0; status == STATUS_OK && i < count; i++) {
		status = place(reader, &redactions[i], &piece);
		if (status == STATUS_OK)
			status = add_piece(journal, &piece);
	}
	ledger_reader_free(reader);
	if (status == STATUS_OK && journal->len > JOURNAL_MAX)
		status = STATUS_LIMIT;
	return status;
}

enum status ledger_redact(struct ledger *ledger, const struct redaction *redactions, size_t count)
{
	struct buf journal = BUF_EMPTY;
	struct path path;
	uint8_t *bytes;
	enum status status = journal_path(ledger->directory, &path);

	if (count == 0)
		return STATUS_OK;
	if (ledger->is_readonly)
		return STATUS_DENIED;
	if (status == STATUS_OK)
		status = plan(ledger, redactions, count, &journal);
	if (status == STATUS_OK) {
		bytes = (uint8_t *)(uintptr_t)buf_head(&journal);
		seal(bytes, journal.len, (uint32_t)count);
		status = file_put(path.text, bytes, journal.len);
		if (status == STATUS_OK)
			status = carry_out(ledger->directory, bytes, journal.len);
		if (status == STATUS_STORAGE_FULL && access(path.text, F_OK) == 0)
			status = STATUS_STORAGE; /* begun: no full disk that passes by */
		chain_redacted(ledger->chain);
	}
	buf_release(&journal);
	return status;
}

enum status redaction_redo(const char *directory, char why[static LEDGER_WHY_LEN])
{
	struct path path;
	uint8_t *journal = NULL;
	size_t len = 0;
	enum status status = journal_path(directory, &path);

	if (status == STATUS_OK)
		status = file_get(path.text, JOURNAL_MAX, &journal, &len);
	if (status == STATUS_NOT_FOUND)
		return STATUS_OK;
	if (status == STATUS_OK)
		status = is_whole(journal, len) ? carry_out(directory, journal, len)
						: STATUS_CORRUPT;
	free(journal);
	if (status != STATUS_OK)
		(void)snprintf(why, LEDGER_WHY_LEN, "%s: the erasure in it cannot be finished: %s",
			       JOURNAL, status_text(status)); /* fits */
	return status;
}
