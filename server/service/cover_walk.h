/*
 * Lists under SCOPE_GRANT: they walk what the caller's grants name and nothing else, so that
 * neither time nor size tells of other records. Grant by grant, in each what it names one after the
 * other; a record is given where it is reached first, so once.
 */
#ifndef SERVER_SERVICE_COVER_WALK_H
#define SERVER_SERVICE_COVER_WALK_H

#include "server/service/slice.h"

/* Whether the list is to walk so; else it walks an index and asks scope.h about each row: another
 * scope than GRANT, or a grant for everything. Decided on the first slice. STATUS_DENIED,
 * grant_over, when the grant for everything by which it walks has ended since. */
MUST_CHECK enum status cover_begin(struct call *call, struct scan *scan, bool *narrow);

/* One slice: slice's row for each item (or customer) covered; its index and prefix are not asked.
 * Returns what a scan function returns; STATUS_DENIED, grant_over, when the grant that is being
 * walked has ended. */
MUST_CHECK enum status cover_walk_items(struct call *call, struct scan *scan,
					const struct slice *slice);
MUST_CHECK enum status cover_walk_customers(struct call *call, struct scan *scan,
					    const struct slice *slice);

#endif
