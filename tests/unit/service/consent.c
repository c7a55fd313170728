#include "tests/unit/service/consent.h"

uint64_t consent_person(struct desk *desk, const char *login, Pb__Role role)
{
	Pb__PrincipalAddRequest request = PB__PRINCIPAL_ADD_REQUEST__INIT;
	ProtobufCMessage *reply;

	request.login = login;
	request.name = login;
	request.office = "HQ";
	request.role = role;
	assert_int_equal(desk_act(desk, DESK_OFFICER, RPC_principal_add, &request.base, &reply),
			 STATUS_OK);
	return ((Pb__PrincipalAddReply *)(void *)reply)->principal->id;
}

static struct txn *begin(struct desk *desk)
{
	struct txn *txn = NULL;

	assert_int_equal(store_write(desk->store, &txn), STATUS_OK);
	return txn;
}

const char *consent_give(struct desk *desk, uint64_t who, enum approval_kind kind,
			 struct subject subject, Pb__ApprovalState state)
{
	struct txn *txn = begin(desk);
	Pb__Approval row = PB__APPROVAL__INIT;

	row.id = table_last(txn, TABLE_approval) + 1;
	row.number = arena_printf(&desk->keep, "SP-%u", (unsigned)row.id);
	row.kind = (uint32_t)kind;
	row.state = state;
	row.asked_by = who;
	row.subject_kind = subject.kind;
	row.subject_id = subject.id;
	row.usable_until = desk->now + DESK_DAY;
	approval_put(txn, &row);
	assert_int_equal(txn_commit(txn), STATUS_OK);
	return row.number;
}

static struct subject find(struct desk *desk, enum subject_kind kind, enum index_id index,
			   const char *number)
{
	struct txn *txn = begin(desk);
	struct subject subject = {.kind = (uint8_t)kind};
	struct key key = {.len = 0};

	key_text(&key, number);
	subject.id = index_find(txn, index, &key);
	assert_int_not_equal(subject.id, 0);
	txn_end(txn);
	return subject;
}

struct subject consent_item(struct desk *desk, const char *number)
{
	return find(desk, SUBJECT_ITEM, INDEX_item_by_number, number);
}

struct subject consent_customer(struct desk *desk, const char *number)
{
	return find(desk, SUBJECT_CUSTOMER, INDEX_customer_by_number, number);
}
