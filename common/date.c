#include "common/date.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SECOND INT64_C(1000000) /* in microseconds */
#define MINUTE (60 * SECOND)
#define DAY_MINUTES 1440
#define DATE_MIN_TEXT (-719162) /* 0001-01-01: what is shown has four digits a year */

/* A year begins in March here, so that the leap day is its last; 400 years are an era. */
#define ERA_DAYS 146097
#define EPOCH_DAYS 719468 /* from 0000-03-01 to 1970-01-01 */

struct civil {
	int year;
	unsigned month;
	unsigned day;
};

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

int32_t date_from_civil(int year, unsigned month, unsigned day)
{
	int64_t shifted = (int64_t)year - (month <= 2);
	int64_t era = floor_div(shifted, 400);
	int64_t year_of_era = shifted - era * 400;
	int64_t day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
	int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

	return (int32_t)(era * ERA_DAYS + day_of_era - EPOCH_DAYS);
}

static struct civil to_civil(int32_t date)
{
	int64_t days = (int64_t)date + EPOCH_DAYS;
	int64_t era = floor_div(days, ERA_DAYS);
	int64_t of_era = days - era * ERA_DAYS;
	int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
	int64_t month = (5 * of_year + 2) / 153;

	return (struct civil){
		.year = (int)(year + era * 400 + (month >= 10)),
		.month = (unsigned)(month < 10 ? month + 3 : month - 9),
		.day = (unsigned)(of_year - (153 * month + 2) / 5 + 1),
	};
}

/* Minutes since the epoch in the zone. */
static int64_t local_minutes(int64_t time, int zone_minutes)
{
	return floor_div(time, MINUTE) + zone_minutes;
}

int32_t date_of_time(int64_t time, int zone_minutes)
{
	return (int32_t)floor_div(local_minutes(time, zone_minutes), DAY_MINUTES);
}

int64_t date_to_time(int32_t date, int zone_minutes)
{
	int64_t minutes = (int64_t)date * DAY_MINUTES - zone_minutes;
	int64_t time;

	if (__builtin_mul_overflow(minutes, MINUTE, &time))
		return date < 0 ? INT64_MIN : INT64_MAX;
	return time;
}

int date_year(int32_t date)
{
	return to_civil(date).year;
}

static void put_digits(char *to, unsigned digits, unsigned value)
{
	while (digits-- > 0) {
		to[digits] = (char)('0' + value % 10);
		value /= 10;
	}
}

void date_format(int32_t date, char out[static DATE_TEXT_LEN])
{
	int32_t shown = date < DATE_MIN_TEXT ? DATE_MIN_TEXT : date > DATE_MAX ? DATE_MAX : date;
	struct civil civil = to_civil(shown);

	memcpy(out, "....-..-..", DATE_TEXT_LEN);
	put_digits(out, 4, (unsigned)civil.year);
	put_digits(out + 5, 2, civil.month);
	put_digits(out + 8, 2, civil.day);
}

void date_format_time(int64_t time, int zone_minutes, char out[static DATE_TIME_TEXT_LEN])
{
	int64_t minutes = local_minutes(time, zone_minutes);
	int64_t date = floor_div(minutes, DAY_MINUTES);
	unsigned of_day = (unsigned)(minutes - date * DAY_MINUTES);
	unsigned second = (unsigned)(floor_div(time, SECOND) - floor_div(time, MINUTE) * 60);

	date_format((int32_t)date, out);
	memcpy(out + DATE_TEXT_LEN - 1, " ..:..:..", 10);
	put_digits(out + 11, 2, of_day / 60);
	put_digits(out + 14, 2, of_day % 60);
	put_digits(out + 17, 2, second);
}

/* Exactly as many digits. */
static bool get_digits(const char *text, unsigned digits, unsigned *value)
{
	*value = 0;
	for (unsigned i = 0; i < digits; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		*value = *value * 10 + (unsigned)(text[i] - '0');
	}
	return true;
}

/* "2026-03-01", a day that there is. */
static bool parse_civil(const char *text, int64_t *date)
{
	unsigned year, month, day;

	if (strlen(text) != DATE_TEXT_LEN - 1 || text[4] != '-' || text[7] != '-')
		return false;
	if (!get_digits(text, 4, &year) || !get_digits(text + 5, 2, &month) ||
	    !get_digits(text + 8, 2, &day) || month < 1 || month > 12 || day < 1)
		return false;
	*date = date_from_civil((int)year, month, day);
	struct civil civil = to_civil((int32_t)*date);
	return civil.month == month && civil.day == day; /* the 31st of April is in May */
}

/* "+15d" "-3d" */
static bool parse_offset(const char *text, int32_t today, int64_t *date)
{
	size_t digits = strspn(text + 1, "0123456789");
	unsigned days;

	if (digits < 1 || digits > 7 || strcmp(text + 1 + digits, "d") != 0 ||
	    !get_digits(text + 1, (unsigned)digits, &days))
		return false;
	*date = (int64_t)today + (text[0] == '-' ? -(int64_t)days : (int64_t)days);
	return true;
}

/* "today" "tomorrow" "yesterday" */
static bool parse_word(const char *text, int32_t today, int64_t *date)
{
	static const struct {
		const char *word;
		int days;
	} words[] = {{"today", 0}, {"tomorrow", 1}, {"yesterday", -1}};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(text, words[i].word) == 0) {
			*date = (int64_t)today + words[i].days;
			return true;
		}
	}
	return false;
}

enum status date_parse(const char *text, int32_t today, int32_t *date)
{
	int64_t found;
	bool known = text[0] == '+' || text[0] == '-'
			     ? parse_offset(text, today, &found)
			     : parse_word(text, today, &found) || parse_civil(text, &found);

	if (!known || found < 0 || found > DATE_MAX)
		return STATUS_INVALID;
	*date = (int32_t)found;
	return STATUS_OK;
}

static int64_t clock_read(clockid_t clock)
{
	struct timespec now;

	if (clock_gettime(clock, &now) != 0)
		abort(); /* only an unknown clock fails */
	return (int64_t)now.tv_sec * SECOND + now.tv_nsec / 1000;
}

int64_t clock_now(void)
{
	return clock_read(CLOCK_REALTIME);
}

int64_t clock_monotonic(void)
{
	return clock_read(CLOCK_MONOTONIC);
}
