/* What each role may do, and on what: from role.def. */
#ifndef COMMON_ROLE_H
#define COMMON_ROLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/rpc.h"

/* On what a permission is exercised; what each means: role.def. */
enum scope {
	SCOPE_NONE, /* it is not given */
	SCOPE_SELF,
	SCOPE_GRANT,
	SCOPE_OWN,
	SCOPE_DEPARTMENT,
	SCOPE_OFFICE,
	SCOPE_ALL,
};

enum role_kind { ROLE_STAFF, ROLE_OUTSIDER, ROLE_DEVICE };

struct role {
	int number;        /* Pb__Role */
	const char *word;  /* on the command line */
	const char *title; /* gettext msgid */
	enum role_kind kind;
	uint8_t scopes[PERMISSION_COUNT]; /* enum scope, by enum permission */
};

/* All of them; *count is set. Static storage. */
const struct role *role_all(size_t *count);

/* By number or by word; NULL when there is none. */
const struct role *role_find(int number);
const struct role *role_find_word(const char *word);

/* On what the role may do it: SCOPE_NONE when it may not, and for a NULL role. */
enum scope role_scope(const struct role *role, enum permission permission);

/* Whether it may do it on anything at all. */
bool role_may(const struct role *role, enum permission permission);

/* "CUSTOMER_READ"; static storage. */
const char *permission_name(enum permission permission);

/* "OFFICE"; static storage. */
const char *scope_name(enum scope scope);

#endif
