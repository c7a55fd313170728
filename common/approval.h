/* The kinds of approval: from approval.def. */
#ifndef COMMON_APPROVAL_H
#define COMMON_APPROVAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum approval_kind {
	APPROVAL_NONE,
#define APPROVAL(number, name, ...) APPROVAL_##name = (number),
#include "common/approval.def"
#undef APPROVAL
};

enum approval_use { APPROVAL_ONCE, APPROVAL_STANDING };

struct approval_spec {
	enum approval_kind kind;
	const char *word;  /* on the command line and in requests */
	const char *title; /* gettext msgid */
	enum approval_use use;
	uint32_t version; /* of the language of its rule */
};

/* All of them; *count is set. Static storage. */
const struct approval_spec *approval_all(size_t *count);

/* By number or by word; NULL when there is none. */
const struct approval_spec *approval_find(uint32_t kind);
const struct approval_spec *approval_find_word(const char *word);

#endif
