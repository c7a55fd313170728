/* Who may do what, over all roles and RPCs; what an entry is about; ids. */
#include "tests/unit/service/desk.h"

#include "server/service/scope.h"

#include <string.h>

static int setup(void **state)
{
	static struct desk desk;

	desk_open(&desk);
	*state = &desk;
	return 0;
}

static int teardown(void **state)
{
	desk_close(*state);
	return 0;
}

/* A call outside any act, with a read txn that end_call() ends. */
static struct call begin_call(struct desk *desk)
{
	struct call call = {.arena = &desk->keep, .config = desk->config};

	pb__refusal__init(&call.refusal);
	assert_int_equal(store_read(desk->store, &call.txn), STATUS_OK);
	return call;
}

static void end_call(struct call *call)
{
	txn_end(call->txn);
}

static void every_role_may_do_what_the_table_says_and_nothing_else(void **state)
{
	static const uint64_t people[] = {DESK_OFFICER, DESK_ARCHIVIST, DESK_CLERK_CD,
					  DESK_AUDITOR};
	struct call call = begin_call(*state);
	size_t count;
	const struct rpc *rpcs = rpc_all(&count);

	for (size_t i = 0; i < sizeof(people) / sizeof(people[0]); i++) {
		assert_int_equal(call_identify(&call, people[i], 0), STATUS_OK);
		for (size_t at = 0; at < count; at++) {
			bool may = role_may(call.role, rpcs[at].permission);

			call.rpc = &rpcs[at];
			assert_int_equal(call_permit(&call), may ? STATUS_OK : STATUS_DENIED);
			if (may)
				continue;
			assert_string_equal(call.refusal.reason,
					    rpcs[at].permission == PERMISSION_SYSTEM
						    ? "not_for_people"
						    : "role_forbids");
		}
	}
	end_call(&call);
}

static void the_server_itself_may_do_everything(void **state)
{
	struct call call = begin_call(*state);
	size_t count;
	const struct rpc *rpcs = rpc_all(&count);

	assert_int_equal(call_identify(&call, 0, 0), STATUS_OK);
	assert_null(call.principal);
	assert_true(scope_office(&call, 77));
	for (size_t at = 0; at < count; at++) {
		call.rpc = &rpcs[at];
		assert_int_equal(call_permit(&call), STATUS_OK);
	}
	end_call(&call);
}

static void who_is_unknown_or_not_active_is_nobody(void **state)
{
	struct desk *desk = *state;
	struct call call = begin_call(desk);
	Pb__Principal *principal;
	struct txn *txn;

	assert_int_equal(call_identify(&call, 999, 0), STATUS_IDENTITY);
	assert_string_equal(call.refusal.reason, "account_inactive");
	assert_null(call.principal);
	end_call(&call);

	assert_int_equal(store_write(desk->store, &txn), STATUS_OK);
	principal = principal_get(txn, DESK_CLERK_CD, &desk->keep);
	principal->state = PB__PRINCIPAL_STATE__SUSPENDED;
	principal_put(txn, principal);
	assert_int_equal(txn_commit(txn), STATUS_OK);
	call = begin_call(desk);
	assert_int_equal(call_identify(&call, DESK_CLERK_CD, 0), STATUS_IDENTITY);
	assert_string_equal(call.refusal.reason, "account_inactive");
	end_call(&call);
	assert_int_equal(desk_borrow(desk, DESK_ARCHIVIST, "X-1", "chen"), STATUS_NOT_FOUND);
	assert_string_equal(desk_reason(desk), "principal_unknown");
	assert_int_equal(desk_borrow(desk, DESK_ARCHIVIST, "X-1", "陈晨"), STATUS_NOT_FOUND);
	assert_string_equal(desk_reason(desk), "principal_unknown");
}

