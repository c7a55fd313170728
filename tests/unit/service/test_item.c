/* Items: the tree they form, adding, showing, editing, listing. */
#include "tests/unit/service/desk.h"

#include <string.h>

#include "server/service/tree.h"

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

static enum status add(struct desk *desk, uint64_t who, Pb__ItemDraft *draft)
{
	Pb__ItemAddRequest request = PB__ITEM_ADD_REQUEST__INIT;

	request.draft = draft;
	return desk_act(desk, who, RPC_item_add, &request.base, NULL);
}

static const char *add_kind(struct desk *desk, const char *customer, Pb__ItemKind kind,
			    const char *parent)
{
	Pb__ItemDraft draft = PB__ITEM_DRAFT__INIT;

	draft.title = "档案";
	draft.kind = kind;
	draft.customer = customer;
	draft.parent = parent;
	draft.place = parent[0] == '\0' ? "A-01" : "";
	return desk_add_item(desk, DESK_CLERK_CD, &draft);
}

static void an_item_has_defaults_and_a_number(void **state)
{
	struct desk *desk = *state;
	Pb__ItemDraft draft = PB__ITEM_DRAFT__INIT;
	const Pb__ItemView *view;

	draft.title = "合同";
	draft.customer = desk_add_customer(desk, DESK_CLERK_CD, "成都某某公司", "C1");
	view = desk_show(desk, DESK_CLERK_CD, desk_add_item(desk, DESK_CLERK_CD, &draft));
	assert_string_equal(view->item->number, "CD-KH-2026-000001");
	assert_int_equal(view->item->kind, PB__ITEM_KIND__PIECE);
	assert_int_equal(view->item->secrecy, PB__SECRECY__INTERNAL);
	assert_int_equal(view->item->authenticity, PB__AUTHENTICITY__ORIGINAL);
	assert_int_equal(view->item->medium, PB__MEDIUM__PAPER);
	assert_int_equal(view->item->version, 1);
	assert_string_equal(view->customer, "CD-C-2026-00001");
	assert_string_equal(view->customer_name, "成都某某公司");
	assert_string_equal(view->office, "CD");
	assert_int_equal(view->state, PB__ITEM_STATE__ON_SHELF);
	assert_int_equal(desk->call.subject_count, 2);
}

static void every_field_is_judged(void **state)
{
	struct desk *desk = *state;
	Pb__ItemDraft draft = PB__ITEM_DRAFT__INIT;

	assert_int_equal(add(desk, DESK_CLERK_CD, &draft), STATUS_INVALID);
	assert_string_equal(desk->call.refusal.field, "title");
	draft.title = "合同";
	assert_int_equal(add(desk, DESK_CLERK_CD, &draft), STATUS_INVALID);
	assert_string_equal(desk->call.refusal.field, "customer");
	assert_string_equal(desk_reason(desk), "required");
	draft.customer = "NOBODY";
	assert_int_equal(add(desk, DESK_CLERK_CD, &draft), STATUS_NOT_FOUND);
	assert_string_equal(desk_reason(desk), "customer_unknown");
	assert_string_equal(desk->call.refusal.field, "customer");
	draft.customer = desk_add_customer(desk, DESK_CLERK_CD, "公司", "");
	draft.parent = "NOTHING";
	assert_int_equal(add(desk, DESK_CLERK_CD, &draft), STATUS_NOT_FOUND);
	assert_string_equal(desk->call.refusal.field, "parent");
	draft.parent = "";
	draft.pages = 1000001;
	assert_int_equal(add(desk, DESK_CLERK_CD, &draft), STATUS_INVALID);
	assert_string_equal(desk->call.refusal.field, "pages");
	draft.pages = 1000000;
	draft.secrecy = (Pb__Secrecy)5;
	assert_int_equal(add(desk, DESK_CLERK_CD, &draft), STATUS_INVALID);
	draft.secrecy = PB__SECRECY__PUBLIC;
	draft.medium = (Pb__Medium)-1;
	assert_int_equal(add(desk, DESK_CLERK_CD, &draft), STATUS_INVALID);
	assert_string_equal(desk->call.refusal.field, "medium");
	draft.medium = PB__MEDIUM__PAPER;
	draft.office = "SH";
	assert_int_equal(add(desk, DESK_CLERK_CD, &draft), STATUS_DENIED);
	draft.office = "CD";
	assert_int_equal(add(desk, DESK_CLERK_CD, &draft), STATUS_OK);
}

