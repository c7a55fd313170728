/* Editing an item: what it makes of the row, and whether somebody has to approve it. */
#ifndef SERVER_SERVICE_ITEM_EDIT_H
#define SERVER_SERVICE_ITEM_EDIT_H

#include <stdbool.h>

#include "server/service/approval.h"

struct item_edit {
	uint64_t mask; /* of the fields that are named; see item.h */
	Pb__Item was;  /* as it is */
	Pb__Item *row; /* as it will be; of the arena */
};

/* Judges all of the edit but whether it is approved; adds the item and its customer as subjects,
 * and the containers when it is moved. Refuses with what is wrong. */
MUST_CHECK enum status item_edit_judge(struct call *call, const Pb__ItemEditRequest *request,
				       struct item_edit *edit);

/* What the edit asks for; the digest is over the item as it is protected now, the fields and what
 * they will be. *needed: an original becomes a copy or the item less secret, after which it could
 * leave the house or be read by more people, and the rule asks for an approval. Then the ask, of
 * the arena, is filled. STATUS_MEMORY. */
MUST_CHECK enum status item_edit_ask(struct call *call, const Pb__ItemDraft *draft,
				     const struct item_edit *edit, struct approval_ask *ask,
				     bool *needed);

#endif