/* A certificate of that person, put straight into the state. */
static uint64_t put_certificate(struct desk *desk, uint64_t person, int64_t ends, int64_t revoked)
{
	Pb__Certificate row = PB__CERTIFICATE__INIT;
	uint8_t identity[HASH_LEN];
	struct txn *txn;

	assert_int_equal(store_write(desk->store, &txn), STATUS_OK);
	row.id = table_last(txn, TABLE_certificate) + 1;
	hash_of(&row.id, sizeof(row.id), identity);
	row.identity = (ProtobufCBinaryData){sizeof(identity), identity};
	row.principal_id = person;
	row.not_after = ends;
	row.revoked_at = revoked;
	certificate_put(txn, &row);
	assert_int_equal(txn_commit(txn), STATUS_OK);
	return row.id;
}

static void a_certificate_speaks_for_its_person_while_it_is_good(void **state)
{
	struct desk *desk = *state;
	uint64_t good = put_certificate(desk, DESK_CLERK_CD, 100, 0);
	uint64_t revoked = put_certificate(desk, DESK_CLERK_CD, 100, 1);
	struct call call = begin_call(desk);

	call.now = INT64_C(99999999);
	assert_int_equal(call_identify(&call, DESK_CLERK_CD, good), STATUS_OK);
	assert_int_equal(call_identify(&call, DESK_CLERK_SH, good), STATUS_IDENTITY);
	assert_int_equal(call_identify(&call, DESK_CLERK_CD, revoked), STATUS_IDENTITY);
	assert_string_equal(call.refusal.reason, "certificate_ended");
	assert_int_equal(call_identify(&call, DESK_CLERK_CD, revoked + 1), STATUS_IDENTITY);
	call.now = INT64_C(100000000);
	assert_int_equal(call_identify(&call, DESK_CLERK_CD, good), STATUS_IDENTITY);
	assert_string_equal(call.refusal.reason, "certificate_ended");
	end_call(&call);
}

static void a_clerks_scope_is_his_office(void **state)
{
	struct call call = begin_call(*state);

	call.rpc = rpc_find(RPC_item_list);
	assert_int_equal(call_identify(&call, DESK_CLERK_CD, 0), STATUS_OK);
	assert_int_equal(call_permit(&call), STATUS_OK);
	assert_int_equal(scope_one_office(&call), call.office->id);
	assert_true(scope_office(&call, call.office->id));
	assert_false(scope_office(&call, call.office->id + 1));
	assert_int_equal(call_identify(&call, DESK_ARCHIVIST, 0), STATUS_OK);
	assert_int_equal(call_permit(&call), STATUS_OK);
	assert_int_equal(scope_one_office(&call), 0);
	assert_true(scope_office(&call, 12345));
	end_call(&call);
}

static void a_subject_counts_once_and_there_is_a_limit(void **state)
{
	struct call call = begin_call(*state);

	assert_true(call_subject(&call, SUBJECT_ITEM, 1));
	assert_true(call_subject(&call, SUBJECT_CUSTOMER, 1));
	assert_true(call_subject(&call, SUBJECT_ITEM, 1));
	assert_int_equal(call.subject_count, 2);
	for (uint64_t id = 2; id <= ENTRY_SUBJECTS_MAX - 1; id++)
		assert_true(call_subject(&call, SUBJECT_ITEM, id));
	assert_int_equal(call.subject_count, ENTRY_SUBJECTS_MAX);
	assert_false(call_subject(&call, SUBJECT_ITEM, UINT64_MAX));
	assert_true(call_subject(&call, SUBJECT_ITEM, 17));
	assert_int_equal(call.subjects[0].kind, SUBJECT_ITEM);
	assert_int_equal(call.subjects[ENTRY_SUBJECTS_MAX - 1].id, ENTRY_SUBJECTS_MAX - 1);
	end_call(&call);
}

