/*
 * What was erased from a ledger's entries: whether an act of erasure comes later that is about one
 * of the same customers or items. What that act says it left is not told to anybody: with a salt
 * that is nearly known, its hash could be tried against what people have in their hands. Keeps a
 * few words for each erased entry, up to a limit: beyond it nothing is explained.
 */
#ifndef CLIENT_LIB_BUNDLE_ERASURES_H
#define CLIENT_LIB_BUNDLE_ERASURES_H

#include <stdint.h>

#include "common/entry.h"
#include "common/status.h"

#define ERASURES_MAX (1024 * 1024) /* subjects that are kept in mind */

struct erasures;

/* NULL when memory is out. */
struct erasures *erasures_new(void);
void erasures_free(struct erasures *erasures); /* NULL is fine */

/* An entry from whose content something was erased. */
MUST_CHECK enum status erasures_left(struct erasures *erasures, const struct entry *entry);

/* Any other entry, of which the header is known: it may be an act of erasure. */
void erasures_entry(struct erasures *erasures, const struct entry *entry);

/* How many of those entries an act of erasure explains. */
uint64_t erasures_explained(const struct erasures *erasures);

#endif
