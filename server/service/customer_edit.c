#include "server/service/customer_edit.h"

#include <string.h>

#include "common/text.h"
#include "server/service/customer.h"
#include "server/service/erase.h"
#include "server/service/find.h"
#include "server/service/make.h"
#include "server/service/scope.h"
#include "server/service/service.h"
#include "server/service/view.h"

static enum status customer_mask(struct call *call, const Pb__CustomerEditRequest *request,
				 uint64_t *mask)
{
	uint64_t bit;

	*mask = 0;
	if (request->draft == NULL)
		return call_refuse_field(call, REASON_required, "draft", 0);
	if (request->n_fields == 0)
		return call_refuse_field(call, REASON_required, "fields", 0);
	for (size_t i = 0; i < request->n_fields; i++) {
		bit = customer_field(request->fields[i], strlen(request->fields[i]));
		if (bit == 0)
			return call_refuse_field(call, REASON_field_unknown, request->fields[i], 0);
		*mask |= bit;
	}
	return STATUS_OK;
}

/* Nobody takes a customer out of an office that is not his, also who looks after the customer. */
static enum status judge_office(struct call *call, const struct customer_edit *edit)
{
	uint64_t was = edit->was.office_id;
	enum status status;

	if (edit->row->office_id == was || scope_office(call, was))
		return STATUS_OK;
	status = call_refuse(call, STATUS_DENIED, REASON_office_forbids,
			     view_office_code(call, was));
	call->refusal.field = "office";
	return status;
}

enum status customer_edit_judge(struct call *call, const Pb__CustomerEditRequest *request,
				struct customer_edit *edit)
{
	enum status status = customer_mask(call, request, &edit->mask);
	Pb__Customer *row;
	uint64_t owner;

	if (status == STATUS_OK)
		status = find_customer(call, request->customer, 0, &row);
	if (status != STATUS_OK)
		return status;
	if (!call_subject(call, SUBJECT_CUSTOMER, row->id))
		return STATUS_LIMIT;
	status = erase_refuse(call, row->erasure_id, row->number);
	if (status != STATUS_OK)
		return status;
	if (request->version != 0 && request->version != row->version)
		return call_refuse_stale(call, row->number, row->version);
	edit->was = *row;
	edit->row = row;
	/* Whether they are as the draft says tells what a mask keeps: trying that is a look. */
	if (row->n_contacts > 0 && (edit->mask & customer_field("contacts", strlen("contacts"))))
		call->sensitive = true;
	status = customer_take(call, request->draft, edit->mask, row);
	if (status == STATUS_OK)
		status = judge_office(call, edit);
	if (status != STATUS_OK)
		return status;
	if (row->office_id != edit->was.office_id && row->department_id == edit->was.department_id)
		row->department_id = 0; /* a department belongs to one office */
	owner = customer_ref_owner(call, row);
	if (owner != 0 && owner != row->id)
		return call_refuse_taken(call, "ref", row->ref);
	return STATUS_OK;
}

/* ---- what has to be approved ---- */

static uint64_t important_fields(const struct config *config)
{
	const char *names = config->approval_important;
	uint64_t mask = 0;

	while (*names != '\0') {
		size_t len = strcspn(names, ",");

		mask |= customer_field(names, len);
		names += len;
		names += *names == ',';
	}
	return mask;
}

/* One changed field for people: of short texts what it was and will be. */
static char *tell_field(struct call *call, const char *detail, const char *name,
			const Pb__Customer *was, const Pb__Customer *row)
{
	const char *gap = detail[0] == '\0' ? "" : "; ";

	if (strcmp(name, "name") == 0)
		return arena_printf(call->arena, "%s%s%s: %s → %s", detail, gap, name, was->name,
				    row->name);
	if (strcmp(name, "ref") == 0)
		return arena_printf(call->arena, "%s%s%s: %s → %s", detail, gap, name, was->ref,
				    row->ref);
	return arena_printf(call->arena, "%s%s%s", detail, gap, name);
}

