/* Snapshots while others are taken, and while acts go on. */
#include "server/dispatch/snapshot.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/file.h"
#include "common/path.h"
#include "tests/unit/dispatch/office.h"

#define KEPT 2
#define TAKERS 3
#define ROUNDS 10

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

static void add_item(struct office *office)
{
	char *number = NULL;
	office_add_items(office, &number, 1);
	free(number);
}

static enum status take(struct office *office, uint64_t *sequence)
{
	char why[SNAPSHOT_WHY_LEN] = "";
	return snapshot_take(engine_store(office->engine), office->data, KEPT, sequence, why);
}

static void one_at_a_time_is_taken(void **state)
{
	struct office *office = *state;
	struct path directory;
	uint64_t sequence = 0;
	assert_int_equal(path_join(&directory, office->data, "snapshots"), STATUS_OK);
	int fd = open(directory.text, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(flock(fd, LOCK_EX), 0); /* another one is under way */
	assert_int_equal(take(office, &sequence), STATUS_BUSY);
	close(fd);
	assert_int_equal(take(office, &sequence), STATUS_OK);
	assert_int_equal(sequence, ledger_size(engine_ledger(office->engine)));
	assert_int_equal(take(office, &sequence), STATUS_CONFLICT); /* there already */
	assert_int_equal(snapshot_newest(office->data), sequence);
}

struct taker {
	struct office *office;
	atomic_uint *taken;
	bool failed;
};

static void *take_often(void *context)
{
	struct taker *taker = context;
	for (unsigned i = 0; i < ROUNDS; i++) {
		uint64_t sequence = 0;
		enum status status = take(taker->office, &sequence);
		if (status == STATUS_OK)
			atomic_fetch_add(taker->taken, 1);
		taker->failed |=
			status != STATUS_OK && status != STATUS_BUSY && status != STATUS_CONFLICT;
	}
	return NULL;
}

static void of_many_at_once_while_acts_go_on_each_is_whole(void **state)
{
	struct office *office = *state;
	struct taker takers[TAKERS];
	pthread_t threads[TAKERS];
	atomic_uint taken = 0;
	for (unsigned i = 0; i < TAKERS; i++) {
		takers[i] = (struct taker){.office = office, .taken = &taken};
		assert_int_equal(pthread_create(&threads[i], NULL, take_often, &takers[i]), 0);
	}
	for (unsigned i = 0; i < ROUNDS; i++)
		add_item(office);
	for (unsigned i = 0; i < TAKERS; i++) {
		pthread_join(threads[i], NULL);
		assert_false(takers[i].failed);
	}
	assert_true(atomic_load(&taken) > 0);
	/* A start that trusts nothing but a snapshot and the ledger comes to the same state. */
	uint64_t size = ledger_size(engine_ledger(office->engine));
	struct path path;
	char why[ENGINE_WHY_LEN] = "";
	assert_int_equal(path_join(&path, office->data, "running"), STATUS_OK);
	engine_close(office->engine);
	assert_int_equal(file_put(path.text, "another boot\n", 13), STATUS_OK);
	assert_int_equal(snapshot_restore(office->data, why), STATUS_OK);
	assert_int_equal(engine_open(&office->engine, office->data, office->config, why),
			 STATUS_OK);
	assert_int_equal(ledger_size(engine_ledger(office->engine)), size);
	add_item(office);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(one_at_a_time_is_taken),
		TEST(of_many_at_once_while_acts_go_on_each_is_whole),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
