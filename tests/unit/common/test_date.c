#include "common/date.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define CHINA 480
#define HOUR INT64_C(3600000000)

static void known_days_have_their_numbers(void **state)
{
	(void)state;
	assert_int_equal(date_from_civil(1970, 1, 1), 0);
	assert_int_equal(date_from_civil(1969, 12, 31), -1);
	assert_int_equal(date_from_civil(2000, 2, 29), 11016);
	assert_int_equal(date_from_civil(2026, 3, 1), 20513);
	assert_int_equal(date_from_civil(9999, 12, 31), DATE_MAX);
	assert_int_equal(date_year(20513), 2026);
	assert_int_equal(date_year(-1), 1969);
}

/* Counts through the calendar with the school's rule for leap years. */
static void every_day_follows_the_day_before(void **state)
{
	static const unsigned days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int32_t date = 0, parsed;
	char text[DATE_TEXT_LEN], expected[40];

	(void)state;
	for (int year = 1970; year <= 2410; year++) {
		bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
		for (unsigned month = 1; month <= 12; month++) {
			unsigned last = days[month - 1] + (leap && month == 2);
			for (unsigned day = 1; day <= last; day++, date++) {
				(void)snprintf(expected, sizeof(expected), "%04d-%02u-%02u", year,
					       month, day);
				date_format(date, text);
				assert_string_equal(text, expected);
				assert_int_equal(date_from_civil(year, month, day), date);
				assert_int_equal(date_parse(text, 0, &parsed), STATUS_OK);
				assert_int_equal(parsed, date);
			}
		}
	}
}

static void the_business_day_begins_at_the_offices_midnight(void **state)
{
	const int64_t midnight = date_to_time(20513, CHINA);

	(void)state;
	assert_int_equal(midnight, INT64_C(20512) * 24 * HOUR + 16 * HOUR);
	assert_int_equal(date_of_time(midnight, CHINA), 20513);
	assert_int_equal(date_of_time(midnight - 1, CHINA), 20512);
	assert_int_equal(date_of_time(midnight, 0), 20512);
	assert_int_equal(date_of_time(-1, 0), -1);
	assert_int_equal(date_of_time(0, -1), -1);
	for (int zone = -720; zone <= 840; zone += 15)
		assert_int_equal(date_of_time(date_to_time(20513, zone), zone), 20513);
}

static void times_are_shown_in_the_zone(void **state)
{
	char text[DATE_TIME_TEXT_LEN];

	(void)state;
	date_format_time(0, CHINA, text);
	assert_string_equal(text, "1970-01-01 08:00:00");
	date_format_time(date_to_time(20513, CHINA) + 9 * HOUR + HOUR / 2 + 59999999, CHINA, text);
	assert_string_equal(text, "2026-03-01 09:30:59");
	date_format_time(-1, 0, text);
	assert_string_equal(text, "1969-12-31 23:59:59");
}

static void no_number_breaks_out_of_the_text(void **state)
{
	static const int64_t times[] = {INT64_MIN, INT64_MIN + 1, INT64_MAX, INT64_MAX - 1};
	char text[DATE_TEXT_LEN];
	char time[DATE_TIME_TEXT_LEN];

	(void)state;
	date_format(INT32_MAX, text);
	assert_string_equal(text, "9999-12-31");
	date_format(INT32_MIN, text);
	assert_string_equal(text, "0001-01-01");
	for (size_t i = 0; i < 4; i++) {
		date_format_time(times[i], 840, time);
		assert_int_equal(strlen(time), DATE_TIME_TEXT_LEN - 1);
		date_format_time(times[i], -840, time);
		assert_int_equal(strlen(time), DATE_TIME_TEXT_LEN - 1);
	}
	assert_int_equal(date_to_time(INT32_MAX, 0), INT64_MAX);
	assert_int_equal(date_to_time(INT32_MIN, 0), INT64_MIN);
}

static void relative_dates_start_from_today(void **state)
{
	static const struct {
		const char *text;
		int32_t date;
	} known[] = {{"today", 100}, {"tomorrow", 101},     {"yesterday", 99},
		     {"+15d", 115},  {"-3d", 97},           {"+0d", 100},
		     {"-100d", 0},   {"2026-03-01", 20513}, {"+007d", 107}};
	int32_t date;

	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		assert_int_equal(date_parse(known[i].text, 100, &date), STATUS_OK);
		assert_int_equal(date, known[i].date);
	}
}

static void what_is_no_date_is_refused(void **state)
{
	static const char *const wrong[] = {
		"",           "+",           "-",           "d",          "+d",
		"+15",        "15d",         "+ 15d",       "+15d ",      "+15D",
		"+-1d",       "+99999999d",  "-101d",       "Today",      "2026-3-1",
		"2026-03-1",  "2026-02-29",  "2025-04-31",  "2026-00-01", "2026-13-01",
		"2026-01-00", "2026-01-32",  "2026/01/01",  "20260101",   "1969-12-31",
		"0000-01-01", "2026-01-01 ", " 2026-01-01", "+026-01-01", "2026-0a-01",
	};
	int32_t date = 7;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(date_parse(wrong[i], 100, &date), STATUS_INVALID);
	assert_int_equal(date_parse("tomorrow", DATE_MAX, &date), STATUS_INVALID);
	assert_int_equal(date_parse("+9999999d", INT32_MAX, &date), STATUS_INVALID);
	assert_int_equal(date, 7);
}

static void clocks_run_forward(void **state)
{
	int64_t before = clock_monotonic();

	(void)state;
	assert_true(clock_now() > date_to_time(20000, 0));
	assert_true(clock_monotonic() >= before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_days_have_their_numbers),
		cmocka_unit_test(every_day_follows_the_day_before),
		cmocka_unit_test(the_business_day_begins_at_the_offices_midnight),
		cmocka_unit_test(times_are_shown_in_the_zone),
		cmocka_unit_test(no_number_breaks_out_of_the_text),
		cmocka_unit_test(relative_dates_start_from_today),
		cmocka_unit_test(what_is_no_date_is_refused),
		cmocka_unit_test(clocks_run_forward),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
