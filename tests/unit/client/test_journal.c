#include "client/lib/journal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include <dirent.h>
#include <sys/wait.h>

#include "common/file.h"
#include "common/path.h"
#include "tests/unit/client/folder.h"

#define ACTS_MAX 8

static const struct journal_owner me = {"head/ledger", 7};

/* What settling asked to repeat. */
struct repeated {
	size_t count;
	struct journal_act acts[ACTS_MAX];
	char requests[ACTS_MAX][32];
	enum status answer;
};

static enum status repeat(void *context, const struct journal_act *act)
{
	struct repeated *repeated = context;

	assert_true(repeated->count < ACTS_MAX && act->len < 32);
	if (repeated->answer != STATUS_OK)
		return repeated->answer;
	repeated->acts[repeated->count] = *act;
	memcpy(repeated->requests[repeated->count], act->request, act->len);
	repeated->count++;
	return STATUS_OK;
}

static struct journal_act act_of(uint8_t key, const char *request)
{
	return (struct journal_act){{key}, 60, (const uint8_t *)request, strlen(request)};
}

static void begin(struct journal *journal, uint8_t key, const char *request)
{
	struct journal_act act = act_of(key, request);

	assert_int_equal(journal_begin(journal, &act), STATUS_OK);
}

static void done(struct journal *journal, uint8_t key)
{
	uint8_t whole[FRAME_KEY_LEN] = {key};

	assert_int_equal(journal_done(journal, whole), STATUS_OK);
}

/* Lets a process do what it will and die; its journal stays. */
static void in_a_process_that_dies(const char *folder, void (*deed)(struct journal *journal))
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		struct journal *journal;
		if (journal_open(&journal, folder, &me) != STATUS_OK)
			_exit(1);
		deed(journal);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static size_t files_in(const char *folder)
{
	DIR *names = opendir(folder);
	struct dirent *name;
	size_t count = 0;

	while ((name = readdir(names)) != NULL)
		count += name->d_name[0] != '.';
	closedir(names);
	return count;
}

/* The only file in a folder. */
static struct path file_in(const char *folder)
{
	DIR *names = opendir(folder);
	struct dirent *name;
	struct path path = {""};

	while ((name = readdir(names)) != NULL) {
		if (name->d_name[0] != '.')
			assert_int_equal(path_join(&path, folder, name->d_name), STATUS_OK);
	}
	closedir(names);
	return path;
}

static struct repeated settle(const char *folder, enum status expected, enum status answer)
{
	struct repeated repeated = {.answer = answer};
	size_t foreign;

	assert_int_equal(journal_settle(folder, &me, repeat, &repeated, &foreign), expected);
	assert_int_equal(foreign, 0);
	return repeated;
}

static void three_of_which_one_is_done(struct journal *journal)
{
	begin(journal, 1, "one");
	begin(journal, 2, "two");
	begin(journal, 3, "three");
	if (journal_sync(journal) != STATUS_OK)
		_exit(1);
	done(journal, 2);
	begin(journal, 4, "four");
	if (journal_sync(journal) != STATUS_OK)
		_exit(1);
}

static void nothing_is_left_when_all_is_done(void **state)
{
	struct journal *journal;

	assert_int_equal(journal_open(&journal, *state, &me), STATUS_OK);
	begin(journal, 1, "one");
	assert_int_equal(journal_sync(journal), STATUS_OK);
	assert_int_equal(journal_unfinished(journal), 1);
	done(journal, 1);
	assert_int_equal(journal_unfinished(journal), 0);
	journal_close(journal);
	assert_int_equal(files_in(*state), 0);
}

static void what_a_dead_process_left_is_repeated_in_order(void **state)
{
	struct repeated repeated;

	in_a_process_that_dies(*state, three_of_which_one_is_done);
	assert_int_equal(files_in(*state), 1);
	repeated = settle(*state, STATUS_OK, STATUS_OK);
	assert_int_equal(repeated.count, 3);
	assert_string_equal(repeated.requests[0], "one");
	assert_string_equal(repeated.requests[1], "three");
	assert_string_equal(repeated.requests[2], "four");
	assert_int_equal(repeated.acts[1].key[0], 3);
	assert_int_equal(repeated.acts[1].rpc, 60);
	assert_int_equal(files_in(*state), 0);
}

static void what_cannot_be_settled_stays(void **state)
{
	in_a_process_that_dies(*state, three_of_which_one_is_done);
	settle(*state, STATUS_UNREACHABLE, STATUS_UNREACHABLE);
	assert_int_equal(files_in(*state), 1);
	assert_int_equal(settle(*state, STATUS_OK, STATUS_OK).count, 3);
}

