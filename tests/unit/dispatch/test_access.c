/* Looks are entered: of secret things before the first byte of the answer leaves. */
#include "server/dispatch/dispatch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "server/dispatch/writer.h"
#include "tests/unit/dispatch/lanes.h"

struct fixture {
	struct lanes lanes;
	char *open;   /* item that everybody here may see */
	char *secret; /* item */
};

static char *add_item(struct office *office, Pb__Secrecy secrecy)
{
	Pb__ItemDraft draft = PB__ITEM_DRAFT__INIT;
	Pb__ItemAddRequest request = PB__ITEM_ADD_REQUEST__INIT;
	draft.title = "购销合同";
	draft.customer = OFFICE_CUSTOMER;
	draft.secrecy = secrecy;
	request.draft = &draft;
	struct act *act = act_run(office, office->archivist, RPC_item_add, &request.base);
	Pb__ItemAddReply *reply = (Pb__ItemAddReply *)(void *)act_reply(act);
	char *number = strdup(reply->item->number);
	pb__item_add_reply__free_unpacked(reply, NULL);
	act_free(act);
	return number;
}

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	lanes_open(&fixture->lanes);
	fixture->open = add_item(&fixture->lanes.office, PB__SECRECY__INTERNAL);
	fixture->secret = add_item(&fixture->lanes.office, PB__SECRECY__SECRET);
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;
	free(fixture->open);
	free(fixture->secret);
	lanes_close(&fixture->lanes);
	free(fixture);
	return 0;
}

static void look(struct fixture *fixture, const char *item)
{
	lanes_look(&fixture->lanes, fixture->lanes.office.archivist, item);
}

static struct entry_look {
	enum entry_class class_;
	uint16_t rpc;
	uint64_t actor;
	size_t subjects;
} last_entry(struct fixture *fixture)
{
	const struct ledger *ledger = engine_ledger(fixture->lanes.office.engine);
	struct ledger_reader *reader = NULL;
	struct ledger_record record;
	assert_int_equal(ledger_reader_new(&reader, ledger), STATUS_OK);
	ledger_reader_seek(reader, ledger_size(ledger) - 1);
	assert_int_equal(ledger_reader_next(reader, &record), STATUS_OK);
	struct entry_look look = {record.entry.class_, record.entry.rpc, record.entry.actor,
				  record.entry.subject_count};
	ledger_reader_free(reader);
	return look;
}

static void assert_was_entered(struct fixture *fixture, enum rpc_number rpc)
{
	struct entry_look entry = last_entry(fixture);
	assert_int_equal(entry.class_, ENTRY_ACCESS);
	assert_int_equal(entry.rpc, rpc);
	assert_int_equal(entry.actor, fixture->lanes.office.archivist);
}

static void assert_look_was_entered(struct fixture *fixture)
{
	assert_was_entered(fixture, RPC_item_show);
	assert_true(last_entry(fixture).subjects > 0);
}

static void a_look_at_a_secret_item_is_answered_after_its_entry(void **state)
{
	struct fixture *fixture = *state;
	uint64_t size = ledger_size(engine_ledger(fixture->lanes.office.engine));
	look(fixture, fixture->secret);
	assert_int_equal(fixture->lanes.done, 0);
	lanes_await(&fixture->lanes, 1);
	assert_int_equal(fixture->lanes.status, STATUS_OK);
	assert_true(fixture->lanes.bytes > 0);
	assert_int_equal(fixture->lanes.size_then, size + 1);
	assert_int_equal(fixture->lanes.marks, 1);
	assert_look_was_entered(fixture);
}

static void a_look_at_an_open_item_is_answered_at_once_and_entered(void **state)
{
	struct fixture *fixture = *state;
	uint64_t size = ledger_size(engine_ledger(fixture->lanes.office.engine));
	look(fixture, fixture->open);
	assert_int_equal(fixture->lanes.done, 1);
	assert_int_equal(fixture->lanes.status, STATUS_OK);
	assert_int_equal(fixture->lanes.size_then, size);
	dispatch_flush(fixture->lanes.dispatch);
	lanes_stop(&fixture->lanes); /* has then finished what waits */
	assert_int_equal(ledger_size(engine_ledger(fixture->lanes.office.engine)), size + 1);
	assert_look_was_entered(fixture);
}

static void a_list_with_a_secret_item_is_shown_after_its_entry(void **state)
{
	struct fixture *fixture = *state;
	uint64_t size = ledger_size(engine_ledger(fixture->lanes.office.engine));
	Pb__ItemListRequest request = PB__ITEM_LIST_REQUEST__INIT;
	lanes_ask(&fixture->lanes, fixture->lanes.office.archivist, RPC_item_list, &request.base);
	lanes_await(&fixture->lanes, 1);
	assert_int_equal(fixture->lanes.status, STATUS_OK);
	assert_true(fixture->lanes.bytes > 0);
	assert_int_equal(fixture->lanes.size_then, size + 1);
	assert_was_entered(fixture, RPC_item_list);
}

/* A dry run of an edit answers with the whole row. */
static void a_dry_run_on_a_secret_item_is_entered_as_a_look(void **state)
{
	struct fixture *fixture = *state;
	struct office *office = &fixture->lanes.office;
	Pb__ItemDraft draft = PB__ITEM_DRAFT__INIT;
	Pb__ItemEditRequest request = PB__ITEM_EDIT_REQUEST__INIT;
	const char *field = "title";
	draft.title = "别的题名";
	request.draft = &draft;
	request.fields = &field;
	request.n_fields = 1;
	const char *items[] = {fixture->open, fixture->secret};
	for (unsigned i = 0; i < 2; i++) {
		uint64_t size = ledger_size(engine_ledger(office->engine));
		request.item = items[i];
		struct act *act = act_make(office, office->archivist, RPC_item_edit, &request.base);
		act->dry_run = true;
		writer_call(fixture->lanes.writer, act);
		assert_int_equal(act->status, STATUS_OK);
		assert_int_equal(ledger_size(engine_ledger(office->engine)), size + i);
		act_free(act);
	}
	assert_was_entered(fixture, RPC_item_edit);
	assert_true(last_entry(fixture).subjects > 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_look_at_a_secret_item_is_answered_after_its_entry),
		TEST(a_look_at_an_open_item_is_answered_at_once_and_entered),
		TEST(a_list_with_a_secret_item_is_shown_after_its_entry),
		TEST(a_dry_run_on_a_secret_item_is_entered_as_a_look),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
