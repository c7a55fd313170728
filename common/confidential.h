/* What a confidential dossier may hold: from confidential.def. */
#ifndef COMMON_CONFIDENTIAL_H
#define COMMON_CONFIDENTIAL_H

#include <stddef.h>

struct confidential_field {
	const char *word;
	const char *title; /* gettext msgid */
};

struct confidential_section {
	const char *word;
	const char *title;                       /* gettext msgid */
	const struct confidential_field *fields; /* the last has word NULL */
};

/* All of them; *count is set. Static storage. */
const struct confidential_section *confidential_all(size_t *count);

/* By word; NULL when there is none. */
const struct confidential_section *confidential_section_find(const char *word);
const struct confidential_field *confidential_field_find(const struct confidential_section *section,
							 const char *word);

#endif
