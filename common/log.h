/*
 * One line an event on stderr (the journal adds the time there; a terminal gets it from us):
 *   level=info event=listening address=127.0.0.1 port=7443
 * Values are escaped, so that nothing a peer sends can forge a line. No personal data: ids and
 * numbers only. Threads: any.
 */
#ifndef COMMON_LOG_H
#define COMMON_LOG_H

#include <stdint.h>

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* What is written from now on: this level and above. Default: info. */
void log_set_level(enum log_level level);

/* "error" "warn" "info" "debug"; -1 when it is none. */
int log_level_parse(const char *word);

/* event is a word; format gives "key=%s key2=%llu" pairs: each %s value is escaped and quoted where
 * needed. Knows %s %.*s %d %u %x with l, ll, z or j, no widths. At most 1,000 bytes a line, the
 * rest is cut. Keeps errno. */
void log_event(enum log_level level, const char *event, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