static void boxes_hold_volumes_and_volumes_hold_pieces(void **state)
{
	struct desk *desk = *state;
	const char *customer = desk_add_customer(desk, DESK_CLERK_CD, "公司", "");
	const char *box = add_kind(desk, customer, PB__ITEM_KIND__BOX, "");
	const char *volume = add_kind(desk, "", PB__ITEM_KIND__VOLUME, box);
	const char *piece = add_kind(desk, "", PB__ITEM_KIND__PIECE, volume);
	Pb__ItemDraft draft = PB__ITEM_DRAFT__INIT;
	const Pb__ItemView *view = desk_show(desk, DESK_CLERK_CD, piece);

	assert_string_equal(view->place, "A-01");
	assert_string_equal(view->item->place, "");
	assert_string_equal(view->parent, volume);
	assert_string_equal(view->customer, customer);
	draft.title = "档案";
	draft.kind = PB__ITEM_KIND__BOX;
	draft.parent = box;
	assert_int_equal(add(desk, DESK_CLERK_CD, &draft), STATUS_INVALID);
	assert_string_equal(desk_reason(desk), "kind_order");
	assert_string_equal(desk->call.refusal.subject, box);
	draft.kind = PB__ITEM_KIND__PIECE;
	draft.parent = piece;
	assert_int_equal(add(desk, DESK_CLERK_CD, &draft), STATUS_INVALID);
	assert_string_equal(desk_reason(desk), "kind_order");
}

static void what_is_in_a_container_is_of_its_office_customer_and_place(void **state)
{
	struct desk *desk = *state;
	const char *ours = desk_add_customer(desk, DESK_CLERK_CD, "甲", "");
	const char *other = desk_add_customer(desk, DESK_CLERK_CD, "乙", "");
	const char *box = add_kind(desk, ours, PB__ITEM_KIND__BOX, "");
	const char *common = add_kind(desk, "", PB__ITEM_KIND__BOX, "");
	Pb__ItemDraft draft = PB__ITEM_DRAFT__INIT;

	draft.title = "合同";
	draft.parent = box;
	draft.customer = other;
	assert_int_equal(add(desk, DESK_CLERK_CD, &draft), STATUS_INVALID);
	assert_string_equal(desk_reason(desk), "other_customer");
	draft.parent = common;
	assert_int_equal(add(desk, DESK_CLERK_CD, &draft), STATUS_OK);
	draft.customer = "";
	assert_int_equal(add(desk, DESK_CLERK_CD, &draft), STATUS_INVALID);
	assert_string_equal(desk->call.refusal.field, "customer");
	draft.parent = box;
	draft.place = "B-77";
	assert_int_equal(add(desk, DESK_CLERK_CD, &draft), STATUS_INVALID);
	assert_string_equal(desk->call.refusal.field, "place");
	draft.place = "A-01";
	draft.office = "SH";
	assert_int_equal(add(desk, DESK_ARCHIVIST, &draft), STATUS_INVALID);
	assert_string_equal(desk->call.refusal.field, "office");
	draft.office = "";
	assert_int_equal(add(desk, DESK_ARCHIVIST, &draft), STATUS_OK);
}

static enum status edit(struct desk *desk, const char *number, const char *field,
			Pb__ItemDraft *draft)
{
	Pb__ItemEditRequest request = PB__ITEM_EDIT_REQUEST__INIT;

	request.item = number;
	request.draft = draft;
	request.fields = &field;
	request.n_fields = 1;
	return desk_act(desk, DESK_CLERK_CD, RPC_item_edit, &request.base, NULL);
}

