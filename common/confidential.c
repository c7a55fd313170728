#include "common/confidential.h"

#include <string.h>

/* Marks a gettext msgid. */
#define N_(text) text

static const struct confidential_section sections[] = {
#define FIELD(word, title) {word, title},
#define SECTION(word, title, fields)                                                               \
	{word, title, (const struct confidential_field[]){fields{NULL, NULL}}},
#include "common/confidential.def"
#undef SECTION
#undef FIELD
};

#define SECTIONS (sizeof(sections) / sizeof(sections[0]))

const struct confidential_section *confidential_all(size_t *count)
{
	*count = SECTIONS;
	return sections;
}

const struct confidential_section *confidential_section_find(const char *word)
{
	for (size_t i = 0; i < SECTIONS; i++)
		if (strcmp(sections[i].word, word) == 0)
			return &sections[i];
	return NULL;
}

const struct confidential_field *confidential_field_find(const struct confidential_section *section,
							 const char *word)
{
	for (const struct confidential_field *field = section->fields; field->word != NULL; field++)
		if (strcmp(field->word, word) == 0)
			return field;
	return NULL;
}
