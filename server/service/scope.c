#include "server/service/scope.h"

#include "server/service/cover.h"

bool scope_office(const struct call *call, uint64_t office)
{
	switch (call->scope) {
	case SCOPE_ALL:
	case SCOPE_GRANT: /* a grant says which records, wherever they are */
		return true;
	case SCOPE_OFFICE:
	case SCOPE_DEPARTMENT:
	case SCOPE_OWN:
		return call->principal->office_id == office;
	case SCOPE_SELF:
	case SCOPE_NONE:
		return false;
	}
	return false;
}

static bool in_department(const struct call *call, uint64_t department)
{
	return department != 0 && call->principal->department_id == department;
}

void scope_prepare(struct call *call)
{
	size_t count;

	if (call->scope == SCOPE_GRANT)
		(void)cover_grants(call, &count);
}

bool scope_customer(struct call *call, const Pb__Customer *customer)
{
	switch (call->scope) {
	case SCOPE_GRANT:
		return cover_customer(call, customer) != NULL;
	case SCOPE_OWN:
		return customer->owner_id == call->principal->id;
	case SCOPE_DEPARTMENT:
		return in_department(call, customer->department_id);
	default:
		return scope_office(call, customer->office_id);
	}
}

static bool owns_customer(struct call *call, uint64_t id)
{
	const Pb__Customer *customer = id == 0 ? NULL : customer_get(call->txn, id, call->arena);

	return customer != NULL && scope_customer(call, customer);
}

bool scope_item(struct call *call, const Pb__Item *item)
{
	switch (call->scope) {
	case SCOPE_GRANT:
		return cover_item(call, item) != NULL;
	case SCOPE_OWN:
		return owns_customer(call, item->customer_id);
	case SCOPE_DEPARTMENT:
		return in_department(call, item->department_id);
	default:
		return scope_office(call, item->office_id);
	}
}

bool scope_loan(struct call *call, const Pb__Loan *loan)
{
	const Pb__Item *item;

	switch (call->scope) {
	case SCOPE_GRANT:
	case SCOPE_OWN:
	case SCOPE_DEPARTMENT:
		item = item_get(call->txn, loan->item_id, call->arena);
		return item != NULL && scope_item(call, item);
	default:
		return scope_office(call, loan->office_id);
	}
}

bool scope_grant(const struct call *call, const Pb__Grant *grant)
{
	return call->scope == SCOPE_SELF ? grant->principal_id == call->principal->id
					 : scope_office(call, grant->office_id);
}

uint64_t scope_one_office(const struct call *call)
{
	return call->scope == SCOPE_OFFICE || call->scope == SCOPE_DEPARTMENT
		       ? call->principal->office_id
		       : 0;
}

bool scope_customers(const struct call *call, enum index_id *index, struct key *prefix)
{
	uint64_t first;

	if (call->scope == SCOPE_OWN) {
		*index = INDEX_customer_by_owner;
		first = call->principal->id;
	} else if (call->scope == SCOPE_DEPARTMENT) {
		*index = INDEX_customer_by_department;
		first = call->principal->department_id;
	} else {
		return false;
	}
	key_u64(prefix, first);
	return true;
}

bool scope_items(const struct call *call, enum index_id *index, struct key *prefix)
{
	if (call->scope != SCOPE_DEPARTMENT)
		return false;
	*index = INDEX_item_by_department;
	key_u64(prefix, call->principal->department_id);
	return true;
}

const char *scope_number(struct call *call, const Pb__Item *item, const char *otherwise)
{
	return scope_item(call, item) ? item->number : otherwise;
}

static bool shown_by(struct call *call, const Pb__Grant *grant)
{
	return grant == NULL || call_subject(call, SUBJECT_GRANT, grant->id);
}

bool scope_shown(struct call *call, enum subject_kind kind, uint64_t id)
{
	size_t before = call->subject_count;
	const Pb__Customer *customer;
	const Pb__Item *item;

	if (call->scope != SCOPE_GRANT)
		return true;
	if (!call_subject(call, kind, id))
		return false;
	call->shown += call->subject_count > before;
	if (kind == SUBJECT_ITEM) {
		item = item_get(call->txn, id, call->arena);
		return item == NULL || shown_by(call, cover_item(call, item));
	}
	customer = customer_get(call->txn, id, call->arena);
	return customer == NULL || shown_by(call, cover_customer(call, customer));
}
