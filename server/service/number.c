#include "server/service/number.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/date.h"
#include "server/service/make.h"

#define NUMBER_LEN 256 /* a rule is shorter (CONFIG_TEXT_LEN), its longest value is 20 digits */
#define SERIAL_WIDTH_MAX 18 /* digits of a serial */
#define TAKEN_MAX 10000     /* taken numbers passed over in a row */
#define SERIES_FIRST 4      /* an act seldom is about more offices */
#define SERIAL_MARK "{serial"

/* A rule taken apart for one office and year. */
struct pattern {
	char before[NUMBER_LEN]; /* the serial: name of the series */
	char after[NUMBER_LEN];
	int width;
};

void numbering_init(struct numbering *numbering, struct call *call, const char *rule,
		    enum index_id taken)
{
	*numbering = (struct numbering){.call = call, .rule = rule, .taken = taken};
}

/* Writes rule[0..len) with its office and year filled in. */
static void pattern_fill(const char *rule, size_t len, const char *office, int year,
			 char out[static NUMBER_LEN])
{
	static const char office_mark[] = "{office}";
	static const char year_mark[] = "{year}";
	size_t used = 0;

	for (size_t at = 0; at < len && used + 1 < NUMBER_LEN;) {
		size_t room = NUMBER_LEN - used;

		if (strncmp(rule + at, office_mark, sizeof(office_mark) - 1) == 0) {
			used += (size_t)snprintf(out + used, room, "%s", office);
			at += sizeof(office_mark) - 1;
		} else if (strncmp(rule + at, year_mark, sizeof(year_mark) - 1) == 0) {
			used += (size_t)snprintf(out + used, room, "%d", year);
			at += sizeof(year_mark) - 1;
		} else {
			out[used++] = rule[at++];
		}
	}
	out[used < NUMBER_LEN ? used : NUMBER_LEN - 1] = '\0';
}

static void pattern_parse(struct pattern *pattern, const char *rule, const char *office, int year)
{
	const char *mark = strstr(rule, SERIAL_MARK);
	const char *end = mark == NULL ? NULL : strchr(mark, '}');
	long width = 0;

	if (end == NULL) {
		pattern_fill(rule, strlen(rule), office, year, pattern->before);
		pattern->after[0] = '\0';
	} else {
		if (mark[sizeof(SERIAL_MARK) - 1] == ':')
			width = strtol(mark + sizeof(SERIAL_MARK), NULL, 10);
		pattern_fill(rule, (size_t)(mark - rule), office, year, pattern->before);
		pattern_fill(end + 1, strlen(end + 1), office, year, pattern->after);
	}
	pattern->width = width < 1 ? 1 : width > SERIAL_WIDTH_MAX ? SERIAL_WIDTH_MAX : (int)width;
}

static enum status series_add(struct numbering *numbering, Pb__Series *series)
{
	size_t capacity = numbering->capacity == 0 ? SERIES_FIRST : 2 * numbering->capacity;
	Pb__Series **all;

	if (numbering->count == numbering->capacity) {
		all = arena_calloc(numbering->call->arena, capacity, sizeof(Pb__Series *));
		if (all == NULL)
			return STATUS_MEMORY;
		for (size_t i = 0; i < numbering->count; i++)
			all[i] = numbering->series[i];
		numbering->series = all;
		numbering->capacity = capacity;
	}
	numbering->series[numbering->count++] = series;
	return STATUS_OK;
}

/* The series of that name: drawn from before in this act, in the store, or new. */
static enum status series_find(struct numbering *numbering, const char *name, Pb__Series **found)
{
	struct call *call = numbering->call;
	struct key key = {.len = 0};
	Pb__Series *series;
	uint64_t id;

	for (size_t i = 0; i < numbering->count; i++) {
		*found = numbering->series[i];
		if (strcmp((*found)->name, name) == 0)
			return STATUS_OK;
	}
	key_text(&key, name);
	id = index_find(call->txn, INDEX_series_by_name, &key);
	series = id == 0 ? make_series(call) : series_get(call->txn, id, call->arena);
	if (series == NULL)
		return STATUS_MEMORY;
	if (id == 0) {
		series->id = call_new_id(call, TABLE_series);
		series->name = arena_copy(call->arena, name, strlen(name));
		if (series->name == NULL)
			return STATUS_MEMORY;
	}
	*found = series;
	return series_add(numbering, series);
}

enum status numbering_next(struct numbering *numbering, const Pb__Office *office,
			   const char **number)
{
	struct call *call = numbering->call;
	struct pattern pattern;
	Pb__Series *series;
	enum status status;
	struct key key;

	pattern_parse(&pattern, numbering->rule, office->code, date_year(call->today));
	if (pattern.before[0] == '\0') /* an empty text is no name */
		snprintf(pattern.before, sizeof(pattern.before), "%s-", office->code);
	status = series_find(numbering, pattern.before, &series);
	for (unsigned tries = 0; status == STATUS_OK; tries++) {
		if (tries == TAKEN_MAX)
			return call_refuse(call, STATUS_LIMIT, REASON_too_many, series->name);
		series->last++;
		*number = arena_printf(call->arena, "%s%0*llu%s", pattern.before, pattern.width,
				       (unsigned long long)series->last, pattern.after);
		if (*number == NULL)
			return STATUS_MEMORY;
		key.len = 0;
		key_text(&key, *number);
		if (index_find(call->txn, numbering->taken, &key) == 0)
			break;
	}
	return status;
}
