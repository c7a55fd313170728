#include "tests/unit/store/state.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <sys/wait.h>

static void a_state_is_not_made_over_another(void **context)
{
	struct state *state = *context;
	struct mark mark;

	assert_int_equal(store_create(state->directory.text), STATUS_CONFLICT);
	assert_int_equal(store_copy(state->store, state->directory.text, &mark), STATUS_CONFLICT);
}

static void what_an_interrupted_birth_left_is_no_hindrance(void **context)
{
	struct state *state = *context;
	struct path other = state_path(state, "other");
	struct path left = state_path(state, "other.new");
	struct path data;

	assert_int_equal(mkdir(left.text, 0700), 0);
	assert_int_equal(path_join(&data, left.text, "data.mdb"), STATUS_OK);
	int fd = open(data.text, O_WRONLY | O_CREAT, 0600);
	assert_int_equal(write(fd, "half", 4), 4);
	assert_int_equal(close(fd), 0);
	assert_int_equal(store_create(other.text), STATUS_OK);
	assert_int_equal(access(left.text, F_OK), -1);
	struct store *store = open_store(other.text, STORE_WRITE);
	store_close(store);
}

static void a_birth_where_it_cannot_be_leaves_nothing(void **context)
{
	struct state *state = *context;
	struct path nowhere = state_path(state, "missing/state");

	assert_int_not_equal(store_create(nowhere.text), STATUS_OK);
	assert_int_equal(access(state_path(state, "missing").text, F_OK), -1);
}

static void a_copy_is_the_same_and_for_its_owner_only(void **context)
{
	struct state *state = *context;
	struct path copy = state_path(state, "copy");
	struct path data;
	struct stat about;
	struct mark mark = {.time = 77};
	struct mark got;
	struct txn *txn = begin_write(state->store);

	for (uint64_t id = 1; id <= 3000; id++) {
		put_loan(txn, id, id * 31 % 10007, id % 7, (int32_t)(id % 90));
		trail_add(txn, &(struct subject){SUBJECT_LOAN, id}, id);
	}
	mark.tree.size = 64;
	mark_put(txn, &mark);
	commit(txn);
	assert_int_equal(store_copy(state->store, copy.text, &got), STATUS_OK);
	assert_int_equal(got.tree.size, 64);
	assert_int_equal(got.time, 77);
	assert_int_equal(access(state_path(state, "copy.new").text, F_OK), -1);
	assert_int_equal(stat(copy.text, &about), 0);
	assert_int_equal(about.st_mode & 07777, 0700);
	assert_int_equal(path_join(&data, copy.text, "data.mdb"), STATUS_OK);
	assert_int_equal(stat(data.text, &about), 0);
	assert_int_equal(about.st_mode & 07777, 0600);
	assert_int_equal(about.st_size, store_bytes(state->store));
	struct store *other = open_store(copy.text, STORE_READONLY);
	struct txn *left = begin_read(state->store);
	struct txn *right = begin_read(other);
	assert_int_equal(store_compare(left, right, note_found, state), 0);
	txn_end(left);
	txn_end(right);
	store_close(other);
}

/* ---- beside a writer ---- */

struct writing {
	struct store *store;
	atomic_bool stop;
	bool failed;
};

#define LOANS 3000u

/* Every commit puts one loan, round and round; it is due on the day that the mark says. */
static void *write_on(void *argument)
{
	struct writing *writing = argument;
	struct mark mark = {0};

	while (!atomic_load(&writing->stop) && !writing->failed) {
		struct txn *txn;
		if (store_reserve(writing->store) != STATUS_OK ||
		    store_write(writing->store, &txn) != STATUS_OK) {
			writing->failed = true;
			break;
		}
		mark.tree.size++;
		uint64_t id = mark.tree.size % LOANS + 1;
		put_loan(txn, id, id * 7919, id % 11, (int32_t)mark.tree.size);
		mark_put(txn, &mark);
		writing->failed = txn_commit(txn) != STATUS_OK;
	}
	return NULL;
}

