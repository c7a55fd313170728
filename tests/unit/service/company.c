#include "tests/unit/service/company.h"

int company_open(void **state)
{
	static struct company company;
	struct desk *desk = &company.desk;

	desk_open(desk);
	company.sales = desk_add_department(desk, "CD", "XS");
	company.service = desk_add_department(desk, "CD", "FW");
	(void)desk_add_department(desk, "SH", "SHX");
	company.keeper = desk_add_person(desk, "kuang", "CD", "XS", PB__ROLE__KEEPER);
	company.keeper2 = desk_add_person(desk, "kong", "CD", "FW", PB__ROLE__KEEPER);
	company.seller = desk_add_person(desk, "xiao", "CD", "XS", PB__ROLE__SALESPERSON);
	company.seller2 = desk_add_person(desk, "xie", "CD", "", PB__ROLE__SALESPERSON);
	*state = &company;
	return 0;
}

int company_close(void **state)
{
	desk_close(&((struct company *)*state)->desk);
	return 0;
}

enum status company_add_customer(struct company *company, uint64_t who, Pb__CustomerDraft *draft,
				 const Pb__Customer **customer)
{
	Pb__CustomerAddRequest request = PB__CUSTOMER_ADD_REQUEST__INIT;
	ProtobufCMessage *reply;
	enum status status;

	draft->name = "锦江贸易";
	request.draft = draft;
	status = desk_act(&company->desk, who, RPC_customer_add, &request.base, &reply);
	*customer = ((Pb__CustomerAddReply *)(void *)reply)->customer;
	return status;
}

const char *company_customer(struct company *company, const char *department, const char *owner)
{
	Pb__CustomerDraft draft = PB__CUSTOMER_DRAFT__INIT;
	const Pb__Customer *customer;

	draft.department = department;
	draft.owner = owner;
	assert_int_equal(company_add_customer(company, DESK_CLERK_CD, &draft, &customer),
			 STATUS_OK);
	return arena_printf(&company->desk.keep, "%s", customer->number);
}

enum status company_add_item(struct company *company, uint64_t who, const char *customer,
			     const char *department, const Pb__Item **item)
{
	Pb__ItemAddRequest request = PB__ITEM_ADD_REQUEST__INIT;
	Pb__ItemDraft draft = PB__ITEM_DRAFT__INIT;
	ProtobufCMessage *reply;
	enum status status;

	draft.title = "合同";
	draft.customer = customer;
	draft.department = department;
	request.draft = &draft;
	status = desk_act(&company->desk, who, RPC_item_add, &request.base, &reply);
	*item = ((Pb__ItemAddReply *)(void *)reply)->item;
	return status;
}

size_t company_rows(const struct desk *desk)
{
	return desk->scan.count;
}

size_t company_count_customers(struct company *company, uint64_t who, const char *name)
{
	Pb__CustomerListRequest request = PB__CUSTOMER_LIST_REQUEST__INIT;

	request.name = name;
	assert_int_equal(desk_list(&company->desk, who, RPC_customer_list, &request.base),
			 STATUS_OK);
	return company_rows(&company->desk);
}

size_t company_count_items(struct company *company, uint64_t who)
{
	Pb__ItemListRequest request = PB__ITEM_LIST_REQUEST__INIT;

	assert_int_equal(desk_list(&company->desk, who, RPC_item_list, &request.base), STATUS_OK);
	return company_rows(&company->desk);
}

size_t company_count_loans(struct company *company, uint64_t who, bool overdue)
{
	Pb__LoanListRequest request = PB__LOAN_LIST_REQUEST__INIT;

	request.overdue = overdue;
	assert_int_equal(desk_list(&company->desk, who, RPC_loan_list, &request.base), STATUS_OK);
	return company_rows(&company->desk);
}

enum status company_edit_customer(struct company *company, uint64_t who, const char *number,
				  const char *field, Pb__CustomerDraft *draft,
				  const Pb__Customer **customer)
{
	Pb__CustomerEditRequest request = PB__CUSTOMER_EDIT_REQUEST__INIT;
	ProtobufCMessage *reply;
	enum status status;

	request.customer = number;
	request.draft = draft;
	request.fields = &field;
	request.n_fields = 1;
	status = desk_act(&company->desk, who, RPC_customer_edit, &request.base, &reply);
	*customer = ((Pb__CustomerEditReply *)(void *)reply)->customer;
	return status;
}
