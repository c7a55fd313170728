#include "server/command/command.h"

#include <getopt.h>
#include <stdio.h>

#include "common/path.h"
#include "server/command/credentials.h"
#include "server/config.h"
#include "server/pki.h"

static const char help[] =
	"usage: dossierd issue DATA LOGIN --out DIR [options]\n"
	"\n"
	"Makes a key and a certificate for a registered principal, in the new directory DIR: hand "
	"it\n"
	"over and keep no copy. Works beside a running server, which binds the certificate to the\n"
	"principal when it is first used.\n"
	"\n"
	"  --address HOST  server in the profile    (default: 127.0.0.1)\n"
	"  --port N        its port                 (default: what DATA/dossierd.conf says)\n"
	"  --days N        until it ends            (default: 90)\n";

#define PORT_DEFAULT 7443

enum option_id { OUT = 1, ADDRESS, PORT, DAYS, HELP };

static const struct option options[] = {
	{"out", required_argument, NULL, OUT},   {"address", required_argument, NULL, ADDRESS},
	{"port", required_argument, NULL, PORT}, {"days", required_argument, NULL, DAYS},
	{"help", no_argument, NULL, HELP},       {NULL, 0, NULL, 0},
};

/* The port that the settings in DATA name; any free one (0) is nothing to go by. */
static enum status configured_port(const char *data, unsigned *port,
				   char why[static ENGINE_WHY_LEN])
{
	struct path path;
	struct config *config = NULL;
	char inner[CONFIG_WHY_LEN] = "its name is too long";
	enum status status = path_join(&path, data, "dossierd.conf");
	if (status == STATUS_OK)
		status = config_load(&config, path.text, 0, inner);
	if (status != STATUS_OK)
		snprintf(why, ENGINE_WHY_LEN, "%s; or give --port", inner);
	else if (config->server_port != 0)
		*port = (unsigned)config->server_port;
	config_free(config);
	return status;
}

static enum status issue(struct credentials *order, char why[static ENGINE_WHY_LEN])
{
	enum status status = STATUS_OK;
	if (order->port == 0) {
		order->port = PORT_DEFAULT;
		status = configured_port(order->data, &order->port, why);
	}
	return status == STATUS_OK ? credentials_make(order, why) : status;
}

/* False when the option's value is not right, which has been said. */
static bool take_option(struct credentials *order, int option)
{
	switch (option) {
	case OUT:
		order->out = optarg;
		return true;
	case ADDRESS:
		order->address = optarg;
		return true;
	case PORT:
		return command_number("issue", "--port", optarg, UINT16_MAX, &order->port);
	case DAYS:
		return command_number("issue", "--days", optarg, PKI_CLIENT_DAYS_MAX, &order->days);
	default:
		fputs(help, stderr);
		return false;
	}
}

int command_issue(int argc, char **argv)
{
	struct credentials order = {.address = "127.0.0.1", .days = PKI_CLIENT_DAYS};
	for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
		if (option == HELP) {
			fputs(help, stdout);
			return EXIT_DONE;
		}
		if (!take_option(&order, option))
			return EXIT_USAGE;
	}
	order.data = command_data(argc - 1, argv, optind, "issue DATA LOGIN --out DIR [options]");
	if (order.data == NULL)
		return EXIT_USAGE;
	order.login = argv[optind + 1];
	char why[ENGINE_WHY_LEN];
	if (order.out == NULL)
		return command_fail("issue", STATUS_USAGE,
				    "where to put the profile? Give --out DIR");
	enum status status = issue(&order, why);
	if (status != STATUS_OK)
		return command_fail("issue", status, why);
	printf("The profile of %s is in %s.\n"
	       "It reaches the server at %s, port %u.\n",
	       order.login, order.out, order.address, order.port);
	return EXIT_DONE;
}
