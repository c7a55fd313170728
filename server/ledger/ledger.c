#include "server/ledger/ledger.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/ledger/listing.h"
#include "server/ledger/parts.h"
#include "server/ledger/recovery.h"
#include "server/ledger/redaction.h"
#include "server/ledger/tree.h"

enum status ledger_create(const char *directory, const char *origin, uint32_t segment_size)
{
	struct segment segment = {.size = segment_size ? segment_size : LEDGER_SEGMENT_SIZE};
	struct listing listing;
	enum status status;
	int fd;

	if (segment.size < LEDGER_SEGMENT_MIN)
		return STATUS_INVALID;
	status = listing_read(&listing, directory);
	if (status == STATUS_OK && listing.count > 0)
		status = STATUS_CONFLICT;
	listing_release(&listing);
	if (status != STATUS_OK)
		return status;
	hash_of(origin, strlen(origin), segment.origin);
	status = segment_make(directory, &segment, &fd);
	if (status == STATUS_OK)
		(void)close(fd); /* synced */
	return status;
}

/* Everything that needs memory, so that opening fails before it touches a file. */
static struct ledger *ledger_new(const char *directory, bool is_readonly)
{
	struct ledger *ledger = calloc(1, sizeof(*ledger));

	if (!ledger)
		return NULL;
	ledger->is_readonly = is_readonly;
	ledger->fd = -1;
	ledger->directory = strdup(directory);
	ledger->chain = chain_new();
	if (!ledger->directory || !ledger->chain)
		goto fail;
	if (is_readonly)
		return ledger;
	ledger->zeros = calloc(1, SEGMENT_AHEAD);
	if (!ledger->zeros || draft_init(&ledger->draft, 0) != STATUS_OK)
		goto fail;
	return ledger;
fail:
	ledger_close(ledger);
	return NULL;
}

static enum status open_as(struct ledger **opened, const char *directory, bool is_readonly,
			   bool trusting, char why[static LEDGER_WHY_LEN])
{
	struct ledger *ledger = ledger_new(directory, is_readonly);
	enum status status;

	*opened = NULL;
	why[0] = '\0';
	if (!ledger) {
		(void)snprintf(why, LEDGER_WHY_LEN, "memory is out"); /* fits */
		return STATUS_MEMORY;
	}
	status = is_readonly ? STATUS_OK : redaction_redo(directory, why);
	if (status == STATUS_OK)
		status = recovery_run(ledger, why);
	if (status == STATUS_OK)
		status = tree_open(ledger, trusting, why);
	if (status != STATUS_OK) {
		ledger_close(ledger);
		return status;
	}
	if (!is_readonly)
		draft_clear(&ledger->draft, ledger->tail.sequence);
	*opened = ledger;
	return STATUS_OK;
}

enum status ledger_open(struct ledger **ledger, const char *directory,
			char why[static LEDGER_WHY_LEN])
{
	return open_as(ledger, directory, false, false, why);
}

enum status ledger_open_trusting(struct ledger **ledger, const char *directory,
				 char why[static LEDGER_WHY_LEN])
{
	return open_as(ledger, directory, false, true, why);
}

enum status ledger_open_readonly(struct ledger **ledger, const char *directory,
				 char why[static LEDGER_WHY_LEN])
{
	return open_as(ledger, directory, true, false, why);
}

void ledger_close(struct ledger *ledger)
{
	if (!ledger)
		return;
	if (ledger->fd >= 0)
		(void)close(ledger->fd); /* what is committed is synced */
	draft_release(&ledger->draft);
	nodes_close(ledger->nodes);
	chain_free(ledger->chain);
	free(ledger->zeros);
	free(ledger->directory);
	free(ledger);
}

/* Goes on in the segment that begins where this one ends, if it is there yet. */
static enum status next_segment(struct ledger *ledger)
{
	struct segment next;
	enum status status;
	int fd;

	if (ledger->tail.sequence == ledger->segment.first)
		return STATUS_NOT_FOUND;
	status = segment_open(ledger->directory, ledger->tail.sequence, O_RDONLY, &next, &fd);
	if (status != STATUS_OK)
		return status;
	status = STATUS_CORRUPT;
	if (next.before.offset == ledger->tail.offset && next.before.crc == ledger->tail.before)
		status = chain_add(ledger->chain, &next);
	if (status != STATUS_OK) {
		(void)close(fd); /* was only read */
		return status;
	}
	(void)close(ledger->fd); /* was only read */
	ledger->fd = fd;
	ledger->segment = next;
	ledger->tail = (struct place){.offset = SEGMENT_HEADER_LEN, .sequence = next.first};
	return STATUS_OK;
}

enum status ledger_refresh(struct ledger *ledger)
{
	enum status status;

	if (!ledger->is_readonly)
		return STATUS_OK;
	do {
		status = recovery_follow(ledger);
		if (status == STATUS_OK)
			status = next_segment(ledger);
	} while (status == STATUS_OK);
	return status == STATUS_NOT_FOUND ? nodes_refresh(ledger->nodes) : status;
}

enum status ledger_check_origin(const struct ledger *ledger, const char *origin)
{
	uint8_t expected[HASH_LEN];

	hash_of(origin, strlen(origin), expected);
	return memcmp(expected, ledger->segment.origin, HASH_LEN) == 0 ? STATUS_OK : STATUS_CORRUPT;
}

uint64_t ledger_size(const struct ledger *ledger)
{
	return chain_size(ledger->chain);
}

uint64_t ledger_bytes(const struct ledger *ledger)
{
	return chain_bytes(ledger->chain);
}

int64_t ledger_last_time(const struct ledger *ledger)
{
	return chain_time(ledger->chain);
}