static void assert_as_marked(struct state *state, struct txn *txn, const struct mark *mark)
{
	uint64_t size = mark->tree.size;
	struct mark inside;

	mark_get(txn, &inside);
	assert_int_equal(inside.tree.size, size);
	assert_int_equal(table_count(txn, TABLE_loan), size < LOANS ? size : LOANS);
	if (size > 0)
		assert_int_equal(loan_get(txn, size % LOANS + 1, &state->arena)->due, size);
	assert_null(loan_get(txn, LOANS + 1, &state->arena));
	assert_int_equal(store_check(txn, note_found, state), 0);
}

static void a_copy_beside_a_writer_is_the_state_at_its_mark(void **context)
{
	struct state *state = *context;
	struct path copy = state_path(state, "copy");
	char why[STORE_WHY_LEN];
	pthread_t thread;
	uint64_t last = 0;

	/* Pages cannot be used again while they are copied: a small map would fill up. */
	store_close(state->store);
	assert_int_equal(store_open(&state->store, state->directory.text, STORE_WRITE, 0, why),
			 STATUS_OK);
	struct writing writing = {.store = state->store};
	assert_int_equal(pthread_create(&thread, NULL, write_on, &writing), 0);
	for (unsigned i = 0; i < 6; i++) {
		struct mark mark;
		assert_int_equal(store_copy(state->store, copy.text, &mark), STATUS_OK);
		struct store *store = open_store(copy.text, STORE_READONLY);
		struct txn *txn = begin_read(store);
		assert_as_marked(state, txn, &mark);
		assert_true(mark.tree.size >= last);
		last = mark.tree.size;
		txn_end(txn);
		store_close(store);
		remove_directory(copy.text);
	}
	atomic_store(&writing.stop, true);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_false(writing.failed);
	assert_true(last > 0);
}

static int copy_from_a_child(const char *directory, const char *copy)
{
	struct store *store;
	struct mark mark;
	char why[STORE_WHY_LEN];

	if (store_open(&store, directory, STORE_READONLY, 0, why) != STATUS_OK)
		return 1;
	if (store_copy(store, copy, &mark) != STATUS_OK)
		return 2;
	store_close(store);
	return mark.tree.size == 0 ? 3 : 0;
}

static void another_process_copies_beside_the_writer(void **context)
{
	struct state *state = *context;
	struct path copy = state_path(state, "copy");
	int go[2];
	int result = -1;
	char byte = 0;

	assert_int_equal(pipe(go), 0);
	store_close(state->store); /* an open environment must not pass through fork */
	pid_t child = fork();
	if (child == 0)
		_exit(read(go[0], &byte, 1) == 1
			      ? copy_from_a_child(state->directory.text, copy.text)
			      : 9);
	assert_true(child > 0);
	state->store = open_store(state->directory.text, STORE_WRITE);
	struct mark mark = {0};
	for (uint64_t id = 1; waitpid(child, &result, WNOHANG) == 0; id++) {
		struct txn *txn = begin_write(state->store);
		put_loan(txn, id, id, 1, 1);
		mark.tree.size = id;
		mark_put(txn, &mark);
		commit(txn);
		if (id == 1)
			assert_int_equal(write(go[1], "x", 1), 1);
	}
	assert_int_equal(result, 0);
	close(go[0]);
	close(go[1]);
	struct store *store = open_store(copy.text, STORE_READONLY);
	struct txn *txn = begin_read(store);
	mark_get(txn, &mark);
	assert_int_equal(table_count(txn, TABLE_loan), mark.tree.size);
	assert_int_equal(store_check(txn, note_found, state), 0);
	txn_end(txn);
	store_close(store);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STATE_TEST(a_state_is_not_made_over_another),
		STATE_TEST(what_an_interrupted_birth_left_is_no_hindrance),
		STATE_TEST(a_birth_where_it_cannot_be_leaves_nothing),
		STATE_TEST(a_copy_is_the_same_and_for_its_owner_only),
		STATE_TEST(a_copy_beside_a_writer_is_the_state_at_its_mark),
		STATE_TEST(another_process_copies_beside_the_writer),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
