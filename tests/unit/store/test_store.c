#include "tests/unit/store/state.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define MIB (UINT64_C(1) << 20)

/* ---- a disk that can be full ---- */

static bool disk_is_full;

int posix_fallocate(int fd, off_t offset, off_t len)
{
	if (disk_is_full)
		return ENOSPC;
	return syscall(SYS_fallocate, fd, 0, offset, len) == 0 ? 0 : errno;
}

static uint64_t disk_bytes(const struct state *state)
{
	struct stat about;
	struct path path;

	assert_int_equal(path_join(&path, state->directory.text, "data.mdb"), STATUS_OK);
	assert_int_equal(stat(path.text, &about), 0);
	return (uint64_t)about.st_blocks * 512;
}

/* ---- opening ---- */

static enum status try_open(const char *directory, enum store_mode mode)
{
	struct store *store;
	char why[STORE_WHY_LEN];
	enum status status = store_open(&store, directory, mode, STATE_MAP_SIZE, why);

	assert_true(status == STATUS_OK ? why[0] == '\0' : why[0] != '\0');
	if (status == STATUS_OK)
		store_close(store);
	else
		assert_null(store);
	return status;
}

static void write_file(const char *directory, const void *bytes, size_t len)
{
	struct path path;

	assert_int_equal(mkdir(directory, 0700), 0);
	assert_int_equal(path_join(&path, directory, "data.mdb"), STATUS_OK);
	int fd = open(path.text, O_WRONLY | O_CREAT, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), len);
	assert_int_equal(close(fd), 0);
}

static void where_nothing_is_nothing_is_made(void **context)
{
	struct state *state = *context;
	struct path other = state_path(state, "other");

	assert_int_equal(try_open(other.text, STORE_WRITE), STATUS_NOT_FOUND);
	assert_int_equal(try_open(other.text, STORE_READONLY), STATUS_NOT_FOUND);
	assert_int_equal(mkdir(other.text, 0700), 0);
	assert_int_equal(try_open(other.text, STORE_WRITE), STATUS_NOT_FOUND);
	assert_int_equal(rmdir(other.text), 0);
}

static void what_is_no_state_is_corrupt(void **context)
{
	struct state *state = *context;
	struct path other = state_path(state, "other");
	char *garbage = malloc(100000);

	assert_non_null(garbage);
	memset(garbage, 'x', 100000);
	write_file(other.text, "", 0);
	assert_int_equal(try_open(other.text, STORE_WRITE), STATUS_CORRUPT);
	remove_directory(other.text);
	write_file(other.text, garbage, 100000);
	assert_int_equal(try_open(other.text, STORE_WRITE), STATUS_CORRUPT);
	assert_int_equal(try_open(other.text, STORE_READONLY), STATUS_CORRUPT);
	free(garbage);
}

static void a_file_cut_short_is_corrupt(void **context)
{
	struct state *state = *context;
	struct path copy = state_path(state, "copy");
	struct path data;
	struct mark mark;
	struct txn *txn = begin_write(state->store);

	for (uint64_t id = 1; id <= 2000; id++)
		put_loan(txn, id, id, 1, 1);
	commit(txn);
	assert_int_equal(store_copy(state->store, copy.text, &mark), STATUS_OK);
	assert_int_equal(try_open(copy.text, STORE_READONLY), STATUS_OK);
	assert_int_equal(path_join(&data, copy.text, "data.mdb"), STATUS_OK);
	assert_int_equal(truncate(data.text, 5 * 4096), 0);
	assert_int_equal(try_open(copy.text, STORE_READONLY), STATUS_CORRUPT);
	assert_int_equal(try_open(copy.text, STORE_WRITE), STATUS_CORRUPT);
}

static void the_state_outlives_its_closing(void **context)
{
	struct state *state = *context;
	struct txn *txn = begin_write(state->store);

	put_customer(txn, 1, "N", "甲");
	commit(txn);
	assert_int_equal(store_sync(state->store), STATUS_OK);
	store_close(state->store);
	state->store = open_store(state->directory.text, STORE_WRITE);
	txn = begin_read(state->store);
	assert_string_equal(customer_get(txn, 1, &state->arena)->name, "甲");
	txn_end(txn);
}

