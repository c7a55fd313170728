#include "tests/unit/store/state.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>

#include "common/file.h"

#define SECRET "a name that must go"
#define ROWS 3000

static void put_office(struct txn *txn, uint64_t id, const char *name)
{
	Pb__Office row = PB__OFFICE__INIT;
	char code[32];

	(void)snprintf(code, sizeof(code), "C%llu", (unsigned long long)id);
	row.id = id;
	row.code = code;
	row.name = name;
	office_put(txn, &row);
}

/* Many rows with the secret in them, then all but a few without. */
static void fill(struct state *state)
{
	struct txn *txn = begin_write(state->store);

	for (uint64_t id = 1; id <= ROWS; id++)
		put_office(txn, id, SECRET);
	commit(txn);
	txn = begin_write(state->store);
	for (uint64_t id = 1; id <= ROWS; id++)
		put_office(txn, id, "");
	commit(txn);
}

/* Whether the secret is anywhere in the data file, free pages and gaps included. */
static bool is_on_disk(const struct state *state)
{
	uint64_t len = store_bytes(state->store);
	uint8_t *bytes = malloc(len);
	struct path path;
	size_t got;
	int fd;

	assert_non_null(bytes);
	assert_int_equal(path_join(&path, state->directory.text, "data.mdb"), STATUS_OK);
	assert_int_equal(file_open(path.text, O_RDONLY, &fd), STATUS_OK);
	assert_int_equal(file_read_at(fd, bytes, len, 0, &got), STATUS_OK);
	close(fd);
	bool found = memmem(bytes, got, SECRET, strlen(SECRET)) != NULL;
	free(bytes);
	return found;
}

static void nothing_is_left_of_what_was_overwritten(void **context)
{
	struct state *state = *context;
	struct path copy = state_path(state, "copy");
	struct mark mark;

	fill(state);
	assert_true(is_on_disk(state));
	assert_int_equal(store_copy(state->store, copy.text, &mark), STATUS_OK);
	assert_int_equal(store_renew(state->store, state->directory.text), STATUS_OK);
	assert_false(is_on_disk(state));
	struct store *before = open_store(copy.text, STORE_READONLY);
	struct txn *left = begin_read(before);
	struct txn *right = begin_read(state->store);
	assert_int_equal(store_compare(left, right, note_found, state), 0);
	txn_end(left);
	txn_end(right);
	store_close(before);
}

static void a_txn_that_was_reset_reads_on_in_the_new_file(void **context)
{
	struct state *state = *context;
	struct txn *reader;

	fill(state);
	reader = begin_read(state->store);
	assert_int_equal(table_count(reader, TABLE_office), ROWS);
	txn_reset(reader);
	assert_int_equal(store_renew(state->store, state->directory.text), STATUS_OK);
	struct txn *txn = begin_write(state->store);
	put_office(txn, ROWS + 1, "later");
	commit(txn);
	assert_int_equal(txn_renew(reader), STATUS_OK);
	assert_int_equal(table_count(reader, TABLE_office), ROWS + 1);
	txn_end(reader);
	store_close(state->store);
	state->store = open_store(state->directory.text, STORE_WRITE);
	reader = begin_read(state->store);
	assert_int_equal(table_count(reader, TABLE_office), ROWS + 1);
	txn_end(reader);
}

/* ---- beside readers ---- */

struct reading {
	struct store *store;
	atomic_bool is_over;
	_Atomic uint64_t rounds;
	atomic_bool failed;
};

static void *read_on(void *context)
{
	struct reading *reading = context;
	struct txn *txn = NULL;

	if (store_read(reading->store, &txn) != STATUS_OK) {
		reading->failed = true;
		return NULL;
	}
	while (!reading->is_over && !reading->failed) {
		if (txn_renew(txn) != STATUS_OK || table_count(txn, TABLE_office) != ROWS)
			reading->failed = true;
		txn_reset(txn);
		reading->rounds++;
	}
	txn_end(txn);
	return NULL;
}

static void readers_go_on_while_it_is_renewed(void **context)
{
	struct state *state = *context;
	struct reading reading = {.store = state->store};
	pthread_t threads[2];

	fill(state);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, read_on, &reading), 0);
	for (int i = 0; i < 10; i++)
		assert_int_equal(store_renew(state->store, state->directory.text), STATUS_OK);
	reading.is_over = true;
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_false(reading.failed);
	assert_true(reading.rounds > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STATE_TEST(nothing_is_left_of_what_was_overwritten),
		STATE_TEST(a_txn_that_was_reset_reads_on_in_the_new_file),
		STATE_TEST(readers_go_on_while_it_is_renewed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
