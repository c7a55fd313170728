#include "common/log.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

/* What a test logs goes to a pipe instead of stderr, and is read from it at once. */
struct capture {
	int real;
	int ends[2];
	char text[4096];
};

static int setup(void **state)
{
	struct capture *capture = calloc(1, sizeof(*capture));

	*state = capture;
	if (capture == NULL || pipe2(capture->ends, O_NONBLOCK) != 0)
		return -1;
	capture->real = dup(STDERR_FILENO);
	return dup2(capture->ends[1], STDERR_FILENO) < 0 ? -1 : 0;
}

static int teardown(void **state)
{
	struct capture *capture = *state;

	(void)dup2(capture->real, STDERR_FILENO);
	close(capture->real);
	close(capture->ends[0]);
	close(capture->ends[1]);
	free(capture);
	log_set_level(LOG_LEVEL_INFO);
	return 0;
}

/* What was written since the last time; "" when nothing was. */
static const char *written(void **state)
{
	struct capture *capture = *state;
	ssize_t got = read(capture->ends[0], capture->text, sizeof(capture->text) - 1);

	capture->text[got < 0 ? 0 : got] = '\0';
	return capture->text;
}

static void an_event_is_one_line_of_pairs(void **state)
{
	log_event(LOG_LEVEL_INFO, "listening", "address=%s port=%u", "127.0.0.1", 7443u);
	assert_string_equal(written(state),
			    "level=info event=listening address=127.0.0.1 port=7443\n");
	log_event(LOG_LEVEL_ERROR, "stopped", "%s", "now");
	assert_string_equal(written(state), "level=error event=stopped now\n");
}

static void numbers_of_every_size_are_written(void **state)
{
	log_event(LOG_LEVEL_WARN, "numbers", "a=%d b=%llu c=%zu d=%ld e=%x f=%jd g=%lld", -1,
		  UINT64_C(18446744073709551615) + 0ull, (size_t)3, -4L, 0xabcu, (intmax_t)-6,
		  -9223372036854775807LL - 1);
	assert_string_equal(written(state),
			    "level=warn event=numbers a=-1 b=18446744073709551615 c=3 "
			    "d=-4 e=abc f=-6 g=-9223372036854775808\n");
}

static void no_value_can_forge_a_line_or_a_pair(void **state)
{
	log_event(LOG_LEVEL_INFO, "hello", "client=%s next=%d", "x\nlevel=error event=forged", 1);
	assert_string_equal(
		written(state),
		"level=info event=hello client=\"x\\x0alevel=error event=forged\" next=1\n");
	log_event(LOG_LEVEL_INFO, "hello", "client=%s", "a\" b=\"c\\");
	assert_string_equal(written(state),
			    "level=info event=hello client=\"a\\\" b=\\\"c\\\\\"\n");
	log_event(LOG_LEVEL_INFO, "hello", "client=%s", "\x1b[2J\x7f");
	assert_string_equal(written(state), "level=info event=hello client=\"\\x1b[2J\\x7f\"\n");
}

static void readable_text_stays_readable_and_other_bytes_are_escaped(void **state)
{
	log_event(LOG_LEVEL_INFO, "name", "name=%s", "档案室");
	assert_string_equal(written(state), "level=info event=name name=\"档案室\"\n");
	log_event(LOG_LEVEL_INFO, "name", "name=%s", "x\xff\xe6");
	assert_string_equal(written(state), "level=info event=name name=\"x\\xff\\xe6\"\n");
	log_event(LOG_LEVEL_INFO, "name", "name=%s", "x\u202e");
	assert_string_equal(written(state), "level=info event=name name=\"x\\xe2\\x80\\xae\"\n");
}

static void missing_and_partial_values_are_shown(void **state)
{
	const char *none = getenv("DOSSIER_TEST_NO_SUCH_VARIABLE");

	assert_null(none);
	log_event(LOG_LEVEL_INFO, "value", "a=%s b=%.*s", "", 3, "abcdef");
	assert_string_equal(written(state), "level=info event=value a=\"\" b=abc\n");
	log_event(LOG_LEVEL_INFO, "value", "a=%s", none);
	assert_string_equal(written(state), "level=info event=value a=\"\"\n");
}

