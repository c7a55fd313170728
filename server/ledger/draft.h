/*
 * The group being gathered, as it will be written: one buffer, no memory per entry. Knows nothing
 * of files. One thread.
 */
#ifndef SERVER_LEDGER_DRAFT_H
#define SERVER_LEDGER_DRAFT_H

#include <stddef.h>
#include <stdint.h>

#include "common/entry.h"
#include "common/hash.h"
#include "server/ledger/group.h"

/* No entry is smaller than one without subjects and payload. */
#define DRAFT_ENTRIES_MAX (LEDGER_GROUP_MAX / (GROUP_ENTRY_OVERHEAD + ENTRY_FIXED_LEN))

struct draft {
	uint8_t *bytes; /* owned; GROUP_MAX_LEN, the header's place first */
	size_t len;     /* header's place and entries */
	uint64_t first; /* sequence of the first entry */
	uint32_t count;
	int64_t time;                /* of the last entry */
	struct hash *hash;           /* owned */
	uint8_t (*leaves)[HASH_LEN]; /* owned; of the entries, DRAFT_ENTRIES_MAX */
};

/* An empty draft. STATUS_MEMORY; draft_release() is due in any case. */
MUST_CHECK enum status draft_init(struct draft *draft, uint64_t first);
void draft_release(struct draft *draft);

/* Adds an entry as ledger_stage() says. STATUS_LIMIT when it does not fit, STATUS_INVALID when the
 * entry has too many subjects. */
MUST_CHECK enum status draft_add(struct draft *draft, struct entry *entry, const uint8_t *payload,
				 size_t len, uint8_t leaf[static HASH_LEN], const uint8_t **header,
				 size_t *header_len);

/* Writes the group's header in front of the entries: draft->bytes is what goes to the file. */
void draft_seal(struct draft *draft, uint32_t before, struct group *group);

/* Forgets the entries; the next one will be first. */
void draft_clear(struct draft *draft, uint64_t first);

#endif
