#include "server/service/view.h"

#include "server/service/erase.h"
#include "server/service/make.h"
#include "server/service/scope.h"
#include "server/service/tree.h"

#define COUNTED_MAX 1000
#define SCRATCH_MAX (512 * 1024) /* one row at a time, with what it stands in and whose it is */

const char *view_office_code(struct call *call, uint64_t id)
{
	const Pb__Office *office;

	if (call->office != NULL && call->office->id == id)
		return call->office->code;
	office = id == 0 ? NULL : office_get(call->txn, id, call->arena);
	return office == NULL ? "" : office->code;
}

const char *view_department_code(struct call *call, uint64_t id)
{
	const Pb__Department *department =
		id == 0 || call->outsider ? NULL : department_get(call->txn, id, call->arena);

	return department == NULL ? "" : department->code;
}

const char *view_login(struct call *call, uint64_t id)
{
	const Pb__Principal *principal;

	if (call->principal != NULL && call->principal->id == id)
		return call->principal->login;
	principal = id == 0 ? NULL : principal_get(call->txn, id, call->arena);
	return principal == NULL ? "" : principal->login;
}

/* The row as people from outside get it: without who looks after the customer, and what was noted
 * for those who work here. */
static Pb__Customer *customer_outside(struct call *call, const Pb__Customer *customer)
{
	Pb__Customer *copy = make_customer(call);

	if (copy == NULL)
		return NULL;
	*copy = *customer;
	copy->owner_id = 0;
	copy->department_id = 0;
	copy->note = "";
	return copy;
}

Pb__CustomerView *view_customer(struct call *call, Pb__Customer *customer)
{
	Pb__CustomerView *view = make_customer_view(call);

	if (view == NULL)
		return NULL;
	view->customer = call->outsider ? customer_outside(call, customer) : customer;
	if (view->customer == NULL)
		return NULL;
	view->office = view_office_code(call, customer->office_id);
	view->department = view_department_code(call, customer->department_id);
	if (!call->outsider)
		view->owner = view_login(call, customer->owner_id);
	if (!call->outsider)
		view->erasure = erase_view(call, customer->erasure_id);
	return view;
}

uint32_t view_count(struct call *call, enum index_id index, uint64_t id)
{
	bool of_customer = index == INDEX_item_by_customer;
	struct key key = {.len = 0};
	const Pb__Item *item;
	struct arena scratch;
	uint32_t count = 0;
	struct walk *walk;
	struct call inner;
	uint64_t found;

	scope_prepare(call); /* what is read of grants outlives the scratch */
	inner = *call;
	inner.arena = &scratch;
	arena_init(&scratch, SCRATCH_MAX);
	key_u64(&key, id);
	walk = index_walk(call->txn, index, &key);
	for (unsigned seen = 0; seen < COUNTED_MAX && walk_next(walk, &found); seen++) {
		if (call->scope == SCOPE_ALL && !of_customer) {
			count++;
			continue;
		}
		item = item_get(call->txn, found, &scratch);
		count += item != NULL && scope_item(&inner, item) &&
			 !(of_customer && tree_sealed(&inner, item) != NULL);
		arena_reset(&scratch);
	}
	walk_end(walk);
	arena_release(&scratch);
	return count;
}

/* The customer of something that is shown, if the caller may see him. */
static const Pb__Customer *visible_customer(struct call *call, uint64_t id)
{
	const Pb__Customer *customer = id == 0 ? NULL : customer_get(call->txn, id, call->arena);

	return customer != NULL && scope_customer(call, customer) ? customer : NULL;
}

static const Pb__Item *visible_item(struct call *call, uint64_t id)
{
	const Pb__Item *item = id == 0 ? NULL : item_get(call->txn, id, call->arena);

	return item != NULL && scope_item(call, item) ? item : NULL;
}