static void an_item_can_be_moved_but_not_into_itself(void **state)
{
	struct desk *desk = *state;
	const char *customer = desk_add_customer(desk, DESK_CLERK_CD, "公司", "");
	const char *first = add_kind(desk, customer, PB__ITEM_KIND__BOX, "");
	const char *second = add_kind(desk, customer, PB__ITEM_KIND__BOX, "");
	const char *volume = add_kind(desk, "", PB__ITEM_KIND__VOLUME, first);
	const char *piece = add_kind(desk, "", PB__ITEM_KIND__PIECE, volume);
	Pb__ItemDraft draft = PB__ITEM_DRAFT__INIT;

	draft.parent = second;
	assert_int_equal(edit(desk, volume, "parent", &draft), STATUS_OK);
	assert_int_equal(desk->call.subject_count, 4); /* item, customer, both boxes */
	assert_string_equal(desk_show(desk, DESK_CLERK_CD, volume)->parent, second);
	assert_int_equal(desk_show(desk, DESK_CLERK_CD, volume)->item->version, 2);
	draft.parent = piece;
	assert_int_equal(edit(desk, volume, "parent", &draft), STATUS_INVALID);
	assert_string_equal(desk_reason(desk), "in_itself");
	assert_int_equal(edit(desk, piece, "parent", &draft), STATUS_INVALID);
	assert_string_equal(desk_reason(desk), "in_itself");
	draft.parent = "";
	draft.place = "C-03";
	assert_int_equal(edit(desk, volume, "parent", &draft), STATUS_OK);
	assert_int_equal(edit(desk, volume, "place", &draft), STATUS_OK);
	assert_string_equal(desk_show(desk, DESK_CLERK_CD, piece)->place, "C-03");
	draft.parent = first;
	assert_int_equal(edit(desk, volume, "parent", &draft), STATUS_OK);
	assert_string_equal(desk_show(desk, DESK_CLERK_CD, piece)->place, "A-01");
}

static void what_is_out_is_not_moved(void **state)
{
	struct desk *desk = *state;
	const char *customer = desk_add_customer(desk, DESK_CLERK_CD, "公司", "");
	const char *box = add_kind(desk, customer, PB__ITEM_KIND__BOX, "");
	const char *piece = add_kind(desk, "", PB__ITEM_KIND__PIECE, box);
	const char *single = add_kind(desk, customer, PB__ITEM_KIND__PIECE, "");
	Pb__ItemDraft draft = PB__ITEM_DRAFT__INIT;

	assert_int_equal(desk_borrow(desk, DESK_CLERK_CD, box, "chen"), STATUS_OK);
	assert_int_equal(edit(desk, piece, "parent", &draft), STATUS_ON_LOAN);
	assert_string_equal(desk_reason(desk), "container_on_loan");
	draft.parent = box;
	assert_int_equal(edit(desk, single, "parent", &draft), STATUS_ON_LOAN);
	assert_string_equal(desk->call.refusal.subject, box);
	draft.title = "新题";
	assert_int_equal(edit(desk, piece, "title", &draft), STATUS_OK);
	assert_int_equal(desk_return(desk, DESK_CLERK_CD, box), STATUS_OK);
	assert_int_equal(edit(desk, single, "parent", &draft), STATUS_OK);
}

