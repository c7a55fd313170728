/* Sealed items: what is left of them, and who may open one. */
#include "tests/unit/service/consent.h"

#include <string.h>

struct fixture {
	struct desk desk;
	const char *customer; /* of CD */
	const char *box;
	const char *piece; /* in the box */
	uint64_t manager;
};

static int setup(void **state)
{
	static struct fixture fixture;
	struct desk *desk = &fixture.desk;
	Pb__ItemDraft draft = PB__ITEM_DRAFT__INIT;

	desk_open_ledger(desk);
	fixture.manager = consent_person(desk, "gm", PB__ROLE__GENERAL_MANAGER);
	fixture.customer = desk_add_customer(desk, DESK_CLERK_CD, "成都某某公司", "K1");
	draft.title = "健康调查表";
	draft.kind = PB__ITEM_KIND__BOX;
	draft.customer = fixture.customer;
	draft.ref = "B-1";
	draft.place = "A-01";
	fixture.box = desk_add_item(desk, DESK_CLERK_CD, &draft);
	fixture.piece = desk_add_piece(desk, DESK_CLERK_CD, fixture.customer, fixture.box);
	*state = &fixture;
	return 0;
}

static int teardown(void **state)
{
	desk_close(&((struct fixture *)*state)->desk);
	return 0;
}

static enum status seal(struct fixture *fixture, uint64_t who, const char *item, bool lift,
			const char *approval)
{
	Pb__ItemSealRequest request = PB__ITEM_SEAL_REQUEST__INIT;

	request.item = item;
	request.reason = "封存";
	request.lift = lift;
	request.approval = approval;
	return desk_act(&fixture->desk, who, RPC_item_seal, &request.base, NULL);
}

static enum status unseal(struct fixture *fixture, uint64_t who, const char *item,
			  const char *approval, const Pb__ItemView **view)
{
	Pb__UnsealRequest request = PB__UNSEAL_REQUEST__INIT;
	ProtobufCMessage *reply;
	enum status status;

	request.item = item;
	request.reason = "复核";
	request.approval = approval;
	status = desk_look(&fixture->desk, who, RPC_unseal, &request.base, &reply);
	*view = status == STATUS_OK ? ((Pb__UnsealReply *)(void *)reply)->view : NULL;
	return status;
}

static void assert_closed(const Pb__ItemView *view, const char *number)
{
	assert_string_equal(view->item->number, number);
	assert_int_equal(view->state, PB__ITEM_STATE__SEALED);
	assert_string_equal(view->item->title, "");
	assert_int_equal(view->item->customer_id, 0);
	assert_int_equal(view->item->kind, 0);
	assert_string_equal(view->customer, "");
	assert_string_equal(view->parent, "");
	assert_string_equal(view->place, "");
}

static void of_a_sealed_item_and_what_is_in_it_there_is_only_the_number(void **state)
{
	struct fixture *fixture = *state;
	struct desk *desk = &fixture->desk;

	assert_int_equal(seal(fixture, DESK_ARCHIVIST, fixture->box, false, ""), STATUS_OK);
	assert_closed(desk_show(desk, DESK_CLERK_CD, fixture->box), fixture->box);
	assert_closed(desk_show(desk, fixture->manager, fixture->piece), fixture->piece);
}

static void it_is_not_found_by_its_natural_key_or_its_customer(void **state)
{
	struct fixture *fixture = *state;
	struct desk *desk = &fixture->desk;
	Pb__ItemShowRequest show = PB__ITEM_SHOW_REQUEST__INIT;
	Pb__ItemListRequest list = PB__ITEM_LIST_REQUEST__INIT;
	ProtobufCMessage *reply;

	assert_int_equal(seal(fixture, DESK_ARCHIVIST, fixture->box, false, ""), STATUS_OK);
	show.item = "B-1";
	assert_int_equal(desk_look(desk, DESK_CLERK_CD, RPC_item_show, &show.base, &reply),
			 STATUS_NOT_FOUND);
	assert_int_equal(desk_list(desk, DESK_CLERK_CD, RPC_item_list, &list.base), STATUS_OK);
	assert_non_null(desk_row(desk, 1));
	list.customer = fixture->customer;
	assert_int_equal(desk_list(desk, DESK_CLERK_CD, RPC_item_list, &list.base), STATUS_OK);
	assert_null(desk_row(desk, 0));
}

static void what_stands_in_a_box_does_not_tell_of_what_is_sealed_in_it(void **state)
{
	struct fixture *fixture = *state;
	struct desk *desk = &fixture->desk;
	Pb__ItemListRequest list = PB__ITEM_LIST_REQUEST__INIT;
	const char *open = desk_add_piece(desk, DESK_CLERK_CD, fixture->customer, fixture->box);
	const Pb__ItemListReply *row;

	assert_int_equal(seal(fixture, DESK_ARCHIVIST, fixture->piece, false, ""), STATUS_OK);
	list.parent = fixture->box;
	assert_int_equal(desk_list(desk, DESK_CLERK_CD, RPC_item_list, &list.base), STATUS_OK);
	row = (Pb__ItemListReply *)(void *)desk_row(desk, 0);
	assert_string_equal(row->view->item->number, open);
	assert_null(desk_row(desk, 1));
	assert_int_equal(seal(fixture, DESK_ARCHIVIST, fixture->box, false, ""), STATUS_OK);
	assert_int_equal(desk_list(desk, DESK_CLERK_CD, RPC_item_list, &list.base), STATUS_OK);
	assert_null(desk_row(desk, 0));
}

