/* The short ways of desk.h: built of desk_act() and desk_look() alone. */
#include "tests/unit/service/desk.h"

#include <string.h>

static const char *keep(struct desk *desk, const char *text)
{
	char *kept = arena_copy(&desk->keep, text, strlen(text));

	assert_non_null(kept);
	return kept;
}

uint64_t desk_add_department(struct desk *desk, const char *office, const char *code)
{
	Pb__DepartmentAddRequest request = PB__DEPARTMENT_ADD_REQUEST__INIT;
	ProtobufCMessage *reply;

	request.office = office;
	request.code = code;
	request.name = "部门";
	assert_int_equal(desk_act(desk, DESK_OFFICER, RPC_department_add, &request.base, &reply),
			 STATUS_OK);
	return ((Pb__DepartmentAddReply *)(void *)reply)->department->id;
}

uint64_t desk_add_person(struct desk *desk, const char *login, const char *office,
			 const char *department, Pb__Role role)
{
	Pb__PrincipalAddRequest request = PB__PRINCIPAL_ADD_REQUEST__INIT;
	ProtobufCMessage *reply;

	request.login = login;
	request.name = login;
	request.office = office;
	request.department = department;
	request.role = role;
	if (role_find((int)role)->kind == ROLE_OUTSIDER)
		request.unit = "律师事务所";
	assert_int_equal(desk_act(desk, DESK_OFFICER, RPC_principal_add, &request.base, &reply),
			 STATUS_OK);
	return ((Pb__PrincipalAddReply *)(void *)reply)->principal->id;
}

const char *desk_add_customer(struct desk *desk, uint64_t who, const char *name, const char *ref)
{
	Pb__CustomerAddRequest request = PB__CUSTOMER_ADD_REQUEST__INIT;
	Pb__CustomerDraft draft = PB__CUSTOMER_DRAFT__INIT;
	ProtobufCMessage *reply;

	draft.name = name;
	draft.ref = ref;
	request.draft = &draft;
	assert_int_equal(desk_act(desk, who, RPC_customer_add, &request.base, &reply), STATUS_OK);
	return keep(desk, ((Pb__CustomerAddReply *)(void *)reply)->customer->number);
}

const char *desk_add_item(struct desk *desk, uint64_t who, const Pb__ItemDraft *draft)
{
	Pb__ItemAddRequest request = PB__ITEM_ADD_REQUEST__INIT;
	Pb__ItemDraft copy = *draft;
	ProtobufCMessage *reply;

	request.draft = &copy;
	assert_int_equal(desk_act(desk, who, RPC_item_add, &request.base, &reply), STATUS_OK);
	return keep(desk, ((Pb__ItemAddReply *)(void *)reply)->item->number);
}

const char *desk_add_piece(struct desk *desk, uint64_t who, const char *customer,
			   const char *container)
{
	Pb__ItemDraft draft = PB__ITEM_DRAFT__INIT;

	draft.title = "合同";
	draft.customer = customer == NULL ? "" : customer;
	draft.parent = container == NULL ? "" : container;
	draft.pages = 10;
	return desk_add_item(desk, who, &draft);
}

enum status desk_borrow(struct desk *desk, uint64_t who, const char *item, const char *borrower)
{
	Pb__BorrowRequest request = PB__BORROW_REQUEST__INIT;

	request.items = &item;
	request.n_items = 1;
	request.borrower = borrower;
	request.purpose = "查阅";
	return desk_act(desk, who, RPC_borrow, &request.base, NULL);
}

enum status desk_return(struct desk *desk, uint64_t who, const char *item)
{
	Pb__ReturnRequest request = PB__RETURN_REQUEST__INIT;

	request.items = &item;
	request.n_items = 1;
	return desk_act(desk, who, RPC_return, &request.base, NULL);
}

enum status desk_renew(struct desk *desk, uint64_t who, const char *item)
{
	Pb__RenewRequest request = PB__RENEW_REQUEST__INIT;

	request.items = &item;
	request.n_items = 1;
	return desk_act(desk, who, RPC_renew, &request.base, NULL);
}

Pb__ItemView *desk_show(struct desk *desk, uint64_t who, const char *item)
{
	Pb__ItemShowRequest request = PB__ITEM_SHOW_REQUEST__INIT;
	ProtobufCMessage *reply;

	request.item = item;
	assert_int_equal(desk_look(desk, who, RPC_item_show, &request.base, &reply), STATUS_OK);
	return ((Pb__ItemShowReply *)(void *)reply)->view;
}

void desk_no_approvals(struct desk *desk)
{
	memcpy(desk->config->approval_loan, "none", sizeof("none"));
	memcpy(desk->config->approval_customer_edit, "none", sizeof("none"));
	memcpy(desk->config->approval_item_edit, "none", sizeof("none"));
}
