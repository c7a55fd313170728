#include "server/command/command.h"

#include <stdio.h>

int command_fail(const char *word, enum status status, const char *why)
{
	fprintf(stderr, "dossierd %s: %s\n", word, why);
	return (int)status_exit(status);
}

const char *command_data(int argc, char **argv, int first, const char *usage)
{
	if (argc - first == 1)
		return argv[first];
	fprintf(stderr, "usage: dossierd %s\n", usage);
	return NULL;
}
