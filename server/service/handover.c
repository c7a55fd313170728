#include "server/service/field.h"
#include "server/service/find.h"
#include "server/service/holding.h"
#include "server/service/make.h"
#include "server/service/post.h"
#include "server/service/service.h"

#define HANDOVER_RECORDS_MAX 1000 /* in one act ... */
#define HANDOVER_BYTES_MAX                                                                         \
	(384 * 1024)             /* ... of so many bytes of rows: what applying it writes          \
				  */
#define SCRATCH_MAX (256 * 1024) /* one row at a time */

/* One act of handing over. */
struct handing {
	struct call *call;
	const Pb__Principal *from;
	const Pb__Principal *to;
	Pb__HandoverReply *reply;
	size_t records;
	size_t bytes;
};

/* Adds the row under an id to the reply; *bytes: how large it is. */
typedef enum status hand_fn(struct handing *handing, uint64_t id, size_t *bytes);

static enum status add_handed(struct handing *handing, uint64_t id, const char *number,
			      Pb__HandedOver **to, size_t *count)
{
	Pb__HandedOver *handed = make_handed_over(handing->call);

	if (handed == NULL)
		return STATUS_MEMORY;
	handed->id = id;
	handed->number = number;
	to[(*count)++] = handed;
	return STATUS_OK;
}

static enum status hand_customer(struct handing *handing, uint64_t id, size_t *bytes)
{
	Pb__HandoverReply *reply = handing->reply;
	const Pb__Customer *row = customer_get(handing->call->txn, id, handing->call->arena);

	if (row == NULL || !call_subject(handing->call, SUBJECT_CUSTOMER, id))
		return row == NULL ? STATUS_MEMORY : STATUS_LIMIT;
	*bytes = protobuf_c_message_get_packed_size(&row->base);
	return add_handed(handing, id, row->number, reply->customers, &reply->n_customers);
}

static enum status hand_loan(struct handing *handing, uint64_t id, size_t *bytes)
{
	Pb__HandoverReply *reply = handing->reply;
	struct call *call = handing->call;
	const Pb__Loan *row = loan_get(call->txn, id, call->arena);
	const Pb__Item *item = row == NULL ? NULL : item_get(call->txn, row->item_id, call->arena);

	if (item == NULL || !call_subject(call, SUBJECT_ITEM, row->item_id))
		return item == NULL ? STATUS_MEMORY : STATUS_LIMIT;
	*bytes = protobuf_c_message_get_packed_size(&row->base);
	return add_handed(handing, id, item->number, reply->loans, &reply->n_loans);
}

/* Nobody decides on what he asked for: who decided already cannot become the asker. */
static enum status hand_approval(struct handing *handing, uint64_t id, size_t *bytes)
{
	Pb__HandoverReply *reply = handing->reply;
	struct call *call = handing->call;
	const Pb__Approval *row = approval_get(call->txn, id, call->arena);

	if (row == NULL)
		return STATUS_MEMORY;
	for (size_t i = 0; i < row->n_decisions; i++) {
		const Pb__Decision *decision = row->decisions[i];

		if (decision->by != handing->to->id && decision->on_behalf_of != handing->to->id)
			continue;
		(void)call_refuse(call, STATUS_BLOCKED, REASON_decided_by, row->number);
		call->refusal.holder = handing->to->login;
		return STATUS_BLOCKED;
	}
	if (!call_subject(call, SUBJECT_APPROVAL, id))
		return STATUS_LIMIT;
	*bytes = protobuf_c_message_get_packed_size(&row->base);
	return add_handed(handing, id, row->number, reply->approvals, &reply->n_approvals);
}

static bool is_full(const struct handing *handing)
{
	return handing->records >= HANDOVER_RECORDS_MAX || handing->bytes >= HANDOVER_BYTES_MAX;
}

/* Hands over what fits of one kind; the rest is left. */
static enum status hand_over(struct handing *handing, enum holding holding, hand_fn *hand)
{
	enum status status;
	uint64_t *ids;
	size_t count;
	size_t bytes = 0;
	size_t done = 0;

	status = holding_ids(handing->call, holding, handing->from, &ids, &count);
	while (status == STATUS_OK && done < count && !is_full(handing)) {
		status = hand(handing, ids[done], &bytes);
		handing->bytes += bytes;
		handing->records++;
		done++;
	}
	/* Who has as many as are counted may have more. */
	handing->reply->left += (uint32_t)(count - done);
	if (count == HOLDING_COUNTED_MAX && done == count)
		handing->reply->left++;
	return status;
}

static enum status make_room(struct handing *handing)
{
	Pb__HandoverReply *reply = handing->reply;
	struct arena *arena = handing->call->arena;

