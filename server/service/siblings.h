/*
 * The items that a row of an import may be: found by natural key, or without one by title, kind,
 * customer, container and office. Knows the rows that the same batch has added. Items in one
 * container, or of one customer, are read once a batch.
 */
#ifndef SERVER_SERVICE_SIBLINGS_H
#define SERVER_SERVICE_SIBLINGS_H

#include "proto/request.pb-c.h"
#include "server/service/call.h"
#include "server/service/item.h"
#include "server/service/map.h"

#define SIBLINGS_MAX 10000 /* items read in one batch: beyond, rows need a natural key */

struct siblings {
	struct call *call;   /* borrowed */
	Pb__Item **added;    /* borrowed; rows of this batch */
	const char **places; /* of the arena; where each of them is */
	size_t count;
	size_t left;       /* that may still be read */
	struct map keys;   /* id, or index of an added row (marked) */
	struct map loaded; /* containers, customers and offices that were read */
};

/* added has room for capacity rows. STATUS_MEMORY. */
MUST_CHECK enum status siblings_init(struct siblings *siblings, struct call *call, Pb__Item **added,
				     size_t capacity);

/* The item that the row is already, NULL when it is none. STATUS_INVALID, required, when that
 * cannot be told without a natural key. */
MUST_CHECK enum status siblings_find(struct siblings *siblings, const Pb__Item *row,
				     Pb__Item **known);

/* The container that a draft names: a row of this batch by its natural key, or an item. */
MUST_CHECK enum status siblings_container(struct siblings *siblings, const Pb__ItemDraft *draft,
					  struct container *container);

/* Remembers a row that is added at added[count]. */
MUST_CHECK enum status siblings_add(struct siblings *siblings, Pb__Item *row,
				    const struct container *container);

#endif
