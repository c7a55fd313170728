/*
 * What was erased from a ledger's entries: whether what is left is as the act of erasure says that
 * comes later. Keeps a few bytes for each erased entry, up to a limit: beyond it nothing is
 * confirmed. Takes any payload.
 */
#ifndef CLIENT_LIB_BUNDLE_ERASURES_H
#define CLIENT_LIB_BUNDLE_ERASURES_H

#include <stddef.h>
#include <stdint.h>

#include "common/entry.h"
#include "common/hash.h"
#include "common/status.h"

#define ERASURES_MAX (1024 * 1024) /* entries that are kept in mind */

struct erasures;

/* NULL when memory is out. */
struct erasures *erasures_new(void);
void erasures_free(struct erasures *erasures); /* NULL is fine */

/* An entry with that much left of it: digest over its salt and payload. Sequences ascend. */
MUST_CHECK enum status erasures_left(struct erasures *erasures, uint64_t sequence,
				     const uint8_t digest[static HASH_LEN]);

/* An entry's content, which may be an act of erasure. */
void erasures_entry(struct erasures *erasures, const struct entry *entry, const uint8_t *payload,
		    size_t len);

/* How many are as the last act of erasure that lists them says. */
uint64_t erasures_confirmed(const struct erasures *erasures);

#endif
