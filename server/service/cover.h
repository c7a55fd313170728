/*
 * What the caller's grants cover. A grant is active while it is approved, not revoked, within its
 * time and below its number of looks: that is derived at every call, never stored.
 */
#ifndef SERVER_SERVICE_COVER_H
#define SERVER_SERVICE_COVER_H

#include <stdbool.h>

#include "proto/record.pb-c.h"
#include "server/service/call.h"

#define COVER_GRANTS_MAX 100 /* active ones of one person */

/* The caller's active grant under which he may see the record by this call's kind of look (LIST
 * for a SCAN, else READ); NULL when none covers it. An item is covered by itself, by what contains
 * it, by its customer or by the beginning of its number; a confidential or secret one only by
 * itself, a sealed one by nothing. The row is of the call's arena. */
const Pb__Grant *cover_customer(struct call *call, const Pb__Customer *customer);
const Pb__Grant *cover_item(struct call *call, const Pb__Item *item);

/* The caller's active grants, read once a call. */
Pb__Grant *const *cover_grants(struct call *call, size_t *count);

/* Whether a grant is active now. */
bool cover_is_active(struct call *call, const Pb__Grant *grant);

#endif
