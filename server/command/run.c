#include "server/command/command.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <systemd/sd-daemon.h>

#include "common/log.h"
#include "server/command/house.h"

static const char help[] =
	"usage: dossierd run DATA [--config FILE]\n"
	"\n"
	"Serves in the foreground; events go to stderr. FILE is DATA/dossierd.conf unless said.\n"
	"SIGTERM or SIGINT: finishes what is under way and stops. SIGHUP: takes up certificates "
	"and\n"
	"settings anew; when something is wrong with them, what was stays in force.\n"
	"Exit: 0 stopped, 75 after a storage failure (start again), else see dossierd(8).\n";

enum option_id { CONFIG = 1, HELP };

static const struct option options[] = {
	{"config", required_argument, NULL, CONFIG},
	{"help", no_argument, NULL, HELP},
	{NULL, 0, NULL, 0},
};

/* As many descriptors as we may have. */
static void raise_file_limit(void)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
		log_event(LOG_LEVEL_WARN, "file_limit_stays", "limit=%llu",
			  (unsigned long long)limit.rlim_cur);
}

/* What is in memory is not left behind by a crash, nor open to a debugger of the same user. */
static void forbid_dumps(void)
{
	const struct rlimit none = {0, 0};
	if (setrlimit(RLIMIT_CORE, &none) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		log_event(LOG_LEVEL_WARN, "dumps_allowed", "errno=%d", errno);
}

int command_run(int argc, char **argv)
{
	const char *config = NULL;
	for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
		if (option == CONFIG) {
			config = optarg;
		} else {
			fputs(help, option == HELP ? stdout : stderr);
			return option == HELP ? EXIT_DONE : EXIT_USAGE;
		}
	}
	const char *data = command_data(argc, argv, optind, "run DATA [--config FILE]");
	if (data == NULL)
		return EXIT_USAGE;
	forbid_dumps();
	raise_file_limit();
	signal(SIGPIPE, SIG_IGN);
	struct house house;
	char why[HOUSE_WHY_LEN] = "";
	enum status status = house_open(&house, data, config, why);
	if (status != STATUS_OK)
		return command_fail("run", status, why);
	sd_notify(0, "READY=1");
	house_run(&house);
	sd_notify(0, "STOPPING=1");
	return house_close(&house) ? EXIT_DONE : EXIT_FENCED;
}