	reply->to_id = handing->to->id;
	reply->to_name = handing->to->name;
	reply->customers = arena_calloc(arena, HANDOVER_RECORDS_MAX, sizeof(Pb__HandedOver *));
	reply->loans = arena_calloc(arena, HANDOVER_RECORDS_MAX, sizeof(Pb__HandedOver *));
	reply->approvals = arena_calloc(arena, HANDOVER_RECORDS_MAX, sizeof(Pb__HandedOver *));
	return reply->customers == NULL || reply->loans == NULL || reply->approvals == NULL
		       ? STATUS_MEMORY
		       : STATUS_OK;
}

static enum status find_sides(struct call *call, const Pb__HandoverRequest *request,
			      struct handing *handing)
{
	Pb__Principal *from;
	Pb__Principal *to;
	enum status status = field_required(call, "reason", request->reason, PURPOSE_MAX_LEN);

	if (status == STATUS_OK)
		status = find_login(call, request->from, &from);
	if (status == STATUS_OK)
		status = find_colleague(call, request->to, &to);
	if (status != STATUS_OK)
		return status;
	if (!call_subject(call, SUBJECT_PRINCIPAL, from->id) ||
	    !call_subject(call, SUBJECT_PRINCIPAL, to->id))
		return STATUS_LIMIT;
	if (from->id == to->id)
		return call_refuse(call, STATUS_INVALID, REASON_same_person, to->login);
	handing->from = from;
	handing->to = to;
	status = post_judge(call, from);
	return status == STATUS_OK ? post_judge(call, to) : status;
}

enum status check_handover(struct call *call, const Pb__HandoverRequest *request,
			   Pb__HandoverReply *reply)
{
	struct handing handing = {.call = call, .reply = reply};
	enum status status = find_sides(call, request, &handing);

	if (status == STATUS_OK)
		status = make_room(&handing);
	if (status == STATUS_OK)
		status = hand_over(&handing, HOLDING_CUSTOMERS, hand_customer);
	if (status == STATUS_OK)
		status = hand_over(&handing, HOLDING_LOANS, hand_loan);
	if (status == STATUS_OK)
		status = hand_over(&handing, HOLDING_ASKED, hand_approval);
	if (status == STATUS_OK)
		status = holding_end_delegations(call, handing.from, &reply->delegations,
						 &reply->n_delegations);
	return status;
}

/* Rows that are not there stay so: what happened to them is in the ledger, too. */
static void give_customer(struct txn *txn, uint64_t id, const Pb__HandoverReply *reply,
			  struct arena *scratch)
{
	Pb__Customer *row = customer_get(txn, id, scratch);

	if (row == NULL)
		return;
	row->owner_id = reply->to_id;
	row->version++;
	customer_put(txn, row);
}

static void give_loan(struct txn *txn, uint64_t id, const Pb__HandoverReply *reply,
		      struct arena *scratch)
{
	Pb__Loan *row = loan_get(txn, id, scratch);

	if (row == NULL)
		return;
	row->borrower_id = reply->to_id;
	row->borrower = reply->to_name;
	loan_put(txn, row);
}

/* Who asked stays one who did, or he could decide on it afterwards. */
static bool keep_asker(Pb__Approval *row, struct arena *scratch)
{
	uint64_t *askers = arena_calloc(scratch, row->n_asked_before + 1, sizeof(*askers));

	if (askers == NULL)
		return false;
	for (size_t i = 0; i < row->n_asked_before; i++) {
		if (row->asked_before[i] == row->asked_by)
			return true;
		askers[i] = row->asked_before[i];
	}
	askers[row->n_asked_before++] = row->asked_by;
	row->asked_before = askers;
	return true;
}

static void give_approval(struct txn *txn, uint64_t id, const Pb__HandoverReply *reply,
			  struct arena *scratch)
{
	Pb__Approval *row = approval_get(txn, id, scratch);

	if (row == NULL || !keep_asker(row, scratch))
		return;
	row->asked_by = reply->to_id;
	approval_put(txn, row);
}

typedef void give_fn(struct txn *txn, uint64_t id, const Pb__HandoverReply *reply,
		     struct arena *scratch);

static void give_all(struct txn *txn, Pb__HandedOver *const *handed, size_t count, give_fn *give,
		     const Pb__HandoverReply *reply)
{
	struct arena scratch;

	arena_init(&scratch, SCRATCH_MAX);
	for (size_t i = 0; i < count; i++) {
		give(txn, handed[i]->id, reply, &scratch);
		arena_reset(&scratch);
	}
	arena_release(&scratch);
}

void apply_handover(struct txn *txn, const struct entry *entry, const Pb__HandoverRequest *request,
		    const Pb__HandoverReply *reply)
{
	(void)entry;
	(void)request;
	give_all(txn, reply->customers, reply->n_customers, give_customer, reply);
	give_all(txn, reply->loans, reply->n_loans, give_loan, reply);
	give_all(txn, reply->approvals, reply->n_approvals, give_approval, reply);
	for (size_t i = 0; i < reply->n_delegations; i++)
		delegation_put(txn, reply->delegations[i]);
}
