/*
 * The items of the customers whom the caller looks after: one customer after the other, each by the
 * index of his items. For lists in SCOPE_OWN.
 */
#ifndef SERVER_SERVICE_OWN_H
#define SERVER_SERVICE_OWN_H

#include "server/service/slice.h"

/* Walks on as slice_walk() does; sets the slice's index and prefix. word: of the scan, where it
 * keeps the customer it stands at. */
MUST_CHECK enum status own_walk(struct call *call, struct scan *scan, struct slice *slice,
				unsigned word);

#endif
