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
	char why[CONFIG_WHY_LEN];
	struct config *config = NULL;
	enum status status = config_load(&config, NULL, 0, why);
	if (status != STATUS_OK)
		return command_fail("config-sample", status, status_text(status));
	config_write(stdout, config);
	config_free(config);
	if (fflush(stdout) != 0 || ferror(stdout) != 0)
		return command_fail("config-sample", STATUS_SYSTEM, "it cannot be written");
	return EXIT_DONE;
}
