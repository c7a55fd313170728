#include <string.h>

#include "common/text.h"
#include "server/service/cover_walk.h"
#include "server/service/find.h"
#include "server/service/own.h"
#include "server/service/scope.h"
#include "server/service/service.h"
#include "server/service/slice.h"
#include "server/service/tree.h"
#include "server/service/view.h"

/* What loan_list keeps between slices. */
enum loan_list_word { WORD_OFFICE, WORD_CUSTOMER, WORD_BORROWER, WORD_EXTERNAL, WORD_OWN };

/* One slice. */
struct loan_listing {
	const Pb__LoanListRequest *request;
	struct slice slice;
	bool by_item; /* it walks items and shows the open loan of each; else it walks loans */
};

/* The rest of the office's (or borrower's) loans are due later still. */
static enum status pass_over(struct scan *scan, const struct loan_listing *listing,
			     const Pb__Loan *loan)
{
	struct key next = {.len = 0};

	if (listing->by_item)
		return STATUS_OK;
	if (listing->slice.index == INDEX_loan_open_by_borrower || scan->words[WORD_OFFICE] != 0)
		return STATUS_NOT_FOUND;
	key_u32(&next, 1);
	key_u64(&next, loan->office_id + 1);
	walk_after(listing->slice.walk, &next);
	scan->position = next;
	return STATUS_OK;
}

static bool is_wanted(struct call *call, const struct scan *scan,
		      const struct loan_listing *listing, const Pb__Loan *loan)
{
	const uint64_t *words = scan->words;

	if (!scope_loan(call, loan) ||
	    (words[WORD_OFFICE] != 0 && loan->office_id != words[WORD_OFFICE]) ||
	    (words[WORD_BORROWER] != 0 && loan->borrower_id != words[WORD_BORROWER]))
		return false;
	return words[WORD_EXTERNAL] == 0 ||
	       (loan->borrower_id == 0 && strcmp(loan->borrower, listing->request->borrower) == 0);
}

static enum status emit_loan(struct call *call, struct scan *scan, const void *request, uint64_t id)
{
	const struct loan_listing *listing = request;
	Pb__LoanListReply reply = PB__LOAN_LIST_REPLY__INIT;
	Pb__Loan *loan =
		listing->by_item ? tree_open_loan(call, id) : loan_get(call->txn, id, call->arena);

	if (loan == NULL)
		return listing->by_item ? STATUS_OK : STATUS_MEMORY;
	if (listing->request->overdue && loan->due >= call->today)
		return pass_over(scan, listing, loan);
	if (!is_wanted(call, scan, listing, loan))
		return STATUS_OK;
	reply.view = view_loan(call, loan);
	if (reply.view == NULL)
		return STATUS_MEMORY;
	scan_emit(scan, &reply.base);
	return scope_shown(call, SUBJECT_ITEM, loan->item_id) ? STATUS_OK : STATUS_LIMIT;
}

/* A login, a name, or what was written down of somebody from outside. */
static enum status resolve_borrower(struct call *call, const char *text, struct scan *scan)
{
	Pb__Principal *borrower;
	enum status status = find_login(call, text, &borrower);

	if (status != STATUS_OK)
		status = find_person(call, text, &borrower);
	if (status == STATUS_OK)
		scan->words[WORD_BORROWER] = borrower->id;
	else if (status == STATUS_NOT_FOUND)
		scan->words[WORD_EXTERNAL] = 1;
	else
		return status;
	pb__refusal__init(&call->refusal);
	return STATUS_OK;
}

static enum status resolve_filters(struct call *call, const Pb__LoanListRequest *request,
				   struct scan *scan)
{
	enum status status = STATUS_OK;
	Pb__Customer *customer;
	Pb__Office *office;

	scan->words[WORD_OFFICE] = scope_one_office(call);
	if (!text_empty(request->office)) {
		status = find_office(call, request->office, &office);
		if (status != STATUS_OK)
			return status;
		if (!scope_office(call, office->id))
			return STATUS_NOT_FOUND; /* an empty list */
		scan->words[WORD_OFFICE] = office->id;
	}
	if (!text_empty(request->customer)) {
		status = find_customer(call, request->customer, 0, &customer);
		if (status != STATUS_OK)
			return status;
		scan->words[WORD_CUSTOMER] = customer->id;
		if (!call_subject(call, SUBJECT_CUSTOMER, customer->id))
			return STATUS_LIMIT;
	}
	if (!text_empty(request->borrower))
		status = resolve_borrower(call, request->borrower, scan);
	return status;
}

static enum status walk_items(struct call *call, struct scan *scan, struct loan_listing *listing)
{
	struct slice *slice = &listing->slice;

	listing->by_item = true;
	if (scan->words[WORD_CUSTOMER] != 0) {
		slice->index = INDEX_item_by_customer;
		key_u64(&slice->prefix, scan->words[WORD_CUSTOMER]);
		return slice_walk(call, scan, slice);
	}
	if (call->scope == SCOPE_OWN)
		return own_walk(call, scan, slice, WORD_OWN);
	return scope_items(call, &slice->index, &slice->prefix)
		       ? slice_walk(call, scan, slice)
		       : cover_walk_items(call, scan, slice);
}

static enum status walk_loans(struct call *call, struct scan *scan, struct loan_listing *listing)
{
	struct slice *slice = &listing->slice;

	key_u32(&slice->prefix, 1);
	if (scan->words[WORD_BORROWER] != 0 || scan->words[WORD_EXTERNAL] != 0) {
		slice->index = INDEX_loan_open_by_borrower;
		key_u64(&slice->prefix, scan->words[WORD_BORROWER]);
	} else {
		slice->index = INDEX_loan_open_by_office;
		if (scan->words[WORD_OFFICE] != 0)
			key_u64(&slice->prefix, scan->words[WORD_OFFICE]);
	}
	return slice_walk(call, scan, slice);
}

/* What is out of a customer's items, of those that grants cover, of one's own customers' or
 * department's; or by borrower or office what is due soonest first. */
enum status scan_loan_list(struct call *call, const Pb__LoanListRequest *request, struct scan *scan)
{
	struct loan_listing listing = {.request = request,
				       .slice = {.row = emit_loan, .limit = request->limit}};
	bool resolved = scan->started && call->scope != SCOPE_GRANT;
	enum status status = resolved ? STATUS_OK : resolve_filters(call, request, scan);
	bool narrow = false;

	if (status == STATUS_OK && scan->words[WORD_CUSTOMER] == 0)
		status = cover_begin(call, scan, &narrow);
	if (status != STATUS_OK)
		return status;
	listing.slice.request = &listing;
	narrow |= call->scope == SCOPE_OWN || call->scope == SCOPE_DEPARTMENT;
	return narrow || scan->words[WORD_CUSTOMER] != 0 ? walk_items(call, scan, &listing)
							 : walk_loans(call, scan, &listing);
}