/* Whether it needs one would tell whether it is an original, and how secret. */
static void a_loan_of_what_is_sealed_is_not_asked_for(void **state)
{
	struct fixture *fixture = *state;
	struct desk *desk = &fixture->desk;
	Pb__ApprovalRequestRequest ask = PB__APPROVAL_REQUEST_REQUEST__INIT;

	ask.kind = "loan";
	ask.subject = fixture->piece;
	ask.borrower = "外借人";
	ask.reason = "外借";
	assert_int_equal(seal(fixture, DESK_ARCHIVIST, fixture->box, false, ""), STATUS_OK);
	assert_int_equal(desk_act(desk, DESK_CLERK_CD, RPC_approval_request, &ask.base, NULL),
			 STATUS_BLOCKED);
	assert_string_equal(desk_reason(desk), "item_sealed");
}

static void an_import_does_not_find_it_by_its_natural_key(void **state)
{
	static uint8_t digest[HASH_LEN] = {1};
	struct fixture *fixture = *state;
	struct desk *desk = &fixture->desk;
	Pb__ItemImportRequest import = PB__ITEM_IMPORT_REQUEST__INIT;
	Pb__ItemDraft draft = PB__ITEM_DRAFT__INIT;
	Pb__ItemDraft *drafts[] = {&draft};
	const Pb__RowVerdict *verdict;
	ProtobufCMessage *reply;

	draft.title = "健康调查表";
	draft.kind = PB__ITEM_KIND__BOX;
	draft.ref = "B-1";
	import.digest.data = digest;
	import.digest.len = sizeof(digest);
	import.rows = drafts;
	import.n_rows = 1;
	assert_int_equal(seal(fixture, DESK_ARCHIVIST, fixture->box, false, ""), STATUS_OK);
	assert_int_equal(desk_act(desk, DESK_CLERK_CD, RPC_item_import, &import.base, &reply),
			 STATUS_OK);
	verdict = ((Pb__ItemImportReply *)(void *)reply)->verdicts[0];
	assert_int_equal(verdict->verdict, PB__VERDICT__INVALID);
	assert_string_equal(verdict->reason, "taken");
	assert_string_equal(verdict->number, "");
}

static void it_cannot_be_lent_edited_or_filled(void **state)
{
	struct fixture *fixture = *state;
	struct desk *desk = &fixture->desk;
	Pb__ItemDraft draft = PB__ITEM_DRAFT__INIT;
	Pb__ItemEditRequest edit = PB__ITEM_EDIT_REQUEST__INIT;
	Pb__ItemAddRequest add = PB__ITEM_ADD_REQUEST__INIT;
	const char *field = "title";

	assert_int_equal(seal(fixture, DESK_ARCHIVIST, fixture->box, false, ""), STATUS_OK);
	assert_int_equal(desk_borrow(desk, DESK_CLERK_CD, fixture->piece, "chen"), STATUS_BLOCKED);
	assert_string_equal(desk_reason(desk), "item_sealed");
	draft.title = "新";
	draft.customer = fixture->customer;
	edit.item = fixture->piece;
	edit.draft = &draft;
	edit.fields = &field;
	edit.n_fields = 1;
	assert_int_equal(desk_act(desk, DESK_CLERK_CD, RPC_item_edit, &edit.base, NULL),
			 STATUS_BLOCKED);
	draft.parent = fixture->box;
	add.draft = &draft;
	assert_int_equal(desk_act(desk, DESK_CLERK_CD, RPC_item_add, &add.base, NULL),
			 STATUS_BLOCKED);
}

static void a_box_is_not_lent_with_something_sealed_in_it(void **state)
{
	struct fixture *fixture = *state;
	struct desk *desk = &fixture->desk;

	assert_int_equal(seal(fixture, DESK_ARCHIVIST, fixture->piece, false, ""), STATUS_OK);
	assert_int_equal(desk_borrow(desk, DESK_CLERK_CD, fixture->box, "chen"), STATUS_BLOCKED);
	assert_string_equal(desk->call.refusal.subject, fixture->piece);
}

static void what_is_out_is_not_sealed(void **state)
{
	struct fixture *fixture = *state;
	struct desk *desk = &fixture->desk;

	assert_int_equal(desk_borrow(desk, DESK_CLERK_CD, fixture->piece, "chen"), STATUS_OK);
	assert_int_equal(seal(fixture, DESK_ARCHIVIST, fixture->piece, false, ""), STATUS_ON_LOAN);
	assert_int_equal(seal(fixture, DESK_ARCHIVIST, fixture->box, false, ""), STATUS_ON_LOAN);
	assert_string_equal(desk_reason(desk), "content_on_loan");
}

