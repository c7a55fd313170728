/* Answers are masked where they are packed; ledger and state keep what was said. */
#include "tests/unit/dispatch/office.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "server/ledger/ledger.h"

#define PHONE "13812345678"
#define ID_NUMBER "51010619800101123X"

static int setup(void **state)
{
	static struct office office;
	office_open(&office, 0);
	*state = &office;
	return 0;
}

static int teardown(void **state)
{
	office_close(*state);
	return 0;
}

static struct act *make(struct office *office)
{
	Pb__CustomerAddRequest request = PB__CUSTOMER_ADD_REQUEST__INIT;
	Pb__CustomerDraft draft = PB__CUSTOMER_DRAFT__INIT;
	Pb__Contact contact = PB__CONTACT__INIT;
	Pb__Contact *contacts[] = {&contact};
	contact.name = "王芳";
	contact.phone = PHONE;
	contact.id_number = ID_NUMBER;
	draft.name = "成都锦江贸易有限公司";
	draft.contacts = contacts;
	draft.n_contacts = 1;
	request.draft = &draft;
	return act_make(office, office->archivist, RPC_customer_add, &request.base);
}

static void run(struct office *office, struct act *act)
{
	engine_run(office->engine, (struct act *[]){act}, 1);
	assert_int_equal(act->status, STATUS_OK);
}

static void assert_masked(const struct act *act)
{
	Pb__CustomerAddReply *reply = (Pb__CustomerAddReply *)(void *)act_reply(act);
	assert_string_equal(reply->customer->name, "成都锦江贸易有限公司");
	assert_string_equal(reply->customer->contacts[0]->name, "王**");
	assert_string_equal(reply->customer->contacts[0]->phone, "138****5678");
	assert_string_equal(reply->customer->contacts[0]->id_number, "510***********123X");
	pb__customer_add_reply__free_unpacked(reply, NULL);
	assert_null(memmem(buf_head(&act->answer), act->answer.len, PHONE, strlen(PHONE)));
}

static void an_answer_is_masked_the_first_time_and_again(void **state)
{
	struct office *office = *state;
	struct act *act = make(office);
	run(office, act);
	assert_masked(act);
	for (int round = 0; round < 3; round++) {
		struct act again = *act;
		again.answer = BUF_EMPTY;
		run(office, &again);
		assert_int_equal(again.answer.len, act->answer.len);
		assert_memory_equal(buf_head(&again.answer), buf_head(&act->answer),
				    act->answer.len);
		buf_release(&again.answer);
		office_reopen(office, round == 0);
	}
	act_free(act);
}

static void the_answer_of_a_dry_run_is_masked(void **state)
{
	struct office *office = *state;
	struct act *act = make(office);
	act->dry_run = true;
	run(office, act);
	assert_masked(act);
	act_free(act);
}

static void the_ledger_keeps_what_was_said(void **state)
{
	struct office *office = *state;
	struct act *act = make(office);
	run(office, act);
	struct ledger_reader *reader = NULL;
	struct ledger_record record;
	assert_int_equal(ledger_reader_new(&reader, engine_ledger(office->engine)), STATUS_OK);
	ledger_reader_seek(reader, act_sequence(act));
	assert_int_equal(ledger_reader_next(reader, &record), STATUS_OK);
	Pb__Act *stored = pb__act__unpack(NULL, record.payload_len, record.payload);
	assert_non_null(stored);
	assert_non_null(memmem(stored->request.data, stored->request.len, PHONE, strlen(PHONE)));
	assert_non_null(
		memmem(stored->reply.data, stored->reply.len, ID_NUMBER, strlen(ID_NUMBER)));
	pb__act__free_unpacked(stored, NULL);
	ledger_reader_free(reader);
	act_free(act);
}

static void the_state_keeps_what_was_said(void **state)
{
	struct office *office = *state;
	struct act *act = make(office);
	run(office, act);
	struct arena arena;
	struct txn *txn = NULL;
	arena_init(&arena, 1024 * 1024);
	assert_int_equal(store_read(engine_store(office->engine), &txn), STATUS_OK);
	const Pb__Customer *row = customer_get(txn, table_last(txn, TABLE_customer), &arena);
	assert_string_equal(row->contacts[0]->phone, PHONE);
	assert_string_equal(row->contacts[0]->id_number, ID_NUMBER);
	txn_end(txn);
	arena_release(&arena);
	act_free(act);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_answer_is_masked_the_first_time_and_again),
		TEST(the_answer_of_a_dry_run_is_masked),
		TEST(the_ledger_keeps_what_was_said),
		TEST(the_state_keeps_what_was_said),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
