#include "tests/unit/service/mandate.h"

#include "common/message.h"

static void add_person(struct desk *desk, const char *login, const char *name, Pb__Role role,
		       const char *customer)
{
	Pb__PrincipalAddRequest request = PB__PRINCIPAL_ADD_REQUEST__INIT;

	request.login = login;
	request.name = name;
	request.office = "CD";
	request.role = role;
	request.unit = "锦江";
	request.customer = customer;
	assert_int_equal(desk_act(desk, DESK_OFFICER, RPC_principal_add, &request.base, NULL),
			 STATUS_OK);
}

static struct txn *begin(struct shelf *shelf)
{
	struct txn *txn;

	assert_int_equal(store_write(shelf->desk.store, &txn), STATUS_OK);
	return txn;
}

static void end(struct txn *txn)
{
	assert_int_equal(txn_status(txn), STATUS_OK);
	assert_int_equal(txn_commit(txn), STATUS_OK);
}

int mandate_setup(void **state)
{
	struct shelf *shelf;

	assert_int_equal(shelf_setup(state), 0);
	shelf = *state;
	add_person(&shelf->desk, "lin.hao", "林浩", PB__ROLE__LAWYER, "");
	add_person(&shelf->desk, "jinjiang", "锦江公司经办人", PB__ROLE__ORGANISATION,
		   shelf->customer);
	return 0;
}

uint64_t mandate_manager(struct shelf *shelf)
{
	return desk_add_person(&shelf->desk, "zhao", "HQ", "", PB__ROLE__GENERAL_MANAGER);
}

int mandate_teardown(void **state)
{
	return shelf_teardown(state);
}

Pb__Grant *mandate_make(struct shelf *shelf, uint64_t principal)
{
	static Pb__GrantAction actions[] = {PB__GRANT_ACTION__LIST, PB__GRANT_ACTION__READ};
	struct desk *desk = &shelf->desk;
	Pb__Grant *grant = (Pb__Grant *)(void *)message_new(&pb__grant__descriptor, &desk->keep);

	assert_non_null(grant);
	grant->principal_id = principal;
	grant->matter = "合同纠纷";
	grant->actions = actions;
	grant->n_actions = 2;
	grant->not_before = desk->now;
	grant->not_after = desk->now + 30 * DESK_DAY;
	return grant;
}

/* As secret as the items are now. */
static void name_secrecy(struct shelf *shelf, struct txn *txn, Pb__Grant *grant)
{
	struct arena *keep = &shelf->desk.keep;

	grant->items_secrecy = arena_calloc(keep, grant->n_items + 1, sizeof(Pb__Secrecy));
	assert_non_null(grant->items_secrecy);
	for (size_t i = 0; i < grant->n_items; i++)
		grant->items_secrecy[i] = item_get(txn, grant->items[i], keep)->secrecy;
	grant->n_items_secrecy = grant->n_items;
}

void mandate_put(struct shelf *shelf, Pb__Grant *grant, Pb__ApprovalState state)
{
	struct txn *txn = begin(shelf);
	Pb__Approval approval = PB__APPROVAL__INIT;

	if (grant->id == 0) {
		name_secrecy(shelf, txn, grant);
		grant->id = table_last(txn, TABLE_grant) + 1;
		grant->number =
			arena_printf(&shelf->desk.keep, "CD-SQ-2026-%05u", (unsigned)grant->id);
		grant->approval_id = table_last(txn, TABLE_approval) + 1;
	}
	approval.id = grant->approval_id;
	approval.number = arena_printf(&shelf->desk.keep, "CD-SP-%u", (unsigned)approval.id);
	approval.state = state;
	approval_put(txn, &approval);
	grant_put(txn, grant);
	end(txn);
}

void mandate_use(struct shelf *shelf, const Pb__Grant *grant)
{
	struct txn *txn = begin(shelf);
	const Pb__GrantUse *was = grant_use_get(txn, grant->id, &shelf->desk.keep);
	Pb__GrantUse use = PB__GRANT_USE__INIT;

	use.id = grant->id;
	use.views = was == NULL ? 1 : was->views + 1;
	use.last_at = shelf->desk.now;
	grant_use_put(txn, &use);
	end(txn);
}

static uint64_t id_of(struct txn *txn, enum index_id index, const char *number)
{
	struct key key = {.len = 0};
	uint64_t id;

	key_text(&key, number);
	id = index_find(txn, index, &key);
	assert_int_not_equal(id, 0);
	return id;
}

Pb__Item *mandate_item(struct shelf *shelf, const char *number)
{
	struct txn *txn = begin(shelf);
	Pb__Item *item = item_get(txn, id_of(txn, INDEX_item_by_number, number), &shelf->desk.keep);

	end(txn);
	assert_non_null(item);
	return item;
}

