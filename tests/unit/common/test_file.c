#include "common/file.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

/* Each test has an empty directory of its own and stands in it. */
static int setup(void **state)
{
	char name[] = "/tmp/dossier-test-XXXXXX";

	if (mkdtemp(name) == NULL)
		return -1;
	*state = strdup(name);
	return *state == NULL ? -1 : chdir(name);
}

static int remove_one(const char *name, const struct stat *about, int type, struct FTW *where)
{
	(void)about;
	(void)type;
	(void)where;
	return remove(name);
}

static int teardown(void **state)
{
	int result = chdir("/") | nftw(*state, remove_one, 8, FTW_DEPTH | FTW_PHYS);

	free(*state);
	return result;
}

static mode_t mode_of(const char *name)
{
	struct stat about;

	assert_int_equal(stat(name, &about), 0);
	return about.st_mode & 0777;
}

static void what_is_put_is_got_back_with_a_nul_behind(void **state)
{
	uint8_t *bytes;
	size_t len;

	(void)state;
	assert_int_equal(file_put("note", "one\0two", 7), STATUS_OK);
	assert_int_equal(file_get("note", 7, &bytes, &len), STATUS_OK);
	assert_int_equal(len, 7);
	assert_memory_equal(bytes, "one\0two", 8);
	free(bytes);
	assert_int_equal(file_put("note", NULL, 0), STATUS_OK);
	assert_int_equal(file_get("note", 0, &bytes, &len), STATUS_OK);
	assert_int_equal(len, 0);
	assert_string_equal((const char *)bytes, "");
	free(bytes);
}

static void a_file_that_was_put_is_for_its_owner_alone(void **state)
{
	mode_t mask = umask(0);

	(void)state;
	assert_int_equal(file_put("note", "x", 1), STATUS_OK);
	assert_int_equal(mode_of("note"), 0600);
	assert_int_equal(directory_make("folder"), STATUS_OK);
	assert_int_equal(mode_of("folder"), 0700);
	(void)umask(mask);
}

static void a_leftover_of_an_interrupted_put_does_no_harm(void **state)
{
	uint8_t *bytes;
	size_t len;

	(void)state;
	assert_int_equal(file_put("elsewhere", "keep", 4), STATUS_OK);
	assert_int_equal(symlink("elsewhere", "note.new"), 0);
	assert_int_equal(file_put("note", "x", 1), STATUS_OK);
	assert_int_equal(access("note.new", F_OK), -1);
	assert_int_equal(file_get("elsewhere", 10, &bytes, &len), STATUS_OK);
	assert_string_equal((const char *)bytes, "keep");
	free(bytes);
}

static void a_put_that_fails_leaves_the_old_file(void **state)
{
	uint8_t *bytes;
	size_t len;

	(void)state;
	assert_int_equal(file_put("missing/note", "x", 1), STATUS_STORAGE);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(file_put("note", "old", 3), STATUS_OK);
	assert_int_equal(directory_make("note.new"), STATUS_OK); /* in the temporary file's way */
	assert_int_equal(file_put("note", "new", 3), STATUS_STORAGE);
	assert_int_equal(file_get("note", 10, &bytes, &len), STATUS_OK);
	assert_string_equal((const char *)bytes, "old");
	free(bytes);
}

static void getting_tells_missing_from_too_large(void **state)
{
	uint8_t *bytes;
	size_t len;

	(void)state;
	assert_int_equal(file_get("note", 10, &bytes, &len), STATUS_NOT_FOUND);
	assert_int_equal(file_put("note", "12345", 5), STATUS_OK);
	assert_int_equal(file_get("note", 4, &bytes, &len), STATUS_STORAGE);
	assert_int_equal(errno, EFBIG);
	assert_int_equal(file_get(".", 1 << 20, &bytes, &len), STATUS_STORAGE);
}

static void reading_stops_at_the_end(void **state)
{
	char bytes[10];
	size_t got;
	int fd;

	(void)state;
	assert_int_equal(file_open("log", O_RDWR | O_CREAT, &fd), STATUS_OK);
	assert_int_equal(file_write_at(fd, "abcdef", 6, 2), STATUS_OK);
	assert_int_equal(file_read_at(fd, bytes, 10, 0, &got), STATUS_OK);
	assert_int_equal(got, 8);
	assert_memory_equal(bytes, "\0\0abcdef", 8);
	assert_int_equal(file_read_at(fd, bytes, 3, 4, &got), STATUS_OK);
	assert_int_equal(got, 3);
	assert_memory_equal(bytes, "cde", 3);
	assert_int_equal(file_read_at(fd, bytes, 3, 100, &got), STATUS_OK);
	assert_int_equal(got, 0);
	assert_int_equal(file_sync(fd), STATUS_OK);
	close(fd);
}

static void a_descriptor_does_not_survive_exec(void **state)
{
	int fd;

	(void)state;
	assert_int_equal(file_open("log", O_RDWR | O_CREAT, &fd), STATUS_OK);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	close(fd);
}

