#include "common/paper.h"

#include <stdbool.h>

#define N_(text) text

static const struct paper_rule {
	Pb__Role role;
	Pb__PaperKind kind;
	Pb__PaperKind other; /* does as well; none: no other does */
	const char *text;
} rules[] = {
#define PAPER(role, kind, other, text)                                                             \
	{PB__ROLE__##role, PB__PAPER_KIND__##kind, PB__PAPER_KIND__##other, text},
#include "common/paper.def"
#undef PAPER
};

static bool is_shown(const struct paper_rule *rule, Pb__Paper *const *papers, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (papers[i]->kind == rule->kind || papers[i]->kind == rule->other)
			return true;
	return false;
}

size_t paper_missing(Pb__Role role, Pb__Paper *const *papers, size_t count,
		     const char *missing[static PAPERS_MISSING_MAX])
{
	size_t found = 0;

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (rules[i].role == role && found < PAPERS_MISSING_MAX &&
		    !is_shown(&rules[i], papers, count))
			missing[found++] = rules[i].text;
	return found;
}
