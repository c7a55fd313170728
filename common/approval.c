#include "common/approval.h"

#include <string.h>

/* Marks a gettext msgid. */
#define N_(text) text

static const struct approval_spec specs[] = {
#define APPROVAL(number, name, word, title, setting, use, version)                                 \
	{APPROVAL_##name, #word, title, APPROVAL_##use, version},
#include "common/approval.def"
#undef APPROVAL
};

#define SPEC_COUNT (sizeof(specs) / sizeof(specs[0]))

const struct approval_spec *approval_all(size_t *count)
{
	*count = SPEC_COUNT;
	return specs;
}

const struct approval_spec *approval_find(uint32_t kind)
{
	for (size_t i = 0; i < SPEC_COUNT; i++)
		if ((uint32_t)specs[i].kind == kind)
			return &specs[i];
	return NULL;
}

const struct approval_spec *approval_find_word(const char *word)
{
	for (size_t i = 0; i < SPEC_COUNT; i++)
		if (strcmp(specs[i].word, word) == 0)
			return &specs[i];
	return NULL;
}
