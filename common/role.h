/* What each role may do, and on what: from role.def. */
#ifndef COMMON_ROLE_H
#define COMMON_ROLE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/rpc.h"

enum scope { SCOPE_OFFICE, SCOPE_ALL };

struct role {
	int number;        /* Pb__Role */
	const char *word;  /* on the command line */
	const char *title; /* gettext msgid */
	enum scope scope;
	uint64_t permissions; /* bit 1 << enum permission */
};

/* All of them; *count is set. Static storage. */
const struct role *role_all(size_t *count);

/* By number or by word; NULL when there is none. */
const struct role *role_find(int number);
const struct role *role_find_word(const char *word);

/* False for a NULL role. */
bool role_may(const struct role *role, enum permission permission);

/* "CUSTOMER_READ"; static storage. */
const char *permission_name(enum permission permission);

#endif
