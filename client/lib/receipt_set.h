/* A set of receipts: receipt anchor keeps another one of the same entry, with a better proof. */
#ifndef CLIENT_LIB_RECEIPT_SET_H
#define CLIENT_LIB_RECEIPT_SET_H

#include <stdbool.h>
#include <stddef.h>

#include "client/lib/receipts.h"

struct receipt_set {
	struct receipt_name *names; /* owned; in order */
	size_t count;
	size_t capacity;
};

#define RECEIPT_SET_EMPTY ((struct receipt_set){.names = NULL})

/* Adds it; *is_new: no receipt of the same entry was there, word for word. STATUS_MEMORY. */
MUST_CHECK enum status receipt_set_add(struct receipt_set *set, const struct receipt *receipt,
				       bool *is_new);
/* Empties it. */
void receipt_set_release(struct receipt_set *set);

#endif
