#include "server/service/item_edit.h"

#include <string.h>

#include "server/service/find.h"
#include "server/service/item.h"
#include "server/service/erase.h"
#include "server/service/service.h"
#include "server/service/tree.h"

/* The containers too, when it is moved: both have a different content now. */
static enum status add_subjects(struct call *call, const Pb__Item *was, const Pb__Item *row)
{
	enum status status = item_subjects(call, row);

	if (status != STATUS_OK || was->parent_id == row->parent_id)
		return status;
	if ((was->parent_id != 0 && !call_subject(call, SUBJECT_ITEM, was->parent_id)) ||
	    (row->parent_id != 0 && !call_subject(call, SUBJECT_ITEM, row->parent_id)))
		return STATUS_LIMIT;
	return STATUS_OK;
}

static enum status find_edited(struct call *call, const Pb__ItemEditRequest *request,
			       struct item_edit *edit)
{
	enum status status;

	if (request->draft == NULL)
		return call_refuse_field(call, REASON_required, "draft", 0);
	if (request->n_fields == 0)
		return call_refuse_field(call, REASON_required, "fields", 0);
	status = item_mask(call, request->fields, request->n_fields, &edit->mask);
	if (status == STATUS_OK)
		status = find_item(call, request->item, 0, &edit->row);
	if (status == STATUS_OK)
		status = item_subjects(call, edit->row);
	if (status == STATUS_OK)
		status = erase_refuse(call, edit->row->erasure_id, edit->row->number);
	if (status == STATUS_OK)
		status = tree_unsealed(call, edit->row);
	return status;
}

enum status item_edit_judge(struct call *call, const Pb__ItemEditRequest *request,
			    struct item_edit *edit)
{
	enum status status = find_edited(call, request, edit);
	Pb__Item *row = edit->row;
	uint64_t owner;

	if (status != STATUS_OK)
		return status;
	if (request->version != 0 && request->version != row->version)
		return call_refuse_stale(call, row->number, row->version);
	edit->was = *row;
	status = item_change(call, request->draft, edit->mask, row);
	if (status != STATUS_OK)
		return status;
	owner = item_ref_owner(call, row);
	if (owner != 0 && owner != row->id)
		return call_refuse_taken(call, "ref", row->ref);
	return add_subjects(call, &edit->was, row);
}

/* ---- what has to be approved ---- */

/* What becomes less protected, for people; "" when nothing does. */
static const char *tell_loss(struct call *call, const struct item_edit *edit)
{
	const Pb__Item *was = &edit->was;
	const Pb__Item *row = edit->row;
	const char *detail = "";

	if (row->secrecy < was->secrecy)
		detail = arena_printf(call->arena, "secrecy: %s → %s",
				      approval_secrecy_word(was->secrecy),
				      approval_secrecy_word(row->secrecy));
	if (detail != NULL && was->authenticity == PB__AUTHENTICITY__ORIGINAL &&
	    row->authenticity != PB__AUTHENTICITY__ORIGINAL)
		detail = arena_printf(call->arena, "%s%sauthenticity: %s → %s", detail,
				      detail[0] == '\0' ? "" : "; ",
				      approval_authenticity_word(was->authenticity),
				      approval_authenticity_word(row->authenticity));
	return detail;
}

/* Over the item with nothing but the fields that are named, over these, and over how it is
 * protected now: what has become more secret meanwhile was not what somebody looked at. */
static enum status digest_edit(struct call *call, const Pb__ItemDraft *draft,
			       const struct item_edit *edit, uint8_t digest[static HASH_LEN])
{
	Pb__Item meant = PB__ITEM__INIT;
	struct hash *hash = hash_new();
	struct key key = {.len = 0};
	enum status status;
	uint8_t *packed;
	size_t len;

	status = hash == NULL ? STATUS_MEMORY : item_take(call, draft, edit->mask, &meant);
	meant.id = edit->row->id;
	if (edit->mask & ITEM_BIT(ITEM_FIELD_CUSTOMER))
		meant.customer_id = edit->row->customer_id;
	if (edit->mask & ITEM_BIT(ITEM_FIELD_PARENT))
		meant.parent_id = edit->row->parent_id;
	if (edit->mask & ITEM_BIT(ITEM_FIELD_DEPARTMENT))
		meant.department_id = edit->row->department_id;
	len = protobuf_c_message_get_packed_size(&meant.base);
	packed = arena_alloc(call->arena, len + 1);
	if (status == STATUS_OK && packed != NULL) {
		protobuf_c_message_pack(&meant.base, packed);
		key_u64(&key, edit->mask);
		key_u32(&key, (uint32_t)edit->was.secrecy);
		key_u32(&key, (uint32_t)edit->was.authenticity);
		hash_begin(hash);
		hash_add(hash, key.bytes, key.len);
		hash_add(hash, packed, len);
		hash_end(hash, digest);
	}
	hash_free(hash);
	return status == STATUS_OK && packed == NULL ? STATUS_MEMORY : status;
}

enum status item_edit_ask(struct call *call, const Pb__ItemDraft *draft,
			  const struct item_edit *edit, struct approval_ask *ask, bool *needed)
{
	const Pb__Item *row = edit->row;
	const char *loss = tell_loss(call, edit);
	enum status status;
	uint8_t *digest;

	*needed = false;
	*ask = (struct approval_ask){
		.kind = APPROVAL_ITEM_EDIT,
		.office = row->office_id,
		.subject = {.kind = SUBJECT_ITEM, .id = row->id},
		.number = row->number,
		.secrecy = edit->was.secrecy,
		.authenticity = edit->was.authenticity,
	};
	if (loss == NULL)
		return STATUS_MEMORY;
	if (loss[0] == '\0')
		return STATUS_OK;
	ask->detail = arena_printf(call->arena, "%s %s", row->number, loss);
	digest = arena_alloc(call->arena, HASH_LEN);
	if (ask->detail == NULL || digest == NULL)
		return STATUS_MEMORY;
	status = digest_edit(call, draft, edit, digest);
	ask->digest = digest;
	return status == STATUS_OK ? approval_needed(call, ask, needed) : status;
}

/* ---- the act ---- */

/* An edit that changes nothing is done, and makes no new version. */
enum status check_item_edit(struct call *call, const Pb__ItemEditRequest *request,
			    Pb__ItemEditReply *reply)
{
	struct item_edit edit;
	enum status status = item_edit_judge(call, request, &edit);
	struct approval_ask ask;
	Pb__Approval *used;
	bool needed;

	if (status == STATUS_OK)
		status = item_edit_ask(call, request->draft, &edit, &ask, &needed);
	if (status == STATUS_OK && needed)
		status = approval_take(call, request->approval, &ask, &used);
	if (status != STATUS_OK)
		return status;
	if (needed)
		reply->approval_id = used->id;
	if (item_difference(&edit.was, edit.row) != NULL)
		edit.row->version++;
	reply->item = edit.row;
	return STATUS_OK;
}

void apply_item_edit(struct txn *txn, const struct entry *entry, const Pb__ItemEditRequest *request,
		     const Pb__ItemEditReply *reply)
{
	(void)request;
	item_put(txn, reply->item);
	if (reply->approval_id != 0)
		approval_used_put(txn, reply->approval_id, entry->time);
}