static void new_ids_follow_the_last_row_and_one_another(void **state)
{
	struct call call = begin_call(*state);
	uint64_t last = table_last(call.txn, TABLE_principal);

	assert_int_equal(call_new_id(&call, TABLE_principal), last + 1);
	assert_int_equal(call_new_id(&call, TABLE_principal), last + 2);
	assert_int_equal(call_new_id(&call, TABLE_item), 1);
	end_call(&call);
}

static void whoami_tells_name_office_and_permissions(void **state)
{
	struct desk *desk = *state;
	Pb__WhoamiRequest request = PB__WHOAMI_REQUEST__INIT;
	const Pb__WhoamiReply *me;
	ProtobufCMessage *reply;

	assert_int_equal(desk_look(desk, DESK_AUDITOR, RPC_whoami, &request.base, &reply),
			 STATUS_OK);
	me = (const Pb__WhoamiReply *)(void *)reply;
	assert_string_equal(me->principal->login, "audit");
	assert_string_equal(me->office->code, "HQ");
	assert_int_equal(me->n_permissions, 12);
	assert_string_equal(me->permissions[0], "SELF");
}

static void status_counts_the_loans_in_scope(void **state)
{
	struct desk *desk = *state;
	Pb__StatusRequest request = PB__STATUS_REQUEST__INIT;
	const char *cd = desk_add_customer(desk, DESK_CLERK_CD, "成都", "");
	const char *sh = desk_add_customer(desk, DESK_CLERK_SH, "上海", "");
	const Pb__StatusReply *told;
	ProtobufCMessage *reply;

	assert_int_equal(desk_borrow(desk, DESK_CLERK_CD,
				     desk_add_piece(desk, DESK_CLERK_CD, cd, NULL), "chen"),
			 STATUS_OK);
	desk_sleep(desk, 15); /* due today is not overdue */
	assert_int_equal(desk_look(desk, DESK_CLERK_CD, RPC_status, &request.base, &reply),
			 STATUS_OK);
	assert_int_equal(((const Pb__StatusReply *)(void *)reply)->overdue_loans, 0);
	desk_sleep(desk, 1);
	assert_int_equal(desk_borrow(desk, DESK_CLERK_CD,
				     desk_add_piece(desk, DESK_CLERK_CD, cd, NULL), "wang.fang"),
			 STATUS_OK);
	assert_int_equal(desk_borrow(desk, DESK_CLERK_SH,
				     desk_add_piece(desk, DESK_CLERK_SH, sh, NULL), "shen"),
			 STATUS_OK);
	assert_int_equal(desk_look(desk, DESK_CLERK_CD, RPC_status, &request.base, &reply),
			 STATUS_OK);
	told = (const Pb__StatusReply *)(void *)reply;
	assert_int_equal(told->open_loans, 2);
	assert_int_equal(told->overdue_loans, 1);
	assert_int_equal(told->ledger_root.len, HASH_LEN);
	assert_int_equal(desk_look(desk, DESK_ARCHIVIST, RPC_status, &request.base, &reply),
			 STATUS_OK);
	told = (const Pb__StatusReply *)(void *)reply;
	assert_int_equal(told->open_loans, 3);
	assert_int_equal(told->overdue_loans, 1);
	assert_int_equal(desk_look(desk, DESK_OFFICER, RPC_status, &request.base, &reply),
			 STATUS_OK);
	assert_int_equal(((const Pb__StatusReply *)(void *)reply)->open_loans, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_role_may_do_what_the_table_says_and_nothing_else),
		TEST(the_server_itself_may_do_everything),
		TEST(who_is_unknown_or_not_active_is_nobody),
		TEST(a_certificate_speaks_for_its_person_while_it_is_good),
		TEST(a_clerks_scope_is_his_office),
		TEST(a_subject_counts_once_and_there_is_a_limit),
		TEST(new_ids_follow_the_last_row_and_one_another),
		TEST(whoami_tells_name_office_and_permissions),
		TEST(status_counts_the_loans_in_scope),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
