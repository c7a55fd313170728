/*
 * From what a person says of a customer to the row: for adding, editing and importing.
 */
#ifndef SERVER_SERVICE_CUSTOMER_H
#define SERVER_SERVICE_CUSTOMER_H

#include "proto/request.pb-c.h"
#include "server/service/call.h"

#define CUSTOMER_CONTACTS_MAX 20
#define CUSTOMER_FIELDS_ALL UINT64_MAX

/* Takes fields of the draft over into the row: those whose bit is in mask. Judges each by itself;
 * whether the natural key is free is customer_ref_owner()'s. */
MUST_CHECK enum status customer_take(struct call *call, const Pb__CustomerDraft *draft,
				     uint64_t mask, Pb__Customer *row);

/* The bit of a field of the draft, 0 when there is none of that name; and the name of bit at, NULL
 * behind the last. */
uint64_t customer_field(const char *name, size_t len);
const char *customer_field_name(size_t at);

/* The id of the customer that has the row's natural key, 0 when it is free or empty. */
uint64_t customer_ref_owner(struct call *call, const Pb__Customer *row);

/* The first field of the draft in which the rows differ, NULL when they say the same. */
const char *customer_difference(const Pb__Customer *left, const Pb__Customer *right);

#endif
