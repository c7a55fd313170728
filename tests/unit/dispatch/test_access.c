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

/* What the act would have made has an id that somebody else's will have. */
static void a_dry_run_is_no_look_at_what_it_would_have_made(void **state)
{
	struct fixture *fixture = *state;
	struct office *office = &fixture->lanes.office;
	Pb__GrantRequestRequest request = PB__GRANT_REQUEST_REQUEST__INIT;
	const char *items[] = {fixture->secret};
	office_add_lawyer(office, "lawyer");
	request.principal = "lawyer";
	request.matter = "合同纠纷";
	request.represented = "锦江贸易";
	request.purpose = "代理诉讼";
	request.channel = PB__CHANNEL__LETTER;
	request.items = items;
	request.n_items = 1;
	struct act *act = act_make(office, office->archivist, RPC_grant_request, &request.base);
	act->dry_run = true;
	writer_call(fixture->lanes.writer, act);
	assert_int_equal(act->status, STATUS_OK);
	act_free(act);
	assert_was_entered(fixture, RPC_grant_request);
	struct lanes_count grants =
		lanes_count(&fixture->lanes, office->archivist, ENTRY_ACCESS, SUBJECT_GRANT);
	struct lanes_count approvals =
		lanes_count(&fixture->lanes, office->archivist, ENTRY_ACCESS, SUBJECT_APPROVAL);
	struct lanes_count seen =
		lanes_count(&fixture->lanes, office->archivist, ENTRY_ACCESS, SUBJECT_ITEM);
	assert_int_equal(grants.subjects, 0);
	assert_int_equal(approvals.subjects, 0);
	assert_int_equal(seen.subjects, 1);
}

static Pb__Contact *contact_with(const char *phone)
{
	static Pb__Contact contact;
	pb__contact__init(&contact);
	contact.name = "王芳";
	contact.phone = phone;
	return &contact;
}

/* Adds, or tries without doing it, a customer with this phone by import. */
static void import(struct fixture *fixture, const char *phone, bool dry_run)
{
	static uint8_t digest[HASH_LEN] = {1};
	struct office *office = &fixture->lanes.office;
	Pb__CustomerImportRequest request = PB__CUSTOMER_IMPORT_REQUEST__INIT;
	Pb__CustomerDraft draft = PB__CUSTOMER_DRAFT__INIT;
	Pb__CustomerDraft *rows[] = {&draft};
	Pb__Contact *contacts[] = {contact_with(phone)};
	draft.name = "成都锦江贸易有限公司";
	draft.ref = "K-7";
	draft.contacts = contacts;
	draft.n_contacts = 1;
	request.digest.data = digest;
	request.digest.len = sizeof(digest);
	request.rows = rows;
	request.n_rows = 1;
	struct act *act = act_make(office, office->archivist, RPC_customer_import, &request.base);
	act->dry_run = dry_run;
	writer_call(fixture->lanes.writer, act);
	assert_int_equal(act->status, STATUS_OK);
	act_free(act);
}

/* A mask leaves so much of a phone that the rest is tried in a few imports. */
static void trying_a_masked_phone_is_entered_as_a_look_at_the_customer(void **state)
{
	struct fixture *fixture = *state;
	struct office *office = &fixture->lanes.office;
	Pb__CustomerEditRequest edit = PB__CUSTOMER_EDIT_REQUEST__INIT;
	Pb__CustomerDraft draft = PB__CUSTOMER_DRAFT__INIT;
	Pb__Contact *contacts[] = {contact_with("13800005678")};
	const char *field = "contacts";
	import(fixture, "13812345678", false);
	import(fixture, "13800005678", true);
	assert_was_entered(fixture, RPC_customer_import);
	assert_int_equal(last_entry(fixture).subjects, 1);
	draft.contacts = contacts;
	draft.n_contacts = 1;
	edit.customer = "K-7";
	edit.draft = &draft;
	edit.fields = &field;
	edit.n_fields = 1;
	struct act *act = act_make(office, office->archivist, RPC_customer_edit, &edit.base);
	act->dry_run = true;
	writer_call(fixture->lanes.writer, act);
	assert_int_equal(act->status, STATUS_OK);
	act_free(act);
	assert_was_entered(fixture, RPC_customer_edit);
	assert_int_equal(last_entry(fixture).subjects, 1);
}

/* An approval to take a seal off is no leave to look as often as one likes without doing it. */
static void sealing_tells_the_number_of_the_item_alone(void **state)
{
	struct fixture *fixture = *state;
	struct office *office = &fixture->lanes.office;
	Pb__ItemSealRequest request = PB__ITEM_SEAL_REQUEST__INIT;
	request.item = fixture->open;
	request.reason = "封存";
	for (unsigned dry_run = 0; dry_run < 2; dry_run++) {
		struct act *act = act_make(office, office->archivist, RPC_item_seal, &request.base);
		act->dry_run = dry_run == 0;
		writer_call(fixture->lanes.writer, act);
		assert_int_equal(act->status, STATUS_OK);
		Pb__ItemSealReply *reply = (Pb__ItemSealReply *)(void *)act_reply(act);
		assert_null(reply->item);
		assert_string_equal(reply->number, fixture->open);
		assert_true(reply->sealed);
		pb__item_seal_reply__free_unpacked(reply, NULL);
		act_free(act);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_look_at_a_secret_item_is_answered_after_its_entry),
		TEST(a_look_at_an_open_item_is_answered_at_once_and_entered),
		TEST(a_list_with_a_secret_item_is_shown_after_its_entry),
		TEST(a_dry_run_on_a_secret_item_is_entered_as_a_look),
		TEST(a_dry_run_is_no_look_at_what_it_would_have_made),
		TEST(trying_a_masked_phone_is_entered_as_a_look_at_the_customer),
		TEST(sealing_tells_the_number_of_the_item_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
