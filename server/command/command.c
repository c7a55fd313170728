#include "server/command/command.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* 3 and 4 are a client's: an operator is told whether he can mend it by asking otherwise (2), has
 * to look at what is there (1), or cannot trust it (5). */
static enum exit_code exit_of(enum status status)
{
	switch (status) {
	case STATUS_USAGE:
	case STATUS_INVALID:
		return EXIT_USAGE;
	case STATUS_CORRUPT:
	case STATUS_PROOF:
	case STATUS_TLS:
	case STATUS_IDENTITY:
		return EXIT_PROOF;
	default:
		return EXIT_REFUSED;
	}
}

int command_fail(const char *word, enum status status, const char *why)
{
	fprintf(stderr, "dossierd %s: %s\n", word, why);
	return (int)exit_of(status);
}

const char *command_data(int argc, char **argv, int first, const char *usage)
{
	if (argc - first != 1) {
		fprintf(stderr, "usage: dossierd %s\n", usage);
		return NULL;
	}
	if (argv[first][0] == '\0') {
		fprintf(stderr, "dossierd %s: DATA is empty\n", argv[0]);
		return NULL;
	}
	return argv[first];
}

bool command_number(const char *word, const char *option, const char *text, unsigned max,
		    unsigned *number)
{
	char *end = NULL;
	unsigned long value = strtoul(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end != '\0' || value == 0 || value > max) {
		fprintf(stderr, "dossierd %s: %s %s: 1 to %u\n", word, option, text, max);
		return false;
	}
	*number = (unsigned)value;
	return true;
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *walk)
{
	(void)info;
	(void)kind;
	(void)walk;
	return remove(path);
}

enum status command_remove_tree(const char *directory)
{
	if (nftw(directory, remove_one, 16, FTW_DEPTH | FTW_PHYS) == 0 || errno == ENOENT)
		return STATUS_OK;
	return STATUS_STORAGE;
}
