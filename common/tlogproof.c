#include "common/tlogproof.h"

#include <inttypes.h>
#include <stdio.h>

#include "common/base64.h"
#include "common/line.h"
#include "common/note.h"

#define FIRST_LINE "c2sp.org/tlog-proof@v1"

static enum status add_extra(const struct tlogproof *proof, struct buf *to)
{
	enum status status = buf_append(to, "extra ", 6);
	size_t len = BASE64_LEN(proof->extra_len);

	if (status != STATUS_OK)
		return status;
	uint8_t *at = buf_reserve(to, len + 1); /* the NUL's place is the newline's */
	if (at == NULL)
		return STATUS_MEMORY;
	base64_encode(proof->extra, proof->extra_len, (char *)at);
	at[len] = '\n';
	buf_added(to, len + 1);
	return STATUS_OK;
}

enum status tlogproof_format(const struct tlogproof *proof, struct buf *to)
{
	char index[32];
	enum status status = line_add(to, FIRST_LINE);

	if (status == STATUS_OK && proof->extra != NULL)
		status = add_extra(proof, to);
	(void)snprintf(index, sizeof(index), "index %" PRIu64, proof->index);
	if (status == STATUS_OK)
		status = line_add(to, index);
	for (size_t i = 0; i < proof->proof.count && status == STATUS_OK; i++)
		status = line_add_hash(to, proof->proof.hashes[i]);
	if (status == STATUS_OK)
		status = line_add(to, "");
	return status != STATUS_OK ? status
				   : buf_append(to, proof->checkpoint, proof->checkpoint_len);
}

/* Not empty: then the line would not be there. */
static enum status parse_extra(struct tlogproof *proof, const struct line *line, struct buf *extra)
{
	size_t len;
	uint8_t *at = buf_reserve(extra, line->len / 4 * 3);

	if (at == NULL)
		return STATUS_MEMORY;
	if (base64_decode(line->text, line->len, at, line->len / 4 * 3, &len) != STATUS_OK ||
	    len == 0)
		return STATUS_INVALID;
	buf_added(extra, len);
	proof->extra = at;
	proof->extra_len = len;
	return STATUS_OK;
}

/* The hashes, up to and with the empty line. */
static enum status parse_hashes(struct merkle_proof *proof, const char **text, size_t *left)
{
	struct line line;

	while (line_next(text, left, &line)) {
		if (line.len == 0)
			return STATUS_OK;
		if (proof->count == MERKLE_PROOF_MAX ||
		    line_hash(&line, proof->hashes[proof->count++]) != STATUS_OK)
			return STATUS_INVALID;
	}
	return STATUS_INVALID;
}

enum status tlogproof_parse(struct tlogproof *proof, const void *bytes, size_t len,
			    struct buf *extra)
{
	const char *text = bytes;
	struct tlogproof parsed = {0};
	struct line line;

	if (len > TLOGPROOF_MAX || !line_next(&text, &len, &line) || !line_is(&line, FIRST_LINE) ||
	    !line_next(&text, &len, &line))
		return STATUS_INVALID;
	if (line_skip(&line, "extra")) {
		enum status status = parse_extra(&parsed, &line, extra);
		if (status != STATUS_OK)
			return status;
		if (!line_next(&text, &len, &line))
			return STATUS_INVALID;
	}
	if (!line_skip(&line, "index") || line_number(&line, &parsed.index) != STATUS_OK ||
	    parse_hashes(&parsed.proof, &text, &len) != STATUS_OK || len == 0 || len > NOTE_MAX)
		return STATUS_INVALID;
	parsed.checkpoint = text;
	parsed.checkpoint_len = len;
	*proof = parsed;
	return STATUS_OK;
}
