/* Asking for an approval oneself: for what one may do, but not without another's consent. */
#include "server/service/approval.h"
#include "server/service/customer_edit.h"
#include "server/service/erase.h"
#include "server/service/field.h"
#include "server/service/find.h"
#include "server/service/item_edit.h"
#include "server/service/loan_ask.h"
#include "server/service/service.h"
#include "server/service/tree.h"

/* What an ask of a kind is made of. *needed: the act would be refused without it. */
typedef enum status ask_fn(struct call *call, const Pb__ApprovalRequestRequest *request,
			   struct approval_ask *ask, bool *needed);

static enum status ask_sensitive(struct call *call, const Pb__ApprovalRequestRequest *request,
				 struct approval_ask *ask, bool *needed)
{
	Pb__Customer *customer;
	enum status status = find_customer(call, request->subject, 0, &customer);

	if (status == STATUS_OK)
		status = erase_refuse(call, customer->erasure_id, customer->number);
	if (status != STATUS_OK)
		return status;
	*ask = (struct approval_ask){
		.kind = APPROVAL_SENSITIVE,
		.office = customer->office_id,
		.subject = {.kind = SUBJECT_CUSTOMER, .id = customer->id},
		.number = customer->number,
		.detail = customer->number,
	};
	return approval_needed(call, ask, needed);
}

static enum status ask_unseal(struct call *call, const Pb__ApprovalRequestRequest *request,
			      struct approval_ask *ask, bool *needed)
{
	Pb__Item *item;
	enum status status = find_item(call, request->subject, 0, &item);

	if (status == STATUS_OK)
		status = erase_refuse(call, item->erasure_id, item->number);
	if (status != STATUS_OK)
		return status;
	*ask = (struct approval_ask){
		.kind = APPROVAL_UNSEAL,
		.office = item->office_id,
		.subject = {.kind = SUBJECT_ITEM, .id = item->id},
		.number = item->number,
		.detail = item->number,
		.secrecy = item->secrecy,
		.authenticity = item->authenticity,
	};
	*needed = false;
	return item->sealed ? approval_needed(call, ask, needed) : STATUS_OK;
}

static enum status ask_loan(struct call *call, const Pb__ApprovalRequestRequest *request,
			    struct approval_ask *ask, bool *needed)
{
	enum status status = field_required(call, "borrower", request->borrower, NAME_MAX_LEN);
	Pb__Item *item;

	if (status == STATUS_OK)
		status = find_item(call, request->subject, 0, &item);
	if (status == STATUS_OK)
		status = erase_refuse(call, item->erasure_id, item->number);
	if (status == STATUS_OK)
		status = tree_unsealed(call, item);
	return status == STATUS_OK ? loan_ask(call, item, request->borrower, ask, needed) : status;
}

static enum status ask_edit(struct call *call, const Pb__ApprovalRequestRequest *request,
			    struct approval_ask *ask, bool *needed)
{
	Pb__CustomerEditRequest edit_request = PB__CUSTOMER_EDIT_REQUEST__INIT;
	struct customer_edit edit;
	enum status status;

	edit_request.customer = request->subject;
	edit_request.draft = request->draft;
	edit_request.fields = request->fields;
	edit_request.n_fields = request->n_fields;
	status = customer_edit_judge(call, &edit_request, &edit);
	return status == STATUS_OK ? customer_edit_ask(call, request->draft, &edit, ask, needed)
				   : status;
}

static enum status ask_item_edit(struct call *call, const Pb__ApprovalRequestRequest *request,
				 struct approval_ask *ask, bool *needed)
{
	Pb__ItemEditRequest edit_request = PB__ITEM_EDIT_REQUEST__INIT;
	struct item_edit edit;
	enum status status;

	edit_request.item = request->subject;
	edit_request.draft = request->item_draft;
	edit_request.fields = request->fields;
	edit_request.n_fields = request->n_fields;
	status = item_edit_judge(call, &edit_request, &edit);
	return status == STATUS_OK ? item_edit_ask(call, request->item_draft, &edit, ask, needed)
				   : status;
}

static enum status ask_erase(struct call *call, const Pb__ApprovalRequestRequest *request,
			     struct approval_ask *ask, bool *needed)
{
	return erase_ask(call, request->subject, ask, needed);
}

/* The kinds a person asks for, each with what he must be allowed for it to be of use to him. */
static const struct asking {
	enum approval_kind kind;
	enum permission permission;
	ask_fn *make;
} askings[] = {
	{APPROVAL_SENSITIVE, PERMISSION_UNMASK, ask_sensitive},
	{APPROVAL_UNSEAL, PERMISSION_UNSEAL, ask_unseal},
	{APPROVAL_LOAN, PERMISSION_CIRCULATE, ask_loan},
	{APPROVAL_CUSTOMER_EDIT, PERMISSION_CUSTOMER_WRITE, ask_edit},
	{APPROVAL_ITEM_EDIT, PERMISSION_ITEM_WRITE, ask_item_edit},
	{APPROVAL_ERASE, PERMISSION_ERASE, ask_erase},
};

static const struct asking *asking_of(const char *word)
{
	const struct approval_spec *spec = approval_find_word(word);

	for (size_t i = 0; spec != NULL && i < sizeof(askings) / sizeof(askings[0]); i++)
		if (askings[i].kind == spec->kind)
			return &askings[i];
	return NULL;
}

/* From here on the call has the scope in which he may do what he asks for. */
static enum status judge_asker(struct call *call, const struct asking *asking)
{
	if (call->principal == NULL)
		return call_refuse(call, STATUS_DENIED, REASON_role_forbids, NULL);
	call->scope = role_scope(call->role, asking->permission);
	return call->scope == SCOPE_NONE
		       ? call_refuse(call, STATUS_DENIED, REASON_role_forbids, NULL)
		       : STATUS_OK;
}

enum status check_approval_request(struct call *call, const Pb__ApprovalRequestRequest *request,
				   Pb__ApprovalRequestReply *reply)
{
	const struct asking *asking = asking_of(request->kind);
	enum status status = STATUS_OK;
	struct approval_ask ask;
	bool needed;

	if (asking == NULL)
		return call_refuse_field(call, REASON_malformed, "kind", 0);
	status = field_required(call, "subject", request->subject, ASKED_MAX_LEN);
	if (status == STATUS_OK)
		status = field_required(call, "reason", request->reason, PURPOSE_MAX_LEN);
	if (status == STATUS_OK)
		status = judge_asker(call, asking);
	if (status == STATUS_OK)
		status = asking->make(call, request, &ask, &needed);
	if (status != STATUS_OK)
		return status;
	if (!needed)
		return call_refuse(call, STATUS_CONFLICT, REASON_approval_not_needed, ask.number);
	ask.reason = request->reason;
	return approval_open(call, &ask, &reply->opened);
}

void apply_approval_request(struct txn *txn, const struct entry *entry,
			    const Pb__ApprovalRequestRequest *request,
			    const Pb__ApprovalRequestReply *reply)
{
	(void)entry;
	(void)request;
	approval_opened_put(txn, reply->opened);
}