static void preallocating_takes_the_space(void **state)
{
	struct stat about;
	int fd;

	(void)state;
	assert_int_equal(file_open("log", O_RDWR | O_CREAT, &fd), STATUS_OK);
	assert_int_equal(file_preallocate(fd, 0), STATUS_OK);
	assert_int_equal(file_preallocate(fd, 1 << 20), STATUS_OK);
	assert_int_equal(fstat(fd, &about), 0);
	assert_int_equal(about.st_size, 1 << 20);
	assert_true(about.st_blocks * 512 >= 1 << 20);
	close(fd);
}

/* posix_fallocate() returns the error and leaves errno alone. */
static void a_preallocation_that_fails_says_why(void **state)
{
	int fd;

	(void)state;
	assert_int_equal(file_put("log", "x", 1), STATUS_OK);
	assert_int_equal(file_open("log", O_RDONLY, &fd), STATUS_OK);
	errno = 0;
	assert_int_equal(file_preallocate(fd, 100), STATUS_STORAGE);
	assert_int_equal(errno, EBADF);
	assert_int_equal(file_preallocate(fd, UINT64_MAX), STATUS_STORAGE);
	assert_int_equal(errno, EFBIG);
	close(fd);
}

static void a_full_device_is_told_from_a_broken_one(void **state)
{
	int fd;
	size_t got;
	char byte;

	(void)state;
	assert_int_equal(file_open("/dev/full", O_WRONLY, &fd), STATUS_OK);
	assert_int_equal(file_write_at(fd, "x", 1, 0), STATUS_STORAGE_FULL);
	assert_int_equal(errno, ENOSPC);
	assert_int_equal(file_read_at(fd, &byte, 1, 0, &got), STATUS_STORAGE);
	assert_int_equal(errno, EBADF);
	close(fd);
	assert_int_equal(file_write_at(-1, "x", 1, 0), STATUS_STORAGE);
	assert_int_equal(file_sync(-1), STATUS_STORAGE);
	assert_int_equal(file_write_at(fd, "x", 1, UINT64_MAX), STATUS_STORAGE);
}

/* At a file size limit the kernel writes what fits; the rest must fail aloud. */
static void a_short_write_goes_on_and_then_fails(void **state)
{
	struct rlimit before, small;
	char bytes[1000] = {0};
	int fd;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	small = before;
	small.rlim_cur = 600;
	void (*old)(int) = signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(file_open("log", O_RDWR | O_CREAT, &fd), STATUS_OK);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	enum status status = file_write_at(fd, bytes, sizeof(bytes), 0);
	int error = errno;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	(void)signal(SIGXFSZ, old);
	assert_int_equal(status, STATUS_STORAGE);
	assert_int_equal(error, EFBIG);
	close(fd);
}

static void names_are_moved_and_removed(void **state)
{
	uint8_t *bytes;
	size_t len;

	(void)state;
	assert_int_equal(file_put("one", "1", 1), STATUS_OK);
	assert_int_equal(file_rename("one", "two"), STATUS_OK);
	assert_int_equal(file_get("one", 10, &bytes, &len), STATUS_NOT_FOUND);
	assert_int_equal(file_remove("two"), STATUS_OK);
	assert_int_equal(file_remove("two"), STATUS_STORAGE);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(file_rename("one", "two"), STATUS_STORAGE);
}

static void a_directory_is_made_once(void **state)
{
	(void)state;
	assert_int_equal(directory_make("folder"), STATUS_OK);
	assert_int_equal(directory_make("folder"), STATUS_CONFLICT);
	assert_int_equal(directory_make("a/b"), STATUS_STORAGE);
	assert_int_equal(directory_sync("folder"), STATUS_OK);
	assert_int_equal(directory_sync("."), STATUS_OK);
	assert_int_equal(directory_sync("missing"), STATUS_STORAGE);
	assert_int_equal(file_put("folder/note", "x", 1), STATUS_OK);
	assert_int_equal(directory_sync("folder/note"), STATUS_STORAGE);
	assert_int_equal(errno, ENOTDIR);
}

static void a_name_that_is_too_long_is_refused(void **state)
{
	char name[5000];

	(void)state;
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(file_put(name, "x", 1), STATUS_STORAGE);
	assert_int_equal(errno, ENAMETOOLONG);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(what_is_put_is_got_back_with_a_nul_behind),
		IN_FOLDER(a_file_that_was_put_is_for_its_owner_alone),
		IN_FOLDER(a_leftover_of_an_interrupted_put_does_no_harm),
		IN_FOLDER(a_put_that_fails_leaves_the_old_file),
		IN_FOLDER(getting_tells_missing_from_too_large),
		IN_FOLDER(reading_stops_at_the_end),
		IN_FOLDER(a_descriptor_does_not_survive_exec),
		IN_FOLDER(preallocating_takes_the_space),
		IN_FOLDER(a_preallocation_that_fails_says_why),
		IN_FOLDER(a_full_device_is_told_from_a_broken_one),
		IN_FOLDER(a_short_write_goes_on_and_then_fails),
		IN_FOLDER(names_are_moved_and_removed),
		IN_FOLDER(a_directory_is_made_once),
		IN_FOLDER(a_name_that_is_too_long_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
