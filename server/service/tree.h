/*
 * Items hold items: box > volume > piece. What is lent with a container is derived by walking,
 * never stored twice.
 */
#ifndef SERVER_SERVICE_TREE_H
#define SERVER_SERVICE_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/service/call.h"

#define TREE_DEPTH_MAX 8        /* containers above an item */
#define TREE_CONTENTS_MAX 20000 /* items below one container that a single act may concern */

/* Where an item is, and whether it is there. */
struct standing {
	const Pb__Item
		*outermost;   /* the container that has a place; the item itself if it has none */
	const Pb__Item *lent; /* the item or a container of it that is out; NULL: on the shelf */
	Pb__Loan *loan;       /* the open loan of lent; NULL */
	bool sealed;          /* the item or a container of it */
};

/* Whether an item of the kind may stand in a container of the other. */
bool tree_holds(Pb__ItemKind container, Pb__ItemKind content);

/* The open loan of the item itself, NULL when there is none. */
Pb__Loan *tree_open_loan(struct call *call, uint64_t item);

/* What is sealed of the item and the containers around it: the innermost; NULL when nothing is. */
const Pb__Item *tree_sealed(struct call *call, const Pb__Item *item);

/* Refuses with STATUS_BLOCKED, item_sealed, when the item or a container around it is. */
MUST_CHECK enum status tree_unsealed(struct call *call, const Pb__Item *item);

/* STATUS_LIMIT, depth_limit, when containers are nested too deep (or in a circle). */
MUST_CHECK enum status tree_standing(struct call *call, const Pb__Item *item,
				     struct standing *standing);

/* Whether the item is the container or one of the containers around it. Errors as above. */
MUST_CHECK enum status tree_within(struct call *call, uint64_t item, const Pb__Item *container,
				   bool *within);

/* The ids of all items below, outer before inner, in the arena. STATUS_LIMIT, too_many, when there
 * are more than max; STATUS_MEMORY. */
MUST_CHECK enum status tree_contents(struct call *call, const Pb__Item *item, size_t max,
				     uint64_t **ids, size_t *count);

#endif
