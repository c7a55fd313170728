#include "common/status.h"

#include <stddef.h>
#include <string.h>

/* Marks a gettext msgid; translating it is the command line's. */
#define N_(text) text

const char *status_name(enum status status)
{
	switch (status) {
#define STATUS(number, name, exit, text)                                                           \
	case STATUS_##name:                                                                        \
		return #name;
#include "common/status.def"
#undef STATUS
	}
	return "?";
}

const char *status_text(enum status status)
{
	switch (status) {
#define STATUS(number, name, exit, text)                                                           \
	case STATUS_##name:                                                                        \
		return text;
#include "common/status.def"
#undef STATUS
	}
	return N_("the server answered something this program does not know");
}

enum exit_code status_exit(enum status status)
{
	switch (status) {
#define STATUS(number, name, exit, text)                                                           \
	case STATUS_##name:                                                                        \
		return (enum exit_code)exit;
#include "common/status.def"
#undef STATUS
	}
	return EXIT_REFUSED;
}

static const struct reason reasons[REASON_COUNT] = {
#define REASON(name, text, next) [REASON_##name] = {#name, text, next},
#include "common/reason.def"
#undef REASON
};

const char *reason_name(enum reason_id id)
{
	return reasons[id].name;
}

const struct reason *reason_find(const char *name)
{
	for (size_t i = 0; i < REASON_COUNT; i++) {
		if (strcmp(reasons[i].name, name) == 0)
			return &reasons[i];
	}
	return NULL;
}

const struct reason *reason_find_text(const char *text)
{
	for (size_t i = 0; i < REASON_COUNT; i++) {
		if (strcmp(reasons[i].text, text) == 0)
			return &reasons[i];
	}
	return NULL;
}