/* The row itself must not lead to what does not exist for the caller. */
static Pb__Item *trimmed(struct call *call, Pb__Item *item, bool shows_customer, bool shows_parent)
{
	bool whole = (shows_customer || item->customer_id == 0) &&
		     (shows_parent || item->parent_id == 0);
	Pb__Item *copy;

	if (whole && !call->outsider)
		return item;
	copy = make_item(call);
	if (copy == NULL)
		return NULL;
	*copy = *item;
	if (!shows_customer)
		copy->customer_id = 0;
	if (!shows_parent)
		copy->parent_id = 0;
	if (call->outsider) {
		copy->department_id = 0;
		copy->place = "";
		copy->note = "";
	}
	return copy;
}

static enum status view_standing(struct call *call, const struct standing *standing,
				 Pb__ItemView *view)
{
	view->state = standing->sealed         ? PB__ITEM_STATE__SEALED
		      : standing->loan == NULL ? PB__ITEM_STATE__ON_SHELF
					       : PB__ITEM_STATE__ON_LOAN;
	if (call->outsider)
		return STATUS_OK;
	view->place = standing->outermost->place;
	if (standing->loan != NULL)
		view->loan = view_loan(call, standing->loan);
	return standing->loan != NULL && view->loan == NULL ? STATUS_MEMORY : STATUS_OK;
}

static Pb__ItemView *view_sealed(struct call *call, const Pb__Item *item)
{
	Pb__ItemView *view = make_item_view(call);

	if (view == NULL)
		return NULL;
	view->item = make_item(call);
	if (view->item == NULL)
		return NULL;
	view->item->number = item->number;
	view->item->sealed = true;
	view->state = PB__ITEM_STATE__SEALED;
	return view;
}

static Pb__ItemView *view_whole(struct call *call, Pb__Item *item, const struct standing *standing)
{
	const Pb__Customer *customer = visible_customer(call, item->customer_id);
	const Pb__Item *parent = visible_item(call, item->parent_id);
	Pb__ItemView *view = make_item_view(call);

	if (view == NULL || view_standing(call, standing, view) != STATUS_OK)
		return NULL;
	if (item->secrecy == PB__SECRECY__SECRET)
		call->sensitive = true;
	view->item = trimmed(call, item, customer != NULL, parent != NULL);
	view->office = view_office_code(call, item->office_id);
	view->department = view_department_code(call, item->department_id);
	if (customer != NULL) {
		view->customer = customer->number;
		view->customer_name = customer->name;
	}
	if (parent != NULL)
		view->parent = parent->number;
	if (!call->outsider)
		view->erasure = erase_view(call, item->erasure_id);
	return view->item == NULL ? NULL : view;
}

Pb__ItemView *view_item(struct call *call, Pb__Item *item)
{
	struct standing standing;

	if (tree_standing(call, item, &standing) != STATUS_OK)
		return NULL;
	return standing.sealed ? view_sealed(call, item) : view_whole(call, item, &standing);
}

Pb__ItemView *view_item_open(struct call *call, Pb__Item *item)
{
	struct standing standing;

	if (tree_standing(call, item, &standing) != STATUS_OK)
		return NULL;
	return view_whole(call, item, &standing);
}

static Pb__Loan *trimmed_loan(struct call *call, Pb__Loan *loan, bool shows_customer,
			      bool shows_item)
{
	Pb__Loan *copy;

	if ((shows_customer || loan->customer_id == 0) && shows_item)
		return loan;
	copy = make_loan(call);
	if (copy == NULL)
		return NULL;
	*copy = *loan;
	if (!shows_customer)
		copy->customer_id = 0;
	if (!shows_item)
		copy->item_id = 0;
	return copy;
}

Pb__LoanView *view_loan(struct call *call, Pb__Loan *loan)
{
	const Pb__Customer *customer = visible_customer(call, loan->customer_id);
	const Pb__Item *item = visible_item(call, loan->item_id);
	Pb__LoanView *view = make_loan_view(call);

	if (view == NULL)
		return NULL;
	view->loan = trimmed_loan(call, loan, customer != NULL, item != NULL);
	if (view->loan == NULL)
		return NULL;
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
