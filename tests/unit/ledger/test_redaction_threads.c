#include "tests/unit/ledger/fixture.h"

#include <pthread.h>
#include <stdatomic.h>

#include "server/ledger/redaction.h"

#define ROUNDS 100
#define LARGE (600 * 1024)

struct reading {
	const char *directory;
	atomic_bool is_over;
	const char *failure;
};

/* Reads entry 0 again and again, each time from the file, as another process does. */
static void *read_on(void *context)
{
	struct reading *reading = context;
	char why[LEDGER_WHY_LEN];

	while (!reading->is_over && !reading->failure) {
		struct ledger_reader *reader = NULL;
		struct ledger_record record;
		struct ledger *ledger;

		if (ledger_open_readonly(&ledger, reading->directory, why) != STATUS_OK) {
			reading->failure = "it cannot be opened";
			break;
		}
		if (ledger_reader_new(&reader, ledger) != STATUS_OK ||
		    ledger_reader_next(reader, &record) != STATUS_OK)
			reading->failure = "a mixture was seen";
		ledger_reader_free(reader);
		ledger_close(ledger);
	}
	return NULL;
}

static void test_readers_see_the_old_or_the_new_bytes(void **state)
{
	struct fixture *fixture = *state;
	struct reading reading = {.directory = fixture->directory};
	static uint8_t payload[LARGE];
	static uint8_t bytes[LEDGER_GROUP_MAX];
	struct ledger_reader *reader;
	struct ledger_record record;
	pthread_t thread;

	fixture_append(fixture->ledger, 1, 1, LARGE);
	assert_int_equal(pthread_create(&thread, NULL, read_on, &reading), 0);
	for (size_t i = 0; i < ROUNDS; i++) {
		struct redaction redaction = {.bytes = bytes};

		memset(payload, (int)i + 1, sizeof(payload));
		assert_int_equal(ledger_reader_new(&reader, fixture->ledger), STATUS_OK);
		assert_int_equal(ledger_reader_next(reader, &record), STATUS_OK);
		assert_int_equal(redaction_make(&record, payload, LARGE - 1, bytes), STATUS_OK);
		redaction.len = redaction_len(&record);
		assert_int_equal(ledger_redact(fixture->ledger, &redaction, 1), STATUS_OK);
		ledger_reader_free(reader);
	}
	reading.is_over = true;
	assert_int_equal(pthread_join(thread, NULL), 0);
	if (reading.failure)
		fail_msg("%s", reading.failure);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_readers_see_the_old_or_the_new_bytes,
						fixture_setup, fixture_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
