#include "client/lib/evidence.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "tests/unit/client/folder.h"

static off_t size_of(const struct path *folder, const char *name)
{
	struct path path;
	struct stat stat_of;

	assert_int_equal(path_join(&path, folder->text, name), STATUS_OK);
	assert_int_equal(stat(path.text, &stat_of), 0);
	assert_int_equal(stat_of.st_mode & 0777, 0600);
	return stat_of.st_size;
}

/* A server that goes on lying must not fill the disk. */
static void there_is_an_end_to_what_is_kept(void **state)
{
	static uint8_t bytes[2 * EVIDENCE_FILE_MAX];
	struct evidence evidence = {.what = "two histories", .server = "head.example"};
	struct path folder;
	struct stat stat_of;

	evidence.shown = (ProtobufCBinaryData){sizeof(bytes), bytes};
	evidence.hashes = evidence.shown;
	assert_int_equal(evidence_save(&evidence, *state, &folder), STATUS_OK);
	assert_int_equal(stat(folder.text, &stat_of), 0);
	assert_int_equal(stat_of.st_mode & 0777, 0700);
	assert_int_equal(size_of(&folder, "shown.checkpoint"), EVIDENCE_FILE_MAX);
	assert_int_equal(size_of(&folder, "proof"), EVIDENCE_FILE_MAX);
	evidence.hashes.len = 0;
	evidence.shown.len = 0;
	for (int i = 1; i < EVIDENCE_MAX; i++)
		assert_int_equal(evidence_save(&evidence, *state, &folder), STATUS_OK);
	assert_int_equal(evidence_save(&evidence, *state, &folder), STATUS_LIMIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(there_is_an_end_to_what_is_kept, folder_make,
						folder_drop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
