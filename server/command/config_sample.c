#include "server/command/command.h"

#include <stdio.h>

#include "server/config.h"

int command_config_sample(int argc, char **argv)
{
	(void)argv;
	if (argc > 1) {
		fputs("usage: dossierd config-sample\n", stderr);
		return EXIT_USAGE;
	}
	config_write_sample(stdout);
	return ferror(stdout) == 0 ? EXIT_DONE : EXIT_USAGE;
}
