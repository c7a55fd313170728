/*
 * What an erasure takes: all records of a customer, or an item with what is in it, and the entries
 * of the ledger that say something of them. Found by the trails of the records, of the grants that
 * name them, of the approvals and the confidential dossier about them.
 *
 * Not found is what was never about a record of theirs: a search that showed nothing, a
 * registration that was refused, a word about them in the note of somebody else.
 */
#ifndef SERVER_SERVICE_ERASE_SURVEY_H
#define SERVER_SERVICE_ERASE_SURVEY_H

#include "proto/request.pb-c.h"
#include "server/service/call.h"

#define ERASE_ITEMS_MAX 1000
#define ERASE_ENTRIES_MAX 10000 /* an entry of the ledger has to hold their list */

/* Fills items and numbers, and adds them as subjects. Refuses what is on loan, and erased already.
 * STATUS_LIMIT, erase_too_many. */
MUST_CHECK enum status erase_survey_customer(struct call *call, const Pb__Customer *customer,
					     Pb__EraseReply *reply);
MUST_CHECK enum status erase_survey_item(struct call *call, const Pb__Item *item,
					 Pb__EraseReply *reply);

/* Fills loans, grants, approvals and confidential dossiers, and the list of entries with what will
 * be left of each. Refuses while a grant gives access, or an approval waits. Everything that is
 * committed is read: nothing may be staged before. */
MUST_CHECK enum status erase_survey_entries(struct call *call, Pb__EraseReply *reply);

/* Refuses as erase_too_many. */
enum status erase_refuse_many(struct call *call, uint64_t limit);

#endif
