#include "common/base64.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static void the_rfc_s_words_are_written_and_read(void **state)
{
	static const struct {
		const char *plain, *base64;
	} words[] = {
		{"", ""},
		{"f", "Zg=="},
		{"fo", "Zm8="},
		{"foo", "Zm9v"},
		{"foob", "Zm9vYg=="},
		{"fooba", "Zm9vYmE="},
		{"foobar", "Zm9vYmFy"},
		{"\xfb\xff\xbe", "+/++"},
	};
	char text[16];
	uint8_t bytes[8];
	size_t len;

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t plain_len = strlen(words[i].plain), text_len = strlen(words[i].base64);
		base64_encode((const uint8_t *)words[i].plain, plain_len, text);
		assert_string_equal(text, words[i].base64);
		assert_int_equal(BASE64_LEN(plain_len), text_len);
		assert_int_equal(base64_decode(text, text_len, bytes, sizeof(bytes), &len),
				 STATUS_OK);
		assert_int_equal(len, plain_len);
		assert_memory_equal(bytes, words[i].plain, len);
	}
}

static void every_byte_comes_back_at_every_place(void **state)
{
	uint8_t bytes[6], back[6];
	char text[BASE64_LEN(sizeof(bytes)) + 1];
	size_t len;

	(void)state;
	for (unsigned i = 0; i < 256 * sizeof(bytes); i++) {
		memset(bytes, 0x5a, sizeof(bytes));
		bytes[i / 256] = (uint8_t)i;
		for (size_t size = i / 256 + 1; size <= sizeof(bytes); size++) {
			base64_encode(bytes, size, text);
			assert_int_equal(base64_decode(text, strlen(text), back, size, &len),
					 STATUS_OK);
			assert_int_equal(len, size);
			assert_memory_equal(back, bytes, size);
		}
	}
}

static void what_encoding_would_not_have_written_is_refused(void **state)
{
	static const char *const wrong[] = {
		"Z",    "Zg",   "Zg=",      "Z===",       "====",   "=",
		"Zh==", "Zm9=", "Zm=v",     "Zg==Zg==",   "Zm9v\n", " Zm9v",
		"Zm 9", "Zm-_", "Zm9v====", "Z\xc3\xa9v", "Zg=A",
	};
	uint8_t bytes[16];
	size_t len;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(
			base64_decode(wrong[i], strlen(wrong[i]), bytes, sizeof(bytes), &len),
			STATUS_INVALID);
	assert_int_equal(base64_decode("Zg\0=", 4, bytes, sizeof(bytes), &len), STATUS_INVALID);
}

static void more_than_there_is_room_for_is_refused_and_not_written(void **state)
{
	uint8_t bytes[3] = {1, 2, 3};
	size_t len;

	(void)state;
	assert_int_equal(base64_decode("Zm8=", 4, bytes, 1, &len), STATUS_INVALID);
	assert_int_equal(base64_decode("Zm9vYg==", 8, bytes, 3, &len), STATUS_INVALID);
	assert_memory_equal(bytes, "\x01\x02\x03", 3);
	assert_int_equal(base64_decode("Zm8=", 4, bytes, 2, &len), STATUS_OK);
	assert_int_equal(bytes[2], 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_rfc_s_words_are_written_and_read),
		cmocka_unit_test(every_byte_comes_back_at_every_place),
		cmocka_unit_test(what_encoding_would_not_have_written_is_refused),
		cmocka_unit_test(more_than_there_is_room_for_is_refused_and_not_written),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