static void the_general_manager_opens_it_and_others_with_an_approval(void **state)
{
	struct fixture *fixture = *state;
	struct desk *desk = &fixture->desk;
	const Pb__ItemView *view;
	const char *approval;

	assert_int_equal(unseal(fixture, fixture->manager, fixture->box, "", &view),
			 STATUS_CONFLICT);
	assert_int_equal(seal(fixture, DESK_ARCHIVIST, fixture->box, false, ""), STATUS_OK);
	assert_int_equal(seal(fixture, DESK_ARCHIVIST, fixture->box, false, ""), STATUS_CONFLICT);
	assert_int_equal(unseal(fixture, fixture->manager, fixture->box, "", &view), STATUS_OK);
	assert_string_equal(view->item->title, "健康调查表");
	assert_int_equal(view->state, PB__ITEM_STATE__SEALED);
	assert_true(desk->call.sensitive);
	assert_int_equal(unseal(fixture, DESK_CLERK_CD, fixture->box, "", &view), STATUS_BLOCKED);
	assert_string_equal(desk_reason(desk), "approval_needed");
	approval = consent_give(desk, DESK_CLERK_CD, APPROVAL_UNSEAL,
				consent_item(desk, fixture->box), PB__APPROVAL_STATE__APPROVED);
	assert_int_equal(unseal(fixture, DESK_CLERK_CD, fixture->piece, approval, &view),
			 STATUS_BLOCKED);
	assert_string_equal(desk_reason(desk), "approval_other");
	assert_int_equal(unseal(fixture, DESK_CLERK_CD, fixture->box, approval, &view), STATUS_OK);
	assert_string_equal(view->place, "A-01");
}

static void the_seal_comes_off_with_an_approval_that_is_then_used(void **state)
{
	struct fixture *fixture = *state;
	struct desk *desk = &fixture->desk;
	const char *approval;

	assert_int_equal(seal(fixture, DESK_ARCHIVIST, fixture->box, true, ""), STATUS_CONFLICT);
	assert_int_equal(seal(fixture, DESK_ARCHIVIST, fixture->box, false, ""), STATUS_OK);
	assert_int_equal(seal(fixture, DESK_ARCHIVIST, fixture->box, true, ""), STATUS_BLOCKED);
	approval = consent_give(desk, DESK_ARCHIVIST, APPROVAL_UNSEAL,
				consent_item(desk, fixture->box), PB__APPROVAL_STATE__APPROVED);
	assert_int_equal(seal(fixture, DESK_ARCHIVIST, fixture->box, true, approval), STATUS_OK);
	assert_string_equal(desk_show(desk, DESK_CLERK_CD, fixture->box)->item->title,
			    "健康调查表");
	assert_int_equal(seal(fixture, DESK_ARCHIVIST, fixture->box, false, ""), STATUS_OK);
	assert_int_equal(seal(fixture, DESK_ARCHIVIST, fixture->box, true, approval),
			 STATUS_BLOCKED);
}

static void the_log_keeps_what_was_said_of_it_to_itself(void **state)
{
	struct fixture *fixture = *state;
	struct desk *desk = &fixture->desk;
	Pb__HistoryRequest request = PB__HISTORY_REQUEST__INIT;
	const Pb__HistoryReply *row;

	request.item = fixture->piece;
	assert_int_equal(desk_list(desk, fixture->manager, RPC_history, &request.base), STATUS_OK);
	row = (Pb__HistoryReply *)(void *)desk_row(desk, 0);
	assert_non_null(row->entry->act);
	assert_int_equal(seal(fixture, DESK_ARCHIVIST, fixture->box, false, ""), STATUS_OK);
	assert_int_equal(desk_list(desk, fixture->manager, RPC_history, &request.base), STATUS_OK);
	row = (Pb__HistoryReply *)(void *)desk_row(desk, 0);
	assert_int_equal(row->entry->rpc, RPC_item_add);
	assert_string_equal(row->entry->subjects[0], fixture->piece);
	assert_null(row->entry->act);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(of_a_sealed_item_and_what_is_in_it_there_is_only_the_number),
		TEST(it_is_not_found_by_its_natural_key_or_its_customer),
		TEST(what_stands_in_a_box_does_not_tell_of_what_is_sealed_in_it),
		TEST(a_loan_of_what_is_sealed_is_not_asked_for),
		TEST(an_import_does_not_find_it_by_its_natural_key),
		TEST(it_cannot_be_lent_edited_or_filled),
		TEST(a_box_is_not_lent_with_something_sealed_in_it),
		TEST(what_is_out_is_not_sealed),
		TEST(the_general_manager_opens_it_and_others_with_an_approval),
		TEST(the_seal_comes_off_with_an_approval_that_is_then_used),
		TEST(the_log_keeps_what_was_said_of_it_to_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
