#include "common/ruling.h"

#include <string.h>

#define LETTERS "abcdefghijklmnopqrstuvwxyz"
#define BLANKS " \t"

struct span {
	const char *at;
	size_t len;
};

/* The words of conditions, each with the input that it is compared with. */
static const struct {
	const char *word;
	const char *input;
} conditions[] = {
	{"public", "secrecy"}, {"internal", "secrecy"},      {"confidential", "secrecy"},
	{"secret", "secrecy"}, {"original", "authenticity"}, {"copy", "authenticity"},
};

static const struct {
	const char *word;
	Pb__ApprovalLevel level;
	uint32_t version; /* of the language that has the word first */
} levels[] = {
	{"head", PB__APPROVAL_LEVEL__HEAD, 1},
	{"gm", PB__APPROVAL_LEVEL__MANAGER, 1},
	{"officer", PB__APPROVAL_LEVEL__OFFICER_LEVEL, 2},
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static bool is_word(struct span span, const char *word)
{
	return strlen(word) == span.len && memcmp(span.at, word, span.len) == 0;
}

/* Takes the next word; of length 0 when there is none. */
static struct span take_word(const char **at)
{
	struct span span;

	*at += strspn(*at, BLANKS);
	span = (struct span){*at, strspn(*at, LETTERS)};
	*at += span.len;
	*at += strspn(*at, BLANKS);
	return span;
}

static bool take_mark(const char **at, char mark)
{
	if (**at != mark)
		return false;
	++*at;
	return true;
}

static const char *input_value(Pb__ApprovalInput *const *inputs, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(inputs[i]->name, name) == 0)
			return inputs[i]->value;
	return "";
}

/* Takes "word, word:"; *fits tells whether one of them fits. False when they are none. */
static bool take_conditions(const char **at, Pb__ApprovalInput *const *inputs, size_t count,
			    bool *fits)
{
	*fits = false;
	do {
		struct span span = take_word(at);
		size_t i = 0;

		while (i < COUNT(conditions) && !is_word(span, conditions[i].word))
			i++;
		if (i == COUNT(conditions))
			return false;
		if (is_word(span, input_value(inputs, count, conditions[i].input)))
			*fits = true;
	} while (take_mark(at, ','));
	return take_mark(at, ':');
}

/* Takes "none" or "level + level". */
static bool take_levels(const char **at, uint32_t version, struct ruling *ruling)
{
	struct span span = take_word(at);

	*ruling = (struct ruling){.count = 0};
	if (is_word(span, "none"))
		return true;
	for (;; span = take_word(at)) {
		size_t i = 0;

		while (i < COUNT(levels) && !is_word(span, levels[i].word))
			i++;
		if (i == COUNT(levels) || levels[i].version > version ||
		    ruling->count == RULING_LEVELS_MAX)
			return false;
		ruling->levels[ruling->count++] = levels[i].level;
		if (!take_mark(at, '+'))
			return true;
	}
}

/* The general manager takes the heads' place: once, if he does not decide anyway. */
static void raise_heads(struct ruling *ruling)
{
	size_t asked = ruling->count;
	bool raised = false;

	for (size_t i = 0; i < asked; i++)
		if (ruling->levels[i] == PB__APPROVAL_LEVEL__MANAGER)
			raised = true; /* he decides anyway */
	ruling->count = 0;
	for (size_t i = 0; i < asked; i++) {
		if (ruling->levels[i] != PB__APPROVAL_LEVEL__HEAD) {
			ruling->levels[ruling->count++] = ruling->levels[i];
		} else if (!raised) {
			ruling->levels[ruling->count++] = PB__APPROVAL_LEVEL__MANAGER;
			raised = true;
		}
	}
}

enum status ruling_levels(uint32_t version, const char *text, Pb__ApprovalInput *const *inputs,
			  size_t count, struct ruling *ruling)
{
	bool first = true;
	struct ruling clause;
	bool fits;

	*ruling = (struct ruling){.count = 0};
	if (version < 1 || version > RULING_VERSION)
		return STATUS_INVALID;
	do {
		fits = first;
		if (!first && !take_conditions(&text, inputs, count, &fits))
			return STATUS_INVALID;
		if (!take_levels(&text, version, &clause))
			return STATUS_INVALID;
		if (fits)
			*ruling = clause;
		first = false;
	} while (take_mark(&text, ';'));
	if (*text != '\0')
		return STATUS_INVALID;
	if (strcmp(input_value(inputs, count, "asker"), "head") == 0)
		raise_heads(ruling);
	return STATUS_OK;
}

bool ruling_is_rule(const char *text)
{
	struct ruling ruling;

	return ruling_levels(RULING_VERSION, text, NULL, 0, &ruling) == STATUS_OK;
}
