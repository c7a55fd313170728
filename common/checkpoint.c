#include "common/checkpoint.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/line.h"
#include "common/text.h"

enum status checkpoint_format(const struct checkpoint *checkpoint, struct buf *to)
{
	char size[24];
	enum status status = line_add(to, checkpoint->origin);

	(void)snprintf(size, sizeof(size), "%" PRIu64, checkpoint->size);
	if (status == STATUS_OK)
		status = line_add(to, size);
	return status != STATUS_OK ? status : line_add_hash(to, checkpoint->root);
}

enum status checkpoint_parse(struct checkpoint *checkpoint, const char *text, size_t len)
{
	struct checkpoint parsed = {0};
	struct line origin, line;

	if (!line_next(&text, &len, &origin) || origin.len == 0 ||
	    origin.len > CHECKPOINT_ORIGIN_MAX || text_check(origin.text, origin.len) != TEXT_OK)
		return STATUS_INVALID;
	memcpy(parsed.origin, origin.text, origin.len);
	if (!line_next(&text, &len, &line) || line_number(&line, &parsed.size) != STATUS_OK)
		return STATUS_INVALID;
	if (!line_next(&text, &len, &line) || line_hash(&line, parsed.root) != STATUS_OK)
		return STATUS_INVALID;
	while (len > 0) { /* lines of which we know nothing */
		if (!line_next(&text, &len, &line) || line.len == 0 ||
		    text_check(line.text, line.len) != TEXT_OK)
			return STATUS_INVALID;
	}
	*checkpoint = parsed;
	return STATUS_OK;
}

enum status checkpoint_verify(struct checkpoint *checkpoint, struct note *note, const void *bytes,
			      size_t len, const struct note_key *keys, size_t key_count)
{
	struct checkpoint parsed;
	struct note cut;
	bool is_signed = false;

	if (note_parse(&cut, bytes, len) != STATUS_OK ||
	    checkpoint_parse(&parsed, cut.text, cut.text_len) != STATUS_OK)
		return STATUS_INVALID;
	for (size_t i = 0; i < key_count; i++) {
		enum status status = note_verify(&cut, &keys[i], NULL);
		if (status == STATUS_NOT_FOUND)
			continue;
		if (status != STATUS_OK)
			return status;
		is_signed = is_signed || strcmp(keys[i].name, parsed.origin) == 0;
	}
	if (!is_signed)
		return STATUS_PROOF;
	*checkpoint = parsed;
	if (note != NULL)
		*note = cut;
	return STATUS_OK;
}
