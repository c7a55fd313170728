#include "common/crc32c.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static uint32_t (*const both[])(uint32_t, const void *, size_t) = {crc32c, crc32c_portable};

/* RFC 3720 appendix B.4, and the check value of the catalogues. */
static void the_published_examples_come_out(void **state)
{
	uint8_t bytes[32];

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(both[i](0, "", 0), 0);
		assert_int_equal(both[i](0, "123456789", 9), 0xe3069283);
		memset(bytes, 0, sizeof(bytes));
		assert_int_equal(both[i](0, bytes, sizeof(bytes)), 0x8a9136aa);
		memset(bytes, 0xff, sizeof(bytes));
		assert_int_equal(both[i](0, bytes, sizeof(bytes)), 0x62a8ab43);
		for (size_t j = 0; j < sizeof(bytes); j++)
			bytes[j] = (uint8_t)j;
		assert_int_equal(both[i](0, bytes, sizeof(bytes)), 0x46dd794e);
	}
}

static void both_ways_agree_at_every_length_and_start(void **state)
{
	uint8_t bytes[300];

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * i * 31 + i);
	for (size_t start = 0; start < 9; start++) {
		for (size_t len = 0; len <= sizeof(bytes) - start; len++)
			assert_int_equal(crc32c(7, bytes + start, len),
					 crc32c_portable(7, bytes + start, len));
	}
}

static void pieces_give_the_sum_of_the_whole(void **state)
{
	const char *text = "the ledger is the truth and the state is its view";
	size_t len = strlen(text);

	(void)state;
	for (size_t cut = 0; cut <= len; cut++)
		assert_int_equal(crc32c(crc32c(0, text, cut), text + cut, len - cut),
				 crc32c(0, text, len));
}

static void four_bytes_bring_about_any_sum(void **state)
{
	const char *text = "what stands behind";
	uint8_t bytes[4 + 18];

	(void)state;
	for (uint32_t i = 0; i < 1000; i++) {
		uint32_t before = i * 2654435761u;
		uint32_t after = ~i * 40503u;
		size_t len = i % (sizeof(bytes) - 3);

		memcpy(bytes + 4, text, sizeof(bytes) - 4);
		crc32c_solve(before, after, bytes + 4, len, bytes);
		assert_int_equal(crc32c(before, bytes, 4 + len), after);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_published_examples_come_out),
		cmocka_unit_test(both_ways_agree_at_every_length_and_start),
		cmocka_unit_test(four_bytes_bring_about_any_sum),
		cmocka_unit_test(pieces_give_the_sum_of_the_whole),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
