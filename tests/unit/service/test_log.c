/* Reading the ledger: log and history. */
#include "tests/unit/service/desk.h"

#include <stdio.h>
#include <string.h>

#include "common/message.h"

#define FOUNDING 10 /* entries before a test begins: genesis, offices, people */

static int setup(void **state)
{
	static struct desk desk;

	desk_open_ledger(&desk);
	assert_int_equal(desk.sequence, FOUNDING);
	*state = &desk;
	return 0;
}

static int teardown(void **state)
{
	desk_close(*state);
	return 0;
}

static size_t list(struct desk *desk, const Pb__LogListRequest *request)
{
	assert_int_equal(desk_list(desk, DESK_ARCHIVIST, RPC_log_list, &request->base), STATUS_OK);
	return desk->scan.count;
}

static const Pb__LogListReply *row(struct desk *desk, size_t index)
{
	return (const Pb__LogListReply *)(void *)desk_row(desk, index);
}

static const Pb__LogListReply *history_row(struct desk *desk, size_t index)
{
	return ((const Pb__HistoryReply *)(void *)desk_row(desk, index))->entry;
}

/* Ten more entries: 10 customer, 11 and 12 pieces, 13 borrow, 14 refused, 15 look, 16 return, 17 to
 * 19 of SH. */
static void work(struct desk *desk)
{
	const char *cd = desk_add_customer(desk, DESK_CLERK_CD, "甲", "");
	const char *piece = desk_add_piece(desk, DESK_CLERK_CD, cd, NULL);
	const char *sh;

	(void)desk_add_piece(desk, DESK_CLERK_CD, cd, NULL);
	desk_sleep(desk, 1);
	assert_int_equal(desk_borrow(desk, DESK_CLERK_CD, piece, "wang.fang"), STATUS_OK);
	assert_int_equal(desk_borrow(desk, DESK_CLERK_CD, piece, "chen"), STATUS_ON_LOAN);
	(void)desk_show(desk, DESK_CLERK_CD, piece);
	assert_int_equal(desk_return(desk, DESK_CLERK_CD, piece), STATUS_OK);
	desk_sleep(desk, 1);
	sh = desk_add_customer(desk, DESK_CLERK_SH, "乙", "");
	piece = desk_add_piece(desk, DESK_CLERK_SH, sh, NULL);
	assert_int_equal(desk_borrow(desk, DESK_CLERK_SH, piece, "shen"), STATUS_OK);
	assert_int_equal(desk->sequence, FOUNDING + 10);
}

static void an_entry_tells_who_did_what_to_whom(void **state)
{
	struct desk *desk = *state;
	Pb__LogListRequest request = PB__LOG_LIST_REQUEST__INIT;
	const Pb__LogListReply *entry;
	struct message_fault fault;
	ProtobufCMessage *asked;

	work(desk);
	assert_int_equal(list(desk, &request), FOUNDING + 10);
	entry = row(desk, 0);
	assert_string_equal(entry->actor, "system");
	assert_int_equal(entry->rpc, RPC_genesis);
	assert_string_equal(entry->office, "");
	assert_string_equal(entry->subjects[0], "HQ");
	assert_string_equal(entry->subjects[1], "officer");
	entry = row(desk, 13);
	assert_int_equal(entry->sequence, 13);
	assert_string_equal(entry->actor, "chen");
	assert_string_equal(entry->actor_name, "陈晨");
	assert_string_equal(entry->office, "CD");
	assert_int_equal(entry->status, STATUS_OK);
	assert_int_equal(entry->n_subjects, 3);
	assert_string_equal(entry->subjects[0], "wang.fang");
	assert_string_equal(entry->subjects[1], "CD-KH-2026-000001");
	assert_string_equal(entry->subjects[2], "CD-C-2026-00001");
	assert_int_equal(message_unpack(&pb__borrow_request__descriptor, entry->act->request.data,
					entry->act->request.len, &desk->keep, &asked, &fault),
			 STATUS_OK);
	assert_string_equal(((Pb__BorrowRequest *)(void *)asked)->borrower, "wang.fang");
	assert_int_equal(entry->entry.len, ENTRY_FIXED_LEN + 3 * ENTRY_SUBJECT_LEN);
	entry = row(desk, 14);
	assert_int_equal(entry->status, STATUS_ON_LOAN);
	assert_string_equal(entry->act->refusal->holder, "王芳");
}

