#include "server/service/redact_rule.h"

#include <stdlib.h>
#include <string.h>

#include "common/approval.h"
#include "common/role.h"
#include "server/service/redact.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static int compare_ids(const void *left, const void *right)
{
	const uint64_t *a = left;
	const uint64_t *b = right;

	return (*a > *b) - (*a < *b);
}

bool redact_has(const uint64_t *ids, size_t count, uint64_t id)
{
	return count > 0 && bsearch(&id, ids, count, sizeof(*ids), compare_ids) != NULL;
}

static int compare_texts(const void *left, const void *right)
{
	const char *const *a = left;
	const char *const *b = right;

	return strcmp(*a, *b);
}

bool redact_is_number(const Pb__EraseReply *erased, const char *text)
{
	return erased->n_numbers > 0 && bsearch(&text, erased->numbers, erased->n_numbers,
						sizeof(char *), compare_texts) != NULL;
}

/* ---- rows ---- */

static bool is_subject(const Pb__EraseReply *erased, uint32_t kind, uint64_t id)
{
	switch (kind) {
	case SUBJECT_CUSTOMER:
		return erased->customer != 0 && id == erased->customer;
	case SUBJECT_ITEM:
		return redact_has(erased->items, erased->n_items, id);
	case SUBJECT_LOAN:
		return redact_has(erased->loans, erased->n_loans, id);
	case SUBJECT_GRANT:
		return redact_has(erased->grants, erased->n_grants, id);
	case SUBJECT_APPROVAL:
		return redact_has(erased->approvals, erased->n_approvals, id);
	case SUBJECT_CONFIDENTIAL:
		return redact_has(erased->confidential, erased->n_confidential, id);
	default:
		return false;
	}
}

static bool owns_customer(const Pb__EraseReply *erased, const ProtobufCMessage *message)
{
	return is_subject(erased, SUBJECT_CUSTOMER, ((const Pb__Customer *)message)->id);
}

static bool owns_item(const Pb__EraseReply *erased, const ProtobufCMessage *message)
{
	return is_subject(erased, SUBJECT_ITEM, ((const Pb__Item *)message)->id);
}

static bool owns_loan(const Pb__EraseReply *erased, const ProtobufCMessage *message)
{
	const Pb__Loan *loan = (const Pb__Loan *)message;

	return is_subject(erased, SUBJECT_ITEM, loan->item_id) ||
	       is_subject(erased, SUBJECT_CUSTOMER, loan->customer_id);
}

static bool owns_grant(const Pb__EraseReply *erased, const ProtobufCMessage *message)
{
	return is_subject(erased, SUBJECT_GRANT, ((const Pb__Grant *)message)->id);
}

static bool owns_approval(const Pb__EraseReply *erased, const ProtobufCMessage *message)
{
	const Pb__Approval *approval = (const Pb__Approval *)message;

	return approval->kind != APPROVAL_ERASE &&
	       is_subject(erased, approval->subject_kind, approval->subject_id);
}

static bool owns_confidential(const Pb__EraseReply *erased, const ProtobufCMessage *message)
{
	return is_subject(erased, SUBJECT_CUSTOMER,
			  ((const Pb__Confidential *)message)->customer_id);
}

static bool owns_nothing(const Pb__EraseReply *erased, const ProtobufCMessage *message)
{
	(void)erased;
	(void)message;
	return false;
}

static const struct row {
	const ProtobufCMessageDescriptor *descriptor;
	bool (*owns)(const Pb__EraseReply *erased, const ProtobufCMessage *message);
} rows[] = {
	{&pb__customer__descriptor, owns_customer},
	{&pb__item__descriptor, owns_item},
	{&pb__loan__descriptor, owns_loan},
	{&pb__grant__descriptor, owns_grant},
	{&pb__approval__descriptor, owns_approval},
	{&pb__confidential__descriptor, owns_confidential},
	/* Of the company, and words of the program. */
	{&pb__office__descriptor, owns_nothing},
	{&pb__department__descriptor, owns_nothing},
	{&pb__principal__descriptor, owns_nothing},
	{&pb__certificate__descriptor, owns_nothing},
	{&pb__enrolment__descriptor, owns_nothing},
	{&pb__series__descriptor, owns_nothing},
	{&pb__delegation__descriptor, owns_nothing},
	{&pb__approval_input__descriptor, owns_nothing},
};

bool redact_is_owned(const Pb__EraseReply *erased, const ProtobufCMessage *message, bool around)
{
	for (size_t i = 0; i < COUNT(rows); i++)
		if (rows[i].descriptor == message->descriptor)
			return rows[i].owns(erased, message);
	return around;
}

/* ---- what stays ---- */

