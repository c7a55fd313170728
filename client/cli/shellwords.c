#include "client/cli/shellwords.h"

#include <stdbool.h>
#include <string.h>

/* One word from *from to *to, quotes taken off. False when a quote stays open. */
static bool take_word(const char **from, char **to)
{
	const char *at = *from;
	char quote = 0;

	for (; *at != '\0' && (quote != 0 || strchr(" \t\r\n", *at) == NULL); at++) {
		if (quote == 0 && (*at == '\'' || *at == '"')) {
			quote = *at;
		} else if (*at == quote) {
			quote = 0;
		} else if (*at == '\\' && quote != '\'' && at[1] != '\0') {
			at++;
			if (quote == '"' && *at != '"' && *at != '\\')
				*(*to)++ = '\\';
			*(*to)++ = *at;
		} else {
			*(*to)++ = *at;
		}
	}
	*(*to)++ = '\0';
	*from = at;
	return quote == 0;
}

enum status shellwords_split(const char *line, struct arena *arena, char ***words, size_t *count)
{
	size_t len = strlen(line);
	char *to = arena_alloc(arena, len + 2);

	*count = 0;
	*words = arena_calloc(arena, len / 2 + 2, sizeof(**words));
	if (to == NULL || *words == NULL)
		return STATUS_MEMORY;
	for (;;) {
		line += strspn(line, " \t\r\n");
		if (*line == '\0' || *line == '#')
			return STATUS_OK;
		(*words)[(*count)++] = to;
		if (!take_word(&line, &to))
			return STATUS_INVALID;
	}
}
