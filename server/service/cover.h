/*
 * What the caller's grants cover. A grant is active while it is approved, not revoked, within its
 * time and below its number of looks: that is derived at every call, never stored.
 */
#ifndef SERVER_SERVICE_COVER_H
#define SERVER_SERVICE_COVER_H

#include <stdbool.h>

#include "proto/record.pb-c.h"
#include "server/service/call.h"

#define COVER_GRANTS_MAX 100 /* active ones of one person; those that end first */

/* The caller's active grant under which he may see the record by this call's kind of look (LIST
 * for a SCAN, else READ); NULL when none covers it. An item is covered by itself, by what contains
 * it, by its customer or by the beginning of its number; a confidential or secret one only by
 * itself and if it was as secret when it was named, a sealed one by nothing. The row is of the
 * call's arena. */
const Pb__Grant *cover_customer(struct call *call, const Pb__Customer *customer);
const Pb__Grant *cover_item(struct call *call, const Pb__Item *item);

/* The caller's active grants, read once a call. */
Pb__Grant *const *cover_grants(struct call *call, size_t *count);

/* Whether a grant is active now; whether it would be, had it looks left. */
bool cover_is_active(struct call *call, const Pb__Grant *grant);
bool cover_is_used_up(struct call *call, const Pb__Grant *grant);

/* Whether one of the caller's grants that was approved was revoked, or came to its end, at that
 * time or later. */
bool cover_ended_since(struct call *call, int64_t since);

/* Whether this one of the caller's grants covers the customer; which is the first of them that
 * covers the item, count when none does. */
bool cover_grant_customer(const struct call *call, const Pb__Grant *grant, uint64_t customer);
size_t cover_first(struct call *call, Pb__Grant *const *grants, size_t count, const Pb__Item *item);

/* What a grant names: its customers, then its items, then its beginnings of numbers, counted from
 * 0. How many, and the first that leads to the item; that many when none does. */
size_t cover_sources(const Pb__Grant *grant);
size_t cover_source(struct call *call, const Pb__Grant *grant, const Pb__Item *item);

#endif
