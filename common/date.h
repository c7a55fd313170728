/*
 * Business dates: days since 1970-01-01 in an office's zone, which is a fixed offset from UTC
 * (China has no daylight saving). Proleptic Gregorian; no locale, no environment.
 */
#ifndef COMMON_DATE_H
#define COMMON_DATE_H

#include <stdint.h>

#include "common/status.h"

#define DATE_TEXT_LEN 11      /* "2026-03-01" and NUL */
#define DATE_TIME_TEXT_LEN 20 /* "2026-03-01 09:30:00" and NUL */
#define DATE_MAX 2932896      /* 9999-12-31 */

/* The date that it is at a time (microseconds since the epoch) in a zone. */
int32_t date_of_time(int64_t time, int zone_minutes);

/* Start of a date as a time. */
int64_t date_to_time(int32_t date, int zone_minutes);

int32_t date_from_civil(int year, unsigned month, unsigned day);
int date_year(int32_t date);

/* "2026-03-01"; what is outside the years 1 to 9999 is shown as the nearest day inside. */
void date_format(int32_t date, char out[static DATE_TEXT_LEN]);

/* "2026-03-01 09:30:00" in the zone. */
void date_format_time(int64_t time, int zone_minutes, char out[static DATE_TIME_TEXT_LEN]);

/* "2026-03-01" "today" "tomorrow" "yesterday" "+15d" "-3d"; today is what the relative ones start
 * from. STATUS_INVALID for anything else and for dates outside 1970..9999. */
MUST_CHECK enum status date_parse(const char *text, int32_t today, int32_t *date);

/* Now, from the system's clock, microseconds since the epoch, UTC. */
int64_t clock_now(void);

/* From the monotonic clock, microseconds: for intervals. */
int64_t clock_monotonic(void);

#endif