static void the_journal_of_a_living_process_is_left_alone(void **state)
{
	struct journal *journal;

	assert_int_equal(journal_open(&journal, *state, &me), STATUS_OK);
	begin(journal, 1, "one");
	assert_int_equal(journal_sync(journal), STATUS_OK);
	assert_int_equal(settle(*state, STATUS_OK, STATUS_OK).count, 0);
	assert_int_equal(files_in(*state), 1);
	journal_close(journal);
	assert_int_equal(settle(*state, STATUS_OK, STATUS_OK).count, 1);
}

static void the_journal_of_somebody_else_is_left_alone(void **state)
{
	static const struct journal_owner others[] = {{"head/ledger", 8}, {"other/ledge", 7}};
	struct repeated repeated = {0};
	size_t foreign;

	in_a_process_that_dies(*state, three_of_which_one_is_done);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(journal_settle(*state, &others[i], repeat, &repeated, &foreign),
				 STATUS_OK);
		assert_int_equal(repeated.count, 0);
		assert_int_equal(foreign, 1);
	}
	assert_int_equal(files_in(*state), 1);
}

/* Whatever is missing at the end, what was whole before it is repeated, in order, and no more. */
static void a_torn_end_loses_only_what_was_torn(void **state)
{
	static const char *const requests[] = {"one", "two", "three"};
	struct path path;
	uint8_t *bytes;
	size_t len;
	size_t last = 3;

	in_a_process_that_dies(*state, three_of_which_one_is_done);
	path = file_in(*state);
	assert_int_equal(file_get(path.text, 4096, &bytes, &len), STATUS_OK);
	for (size_t cut = 1; cut <= len; cut++) {
		struct repeated repeated;

		assert_int_equal(file_put(path.text, bytes, len - cut), STATUS_OK);
		repeated = settle(*state, STATUS_OK, STATUS_OK);
		/* With DONE of "two" torn off, three are open again; then one fewer at a time. */
		assert_true(repeated.count <= last + 1);
		for (size_t i = 0; i + 1 < repeated.count && repeated.count < 3; i++)
			assert_string_equal(repeated.requests[i], requests[i]);
		assert_int_equal(files_in(*state), 0);
		last = repeated.count;
	}
	assert_int_equal(last, 0);
	free(bytes);
}

static void a_flipped_bit_is_noticed(void **state)
{
	struct path path;
	uint8_t *bytes;
	size_t len;

	in_a_process_that_dies(*state, three_of_which_one_is_done);
	path = file_in(*state);
	assert_int_equal(file_get(path.text, 4096, &bytes, &len), STATUS_OK);
	for (size_t at = 0; at < len; at++) {
		struct repeated repeated = {0};
		size_t foreign;

		bytes[at] ^= 0x10;
		assert_int_equal(file_put(path.text, bytes, len), STATUS_OK);
		assert_int_equal(journal_settle(*state, &me, repeat, &repeated, &foreign),
				 STATUS_OK);
		for (size_t i = 0; i < repeated.count; i++)
			assert_non_null(strstr("one two three four", repeated.requests[i]));
		bytes[at] ^= 0x10;
	}
	free(bytes);
}

static void an_empty_journal_does_not_grow_for_ever(void **state)
{
	struct journal *journal;
	uint64_t size;

	assert_int_equal(journal_open(&journal, *state, &me), STATUS_OK);
	size = journal_size(journal);
	for (int i = 0; i < 1000; i++) {
		begin(journal, (uint8_t)i, "request");
		assert_int_equal(journal_sync(journal), STATUS_OK);
		done(journal, (uint8_t)i);
		assert_true(journal_size(journal) == size);
	}
	journal_close(journal);
}

static void a_key_that_was_never_begun_cannot_be_done(void **state)
{
	uint8_t key[FRAME_KEY_LEN] = {9};
	struct journal *journal;

	assert_int_equal(journal_open(&journal, *state, &me), STATUS_OK);
	assert_int_equal(journal_done(journal, key), STATUS_NOT_FOUND);
	journal_close(journal);
}

#define in_folder(test) cmocka_unit_test_setup_teardown(test, folder_make, folder_drop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_folder(nothing_is_left_when_all_is_done),
		in_folder(what_a_dead_process_left_is_repeated_in_order),
		in_folder(what_cannot_be_settled_stays),
		in_folder(the_journal_of_a_living_process_is_left_alone),
		in_folder(the_journal_of_somebody_else_is_left_alone),
		in_folder(a_torn_end_loses_only_what_was_torn),
		in_folder(a_flipped_bit_is_noticed),
		in_folder(an_empty_journal_does_not_grow_for_ever),
		in_folder(a_key_that_was_never_begun_cannot_be_done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