static void an_edit_of_a_container_must_fit_what_is_in_it(void **state)
{
	struct desk *desk = *state;
	const char *ours = desk_add_customer(desk, DESK_CLERK_CD, "甲", "");
	const char *other = desk_add_customer(desk, DESK_CLERK_CD, "乙", "");
	const char *box = add_kind(desk, ours, PB__ITEM_KIND__BOX, "");
	const char *volume = add_kind(desk, "", PB__ITEM_KIND__VOLUME, box);
	Pb__ItemDraft draft = PB__ITEM_DRAFT__INIT;

	draft.kind = PB__ITEM_KIND__VOLUME;
	assert_int_equal(edit(desk, box, "kind", &draft), STATUS_INVALID);
	assert_string_equal(desk_reason(desk), "kind_order");
	draft.customer = other;
	assert_int_equal(edit(desk, box, "customer", &draft), STATUS_INVALID);
	assert_string_equal(desk_reason(desk), "other_customer");
	assert_string_equal(desk->call.refusal.subject, volume);
	assert_int_equal(edit(desk, volume, "customer", &draft), STATUS_INVALID);
	assert_string_equal(desk->call.refusal.subject, box);
	draft.customer = "";
	assert_int_equal(edit(desk, box, "customer", &draft), STATUS_OK);
	draft.customer = other;
	assert_int_equal(edit(desk, volume, "customer", &draft), STATUS_OK);
	assert_int_equal(edit(desk, box, "customer", &draft), STATUS_OK);
}

static void office_and_number_are_not_edited(void **state)
{
	struct desk *desk = *state;
	const char *customer = desk_add_customer(desk, DESK_CLERK_CD, "公司", "");
	const char *piece = add_kind(desk, customer, PB__ITEM_KIND__PIECE, "");
	Pb__ItemEditRequest request = PB__ITEM_EDIT_REQUEST__INIT;
	Pb__ItemDraft draft = PB__ITEM_DRAFT__INIT;
	const char *title = "title";

	draft.office = "CD";
	assert_int_equal(edit(desk, piece, "office", &draft), STATUS_INVALID);
	assert_string_equal(desk_reason(desk), "out_of_range");
	assert_string_equal(desk->call.refusal.field, "office");
	assert_int_equal(edit(desk, piece, "number", &draft), STATUS_INVALID);
	assert_string_equal(desk_reason(desk), "field_unknown");
	draft.title = "新题";
	request.item = piece;
	request.version = 7;
	request.draft = &draft;
	request.fields = &title;
	request.n_fields = 1;
	assert_int_equal(desk_act(desk, DESK_CLERK_CD, RPC_item_edit, &request.base, NULL),
			 STATUS_STALE);
	assert_int_equal(desk->call.refusal.limit, 1);
}

static void a_look_at_a_secret_item_is_sensitive(void **state)
{
	struct desk *desk = *state;
	Pb__ItemDraft draft = PB__ITEM_DRAFT__INIT;
	const char *number;

	draft.title = "绝密";
	draft.customer = desk_add_customer(desk, DESK_CLERK_CD, "公司", "");
	number = desk_add_item(desk, DESK_CLERK_CD, &draft);
	(void)desk_show(desk, DESK_CLERK_CD, number);
	assert_false(desk->call.sensitive);
	draft.secrecy = PB__SECRECY__SECRET;
	(void)desk_show(desk, DESK_CLERK_CD, desk_add_item(desk, DESK_CLERK_CD, &draft));
	assert_true(desk->call.sensitive);
}

static void a_customer_of_another_office_is_not_shown_with_the_item(void **state)
{
	struct desk *desk = *state;
	Pb__ItemDraft draft = PB__ITEM_DRAFT__INIT;
	const Pb__ItemView *view;
	const char *number;

	draft.title = "合同";
	draft.office = "CD";
	draft.customer = desk_add_customer(desk, DESK_CLERK_SH, "上海某某公司", "");
	number = desk_add_item(desk, DESK_ARCHIVIST, &draft);
	view = desk_show(desk, DESK_ARCHIVIST, number);
	assert_string_equal(view->customer_name, "上海某某公司");
	view = desk_show(desk, DESK_CLERK_CD, number);
	assert_string_equal(view->customer, "");
	assert_string_equal(view->customer_name, "");
}