static void the_log_is_filtered(void **state)
{
	struct desk *desk = *state;
	Pb__LogListRequest request = PB__LOG_LIST_REQUEST__INIT;

	work(desk);
	request.actor = "chen";
	assert_int_equal(list(desk, &request), 7);
	request.acts_only = true;
	assert_int_equal(list(desk, &request), 6);
	request.actor = "system";
	assert_int_equal(list(desk, &request), 1);
	request.actor = "nobody";
	assert_int_equal(desk_list(desk, DESK_ARCHIVIST, RPC_log_list, &request.base),
			 STATUS_NOT_FOUND);
	assert_string_equal(desk_reason(desk), "login_unknown");
	request.actor = "";
	request.office = "SH";
	assert_int_equal(list(desk, &request), 3);
	request.office = "";
	request.item = "CD-KH-2026-000001";
	assert_int_equal(list(desk, &request), 4);
	request.acts_only = false;
	assert_int_equal(list(desk, &request), 5);
	request.last = 2;
	assert_int_equal(list(desk, &request), 2);
	assert_int_equal(row(desk, 0)->sequence, 15);
	request.customer = "CD-C-2026-00001";
	assert_int_equal(desk_list(desk, DESK_ARCHIVIST, RPC_log_list, &request.base),
			 STATUS_INVALID);
	request.item = "NOTHING";
	request.customer = "";
	assert_int_equal(desk_list(desk, DESK_ARCHIVIST, RPC_log_list, &request.base),
			 STATUS_NOT_FOUND);
	assert_string_equal(desk_reason(desk), "item_unknown");
	assert_int_equal(desk_list(desk, DESK_CLERK_CD, RPC_log_list, &request.base),
			 STATUS_DENIED);
}

static void the_log_has_a_beginning_and_an_end(void **state)
{
	struct desk *desk = *state;
	Pb__LogListRequest request = PB__LOG_LIST_REQUEST__INIT;
	int64_t first = desk->now;

	work(desk);
	request.from = 15;
	assert_int_equal(list(desk, &request), 5);
	request.limit = 2;
	assert_int_equal(list(desk, &request), 2);
	assert_int_equal(row(desk, 0)->sequence, 15);
	request.from = 0;
	request.limit = 0;
	request.last = 3;
	assert_int_equal(list(desk, &request), 3);
	assert_int_equal(row(desk, 0)->sequence, 17);
	request.last = 1000;
	assert_int_equal(list(desk, &request), 20);
	request.last = 0;
	request.since = first + DESK_DAY;
	assert_int_equal(list(desk, &request), 7);
	assert_int_equal(row(desk, 0)->sequence, 13);
	request.until = first + 2 * DESK_DAY;
	assert_int_equal(list(desk, &request), 4);
	request.since = first + 9 * DESK_DAY;
	request.until = 0;
	assert_int_equal(list(desk, &request), 0);
	request.since = -1;
	assert_int_equal(desk_list(desk, DESK_ARCHIVIST, RPC_log_list, &request.base),
			 STATUS_INVALID);
}

static void slices_make_no_difference(void **state)
{
	struct desk *desk = *state;
	Pb__LogListRequest request = PB__LOG_LIST_REQUEST__INIT;

	work(desk);
	desk->slice_rows = SCAN_ROWS_MAX - 1;
	assert_int_equal(list(desk, &request), 20);
	for (size_t i = 0; i < 20; i++)
		assert_int_equal(row(desk, i)->sequence, i);
	request.item = "CD-KH-2026-000001";
	request.last = 3;
	assert_int_equal(list(desk, &request), 3);
	assert_int_equal(row(desk, 0)->sequence, 14);
	assert_int_equal(row(desk, 2)->sequence, 16);
}

static void a_follower_is_told_what_comes(void **state)
{
	struct desk *desk = *state;
	Pb__LogListRequest request = PB__LOG_LIST_REQUEST__INIT;

	request.follow = true;
	request.last = 1;
	assert_int_equal(list(desk, &request), 1);
	assert_true(desk->scan.following);
	work(desk);
	assert_int_equal(desk_list_on(desk, DESK_ARCHIVIST, RPC_log_list, &request.base),
			 STATUS_OK);
	assert_int_equal(desk->scan.count, 11);
	assert_int_equal(row(desk, 10)->sequence, 19);
	assert_true(desk->scan.following);
	request.limit = 11;
	assert_int_equal(desk_list_on(desk, DESK_ARCHIVIST, RPC_log_list, &request.base),
			 STATUS_OK);
	assert_false(desk->scan.following);
	request.follow = false;
	assert_int_equal(list(desk, &request), 1);
	assert_false(desk->scan.following);
}

