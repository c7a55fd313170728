#include "server/service/view.h"

#include "server/service/make.h"
#include "server/service/scope.h"
#include "server/service/tree.h"

const char *view_office_code(struct call *call, uint64_t id)
{
	const Pb__Office *office;

	if (call->office != NULL && call->office->id == id)
		return call->office->code;
	office = id == 0 ? NULL : office_get(call->txn, id, call->arena);
	return office == NULL ? "" : office->code;
}

const char *view_login(struct call *call, uint64_t id)
{
	const Pb__Principal *principal;

	if (call->principal != NULL && call->principal->id == id)
		return call->principal->login;
	principal = id == 0 ? NULL : principal_get(call->txn, id, call->arena);
	return principal == NULL ? "" : principal->login;
}

Pb__CustomerView *view_customer(struct call *call, Pb__Customer *customer)
{
	Pb__CustomerView *view = make_customer_view(call);

	if (view == NULL)
		return NULL;
	view->customer = customer;
	view->office = view_office_code(call, customer->office_id);
	view->owner = view_login(call, customer->owner_id);
	return view;
}

/* The customer of something that is shown, if the caller may see him. */
static const Pb__Customer *visible_customer(struct call *call, uint64_t id)
{
	const Pb__Customer *customer = id == 0 ? NULL : customer_get(call->txn, id, call->arena);

	return customer != NULL && scope_customer(call, customer) ? customer : NULL;
}

Pb__ItemView *view_item(struct call *call, Pb__Item *item)
{
	const Pb__Customer *customer = visible_customer(call, item->customer_id);
	Pb__ItemView *view = make_item_view(call);
	const Pb__Item *parent;
	struct standing standing;

	if (view == NULL || tree_standing(call, item, &standing) != STATUS_OK)
		return NULL;
	if (item->secrecy == PB__SECRECY__SECRET)
		call->sensitive = true;
	view->item = item;
	view->office = view_office_code(call, item->office_id);
	if (customer != NULL) {
		view->customer = customer->number;
		view->customer_name = customer->name;
	}
	parent = item->parent_id == 0 ? NULL : item_get(call->txn, item->parent_id, call->arena);
	if (parent != NULL)
		view->parent = parent->number;
	view->place = standing.outermost->place;
	view->state = PB__ITEM_STATE__ON_SHELF;
	if (standing.loan == NULL)
		return view;
	view->state = PB__ITEM_STATE__ON_LOAN;
	view->loan = view_loan(call, standing.loan);
	return view->loan == NULL ? NULL : view;
}

Pb__LoanView *view_loan(struct call *call, Pb__Loan *loan)
{
	const Pb__Customer *customer = visible_customer(call, loan->customer_id);
	const Pb__Item *item = item_get(call->txn, loan->item_id, call->arena);
	Pb__LoanView *view = make_loan_view(call);

	if (view == NULL)
		return NULL;
	view->loan = loan;
	if (item != NULL) {
		view->item = item->number;
		view->title = item->title;
	}
	view->office = view_office_code(call, loan->office_id);
	if (customer != NULL)
		view->customer = customer->number;
	view->clerk = view_login(call, loan->clerk_id);
	view->overdue = loan->open != 0 && loan->due < call->today;
	return view;
}

void view_loan_facts(struct call *call, const Pb__Loan *loan, Pb__Refusal *refusal)
{
	const Pb__Principal *holder =
		loan->borrower_id == 0 ? NULL
				       : principal_get(call->txn, loan->borrower_id, call->arena);

	refusal->holder = loan->borrower;
	refusal->holder_office =
		view_office_code(call, holder == NULL ? loan->office_id : holder->office_id);
	refusal->since = loan->lent_at;
	refusal->due = loan->due;
}
