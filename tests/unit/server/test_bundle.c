#include "server/bundle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/file.h"

struct place {
	char root[32];
	char path[64];
	char why[BUNDLE_WHY_LEN];
	struct bundle_file files[3];
};

static const char *inside(struct place *place, const char *name)
{
	snprintf(place->path, sizeof(place->path), "%s/%s", place->root, name);
	return place->path;
}

static int set_up(void **state)
{
	struct place *place = calloc(1, sizeof(*place));
	snprintf(place->root, sizeof(place->root), "/tmp/dossier-bundle-XXXXXX");
	if (mkdtemp(place->root) == NULL)
		return -1;
	static const char *const names[] = {"a", "b", "c"};
	for (size_t i = 0; i < 3; i++) {
		place->files[i].name = names[i];
		if (buf_append(&place->files[i].bytes, names[i], 1) != STATUS_OK)
			return -1;
	}
	*state = place;
	return 0;
}

static int tear_down(void **state)
{
	struct place *place = *state;
	bundle_release(place->files, 3);
	for (size_t i = 0; i < 3; i++)
		unlink(inside(place, place->files[i].name));
	rmdir(place->root);
	free(place);
	return 0;
}

static void all_files_are_written_for_the_owner_alone(void **state)
{
	struct place *place = *state;
	assert_false(bundle_exists(place->root, place->files, 3, place->why));
	assert_int_equal(bundle_write(place->root, place->files, 3, place->why), STATUS_OK);
	assert_true(bundle_exists(place->root, place->files, 3, place->why));
	for (size_t i = 0; i < 3; i++) {
		struct stat info;
		uint8_t *bytes;
		size_t len;
		const char *path = inside(place, place->files[i].name);
		assert_int_equal(stat(path, &info), 0);
		assert_int_equal(info.st_mode & 07777, 0600);
		assert_int_equal(file_get(path, 16, &bytes, &len), STATUS_OK);
		assert_string_equal((char *)bytes, place->files[i].name);
		free(bytes);
	}
}

static void one_that_is_there_is_kept_and_the_others_are_not_left(void **state)
{
	struct place *place = *state;
	uint8_t *bytes;
	size_t len;
	assert_int_equal(file_put(inside(place, "b"), "mine", 4), STATUS_OK);
	assert_int_equal(bundle_write(place->root, place->files, 3, place->why), STATUS_CONFLICT);
	assert_non_null(strstr(place->why, inside(place, "b")));
	assert_int_equal(access(inside(place, "a"), F_OK), -1);
	assert_int_equal(access(inside(place, "c"), F_OK), -1);
	assert_int_equal(file_get(inside(place, "b"), 16, &bytes, &len), STATUS_OK);
	assert_string_equal((char *)bytes, "mine");
	free(bytes);
}

static void a_directory_that_is_not_there_is_an_error_that_names_the_file(void **state)
{
	struct place *place = *state;
	assert_int_equal(bundle_write("/nowhere", place->files, 3, place->why), STATUS_STORAGE);
	assert_string_equal(place->why, "cannot write /nowhere/a");
}

static void released_bytes_are_gone_and_the_bundle_is_empty(void **state)
{
	struct place *place = *state;
	assert_int_equal(bundle_reserve(&place->files[0]), STATUS_OK);
	assert_true(place->files[0].bytes.capacity >= BUNDLE_FILE_MAX);
	bundle_release(place->files, 3);
	for (size_t i = 0; i < 3; i++) {
		assert_null(place->files[i].bytes.bytes);
		assert_int_equal(place->files[i].bytes.len, 0);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(all_files_are_written_for_the_owner_alone),
		TEST(one_that_is_there_is_kept_and_the_others_are_not_left),
		TEST(a_directory_that_is_not_there_is_an_error_that_names_the_file),
		TEST(released_bytes_are_gone_and_the_bundle_is_empty),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