static void a_long_line_is_cut_and_still_ends_well(void **state)
{
	char value[3000];

	memset(value, 'x', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	value[5] = ' ';
	log_event(LOG_LEVEL_INFO, "long", "value=%s next=%d", value, 1);
	const char *line = written(state);
	size_t len = strlen(line);
	assert_in_range(len, 990, 1000);
	assert_string_equal(line + len - 2, "\"\n");
	assert_ptr_equal(strchr(line, '\n'), line + len - 1);
	for (size_t i = 0; i + 3 < sizeof(value); i += 3)
		memcpy(value + i, "\xe6\xa1\xa3", 4);
	for (size_t shift = 0; shift < 3; shift++) {
		log_event(LOG_LEVEL_INFO, "long", "%s=%s", &"xxx"[shift], value);
		line = written(state);
		len = strlen(line);
		assert_in_range(len, 990, 1000);
		assert_memory_equal(line + len - 5, "\xe6\xa1\xa3\"\n", 5);
	}
}

static void what_is_below_the_level_is_not_written(void **state)
{
	log_event(LOG_LEVEL_DEBUG, "detail", "a=%d", 1);
	assert_string_equal(written(state), "");
	log_set_level(LOG_LEVEL_DEBUG);
	log_event(LOG_LEVEL_DEBUG, "detail", "a=%d", 1);
	assert_string_equal(written(state), "level=debug event=detail a=1\n");
	log_set_level(LOG_LEVEL_ERROR);
	log_event(LOG_LEVEL_WARN, "detail", "a=%d", 1);
	assert_string_equal(written(state), "");
}

/* The journal has a clock of its own; who looks at a terminal needs ours. */
static void a_terminal_gets_the_time_too(void **state)
{
	struct capture *capture = *state;
	int master = posix_openpt(O_RDWR | O_NOCTTY);

	assert_true(master >= 0);
	assert_int_equal(grantpt(master) | unlockpt(master), 0);
	int terminal = open(ptsname(master), O_RDWR | O_NOCTTY);
	assert_true(terminal >= 0);
	assert_int_equal(dup2(terminal, STDERR_FILENO), STDERR_FILENO);
	log_event(LOG_LEVEL_INFO, "seen", "a=%d", 1);
	ssize_t got = read(master, capture->text, sizeof(capture->text) - 1);
	close(terminal);
	close(master);
	assert_true(got > 21);
	capture->text[got] = '\0';
	assert_memory_equal(capture->text, "20", 2);
	assert_memory_equal(capture->text + 19, "Z level=info event=seen a=1", 27);
}

static void levels_are_known_by_their_words(void **state)
{
	(void)state;
	assert_int_equal(log_level_parse("error"), LOG_LEVEL_ERROR);
	assert_int_equal(log_level_parse("warn"), LOG_LEVEL_WARN);
	assert_int_equal(log_level_parse("info"), LOG_LEVEL_INFO);
	assert_int_equal(log_level_parse("debug"), LOG_LEVEL_DEBUG);
	assert_int_equal(log_level_parse(""), -1);
	assert_int_equal(log_level_parse("INFO"), -1);
	assert_int_equal(log_level_parse("infos"), -1);
}

static void logging_keeps_errno(void **state)
{
	errno = ENOSPC;
	close(STDERR_FILENO);
	log_event(LOG_LEVEL_INFO, "nobody_hears", "a=%d", 1);
	assert_int_equal(errno, ENOSPC);
	assert_string_equal(written(state), "");
}

#define CAPTURED(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CAPTURED(an_event_is_one_line_of_pairs),
		CAPTURED(numbers_of_every_size_are_written),
		CAPTURED(no_value_can_forge_a_line_or_a_pair),
		CAPTURED(readable_text_stays_readable_and_other_bytes_are_escaped),
		CAPTURED(missing_and_partial_values_are_shown),
		CAPTURED(a_long_line_is_cut_and_still_ends_well),
		CAPTURED(what_is_below_the_level_is_not_written),
		CAPTURED(a_terminal_gets_the_time_too),
		cmocka_unit_test(levels_are_known_by_their_words),
		CAPTURED(logging_keeps_errno),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
