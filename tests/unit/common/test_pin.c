/* A pin stands for every CA that is trusted, and for the log key. */
#include "common/pin.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "common/buf.h"
#include "common/file.h"
#include "tests/lib/certificates.h"

static const uint8_t log_key[] = "key";

static void add_file(struct certificates *all, const char *name, struct buf *to)
{
	uint8_t *bytes;
	size_t len;

	assert_int_equal(file_get(certificates_path(all, name, "pem"), 65536, &bytes, &len),
			 STATUS_OK);
	assert_int_equal(buf_append(to, bytes, len), STATUS_OK);
	free(bytes);
}

static void assert_pins(const struct buf *pem, const uint8_t *key, size_t len, bool same,
			const uint8_t *expected)
{
	uint8_t pin[PIN_LEN];

	assert_int_equal(pin_of(buf_head(pem), pem->len, key, len, pin), STATUS_OK);
	assert_int_equal(memcmp(pin, expected, PIN_LEN) == 0, same);
}

static void each_ca_their_order_and_the_log_key_count(void **state)
{
	struct certificates all;
	struct buf one = BUF_EMPTY;
	struct buf two = BUF_EMPTY;
	struct buf turned = BUF_EMPTY;
	uint8_t pin[PIN_LEN];

	(void)state;
	certificates_usual(&all);
	add_file(&all, "ca", &one);
	add_file(&all, "ca", &two);
	add_file(&all, "server", &two);
	add_file(&all, "server", &turned);
	add_file(&all, "ca", &turned);
	assert_int_equal(pin_of(buf_head(&two), two.len, log_key, sizeof(log_key), pin), STATUS_OK);
	assert_pins(&two, log_key, sizeof(log_key), true, pin);
	assert_pins(&one, log_key, sizeof(log_key), false, pin);
	assert_pins(&turned, log_key, sizeof(log_key), false, pin);
	assert_pins(&two, log_key, sizeof(log_key) - 1, false, pin);
	buf_release(&one);
	buf_release(&two);
	buf_release(&turned);
	certificates_end(&all);
}

static void a_pin_needs_a_certificate(void **state)
{
	uint8_t pin[PIN_LEN];

	(void)state;
	assert_int_equal(pin_of("nonsense", 8, log_key, sizeof(log_key), pin), STATUS_INVALID);
	assert_int_equal(pin_of("", 0, log_key, sizeof(log_key), pin), STATUS_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_ca_their_order_and_the_log_key_count),
		cmocka_unit_test(a_pin_needs_a_certificate),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