/* Numbers that we gave, words of the program, settings. */
static const struct keep {
	const ProtobufCMessageDescriptor *descriptor;
	const char *field;
} keeps[] = {
	{&pb__customer__descriptor, "number"},
	{&pb__item__descriptor, "number"},
	{&pb__grant__descriptor, "number"},
	{&pb__grant__descriptor, "series"},
	{&pb__approval__descriptor, "number"},
	{&pb__approval__descriptor, "rule"},
	{&pb__refusal__descriptor, "reason"},
	{&pb__refusal__descriptor, "field"},
	{&pb__row_verdict__descriptor, "number"},
	{&pb__row_verdict__descriptor, "reason"},
	{&pb__row_verdict__descriptor, "field"},
	{&pb__customer_edit_request__descriptor, "fields"},
	{&pb__customer_edit_request__descriptor, "approval"},
	{&pb__item_edit_request__descriptor, "fields"},
	{&pb__item_edit_request__descriptor, "approval"},
	{&pb__borrow_request__descriptor, "approval"},
	{&pb__item_seal_request__descriptor, "approval"},
	{&pb__item_seal_reply__descriptor, "number"},
	{&pb__unseal_request__descriptor, "approval"},
	{&pb__unmask_request__descriptor, "approval"},
	{&pb__approval_request_request__descriptor, "kind"},
	{&pb__approval_request_request__descriptor, "fields"},
	{&pb__approval_decide_request__descriptor, "approval"},
	{&pb__approval_withdraw_request__descriptor, "approval"},
	{&pb__approval_show_request__descriptor, "approval"},
	{&pb__grant_paper_request__descriptor, "grant"},
	{&pb__grant_revoke_request__descriptor, "grant"},
	{&pb__grant_show_request__descriptor, "grant"},
	{&pb__my_views_request__descriptor, "grant"},
};

bool redact_is_kept(const ProtobufCMessage *message, const char *field)
{
	for (size_t i = 0; i < COUNT(keeps); i++)
		if (keeps[i].descriptor == message->descriptor &&
		    strcmp(keeps[i].field, field) == 0)
			return true;
	/* A colleague's name, as in his account. */
	return message->descriptor == &pb__loan__descriptor && strcmp(field, "borrower") == 0 &&
	       ((const Pb__Loan *)message)->borrower_class == PB__BORROWER_CLASS__STAFF;
}

/* ---- acts ---- */

/* What an entry is about, and how much of that is of the erased. */
struct share {
	size_t items;
	size_t items_owned;
	size_t customers;
	size_t customers_owned;
	bool grant;
	bool other; /* an approval, a confidential dossier */
};

static struct share share_of(const Pb__EraseReply *erased, const struct entry *entry)
{
	struct share share = {0};

	for (size_t i = 0; i < entry->subject_count; i++) {
		const struct subject *subject = &entry->subjects[i];
		bool owned = is_subject(erased, subject->kind, subject->id);

		if (subject->kind == SUBJECT_ITEM || subject->kind == SUBJECT_LOAN) {
			share.items++;
			share.items_owned += owned;
		} else if (subject->kind == SUBJECT_CUSTOMER) {
			share.customers++;
			share.customers_owned += owned;
		} else if (subject->kind == SUBJECT_GRANT) {
			share.grant = share.grant || owned;
		} else {
			share.other = share.other || owned;
		}
	}
	return share;
}

static bool is_of_one_row(uint16_t rpc, const ProtobufCMessage *request)
{
	if (rpc == RPC_customer_import)
		return ((const Pb__CustomerImportRequest *)request)->n_rows == 1;
	if (rpc == RPC_item_import)
		return ((const Pb__ItemImportRequest *)request)->n_rows == 1;
	return true;
}

bool redact_is_act_owned(const Pb__EraseReply *erased, const struct entry *entry,
			 const struct rpc *rpc, const ProtobufCMessage *request)
{
	struct share share = share_of(erased, entry);

	if (rpc->lane != LANE_WRITE)
		return true; /* a look: what was searched for has led to them */
	switch (rpc->permission) {
	case PERMISSION_ACCOUNT_WRITE:
	case PERMISSION_APPROVAL_DECIDE:
	case PERMISSION_SYSTEM:
		return false;
	case PERMISSION_GRANT_ASK:
	case PERMISSION_PAPER_CHECK:
	case PERMISSION_GRANT_END:
		return share.grant;
	default:
		break;
	}
	if (!is_of_one_row(entry->rpc, request))
		return false;
	if (share.items > 0)
		return share.items_owned == share.items;
	return share.other || (share.customers > 0 && share.customers_owned == share.customers);
}

bool redact_is_of_erasure(const struct entry *entry, const ProtobufCMessage *request,
			  const ProtobufCMessage *reply)
{
	const struct approval_spec *spec = approval_find(APPROVAL_ERASE);
	const Pb__Approval *approval = NULL;

	if (entry->rpc == RPC_erase)
		return true;
	if (entry->rpc == RPC_approval_request)
		return strcmp(((const Pb__ApprovalRequestRequest *)request)->kind, spec->word) == 0;
	if (entry->rpc == RPC_approval_decide && reply != NULL)
		approval = ((const Pb__ApprovalDecideReply *)reply)->approval;
	if (entry->rpc == RPC_approval_withdraw && reply != NULL)
		approval = ((const Pb__ApprovalWithdrawReply *)reply)->approval;
	return approval != NULL && approval->kind == APPROVAL_ERASE;
}
