/* Looks are entered: of secret things before the first byte of the answer leaves. */
#include "server/dispatch/dispatch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "server/dispatch/scanner.h"
#include "server/dispatch/settings.h"
#include "server/dispatch/writer.h"
#include "server/metrics.h"
#include "tests/unit/dispatch/office.h"

struct fixture {
	struct office office;
	struct settings settings;
	struct metrics *metrics;
	struct writer *writer;
	struct scanner *scanner;
	struct mailbox home;
	struct dispatch *dispatch;
	atomic_uint_least64_t connections;
	char *open;   /* item that everybody here may see */
	char *secret; /* item */
	unsigned done;
	enum status status; /* of the job that came home last */
	size_t shown;       /* bytes of its frames */
	uint64_t size_then; /* of the ledger, when it came */
};

static void job_done(void *context, struct job *job)
{
	struct fixture *fixture = context;
	fixture->done++;
	fixture->status = job->status;
	fixture->shown = job->out.len;
	fixture->size_then = ledger_size(engine_ledger(fixture->office.engine));
	job_free(job);
}

static void fenced(void *context)
{
	(void)context;
	fail_msg("the engine fenced itself");
}

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
	office_open(&fixture->office, 0);
	fixture->open = add_item(&fixture->office, PB__SECRECY__INTERNAL);
	fixture->secret = add_item(&fixture->office, PB__SECRECY__SECRET);
	mailbox_init(&fixture->home, NULL, NULL);
	settings_init(&fixture->settings, fixture->office.config);
	fixture->metrics = metrics_new();
	struct writer_options writer = {
		.engine = fixture->office.engine,
		.settings = &fixture->settings,
		.metrics = fixture->metrics,
		.fenced = fenced,
	};
	assert_int_equal(writer_start(&fixture->writer, &writer), STATUS_OK);
	struct scanner_options scanner = {
		.engine = fixture->office.engine,
		.settings = &fixture->settings,
		.writer = fixture->writer,
		.metrics = fixture->metrics,
		.threads = 1,
	};
	assert_int_equal(scanner_start(&fixture->scanner, &scanner), STATUS_OK);
	writer_set_scanner(fixture->writer, fixture->scanner);
	struct dispatch_options options = {
		.shared = {.engine = fixture->office.engine,
			   .settings = &fixture->settings,
			   .writer = fixture->writer,
			   .scanner = fixture->scanner,
			   .metrics = fixture->metrics,
			   .connections = &fixture->connections},
		.home = &fixture->home,
		.done = job_done,
		.context = fixture,
	};
	assert_int_equal(dispatch_new(&fixture->dispatch, &options), STATUS_OK);
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;
	dispatch_free(fixture->dispatch);
	scanner_stop(fixture->scanner);
	writer_stop(fixture->writer);
	mailbox_release(&fixture->home);
	settings_release(&fixture->settings);
	metrics_free(fixture->metrics);
	free(fixture->open);
	free(fixture->secret);
	office_close(&fixture->office);
	free(fixture);
	return 0;
}

/* Sends a request, as the archivist. */
static void ask(struct fixture *fixture, enum rpc_number rpc, const ProtobufCMessage *request)
{
	uint8_t packed[256];
	struct frame frame = {
		.kind = FRAME_REQUEST,
		.rpc = (uint16_t)rpc,
		.request_id = 1,
		.length = (uint32_t)protobuf_c_message_pack(request, packed),
	};
	struct job *job = job_new(&frame, packed);
	assert_non_null(job);
	job->principal = fixture->office.archivist;
	dispatch_submit(fixture->dispatch, job);
}

static void look(struct fixture *fixture, const char *item)
{
	Pb__ItemShowRequest request = PB__ITEM_SHOW_REQUEST__INIT;
	request.item = item;
	ask(fixture, RPC_item_show, &request.base);
}

static struct entry_look {
	enum entry_class class_;
	uint16_t rpc;
	uint64_t actor;
	size_t subjects;
} last_entry(struct fixture *fixture)
{
	const struct ledger *ledger = engine_ledger(fixture->office.engine);
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
	assert_int_equal(entry.actor, fixture->office.archivist);
}

static void assert_look_was_entered(struct fixture *fixture)
{
	assert_was_entered(fixture, RPC_item_show);
	assert_true(last_entry(fixture).subjects > 0);
}

static void a_look_at_a_secret_item_is_answered_after_its_entry(void **state)
{
	struct fixture *fixture = *state;
	uint64_t size = ledger_size(engine_ledger(fixture->office.engine));
	look(fixture, fixture->secret);
	assert_int_equal(fixture->done, 0);
	dispatch_flush(fixture->dispatch);
	dispatch_arrived(fixture->dispatch, mailbox_wait(&fixture->home));
	assert_int_equal(fixture->done, 1);
	assert_int_equal(fixture->status, STATUS_OK);
	assert_true(fixture->shown > 0);
	assert_int_equal(fixture->size_then, size + 1);
	assert_look_was_entered(fixture);
}

static void a_look_at_an_open_item_is_answered_at_once_and_entered(void **state)
{
	struct fixture *fixture = *state;
	uint64_t size = ledger_size(engine_ledger(fixture->office.engine));
	look(fixture, fixture->open);
	assert_int_equal(fixture->done, 1);
	assert_int_equal(fixture->status, STATUS_OK);
	assert_int_equal(fixture->size_then, size);
	dispatch_flush(fixture->dispatch);
	writer_stop(fixture->writer); /* has then finished what waits */
	fixture->writer = NULL;
	assert_int_equal(ledger_size(engine_ledger(fixture->office.engine)), size + 1);
	assert_look_was_entered(fixture);
}

static void a_list_with_a_secret_item_is_shown_after_its_entry(void **state)
{
	struct fixture *fixture = *state;
	uint64_t size = ledger_size(engine_ledger(fixture->office.engine));
	Pb__ItemListRequest request = PB__ITEM_LIST_REQUEST__INIT;
	ask(fixture, RPC_item_list, &request.base);
	dispatch_arrived(fixture->dispatch, mailbox_wait(&fixture->home));
	assert_int_equal(fixture->done, 1);
	assert_int_equal(fixture->status, STATUS_OK);
	assert_true(fixture->shown > 0);
	assert_int_equal(fixture->size_then, size + 1);
	assert_was_entered(fixture, RPC_item_list);
}

/* A dry run of an edit answers with the whole row. */
static void a_dry_run_on_a_secret_item_is_entered_as_a_look(void **state)
{
	struct fixture *fixture = *state;
	struct office *office = &fixture->office;
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
		writer_call(fixture->writer, act);
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
