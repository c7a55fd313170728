#include "common/addcheckpoint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#define HASH "PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n"
#define NOTE "o\n2\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n— o Az3grlgt\n"

static enum status parse(struct addcheckpoint *request, const char *text)
{
	return addcheckpoint_parse(request, text, strlen(text));
}

static void a_request_is_read_and_written_back(void **state)
{
	static const char text[] = "old 20852014\n" HASH HASH "\n" NOTE;
	struct addcheckpoint request;
	struct buf back = BUF_EMPTY;

	(void)state;
	assert_int_equal(parse(&request, text), STATUS_OK);
	assert_int_equal(request.old, 20852014);
	assert_int_equal(request.proof.count, 2);
	assert_int_equal(request.proof.hashes[1][0], 0x3e);
	assert_int_equal(request.note_len, strlen(NOTE));
	assert_memory_equal(request.note, NOTE, strlen(NOTE));
	assert_int_equal(addcheckpoint_format(&request, &back), STATUS_OK);
	assert_int_equal(back.len, strlen(text));
	assert_memory_equal(buf_head(&back), text, back.len);
	buf_release(&back);
}

static void what_is_no_request_is_refused(void **state)
{
	static const char *const wrong[] = {
		"",
		"old 1",
		"old 1\n",
		"old 1\n\n",
		"old 01\n\n" NOTE,
		"old -1\n\n" NOTE,
		"old \n\n" NOTE,
		"old  1\n\n" NOTE,
		"Old 1\n\n" NOTE,
		"old 18446744073709551616\n\n" NOTE,
		"old 1\r\n\n" NOTE,
		"old 1\n" NOTE,
		"old 1\n" HASH NOTE,
		"old 1\n" HASH,
		"old 1\nPlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw\n\n" NOTE,
		"old 1\nAAAA\n\n" NOTE,
	};
	struct addcheckpoint request;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(parse(&request, wrong[i]), STATUS_INVALID);
}

static void no_more_hashes_are_taken_than_the_specification_allows(void **state)
{
	struct addcheckpoint request = {.note = NOTE, .note_len = strlen(NOTE)};
	struct buf text = BUF_EMPTY;

	(void)state;
	for (size_t count = ADDCHECKPOINT_PROOF_MAX; count <= MERKLE_PROOF_MAX; count++) {
		buf_clear(&text);
		request.proof.count = count;
		memset(request.proof.hashes, 7, sizeof(request.proof.hashes));
		assert_int_equal(addcheckpoint_format(&request, &text), STATUS_OK);
		assert_int_equal(addcheckpoint_parse(&request, buf_head(&text), text.len),
				 count == ADDCHECKPOINT_PROOF_MAX ? STATUS_OK : STATUS_INVALID);
		request.note = NOTE;
		request.note_len = strlen(NOTE);
	}
	buf_release(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_is_read_and_written_back),
		cmocka_unit_test(what_is_no_request_is_refused),
		cmocka_unit_test(no_more_hashes_are_taken_than_the_specification_allows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