/* Those of the important fields that will be others, for people; "" when there are none. */
static enum status tell_important(struct call *call, const Pb__CustomerDraft *draft,
				  const struct customer_edit *edit, const char **detail)
{
	uint64_t important = edit->mask & important_fields(call->config);
	enum status status = STATUS_OK;
	const char *name;

	*detail = "";
	for (size_t i = 0; (name = customer_field_name(i)) != NULL; i++) {
		uint64_t bit = UINT64_C(1) << i;
		Pb__Customer one = edit->was;

		if (!(important & bit))
			continue;
		status = customer_take(call, draft, bit, &one);
		if (status != STATUS_OK)
			return status;
		if (customer_difference(&edit->was, &one) == NULL)
			continue;
		*detail = tell_field(call, *detail, name, &edit->was, &one);
		if (*detail == NULL)
			return STATUS_MEMORY;
	}
	return STATUS_OK;
}

/* Over the customer with nothing but the fields that are named, and over their names. */
static enum status digest_edit(struct call *call, const Pb__CustomerDraft *draft,
			       const struct customer_edit *edit, uint8_t digest[static HASH_LEN])
{
	Pb__Customer meant = PB__CUSTOMER__INIT;
	struct hash *hash = hash_new();
	enum status status;
	const char *name;
	uint8_t *packed;
	size_t len;

	meant.id = edit->row->id;
	meant.office_id = edit->row->office_id;
	status = hash == NULL ? STATUS_MEMORY : customer_take(call, draft, edit->mask, &meant);
	len = protobuf_c_message_get_packed_size(&meant.base);
	packed = arena_alloc(call->arena, len + 1);
	if (status == STATUS_OK && packed != NULL) {
		protobuf_c_message_pack(&meant.base, packed);
		hash_begin(hash);
		for (size_t i = 0; (name = customer_field_name(i)) != NULL; i++)
			if (edit->mask & UINT64_C(1) << i)
				hash_add(hash, name, strlen(name) + 1);
		hash_add(hash, packed, len);
		hash_end(hash, digest);
	}
	hash_free(hash);
	return status == STATUS_OK && packed == NULL ? STATUS_MEMORY : status;
}

enum status customer_edit_ask(struct call *call, const Pb__CustomerDraft *draft,
			      const struct customer_edit *edit, struct approval_ask *ask,
			      bool *needed)
{
	const Pb__Customer *row = edit->row;
	const char *detail;
	enum status status = tell_important(call, draft, edit, &detail);
	uint8_t *digest;

	*needed = false;
	*ask = (struct approval_ask){
		.kind = APPROVAL_CUSTOMER_EDIT,
		.office = edit->was.office_id,
		.subject = {.kind = SUBJECT_CUSTOMER, .id = row->id},
		.number = row->number,
	};
	if (status != STATUS_OK || text_empty(detail))
		return status;
	ask->detail = arena_printf(call->arena, "%s %s", row->number, detail);
	digest = arena_alloc(call->arena, HASH_LEN);
	if (ask->detail == NULL || digest == NULL)
		return STATUS_MEMORY;
	status = digest_edit(call, draft, edit, digest);
	ask->digest = digest;
	return status == STATUS_OK ? approval_needed(call, ask, needed) : status;
}

/* ---- the act ---- */

/* An edit that changes nothing is done, and makes no new version. */
enum status check_customer_edit(struct call *call, const Pb__CustomerEditRequest *request,
				Pb__CustomerEditReply *reply)
{
	struct customer_edit edit;
	enum status status = customer_edit_judge(call, request, &edit);
	struct approval_ask ask;
	Pb__Approval *used;
	bool needed;

	if (status == STATUS_OK)
		status = customer_edit_ask(call, request->draft, &edit, &ask, &needed);
	if (status == STATUS_OK && needed)
		status = approval_take(call, request->approval, &ask, &used);
	if (status != STATUS_OK)
		return status;
	if (needed)
		reply->approval_id = used->id;
	if (customer_difference(&edit.was, edit.row) != NULL)
		edit.row->version++;
	reply->customer = edit.row;
	return STATUS_OK;
}

void apply_customer_edit(struct txn *txn, const struct entry *entry,
			 const Pb__CustomerEditRequest *request, const Pb__CustomerEditReply *reply)
{
	(void)request;
	customer_put(txn, reply->customer);
	if (reply->approval_id != 0)
		approval_used_put(txn, reply->approval_id, entry->time);
}
