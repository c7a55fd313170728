#include "common/addcheckpoint.h"

#include <inttypes.h>
#include <stdio.h>

#include "common/line.h"

enum status addcheckpoint_format(const struct addcheckpoint *request, struct buf *to)
{
	char old[32];
	enum status status;

	snprintf(old, sizeof(old), "old %" PRIu64, request->old);
	status = line_add(to, old);
	for (size_t i = 0; i < request->proof.count && status == STATUS_OK; i++)
		status = line_add_hash(to, request->proof.hashes[i]);
	if (status == STATUS_OK)
		status = line_add(to, "");
	return status == STATUS_OK ? buf_append(to, request->note, request->note_len) : status;
}

static enum status take_hash(struct merkle_proof *proof, const struct line *line)
{
	if (proof->count == ADDCHECKPOINT_PROOF_MAX)
		return STATUS_INVALID;
	return line_hash(line, proof->hashes[proof->count++]);
}

enum status addcheckpoint_parse(struct addcheckpoint *request, const void *bytes, size_t len)
{
	const char *text = bytes;
	size_t left = len;
	struct line line;
	enum status status;

	request->proof.count = 0;
	if (len > ADDCHECKPOINT_MAX || !line_next(&text, &left, &line) || !line_skip(&line, "old"))
		return STATUS_INVALID;
	status = line_number(&line, &request->old);
	while (status == STATUS_OK && line_next(&text, &left, &line) && line.len > 0)
		status = take_hash(&request->proof, &line);
	if (status != STATUS_OK || line.len > 0 || left == 0)
		return STATUS_INVALID;
	request->note = text;
	request->note_len = left;
	return STATUS_OK;
}
