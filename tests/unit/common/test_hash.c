#include "common/hash.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

/* FIPS 180-4 examples. */
static const struct {
	const char *text;
	const char *hex;
} examples[] = {
	{"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
	{"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
	{"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
	 "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
};

static void the_published_examples_come_out(void **state)
{
	struct hash *hash = hash_new();
	uint8_t out[HASH_LEN];
	char hex[2 * HASH_LEN + 1];

	(void)state;
	assert_non_null(hash);
	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
		hash_begin(hash);
		for (const char *at = examples[i].text; *at != '\0'; at++)
			hash_add(hash, at, 1);
		hash_end(hash, out);
		hex_encode(out, HASH_LEN, hex);
		assert_string_equal(hex, examples[i].hex);
		hash_of(examples[i].text, strlen(examples[i].text), out);
		hex_encode(out, HASH_LEN, hex);
		assert_string_equal(hex, examples[i].hex);
	}
	hash_free(hash);
	hash_free(NULL);
}

static void beginning_again_forgets_what_was_added(void **state)
{
	struct hash *hash = hash_new();
	uint8_t out[HASH_LEN];
	char hex[2 * HASH_LEN + 1];

	(void)state;
	assert_non_null(hash);
	hash_begin(hash);
	hash_add(hash, "left over", 9);
	hash_begin(hash);
	hash_add(hash, NULL, 0);
	hash_end(hash, out);
	hex_encode(out, HASH_LEN, hex);
	assert_string_equal(hex, examples[0].hex);
	hash_free(hash);
}

static void random_bytes_do_not_repeat(void **state)
{
	enum { SALTS = 500, LEN = 16 };
	static uint8_t salts[SALTS][LEN];
	uint8_t large[5000] = {0};
	size_t zeros = 0;

	(void)state;
	for (size_t i = 0; i < SALTS; i++) {
		random_bytes(salts[i], LEN);
		for (size_t j = 0; j < i; j++)
			assert_memory_not_equal(salts[i], salts[j], LEN);
	}
	random_bytes(large, sizeof(large));
	for (size_t i = 0; i < sizeof(large); i++)
		zeros += large[i] == 0;
	assert_true(zeros < 200); /* about 20 are to be expected */
	random_bytes(large, 0);
}

/* Parent and child would draw the same bytes from a store that both inherited. */
static void a_forked_child_draws_other_bytes(void **state)
{
	uint8_t own[16], other[16];
	int pipe_ends[2];
	int code;

	(void)state;
	random_bytes(own, sizeof(own)); /* fills the store */
	assert_int_equal(pipe(pipe_ends), 0);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		random_bytes(other, sizeof(other));
		_exit(write(pipe_ends[1], other, sizeof(other)) == sizeof(other) ? 0 : 1);
	}
	random_bytes(own, sizeof(own));
	assert_int_equal(read(pipe_ends[0], other, sizeof(other)), sizeof(other));
	assert_memory_not_equal(own, other, sizeof(own));
	assert_int_equal(waitpid(child, &code, 0), child);
	assert_int_equal(code, 0);
	close(pipe_ends[0]);
	close(pipe_ends[1]);
}

static void *draw(void *to)
{
	random_bytes(to, 16);
	return NULL;
}

static void threads_draw_other_bytes(void **state)
{
	uint8_t drawn[2][16];
	pthread_t threads[2];

	(void)state;
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, draw, drawn[i]), 0);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_memory_not_equal(drawn[0], drawn[1], 16);
}

static void hex_goes_there_and_back(void **state)
{
	uint8_t bytes[256], again[256];
	char hex[513];

	(void)state;
	for (size_t i = 0; i < 256; i++)
		bytes[i] = (uint8_t)i;
	hex_encode(bytes, 256, hex);
	assert_memory_equal(hex, "000102030405", 12);
	assert_string_equal(hex + 508, "feff");
	assert_int_equal(hex_decode(hex, again, 256), STATUS_OK);
	assert_memory_equal(again, bytes, 256);
	assert_int_equal(hex_decode("0aFf", again, 2), STATUS_OK);
	assert_int_equal(again[1], 0xff);
}

static void hex_of_another_length_or_alphabet_is_refused(void **state)
{
	static const char *const wrong[] = {"",       "0",    "0a0",  "0a0b0",
					    "0a0b0c", "0g0b", "g00b", "0a -"};
	uint8_t out[2];

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(hex_decode(wrong[i], out, 2), STATUS_INVALID);
	assert_int_equal(hex_decode("", out, 0), STATUS_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_published_examples_come_out),
		cmocka_unit_test(beginning_again_forgets_what_was_added),
		cmocka_unit_test(random_bytes_do_not_repeat),
		cmocka_unit_test(a_forked_child_draws_other_bytes),
		cmocka_unit_test(threads_draw_other_bytes),
		cmocka_unit_test(hex_goes_there_and_back),
		cmocka_unit_test(hex_of_another_length_or_alphabet_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
