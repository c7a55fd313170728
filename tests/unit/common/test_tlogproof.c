#include "common/tlogproof.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define HASH1 "gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=\n"
#define HASH2 "B95lDa8R83lS8n0eG+o0buTxRKQTYFi//1U8anccXmA=\n"
#define NOTE                                                                                       \
	"example.com/fancylog\n109482\nsFodV/vSp5O8n9a8QpW6PRY97tfOSW5bsc2Xl/EQi08=\n\n"           \
	"— example.com/fancylog AAAAAAA=\n"
#define FIRST "c2sp.org/tlog-proof@v1\n"

static enum status parse(struct tlogproof *proof, const char *text)
{
	struct buf extra = BUF_EMPTY;
	enum status status = tlogproof_parse(proof, text, strlen(text), &extra);

	buf_release(&extra);
	return status;
}

static void a_proof_is_read_and_written_back(void **state)
{
	static const char *const texts[] = {
		FIRST "extra AAEC/w==\nindex 73894\n" HASH1 HASH2 "\n" NOTE,
		FIRST "index 0\n\n" NOTE,
	};
	struct tlogproof proof;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct buf extra = BUF_EMPTY, back = BUF_EMPTY;
		size_t len = strlen(texts[i]);
		assert_int_equal(tlogproof_parse(&proof, texts[i], len, &extra), STATUS_OK);
		assert_int_equal(proof.index, i == 0 ? 73894 : 0);
		assert_int_equal(proof.proof.count, i == 0 ? 2 : 0);
		assert_int_equal(proof.extra_len, i == 0 ? 4 : 0);
		assert_int_equal(proof.extra == NULL, i == 1);
		assert_ptr_equal(proof.checkpoint, texts[i] + len - strlen(NOTE));
		assert_int_equal(tlogproof_format(&proof, &back), STATUS_OK);
		assert_int_equal(back.len, len);
		assert_memory_equal(buf_head(&back), texts[i], len);
		buf_release(&back);
		buf_release(&extra);
	}
}

static void what_is_no_proof_is_refused(void **state)
{
	static const char *const wrong[] = {
		"",
		FIRST,
		"c2sp.org/tlog-proof@v2\nindex 1\n\n" NOTE,
		"c2sp.org/tlog-proof@v1 \nindex 1\n\n" NOTE,
		FIRST "index 1\n" NOTE,
		FIRST "index 1\n\n",
		FIRST "index 1\n",
		FIRST "index 01\n\n" NOTE,
		FIRST "index \n\n" NOTE,
		FIRST "index\n\n" NOTE,
		FIRST "index -1\n\n" NOTE,
		FIRST "index 18446744073709551616\n\n" NOTE,
		FIRST "Index 1\n\n" NOTE,
		FIRST "extra AAEC/w==\n\n" NOTE,
		FIRST "extra \nindex 1\n\n" NOTE,
		FIRST "extra AAEC/x==\nindex 1\n\n" NOTE,
		FIRST "index 1\nextra AAEC/w==\n\n" NOTE,
		FIRST "extra AAEC/w==\nextra AAEC/w==\nindex 1\n\n" NOTE,
		FIRST "index 1\n" HASH1 "AAEC/w==\n\n" NOTE,
		FIRST "index 1\n" HASH1 " " HASH2 "\n" NOTE,
	};
	struct tlogproof proof;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(parse(&proof, wrong[i]), STATUS_INVALID);
}

static void no_proof_has_more_hashes_than_a_tree_has_levels(void **state)
{
	static char text[TLOGPROOF_MAX];
	struct tlogproof proof;

	(void)state;
	for (size_t count = MERKLE_PROOF_MAX; count <= MERKLE_PROOF_MAX + 1; count++) {
		int len = snprintf(text, sizeof(text), FIRST "index 1\n");
		for (size_t i = 0; i < count; i++)
			len += snprintf(text + len, sizeof(text) - (size_t)len, HASH1);
		(void)snprintf(text + len, sizeof(text) - (size_t)len, "\n" NOTE);
		assert_int_equal(parse(&proof, text),
				 count > MERKLE_PROOF_MAX ? STATUS_INVALID : STATUS_OK);
	}
}

static void what_is_too_long_is_refused(void **state)
{
	static char text[TLOGPROOF_MAX + 2];
	struct tlogproof proof;
	struct buf extra = BUF_EMPTY;

	(void)state;
	memset(text, 'x', sizeof(text));
	memcpy(text, FIRST "index 1\n\n", strlen(FIRST "index 1\n\n"));
	assert_int_equal(tlogproof_parse(&proof, text, TLOGPROOF_MAX + 1, &extra), STATUS_INVALID);
	/* No note is that long either. */
	assert_int_equal(tlogproof_parse(&proof, text, TLOGPROOF_MAX, &extra), STATUS_INVALID);
	buf_release(&extra);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_proof_is_read_and_written_back),
		cmocka_unit_test(what_is_no_proof_is_refused),
		cmocka_unit_test(no_proof_has_more_hashes_than_a_tree_has_levels),
		cmocka_unit_test(what_is_too_long_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
