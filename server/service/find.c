#include "server/service/find.h"

#include "common/text.h"
#include "server/service/scope.h"
#include "server/service/tree.h"

#define NAMESAKES_MAX 10 /* logins offered when a name is not enough */

static uint64_t find_text(struct txn *txn, enum index_id index, const char *text)
{
	struct key key = {.len = 0};

	key_text(&key, text);
	return index_find(txn, index, &key);
}

uint64_t find_office_id(struct call *call, const char *code)
{
	return find_text(call->txn, INDEX_office_by_code, code);
}

enum status find_office(struct call *call, const char *code, Pb__Office **office)
{
	uint64_t id = find_office_id(call, code);

	*office = id == 0 ? NULL : office_get(call->txn, id, call->arena);
	if (*office == NULL)
		return call_refuse(call, STATUS_NOT_FOUND, REASON_office_unknown, code);
	return STATUS_OK;
}

enum status find_list_office(struct call *call, const char *code, Pb__Office **office)
{
	enum status status = find_office(call, code, office);

	if (status == STATUS_NOT_FOUND && call->outsider)
		pb__refusal__init(&call->refusal);
	return status;
}

uint64_t find_department_id(struct call *call, uint64_t office, const char *code)
{
	struct key key = {.len = 0};

	key_text(&key, code);
	key_u64(&key, office);
	return index_find(call->txn, INDEX_department_by_code, &key);
}

enum status find_department(struct call *call, uint64_t office, const char *code,
			    Pb__Department **department)
{
	uint64_t id = find_department_id(call, office, code);

	*department = id == 0 ? NULL : department_get(call->txn, id, call->arena);
	if (*department == NULL)
		return call_refuse(call, STATUS_NOT_FOUND, REASON_department_unknown, code);
	return STATUS_OK;
}

enum status find_own_office(struct call *call, const char *code, Pb__Office **office)
{
	enum status status;

	if (text_empty(code)) {
		if (call->office == NULL)
			return call_refuse_field(call, REASON_required, "office", 0);
		*office = office_get(call->txn, call->office->id, call->arena);
		return *office == NULL ? STATUS_MEMORY : STATUS_OK;
	}
	status = find_office(call, code, office);
	if (status == STATUS_OK && !scope_office(call, (*office)->id))
		status = call_refuse(call, STATUS_DENIED, REASON_office_forbids, code);
	return status;
}

enum status find_own_department(struct call *call, uint64_t office, const char *code,
				uint64_t otherwise, uint64_t *department)
{
	uint64_t own = call->principal == NULL ? 0 : call->principal->department_id;
	enum status status;
	Pb__Department *row;

	*department = otherwise;
	if (call->scope == SCOPE_DEPARTMENT) {
		*department = own;
		if (own == 0)
			return call_refuse(call, STATUS_DENIED, REASON_department_missing, NULL);
		if (text_empty(code) || find_department_id(call, office, code) == own)
			return STATUS_OK;
		return call_refuse(call, STATUS_DENIED, REASON_department_forbids, code);
	}
	if (text_empty(code)) {
		if (call->scope == SCOPE_OWN && call->principal->office_id == office)
			*department = own;
		return STATUS_OK;
	}
	status = find_department(call, office, code, &row);
	if (status == STATUS_OK)
		*department = row->id;
	return status;
}

/* The row with that id if it exists for the caller. */
typedef ProtobufCMessage *in_scope_fn(struct call *call, uint64_t id);

static ProtobufCMessage *customer_in_scope(struct call *call, uint64_t id)
{
	Pb__Customer *customer = id == 0 ? NULL : customer_get(call->txn, id, call->arena);

	return customer != NULL && scope_customer(call, customer) ? &customer->base : NULL;
}

static ProtobufCMessage *item_in_scope(struct call *call, uint64_t id)
{
	Pb__Item *item = id == 0 ? NULL : item_get(call->txn, id, call->arena);

	return item != NULL && scope_item(call, item) ? &item->base : NULL;
}

/* A sealed item is found by its number alone. */
static ProtobufCMessage *open_item_in_scope(struct call *call, uint64_t id)
{
	ProtobufCMessage *row = item_in_scope(call, id);

	return row != NULL && tree_sealed(call, (Pb__Item *)(void *)row) == NULL ? row : NULL;
}

/* The row under a natural key: of that office, else the only one that exists for the caller; NULL
 * when that is not to be said. There is at most one an office. */