static size_t list(struct desk *desk, uint64_t who, const Pb__ItemListRequest *request)
{
	assert_int_equal(desk_list(desk, who, RPC_item_list, &request->base), STATUS_OK);
	return desk->scan.count;
}

static void a_list_is_filtered_and_stays_in_scope(void **state)
{
	struct desk *desk = *state;
	const char *cd = desk_add_customer(desk, DESK_CLERK_CD, "甲", "");
	const char *sh = desk_add_customer(desk, DESK_CLERK_SH, "乙", "");
	const char *box = add_kind(desk, cd, PB__ITEM_KIND__BOX, "");
	Pb__ItemListRequest request = PB__ITEM_LIST_REQUEST__INIT;

	for (unsigned i = 0; i < 5; i++)
		(void)desk_add_piece(desk, DESK_CLERK_CD, cd, i < 3 ? box : NULL);
	for (unsigned i = 0; i < 4; i++)
		(void)desk_add_piece(desk, DESK_CLERK_SH, sh, NULL);
	desk->slice_rows = SCAN_ROWS_MAX - 2;
	assert_int_equal(list(desk, DESK_ARCHIVIST, &request), 10);
	assert_int_equal(list(desk, DESK_CLERK_CD, &request), 6);
	request.parent = box;
	assert_int_equal(list(desk, DESK_CLERK_CD, &request), 3);
	assert_string_equal(((Pb__ItemListReply *)(void *)desk_row(desk, 0))->view->parent, box);
	request.parent = "";
	request.customer = sh;
	assert_int_equal(list(desk, DESK_ARCHIVIST, &request), 4);
	request.office = "CD";
	assert_int_equal(list(desk, DESK_ARCHIVIST, &request), 0);
	request.office = "";
	assert_int_equal(desk_list(desk, DESK_CLERK_CD, RPC_item_list, &request.base),
			 STATUS_NOT_FOUND);
	assert_string_equal(desk_reason(desk), "customer_unknown");
}

/* Not to be made by any act: rows of boxes in boxes, put by hand. */
static void containers_nested_too_deep_are_refused_not_followed(void **state)
{
	struct desk *desk = *state;
	const char *customer = desk_add_customer(desk, DESK_CLERK_CD, "公司", "");
	const char *first = add_kind(desk, customer, PB__ITEM_KIND__BOX, "");
	const char *last = first;
	Pb__Item *row;
	struct txn *txn;

	for (unsigned i = 0; i < TREE_DEPTH_MAX + 1; i++)
		last = add_kind(desk, customer, PB__ITEM_KIND__BOX, "");
	assert_int_equal(store_write(desk->store, &txn), STATUS_OK);
	for (uint64_t id = 2; id <= TREE_DEPTH_MAX + 2; id++) {
		row = item_get(txn, id, &desk->keep);
		row->parent_id = id - 1;
		item_put(txn, row);
	}
	assert_int_equal(txn_commit(txn), STATUS_OK);
	assert_int_equal(desk_borrow(desk, DESK_CLERK_CD, last, "chen"), STATUS_LIMIT);
	assert_string_equal(desk_reason(desk), "depth_limit");
	assert_int_equal(desk->call.refusal.limit, TREE_DEPTH_MAX);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_item_has_defaults_and_a_number),
		TEST(every_field_is_judged),
		TEST(boxes_hold_volumes_and_volumes_hold_pieces),
		TEST(what_is_in_a_container_is_of_its_office_customer_and_place),
		TEST(an_item_can_be_moved_but_not_into_itself),
		TEST(what_is_out_is_not_moved),
		TEST(an_edit_of_a_container_must_fit_what_is_in_it),
		TEST(office_and_number_are_not_edited),
		TEST(a_look_at_a_secret_item_is_sensitive),
		TEST(a_customer_of_another_office_is_not_shown_with_the_item),
		TEST(a_list_is_filtered_and_stays_in_scope),
		TEST(containers_nested_too_deep_are_refused_not_followed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
