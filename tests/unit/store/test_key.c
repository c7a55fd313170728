#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "server/store/key.h"

static struct key make(void (*add)(struct key *, const char *), const char *text)
{
	struct key key = {.len = 0};

	add(&key, text);
	return key;
}

static int order(const struct key *left, const struct key *right)
{
	size_t shorter = left->len < right->len ? left->len : right->len;
	int first = memcmp(left->bytes, right->bytes, shorter);

	return first != 0 ? first : (left->len > right->len) - (left->len < right->len);
}

static void numbers_sort_by_value_also_below_zero(void **context)
{
	static const int32_t values[] = {INT32_MIN, -70000, -2, -1, 0, 1, 255, 256, INT32_MAX};

	(void)context;
	for (size_t i = 0; i + 1 < sizeof(values) / sizeof(values[0]); i++) {
		struct key smaller = {.len = 0};
		struct key larger = {.len = 0};
		key_s32(&smaller, values[i]);
		key_s32(&larger, values[i + 1]);
		assert_true(order(&smaller, &larger) < 0);
	}
}

static void long_numbers_sort_by_value_also_below_zero(void **context)
{
	static const int64_t values[] = {INT64_MIN, -70000, -1, 0, 1, INT64_C(1) << 40, INT64_MAX};

	(void)context;
	for (size_t i = 0; i + 1 < sizeof(values) / sizeof(values[0]); i++) {
		struct key smaller = {.len = 0};
		struct key larger = {.len = 0};
		key_s64(&smaller, values[i]);
		key_s64(&larger, values[i + 1]);
		assert_true(order(&smaller, &larger) < 0);
	}
}

static void short_numbers_sort_by_value_and_come_back(void **context)
{
	static const uint64_t values[] = {
		0,         1, 127, 255, 256, 65535, 65536, UINT64_C(1) << 32, UINT64_C(1) << 56,
		UINT64_MAX};
	struct key before = {.len = 0};

	(void)context;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		struct key key = {.len = 0};
		uint64_t value = 1;
		key_number(&key, values[i]);
		assert_true(order(&before, &key) < 0);
		assert_int_equal(key_number_get(key.bytes, key.len, &value), key.len);
		assert_int_equal(value, values[i]);
		assert_int_equal(key_number_get(key.bytes, key.len - 1, &value), 0);
		before = key;
	}
}

static void bytes_that_are_no_short_number_are_refused(void **context)
{
	uint64_t value;

	(void)context;
	assert_int_equal(key_number_get((const uint8_t *)"", 0, &value), 0);
	assert_int_equal(key_number_get((const uint8_t *)"\x02\x00\x05", 3, &value), 0);
	assert_int_equal(key_number_get((const uint8_t *)"\x09xxxxxxxxxx", 11, &value), 0);
}

static void a_text_sorts_before_what_it_begins(void **context)
{
	struct key shorter = make(key_text, "上海");
	struct key longer = make(key_text, "上海银行");
	struct key prefix = make(key_text_prefix, "上海");

	(void)context;
	assert_true(order(&shorter, &longer) < 0);
	assert_int_equal(prefix.len, strlen("上海"));
	assert_memory_equal(longer.bytes, prefix.bytes, prefix.len);
	assert_int_equal(make(key_text, "").len, 1);
	assert_int_equal(make(key_text, NULL).len, 1);
}

static void long_texts_are_cut_and_still_differ(void **context)
{
	char text[KEY_TEXT_MAX + 100];

	(void)context;
	memset(text, 'a', sizeof(text));
	text[KEY_TEXT_MAX] = '\0';
	struct key whole = make(key_text, text);
	text[KEY_TEXT_MAX] = 'a';
	text[sizeof(text) - 1] = '\0';
	struct key one = make(key_text, text);
	struct key prefix = make(key_text_prefix, text);
	text[sizeof(text) - 2] = 'b';
	struct key other = make(key_text, text);
	assert_true(order(&whole, &one) < 0);
	assert_int_equal(one.len, other.len);
	assert_true(order(&one, &other) != 0);
	assert_memory_equal(one.bytes, other.bytes, KEY_TEXT_MAX);
	assert_int_equal(prefix.len, KEY_TEXT_MAX);
	/* No entry of a long text is found under the whole of a shorter one. */
	assert_memory_not_equal(one.bytes, whole.bytes, whole.len);
	/* Two of them, a date and an id still fit. */
	key_text(&one, text);
	key_s32(&one, -1);
	key_u64(&one, UINT64_MAX);
	assert_true(one.len <= KEY_MAX);
}

static void bytes_end_where_they_end(void **context)
{
	static const uint8_t zeros[KEY_TEXT_MAX + 1] = {0};
	struct key shorter = {.len = 0};
	struct key longer = {.len = 0};
	struct key hashed = {.len = 0};

	(void)context;
	key_bytes(&shorter, zeros, 3);
	key_bytes(&longer, zeros, 4);
	key_bytes(&hashed, zeros, sizeof(zeros));
	assert_memory_not_equal(longer.bytes, shorter.bytes, shorter.len);
	assert_true(hashed.len < KEY_TEXT_MAX);
	key_bytes(&hashed, NULL, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_sort_by_value_also_below_zero),
		cmocka_unit_test(long_numbers_sort_by_value_also_below_zero),
		cmocka_unit_test(short_numbers_sort_by_value_and_come_back),
		cmocka_unit_test(bytes_that_are_no_short_number_are_refused),
		cmocka_unit_test(a_text_sorts_before_what_it_begins),
		cmocka_unit_test(long_texts_are_cut_and_still_differ),
		cmocka_unit_test(bytes_end_where_they_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