static ProtobufCMessage *find_ref(struct call *call, enum index_id index, const char *text,
				  uint64_t office, in_scope_fn *in_scope)
{
	ProtobufCMessage *other = NULL;
	ProtobufCMessage *row;
	struct key key = {.len = 0};
	struct walk *walk;
	uint64_t id;

	if (office == 0 && call->office != NULL)
		office = call->office->id;
	key_text(&key, text);
	key_u64(&key, office);
	row = in_scope(call, index_find(call->txn, index, &key));
	if (row != NULL || scope_one_office(call) != 0)
		return row;
	key.len = 0;
	key_text(&key, text);
	walk = index_walk(call->txn, index, &key);
	while (other == NULL && walk_next(walk, &id)) {
		other = row == NULL ? NULL : in_scope(call, id);
		row = row == NULL ? in_scope(call, id) : row;
	}
	walk_end(walk);
	return other == NULL ? row : NULL;
}

enum status find_customer(struct call *call, const char *text, uint64_t office,
			  Pb__Customer **customer)
{
	ProtobufCMessage *row;

	scope_prepare(call);
	row = customer_in_scope(call, find_text(call->txn, INDEX_customer_by_number, text));
	if (row == NULL)
		row = find_ref(call, INDEX_customer_by_ref, text, office, customer_in_scope);
	*customer = (Pb__Customer *)(void *)row;
	if (row == NULL)
		return call_refuse(call, STATUS_NOT_FOUND, REASON_customer_unknown, text);
	return STATUS_OK;
}

enum status find_item(struct call *call, const char *text, uint64_t office, Pb__Item **item)
{
	ProtobufCMessage *row;

	scope_prepare(call);
	row = item_in_scope(call, find_text(call->txn, INDEX_item_by_number, text));
	if (row == NULL)
		row = find_ref(call, INDEX_item_by_ref, text, office, open_item_in_scope);
	*item = (Pb__Item *)(void *)row;
	if (row == NULL)
		return call_refuse(call, STATUS_NOT_FOUND, REASON_item_unknown, text);
	if ((*item)->secrecy == PB__SECRECY__SECRET)
		call->sensitive = true;
	return STATUS_OK;
}

static Pb__Principal *principal_of_login(struct call *call, const char *login)
{
	uint64_t id = find_text(call->txn, INDEX_principal_by_login, login);

	return id == 0 ? NULL : principal_get(call->txn, id, call->arena);
}

enum status find_login(struct call *call, const char *login, Pb__Principal **principal)
{
	*principal = principal_of_login(call, login);
	if (*principal == NULL)
		return call_refuse(call, STATUS_NOT_FOUND, REASON_login_unknown, login);
	return STATUS_OK;
}

static bool works_here(const Pb__Principal *who)
{
	const struct role *role = role_find((int)who->role);

	return who->state == PB__PRINCIPAL_STATE__ACTIVE && role != NULL &&
	       role->kind == ROLE_STAFF;
}

enum status find_colleague(struct call *call, const char *login, Pb__Principal **principal)
{
	enum status status = find_login(call, login, principal);

	if (status == STATUS_OK && !works_here(*principal))
		status = call_refuse(call, STATUS_BLOCKED, REASON_not_on_duty, login);
	return status;
}

static enum status refuse_namesakes(struct call *call, const char *text, const char **logins,
				    size_t count)
{
	enum status status = call_refuse(call, STATUS_INVALID, REASON_principal_ambiguous, text);

	call->refusal.others = logins;
	call->refusal.n_others = count;
	return status;
}

enum status find_person(struct call *call, const char *text, Pb__Principal **principal)
{
	struct key key = {.len = 0};
	const char **logins;
	size_t count = 0;
	struct walk *walk;
	Pb__Principal *who;
	uint64_t id;

	*principal = principal_of_login(call, text);
	if (*principal != NULL && works_here(*principal))
		return STATUS_OK;
	logins = arena_calloc(call->arena, NAMESAKES_MAX, sizeof(*logins));
	if (logins == NULL)
		return STATUS_MEMORY;
	key_text(&key, text);
	walk = index_walk(call->txn, INDEX_principal_by_name, &key);
	while (count < NAMESAKES_MAX && walk_next(walk, &id)) {
		who = principal_get(call->txn, id, call->arena);
		if (who == NULL || !works_here(who))
			continue;
		*principal = who;
		logins[count++] = who->login;
	}
	walk_end(walk);
	if (count == 0)
		return call_refuse(call, STATUS_NOT_FOUND, REASON_principal_unknown, text);
	return count == 1 ? STATUS_OK : refuse_namesakes(call, text, logins, count);
}
