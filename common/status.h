/*
 * The outcome of everything that can fail: one enum for functions, answers and the command line.
 * Declared in status.def (statuses) and reason.def (machine-readable reasons of a refusal).
 */
#ifndef COMMON_STATUS_H
#define COMMON_STATUS_H

/* Whoever calls it must look at what it returns. */
#define MUST_CHECK __attribute__((warn_unused_result))

enum status {
#define STATUS(number, name, exit, text) STATUS_##name = number,
#include "common/status.def"
#undef STATUS
};

/* Exit codes of the command line. Nothing else is ever returned. */
enum exit_code {
	EXIT_DONE = 0,
	EXIT_REFUSED = 1,
	EXIT_USAGE = 2,
	EXIT_UNREACHABLE = 3,
	EXIT_UNKNOWN = 4,
	EXIT_PROOF = 5,
};

/* The name as in status.def ("ON_LOAN"); "?" for a number that is none. Static storage. */
const char *status_name(enum status status);

/* The English sentence, a gettext msgid. Static storage. */
const char *status_text(enum status status);

/* What the command line exits with. An unknown number counts as refused. */
enum exit_code status_exit(enum status status);

/* REASON_item_on_loan and so on. The numbers may change: only the names travel. */
enum reason_id {
#define REASON(name, text, next) REASON_##name,
#include "common/reason.def"
#undef REASON
	REASON_COUNT
};

/* A reason's sentence and what to do next: gettext msgids with {facts}, static storage. */
struct reason {
	const char *name;
	const char *text;
	const char *next; /* may be "" */
};

/* "item_on_loan"; static storage. */
const char *reason_name(enum reason_id id);

/* Finds a reason by name; NULL when there is none (a newer server may know more). */
const struct reason *reason_find(const char *name);

/* Finds a reason by its sentence as it stands in the table; NULL when it is none's. */
const struct reason *reason_find_text(const char *text);

#endif