Pb__Customer *mandate_customer(struct shelf *shelf, const char *number)
{
	struct txn *txn = begin(shelf);
	Pb__Customer *customer =
		customer_get(txn, id_of(txn, INDEX_customer_by_number, number), &shelf->desk.keep);

	end(txn);
	assert_non_null(customer);
	return customer;
}

void mandate_put_item(struct shelf *shelf, const Pb__Item *item)
{
	struct txn *txn = begin(shelf);

	item_put(txn, item);
	end(txn);
}

uint64_t *mandate_item_id(struct shelf *shelf, const char *number)
{
	return &mandate_item(shelf, number)->id;
}

uint64_t *mandate_customer_id(struct shelf *shelf, const char *number)
{
	return &mandate_customer(shelf, number)->id;
}

bool mandate_sees_item(struct shelf *shelf, uint64_t who, const char *number)
{
	Pb__ItemShowRequest request = PB__ITEM_SHOW_REQUEST__INIT;
	ProtobufCMessage *reply;
	enum status status;

	request.item = number;
	status = desk_look(&shelf->desk, who, RPC_item_show, &request.base, &reply);
	if (status == STATUS_OK)
		return true;
	assert_int_equal(status, STATUS_NOT_FOUND);
	assert_string_equal(desk_reason(&shelf->desk), "item_unknown");
	return false;
}

bool mandate_sees_customer(struct shelf *shelf, uint64_t who, const char *number)
{
	Pb__CustomerShowRequest request = PB__CUSTOMER_SHOW_REQUEST__INIT;
	ProtobufCMessage *reply;
	enum status status;

	request.customer = number;
	status = desk_look(&shelf->desk, who, RPC_customer_show, &request.base, &reply);
	assert_true(status == STATUS_OK || status == STATUS_NOT_FOUND);
	return status == STATUS_OK;
}

Pb__Grant *mandate_give(struct shelf *shelf, uint64_t *customer, uint64_t *item,
			const char **series)
{
	Pb__Grant *grant = mandate_make(shelf, MANDATE_LAWYER);

	grant->customers = customer;
	grant->n_customers = customer != NULL;
	grant->items = item;
	grant->n_items = item != NULL;
	grant->series = series;
	grant->n_series = series != NULL;
	mandate_put(shelf, grant, PB__APPROVAL_STATE__APPROVED);
	return grant;
}

size_t mandate_rows(struct shelf *shelf)
{
	size_t count = 0;

	while (desk_row(&shelf->desk, count) != NULL)
		count++;
	return count;
}

size_t mandate_listed(struct shelf *shelf, uint64_t who)
{
	Pb__ItemListRequest request = PB__ITEM_LIST_REQUEST__INIT;

	assert_int_equal(desk_list(&shelf->desk, who, RPC_item_list, &request.base), STATUS_OK);
	return mandate_rows(shelf);
}

const char *mandate_asked(struct shelf *shelf, const char *customer)
{
	Pb__GrantRequestRequest request = PB__GRANT_REQUEST_REQUEST__INIT;
	ProtobufCMessage *reply;

	request.matter = "合同纠纷";
	request.represented = "锦江贸易";
	request.purpose = "代理诉讼";
	request.customers = &customer;
	request.n_customers = 1;
	assert_int_equal(
		desk_act(&shelf->desk, MANDATE_LAWYER, RPC_grant_request, &request.base, &reply),
		STATUS_OK);
	return arena_printf(&shelf->desk.keep, "%s",
			    ((Pb__GrantRequestReply *)(void *)reply)->grant->number);
}

enum status mandate_check_off(struct shelf *shelf, uint64_t who, const char *grant,
			      Pb__PaperKind kind, int32_t valid_until, Pb__GrantPaperReply **reply)
{
	Pb__GrantPaperRequest request = PB__GRANT_PAPER_REQUEST__INIT;
	ProtobufCMessage *told;
	enum status status;

	request.grant = grant;
	request.kind = kind;
	request.number = "川2026-17";
	request.issuer = "诚信律师事务所";
	request.issued = DESK_TODAY - 1;
	request.valid_until = valid_until;
	status = desk_act(&shelf->desk, who, RPC_grant_paper, &request.base, &told);
	if (reply != NULL)
		*reply = (Pb__GrantPaperReply *)(void *)told;
	return status;
}

const Pb__GrantView *mandate_shown(struct shelf *shelf, uint64_t who, const char *grant)
{
	Pb__GrantShowRequest request = PB__GRANT_SHOW_REQUEST__INIT;
	ProtobufCMessage *reply;

	request.grant = grant;
	if (desk_look(&shelf->desk, who, RPC_grant_show, &request.base, &reply) != STATUS_OK)
		return NULL;
	return ((Pb__GrantShowReply *)(void *)reply)->view;
}