static void the_log_ends_where_the_state_does(void **state)
{
	struct desk *desk = *state;
	Pb__LogListRequest request = PB__LOG_LIST_REQUEST__INIT;
	struct entry entry = {.class_ = ENTRY_CHANGE, .rpc = RPC_office_add};
	uint8_t leaf[HASH_LEN];

	assert_int_equal(ledger_stage(desk->ledger, &entry, NULL, 0, leaf, NULL, NULL), STATUS_OK);
	assert_int_equal(ledger_commit(desk->ledger), STATUS_OK);
	assert_int_equal(list(desk, &request), FOUNDING);
}

static void what_was_erased_has_no_act(void **state)
{
	struct desk *desk = *state;
	Pb__LogListRequest request = PB__LOG_LIST_REQUEST__INIT;
	struct entry entry = {.class_ = ENTRY_CHANGE, .rpc = RPC_office_add, .time = desk->now};
	uint8_t leaf[HASH_LEN];
	struct txn *txn;

	assert_int_equal(ledger_stage(desk->ledger, &entry, NULL, 0, leaf, NULL, NULL), STATUS_OK);
	assert_int_equal(ledger_commit(desk->ledger), STATUS_OK);
	merkle_append(&desk->mark.tree, desk->hash, leaf);
	assert_int_equal(store_write(desk->store, &txn), STATUS_OK);
	mark_put(txn, &desk->mark);
	assert_int_equal(txn_commit(txn), STATUS_OK);
	assert_int_equal(list(desk, &request), FOUNDING + 1);
	assert_null(row(desk, FOUNDING)->act);
	assert_int_equal(row(desk, FOUNDING)->entry.len, ENTRY_FIXED_LEN);
}

static void history_tells_the_last_of_one_record_oldest_first(void **state)
{
	struct desk *desk = *state;
	Pb__HistoryRequest request = PB__HISTORY_REQUEST__INIT;

	work(desk);
	request.item = "CD-KH-2026-000001";
	assert_int_equal(desk_list(desk, DESK_CLERK_CD, RPC_history, &request.base), STATUS_OK);
	assert_int_equal(desk->scan.count, 5);
	assert_int_equal(history_row(desk, 0)->rpc, RPC_item_add);
	request.limit = 2;
	request.acts_only = true;
	assert_int_equal(desk_list(desk, DESK_CLERK_CD, RPC_history, &request.base), STATUS_OK);
	assert_int_equal(desk->scan.count, 2);
	assert_int_equal(history_row(desk, 0)->sequence, 14);
	assert_int_equal(history_row(desk, 1)->rpc, RPC_return);
	request.item = "";
	assert_int_equal(desk_list(desk, DESK_CLERK_CD, RPC_history, &request.base),
			 STATUS_INVALID);
	request.customer = "CD-C-2026-00001";
	request.limit = 0;
	assert_int_equal(desk_list(desk, DESK_CLERK_CD, RPC_history, &request.base), STATUS_OK);
	assert_int_equal(desk->scan.count, 6);
	request.customer = "SH-C-2026-00001";
	assert_int_equal(desk_list(desk, DESK_CLERK_CD, RPC_history, &request.base),
			 STATUS_NOT_FOUND);
}

/* One act on items of two offices: a clerk of one sees that it was, and his part of it. */
static void history_leaves_out_what_belongs_to_other_offices(void **state)
{
	struct desk *desk = *state;
	Pb__HistoryRequest history = PB__HISTORY_REQUEST__INIT;
	Pb__BorrowRequest borrow = PB__BORROW_REQUEST__INIT;
	const Pb__LogListReply *entry;
	const char *items[2];

	items[0] = desk_add_piece(desk, DESK_CLERK_CD,
				  desk_add_customer(desk, DESK_CLERK_CD, "甲", ""), NULL);
	items[1] = desk_add_piece(desk, DESK_CLERK_SH,
				  desk_add_customer(desk, DESK_CLERK_SH, "乙", ""), NULL);
	borrow.items = items;
	borrow.n_items = 2;
	borrow.borrower = "anna";
	borrow.purpose = "查阅";
	assert_int_equal(desk_act(desk, DESK_ARCHIVIST, RPC_borrow, &borrow.base, NULL), STATUS_OK);
	history.item = items[0];
	assert_int_equal(desk_list(desk, DESK_CLERK_CD, RPC_history, &history.base), STATUS_OK);
	entry = history_row(desk, 1);
	assert_int_equal(entry->rpc, RPC_borrow);
	assert_int_equal(entry->n_subjects, 3); /* borrower, item, customer */
	assert_string_equal(entry->subjects[1], items[0]);
	assert_null(entry->act);
	assert_int_equal(entry->entry.len, 0);
	assert_int_equal(desk_list(desk, DESK_ARCHIVIST, RPC_history, &history.base), STATUS_OK);
	entry = history_row(desk, 1);
	assert_int_equal(entry->n_subjects, 5);
	assert_non_null(entry->act);
}

