#include "server/command/command.h"

#include <getopt.h>
#include <stdio.h>

#include "server/command/credentials.h"

static const char help[] =
	"usage: dossierd issue DATA LOGIN --out DIR [options]\n"
	"\n"
	"Makes a key and a certificate for a registered principal, in the new directory DIR: hand "
	"it\n"
	"over and keep no copy. Works beside a running server, which binds the certificate to the\n"
	"principal when it is first used.\n"
	"\n"
	"  --address HOST  server in the profile    (default: 127.0.0.1)\n"
	"  --port N        its port                 (default: 7443)\n"
	"  --days N        until it ends            (default: 90)\n";

enum option_id { OUT = 1, ADDRESS, PORT, DAYS, HELP };

static const struct option options[] = {
	{"out", required_argument, NULL, OUT},   {"address", required_argument, NULL, ADDRESS},
	{"port", required_argument, NULL, PORT}, {"days", required_argument, NULL, DAYS},
	{"help", no_argument, NULL, HELP},       {NULL, 0, NULL, 0},
};

int command_issue(int argc, char **argv)
{
	struct credentials order = {.address = "127.0.0.1", .port = "7443"};
	for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
		switch (option) {
		case OUT:
			order.out = optarg;
			break;
		case ADDRESS:
			order.address = optarg;
			break;
		case PORT:
			order.port = optarg;
			break;
		case DAYS:
			order.days = optarg;
			break;
		default:
			fputs(help, option == HELP ? stdout : stderr);
			return option == HELP ? EXIT_DONE : EXIT_USAGE;
		}
	}
	if (argc - optind != 2 || order.out == NULL) {
		fputs(help, stderr);
		return EXIT_USAGE;
	}
	order.data = argv[optind];
	order.login = argv[optind + 1];
	char why[ENGINE_WHY_LEN];
	enum status status = credentials_make(&order, why);
	if (status != STATUS_OK)
		return command_fail("issue", status, why);
	printf("The profile of %s is in %s.\n", order.login, order.out);
	return EXIT_DONE;
}
