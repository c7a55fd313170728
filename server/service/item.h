/*
 * From what a person says of an item to the row: for adding, editing and importing. An item stands
 * by itself or in a container; then it has the container's office, place and (where that has one)
 * customer. Only a box may be nobody's.
 */
#ifndef SERVER_SERVICE_ITEM_H
#define SERVER_SERVICE_ITEM_H

#include "proto/request.pb-c.h"
#include "server/service/call.h"

/* The draft's fields; a mask of them has bit ITEM_BIT(field). */
enum item_field {
	ITEM_FIELD_TITLE,
	ITEM_FIELD_KIND,
	ITEM_FIELD_CUSTOMER,
	ITEM_FIELD_OFFICE,
	ITEM_FIELD_PARENT,
	ITEM_FIELD_PLACE,
	ITEM_FIELD_PAGES,
	ITEM_FIELD_SECRECY,
	ITEM_FIELD_AUTHENTICITY,
	ITEM_FIELD_MEDIUM,
	ITEM_FIELD_REF,
	ITEM_FIELD_NOTE,
	ITEM_FIELD_DEPARTMENT,
	ITEM_FIELD_DATED,
	ITEM_FIELD_COUNT
};

#define ITEM_BIT(field) (UINT64_C(1) << (field))

/* Takes over the fields in mask, each judged by itself; not office, department, parent and
 * customer, which depend on one another. */
MUST_CHECK enum status item_take(struct call *call, const Pb__ItemDraft *draft, uint64_t mask,
				 Pb__Item *row);

/* A container with the place that is its own or that of what it stands in. */
struct container {
	const Pb__Item *item; /* NULL: no container */
	const char *place;
};

/* Finds what a draft names as its parent; "" is none. office: where it is looked for first. */
MUST_CHECK enum status item_container(struct call *call, const char *text, uint64_t office,
				      struct container *container);

/* Makes the row of a new item, without id and number. Whether the natural key is free is
 * item_ref_owner()'s. */
MUST_CHECK enum status item_make(struct call *call, const Pb__ItemDraft *draft,
				 const struct container *container, Pb__Item *row);

/* Changes the row as the draft says in the fields named; refuses what would break the tree, and
 * moving what is out. */
MUST_CHECK enum status item_change(struct call *call, const Pb__ItemDraft *draft, uint64_t mask,
				   Pb__Item *row);

/* Bits of named fields for item_change(). STATUS_INVALID, field_unknown. */
MUST_CHECK enum status item_mask(struct call *call, const char **fields, size_t count,
				 uint64_t *mask);

/* The item and the customer it belongs to become subjects. STATUS_LIMIT. */
MUST_CHECK enum status item_subjects(struct call *call, const Pb__Item *item);

/* The id of the item that has the row's natural key, 0 when it is free or empty. */
uint64_t item_ref_owner(struct call *call, const Pb__Item *row);

/* The first field of the draft in which the rows differ, NULL when they say the same. */
const char *item_difference(const Pb__Item *left, const Pb__Item *right);

#endif
