#include "tests/unit/ledger/fixture.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#define GROUPS 1500
#define ENTRIES 4
#define PAYLOAD 700

struct load {
	const struct ledger *ledger;
	const char *directory;
	atomic_bool is_over; /* the writer has committed all */
	_Atomic uint64_t acknowledged;
};

struct part {
	pthread_t thread;
	struct load *load;
	const char *(*play)(struct load *load);
	const char *failure; /* cmocka's asserts are for the main thread */
};

static void *play_part(void *context)
{
	struct part *part = context;

	part->failure = part->play(part->load);
	return NULL;
}

/* Appends all while the parts are played. */
static void append_beside(struct fixture *fixture, struct part *parts, size_t count)
{
	struct load *load = parts[0].load;

	for (size_t i = 0; i < count; i++)
		assert_int_equal(pthread_create(&parts[i].thread, NULL, play_part, &parts[i]), 0);
	for (int i = 0; i < GROUPS; i++) {
		fixture_append(fixture->ledger, 1, ENTRIES, PAYLOAD);
		load->acknowledged = ledger_next(fixture->ledger);
	}
	load->is_over = true;
	for (size_t i = 0; i < count; i++)
		assert_int_equal(pthread_join(parts[i].thread, NULL), 0);
	for (size_t i = 0; i < count; i++)
		if (parts[i].failure)
			fail_msg("%s", parts[i].failure);
}

static bool is_right(const struct ledger_record *record, uint64_t sequence)
{
	return record->entry.sequence == sequence &&
	       record->entry.time == FIXTURE_TIME + (int64_t)sequence &&
	       record->payload_len == PAYLOAD && record->payload[0] == (uint8_t)(sequence * 31);
}

/* Follows the end; sees every entry once, and what is acknowledged it can read. */
static const char *follow(struct load *load)
{
	struct ledger_reader *reader;
	struct ledger_record record;
	uint64_t sequence = 0;
	const char *failure = NULL;

	if (ledger_reader_new(&reader, load->ledger) != STATUS_OK)
		return "no reader";
	while (!failure) {
		bool is_over = load->is_over;
		uint64_t acknowledged = load->acknowledged;
		enum status status = ledger_reader_next(reader, &record);

		if (status == STATUS_OK && !is_right(&record, sequence++))
			failure = "a wrong entry";
		else if (status == STATUS_NOT_FOUND && sequence < acknowledged)
			failure = "an acknowledged entry is not there";
		else if (status == STATUS_NOT_FOUND && is_over)
			break;
		else if (status != STATUS_OK && status != STATUS_NOT_FOUND)
			failure = "a failure";
	}
	if (!failure && sequence != (uint64_t)GROUPS * ENTRIES)
		failure = "not all entries";
	ledger_reader_free(reader);
	return failure;
}

/* Reads here and there among what is committed. */
static const char *jump(struct load *load)
{
	struct ledger_reader *reader;
	struct ledger_record record;
	uint64_t seed = 7;
	const char *failure = NULL;

	if (ledger_reader_new(&reader, load->ledger) != STATUS_OK)
		return "no reader";
	while (!failure && !load->is_over) {
		uint64_t size = ledger_size(load->ledger);

		if (size == 0)
			continue;
		seed = seed * UINT64_C(6364136223846793005) + 1;
		ledger_reader_seek(reader, (seed >> 33) % size);
		if (ledger_reader_next(reader, &record) != STATUS_OK)
			failure = "a committed entry is not there";
		else if (!is_right(&record, (seed >> 33) % size))
			failure = "a wrong entry";
		if (ledger_last_time(load->ledger) < FIXTURE_TIME + (int64_t)size - 1)
			failure = "time lags behind";
	}
	ledger_reader_free(reader);
	return failure;
}

static void test_readers_see_committed_entries_while_the_writer_goes_on(void **state)
{
	struct fixture *fixture = *state;
	struct load load = {.ledger = fixture->ledger};
	struct part parts[] = {
		{.load = &load, .play = follow},
		{.load = &load, .play = follow},
		{.load = &load, .play = jump},
		{.load = &load, .play = jump},
	};

	append_beside(fixture, parts, 4);
	assert_true(fixture_count(fixture, ".seg") > 3);
}

/* Another process beside the writer, as far as a ledger of its own can stand for one. */
static const char *watch(struct load *load)
{
	char why[LEDGER_WHY_LEN];
	struct ledger *ledger;
	struct ledger_record record;
	struct ledger_reader *reader;
	uint64_t sequence = 0;
	const char *failure = NULL;

	if (ledger_open_readonly(&ledger, load->directory, why) != STATUS_OK)
		return "not opened";
	if (ledger_reader_new(&reader, ledger) != STATUS_OK)
		return "no reader";
	while (!failure && sequence < (uint64_t)GROUPS * ENTRIES) {
		bool is_over = load->is_over;
		enum status status = ledger_refresh(ledger);

		while (status == STATUS_OK) {
			status = ledger_reader_next(reader, &record);
			if (status == STATUS_OK && !is_right(&record, sequence++))
				failure = "a wrong entry";
		}
		if (status != STATUS_NOT_FOUND)
			failure = "a failure";
		else if (is_over && sequence < (uint64_t)GROUPS * ENTRIES)
			failure = "not all entries";
	}
	ledger_reader_free(reader);
	ledger_close(ledger);
	return failure;
}

/* Opens again and again: no moment of the writer's work looks like damage. */
static const char *reopen(struct load *load)
{
	char why[LEDGER_WHY_LEN];
	struct ledger *ledger;

	while (!load->is_over) {
		uint64_t acknowledged = load->acknowledged;

		if (ledger_open_readonly(&ledger, load->directory, why) != STATUS_OK)
			return "not opened";
		if (ledger_size(ledger) < acknowledged)
			return "an acknowledged entry is not there";
		ledger_close(ledger);
	}
	return NULL;
}

static void test_another_process_can_watch_the_ledger_grow(void **state)
{
	struct fixture *fixture = *state;
	struct load load = {.directory = fixture->directory};
	struct part parts[] = {{.load = &load, .play = watch}, {.load = &load, .play = reopen}};

	append_beside(fixture, parts, 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_readers_see_committed_entries_while_the_writer_goes_on),
		TEST(test_another_process_can_watch_the_ledger_grow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