static void nobody_else_may_read_and_no_child_inherits(void **context)
{
	struct state *state = *context;
	struct stat about;
	struct stat opened;
	struct path data;
	unsigned found = 0;

	assert_int_equal(stat(state->directory.text, &about), 0);
	assert_int_equal(about.st_mode & 07777, 0700);
	assert_int_equal(path_join(&data, state->directory.text, "data.mdb"), STATUS_OK);
	assert_int_equal(stat(data.text, &about), 0);
	assert_int_equal(about.st_mode & 07777, 0600);
	for (int fd = 3; fd < 64; fd++) {
		if (fstat(fd, &opened) != 0 || opened.st_dev != about.st_dev ||
		    opened.st_ino != about.st_ino)
			continue;
		found++;
		assert_true((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
	}
	assert_true(found > 0);
}

/* ---- space ---- */

static void space_is_reserved_ahead(void **context)
{
	struct state *state = *context;

	assert_int_equal(store_reserve(state->store), STATUS_OK);
	assert_true(disk_bytes(state) >= store_bytes(state->store) + STATE_MAP_SIZE / 8);
	uint64_t before = disk_bytes(state);
	assert_int_equal(store_reserve(state->store), STATUS_OK);
	assert_int_equal(disk_bytes(state), before);
}

static void space_is_reserved_within_a_long_txn(void **context)
{
	struct state *state = *context;
	char *note = malloc(30001);
	struct txn *txn = begin_write(state->store);

	assert_non_null(note);
	memset(note, 'n', 30000);
	note[30000] = '\0';
	for (uint64_t id = 1; id <= 1000; id++) {
		Pb__Item row = PB__ITEM__INIT;
		row.id = id;
		row.note = note;
		item_put(txn, &row);
		assert_true(disk_bytes(state) >= id * 30000 + MIB);
	}
	commit(txn);
	assert_true(store_bytes(state->store) > 30 * MIB);
	free(note);
}

static void a_full_disk_is_said_before_writing(void **context)
{
	struct state *state = *context;

	assert_int_equal(store_reserve(state->store), STATUS_OK);
	disk_is_full = true;
	/* What is reserved may be used up. */
	enum status status = STATUS_OK;
	uint64_t id = 0;
	while (status == STATUS_OK && id < 100000) {
		struct txn *txn = begin_write(state->store);
		for (unsigned i = 0; i < 1000; i++) {
			id++;
			put_loan(txn, id, id, 1, 1);
		}
		commit(txn);
		status = store_reserve(state->store);
	}
	assert_int_equal(status, STATUS_STORAGE_FULL);
	assert_true(id > 1000);
	assert_true(disk_bytes(state) >= store_bytes(state->store));
	/* Within a transaction it sticks. */
	struct txn *txn;
	assert_int_equal(store_write(state->store, &txn), STATUS_OK);
	for (unsigned i = 0; i < 100000; i++) {
		id++;
		put_loan(txn, id, id, 1, 1);
	}
	assert_int_equal(txn_commit(txn), STATUS_STORAGE_FULL);
	disk_is_full = false;
	assert_int_equal(store_reserve(state->store), STATUS_OK);
}

/* ---- other processes ---- */

/* Waits for a byte from the other side. */
static void await(int fd)
{
	char byte;

	if (read(fd, &byte, 1) != 1)
		_exit(9);
}

static void tell(int fd)
{
	if (write(fd, "x", 1) != 1)
		_exit(8);
}

/* In a child: reads beside the writer again and again; what it sees must be whole each time. */
static int read_beside(struct state *state, int from_parent, int to_parent)
{
	struct txn *txn;
	struct mark mark;

	await(from_parent);
	state->store = open_store(state->directory.text, STORE_READONLY);
	txn = begin_read(state->store);
	for (uint64_t seen = 0; seen < 50; seen = mark.tree.size) {
		if (txn_renew(txn) != STATUS_OK)
			return 1;
		mark_get(txn, &mark);
		if (mark.tree.size < seen || mark.tree.size != table_count(txn, TABLE_loan))
			return 2;
		if (store_check(txn, note_found, state) != 0)
			return 3;
		tell(to_parent);
		await(from_parent);
	}
	txn_end(txn);
	store_close(state->store);
	return 0;
}

static void another_process_reads_beside_the_writer(void **context)
{
	struct state *state = *context;
	int down[2];
	int up[2];
	int result = -1;
	struct mark mark = {0};

	assert_int_equal(pipe(down), 0);
	assert_int_equal(pipe(up), 0);
	store_close(state->store); /* an open environment must not pass through fork */
	pid_t child = fork();
	if (child == 0)
		_exit(read_beside(state, down[0], up[1]));
	assert_true(child > 0);
	state->store = open_store(state->directory.text, STORE_WRITE);
	for (uint64_t i = 0; i < 50; i++) {
		struct txn *txn = begin_write(state->store);
		put_loan(txn, i + 1, 1000 + i, 3, 5);
		mark.tree.size = i + 1;
		mark_put(txn, &mark);
		commit(txn);
		tell(down[1]);
		await(up[0]);
	}
	tell(down[1]);
	assert_int_equal(waitpid(child, &result, 0), child);
	assert_int_equal(result, 0);
	for (unsigned i = 0; i < 2; i++) {
		close(down[i]);
		close(up[i]);
	}
}

/* A reader holds pages back; when it was killed it must not do so for ever. */
static void a_killed_reader_does_not_fill_the_map(void **context)
{
	struct state *state = *context;
	int up[2];
	int result = -1;

	assert_int_equal(pipe(up), 0);
	struct txn *txn = begin_write(state->store);
	for (uint64_t id = 1; id <= 20000; id++)
		put_loan(txn, id, id, 1, 1);
	commit(txn);
	store_close(state->store);
	pid_t child = fork();
	if (child == 0) {
		state->store = open_store(state->directory.text, STORE_READONLY);
		(void)begin_read(state->store);
		tell(up[1]);
		pause();
		_exit(0);
	}
	assert_true(child > 0);
	await(up[0]);
	state->store = open_store(state->directory.text, STORE_WRITE);
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, &result, 0), child);
	/* Each of these writes about 1 MiB of pages anew. */
	for (uint64_t round = 0; round < 200; round++) {
		txn = begin_write(state->store);
		for (uint64_t id = round % 70 + 1; id <= 20000; id += 70)
			put_loan(txn, id, id, 2 + round, 1);
		commit(txn);
	}
	assert_true(store_bytes(state->store) < STATE_MAP_SIZE / 2);
	close(up[0]);
	close(up[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STATE_TEST(where_nothing_is_nothing_is_made),
		STATE_TEST(what_is_no_state_is_corrupt),
		STATE_TEST(a_file_cut_short_is_corrupt),
		STATE_TEST(the_state_outlives_its_closing),
		STATE_TEST(nobody_else_may_read_and_no_child_inherits),
		STATE_TEST(space_is_reserved_ahead),
		STATE_TEST(space_is_reserved_within_a_long_txn),
		STATE_TEST(a_full_disk_is_said_before_writing),
		STATE_TEST(another_process_reads_beside_the_writer),
		STATE_TEST(a_killed_reader_does_not_fill_the_map),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
