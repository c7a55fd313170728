#include "client/cli/command.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "client/cli/cli.h"
#include "client/cli/lang.h"
#include "common/rpc.h"

#define WORD_MAX 48 /* longer words are like nothing */

const struct command *command_at(const struct command_group *groups, size_t i)
{
	for (const struct command_group *group = groups; group->commands != NULL; group++) {
		for (const struct command *one = group->commands; one->words != NULL; one++) {
			if (i-- == 0)
				return one;
		}
	}
	return NULL;
}

const char *command_summary(const struct command *command)
{
	const struct rpc *rpc = rpc_find(command->rpc);

	if (command->summary != NULL || rpc == NULL)
		return command->summary;
	return rpc->summary;
}

/* The n-th of words separated by blanks; false when there are fewer. */
static bool nth_word(const char *words, size_t n, const char **word, size_t *len)
{
	while (words != NULL && n-- > 0) {
		words = strchr(words, ' ');
		words = words == NULL ? NULL : words + 1;
	}
	if (words == NULL)
		return false;
	*word = words;
	*len = strcspn(words, " ");
	return true;
}

static bool word_is(const char *words, size_t n, const char *text)
{
	const char *word;
	size_t len;

	return nth_word(words, n, &word, &len) && strlen(text) == len &&
	       memcmp(word, text, len) == 0;
}

/* How many of argv are the command's words, one after the other; 0 unless all of them are there. */
static size_t match(const struct command *command, char *const argv[], size_t count)
{
	const char *word;
	size_t len;
	size_t n = 0;

	while (nth_word(command->words, n, &word, &len)) {
		if (n == count ||
		    (!word_is(command->words, n, argv[n]) && !word_is(command->alias, n, argv[n])))
			return 0;
		n++;
	}
	return n;
}

const struct command *command_find(const struct command_group *groups, char *const argv[],
				   size_t count, size_t *used)
{
	const struct command *found = NULL;
	const struct command *one;

	*used = 0;
	for (size_t i = 0; (one = command_at(groups, i)) != NULL; i++) {
		size_t words = match(one, argv, count);
		if (words > *used) {
			*used = words;
			found = one;
		}
	}
	return found;
}

/* ---- what was meant ---- */

static size_t smallest(size_t a, size_t b, size_t c)
{
	size_t least = a < b ? a : b;

	return least < c ? least : c;
}

/* Optimal string alignment over three rows. */
size_t word_distance(const char *one, const char *other)
{
	size_t rows[3][WORD_MAX + 1];
	size_t one_len = strlen(one);
	size_t other_len = strlen(other);

	if (one_len > WORD_MAX || other_len > WORD_MAX)
		return WORD_MAX;
	for (size_t j = 0; j <= other_len; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= one_len; i++) {
		size_t *row = rows[i % 3];
		const size_t *before = rows[(i + 2) % 3];
		const size_t *earlier = rows[(i + 1) % 3];

		row[0] = i;
		for (size_t j = 1; j <= other_len; j++) {
			size_t differs = one[i - 1] != other[j - 1];
			row[j] = smallest(before[j] + 1, row[j - 1] + 1, before[j - 1] + differs);
			if (i > 1 && j > 1 && one[i - 1] == other[j - 2] &&
			    one[i - 2] == other[j - 1] && earlier[j - 2] + 1 < row[j])
				row[j] = earlier[j - 2] + 1;
		}
	}
	return rows[one_len % 3][other_len];
}

bool word_is_near(const char *word, size_t distance)
{
	return distance <= 1 + strlen(word) / 4;
}

/* The command nearest to what was typed, comparing as many words as it has. */
static const struct command *command_nearest(const struct command_group *groups, char *const argv[],
					     size_t count)
{
	const struct command *nearest = NULL;
	const struct command *one;
	size_t least = WORD_MAX;

	for (size_t i = 0; (one = command_at(groups, i)) != NULL; i++) {
		char typed[2 * WORD_MAX];
		const char *word;
		size_t len;
		size_t at = 0;
		size_t distance;

		typed[0] = '\0';
		for (size_t n = 0; n < count && nth_word(one->words, n, &word, &len); n++)
			at += (size_t)snprintf(typed + at, sizeof(typed) - at, "%s%s",
					       n == 0 ? "" : " ", argv[n]) %
			      sizeof(typed);
		if (at + 1 >= sizeof(typed))
			return NULL;
		distance = word_distance(typed, one->words);
		if (distance < least && word_is_near(one->words, distance)) {
			least = distance;
			nearest = one;
		}
	}
	return nearest;
}

/* Whether a word begins commands of several words: then those are listed. */
static bool list_followers(struct cli *cli, const char *first)
{
	const struct command *one;
	bool any = false;

	for (size_t i = 0; (one = command_at(cli->groups, i)) != NULL; i++) {
		if (!word_is(one->words, 0, first) && !word_is(one->alias, 0, first))
			continue;
		if (!any)
			cli_complain(cli, STATUS_USAGE, _("what about %s? It can be:"), first);
		any = true;
		fprintf(cli->err, "  dossier %-18s %s\n", one->words, _(command_summary(one)));
	}
	return any;
}

enum status command_unknown(struct cli *cli, char *const argv[], size_t count)
{
	const struct command *nearest;

	if (count == 1 && list_followers(cli, argv[0]))
		return STATUS_USAGE;
	nearest = command_nearest(cli->groups, argv, count);
	if (nearest == NULL && list_followers(cli, argv[0]))
		return STATUS_USAGE;
	if (nearest != NULL && count > 1 && word_is(nearest->words, 0, argv[0]))
		cli_complain(cli, STATUS_USAGE, _("there is no command %s %s"), argv[0], argv[1]);
	else
		cli_complain(cli, STATUS_USAGE, _("there is no command %s"), argv[0]);
	if (nearest != NULL)
		fprintf(cli->err, _("Perhaps: dossier %s\n"), nearest->words);
	else
		fputs(_("See: dossier help\n"), cli->err);
	return STATUS_USAGE;
}