/* Of two rows one is added; the other is of an office where its natural key is taken. */
static void the_rest_of_an_import_is_not_told_to_who_sees_one_row(void **state)
{
	static uint8_t digest[HASH_LEN] = {1};
	struct desk *desk = *state;
	Pb__CustomerImportRequest import = PB__CUSTOMER_IMPORT_REQUEST__INIT;
	Pb__CustomerDraft drafts[2] = {PB__CUSTOMER_DRAFT__INIT, PB__CUSTOMER_DRAFT__INIT};
	Pb__CustomerDraft *rows[] = {&drafts[0], &drafts[1]};
	Pb__HistoryRequest history = PB__HISTORY_REQUEST__INIT;
	ProtobufCMessage *reply;

	drafts[0].name = "甲";
	drafts[0].office = "CD";
	drafts[1].name = "";
	drafts[1].office = "SH";
	drafts[1].note = "上海的客户";
	import.digest.data = digest;
	import.digest.len = sizeof(digest);
	import.rows = rows;
	import.n_rows = 2;
	assert_int_equal(desk_act(desk, DESK_ARCHIVIST, RPC_customer_import, &import.base, &reply),
			 STATUS_OK);
	history.customer = arena_printf(
		&desk->keep, "%s", ((Pb__CustomerImportReply *)(void *)reply)->verdicts[0]->number);
	assert_int_equal(desk_list(desk, DESK_CLERK_CD, RPC_history, &history.base), STATUS_OK);
	assert_string_equal(history_row(desk, 0)->subjects[0], history.customer);
	assert_null(history_row(desk, 0)->act);
	assert_int_equal(desk_list(desk, DESK_ARCHIVIST, RPC_history, &history.base), STATUS_OK);
	assert_non_null(history_row(desk, 0)->act);
}

static void what_was_refused_is_told_to_who_sees_all_records(void **state)
{
	struct desk *desk = *state;
	Pb__CustomerAddRequest add = PB__CUSTOMER_ADD_REQUEST__INIT;
	Pb__CustomerDraft draft = PB__CUSTOMER_DRAFT__INIT;
	Pb__LogListRequest log = PB__LOG_LIST_REQUEST__INIT;

	(void)desk_add_customer(desk, DESK_CLERK_CD, "甲", "K-1");
	desk->refusals_entered = true;
	draft.name = "甲";
	draft.ref = "K-1";
	add.draft = &draft;
	assert_int_equal(desk_act(desk, DESK_CLERK_CD, RPC_customer_add, &add.base, NULL),
			 STATUS_CONFLICT);
	log.last = 1;
	assert_int_equal(desk_list(desk, DESK_AUDITOR, RPC_log_list, &log.base), STATUS_OK);
	assert_int_equal(row(desk, 0)->status, STATUS_CONFLICT);
	assert_null(row(desk, 0)->act);
	assert_int_equal(list(desk, &log), 1);
	assert_non_null(row(desk, 0)->act);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_entry_tells_who_did_what_to_whom),
		TEST(the_log_is_filtered),
		TEST(the_log_has_a_beginning_and_an_end),
		TEST(slices_make_no_difference),
		TEST(a_follower_is_told_what_comes),
		TEST(the_log_ends_where_the_state_does),
		TEST(what_was_erased_has_no_act),
		TEST(history_tells_the_last_of_one_record_oldest_first),
		TEST(history_leaves_out_what_belongs_to_other_offices),
		TEST(the_rest_of_an_import_is_not_told_to_who_sees_one_row),
		TEST(what_was_refused_is_told_to_who_sees_all_records),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
