#include "server/command/command.h"

#include <getopt.h>
#include <stdio.h>

#include "common/path.h"
#include "server/logkey.h"
#include "server/pki_rotate.h"

#define HOSTS_MAX 16

static const char help[] =
	"usage: dossierd rotate DATA --server | --ca | --outsider-ca | --log-key [--host NAME]\n"
	"\n"
	"Makes a new key and certificate in the place of the one in force. Works beside a running\n"
	"server, which takes it up with SIGHUP. The old files are kept in DATA/identity under\n"
	"names with the time. A rotation that was cut off is simply done again.\n"
	"\n"
	"  --server       what clients check; with the hosts that it has\n"
	"  --ca           the CA for staff and servers: issues from now on, while the old one "
	"stays\n"
	"                 trusted until it ends. Rotate the server only when the clients have the\n"
	"                 new CA, which they get when their certificates are renewed. Enrolment "
	"codes\n"
	"                 given out before it are void.\n"
	"  --outsider-ca  the CA for outsiders, likewise; also makes the first one\n"
	"  --log-key      prepares the next key that signs the ledger, and prints the statement "
	"by\n"
	"                 which the one in force names it. Nothing changes yet: reload the "
	"server,\n"
	"                 give the statement to a security officer (dossier ledger rekey), and "
	"when\n"
	"                 a second one has approved it the server signs with both keys. The old "
	"one\n"
	"                 is then DATA/identity/log-key.old.pem: take it away when every client "
	"has\n"
	"                 connected once, and restart the server. Until then no other is "
	"prepared;\n"
	"                 who has not connected by then needs a new code or profile.\n"
	"  --host NAME    with --server: one more name or address by which clients reach it;\n"
	"                 repeat for more\n";

enum option_id { SERVER = 1, CA, OUTSIDER_CA, LOG_KEY, HOST, HELP };

static const struct option options[] = {
	{"server", no_argument, NULL, SERVER},
	{"ca", no_argument, NULL, CA},
	{"outsider-ca", no_argument, NULL, OUTSIDER_CA},
	{"log-key", no_argument, NULL, LOG_KEY},
	{"host", required_argument, NULL, HOST},
	{"help", no_argument, NULL, HELP},
	{NULL, 0, NULL, 0},
};

struct order {
	int what; /* SERVER, CA, OUTSIDER_CA or LOG_KEY; 0: not said */
	const char *hosts[HOSTS_MAX];
	size_t host_count;
};

/* False when the option is not right, which has been said. */
static bool take_option(struct order *order, int option)
{
	switch (option) {
	case SERVER:
	case CA:
	case OUTSIDER_CA:
	case LOG_KEY:
		if (order->what == 0) {
			order->what = option;
			return true;
		}
		break;
	case HOST:
		if (order->host_count < HOSTS_MAX) {
			order->hosts[order->host_count++] = optarg;
			return true;
		}
		fprintf(stderr, "dossierd rotate: --host %s: at most %d hosts\n", optarg,
			HOSTS_MAX);
		return false;
	default:
		break;
	}
	fputs(help, stderr);
	return false;
}

static enum status rotate(const char *data, const struct order *order, char why[static PKI_WHY_LEN])
{
	struct path identity;
	snprintf(why, PKI_WHY_LEN, "%.400s is too long a name", data);
	enum status status = path_join(&identity, data, "identity");
	if (status != STATUS_OK)
		return status;
	if (order->what == SERVER)
		return pki_rotate_server(identity.text, order->hosts, order->host_count, why);
	return pki_rotate_ca(identity.text, order->what == OUTSIDER_CA, why);
}

/* The statement alone goes to standard output, so that it can be kept in a file. */
static int prepare_log_key(const char *data)
{
	char why[PKI_WHY_LEN] = "the name is too long";
	struct buf statement = BUF_EMPTY;
	struct path identity;
	enum status status = path_join(&identity, data, "identity");
	if (status == STATUS_OK)
		status = logkey_prepare(identity.text, &statement, why);
	if (status != STATUS_OK) {
		buf_release(&statement);
		return command_fail("rotate", status, why);
	}
	printf("%.*s", (int)statement.len, (const char *)buf_head(&statement));
	buf_release(&statement);
	fprintf(stderr,
		"The next key is %s/identity/" LOGKEY_NEXT "; it signs nothing yet.\n"
		"Reload the server (systemctl reload dossierd), keep what is printed above in a "
		"file,\nand give it to a security officer: dossier ledger rekey FILE\n",
		data);
	return EXIT_DONE;
}

int command_rotate(int argc, char **argv)
{
	static const char *const done[] = {
		[SERVER] = "The server has a new key and certificate",
		[CA] = "The CA for staff and servers has a new key and certificate",
		[OUTSIDER_CA] = "The CA for outsiders has a new key and certificate",
	};
	struct order order = {0};
	for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
		if (option == HELP) {
			fputs(help, stdout);
			return EXIT_DONE;
		}
		if (!take_option(&order, option))
			return EXIT_USAGE;
	}
	const char *data = command_data(argc, argv, optind,
					"rotate DATA --server | --ca | --outsider-ca | --log-key");
	if (data == NULL)
		return EXIT_USAGE;
	char why[PKI_WHY_LEN];
	if (order.what == 0)
		return command_fail(
			"rotate", STATUS_USAGE,
			"what to rotate? Give --server, --ca, --outsider-ca or --log-key");
	if (order.host_count > 0 && order.what != SERVER)
		return command_fail("rotate", STATUS_USAGE, "--host goes with --server");
	if (order.what == LOG_KEY)
		return prepare_log_key(data);
	enum status status = rotate(data, &order, why);
	if (status != STATUS_OK)
		return command_fail("rotate", status, why);
	printf("%s. The old files are kept in %s/identity.\n"
	       "A running server takes it up with SIGHUP (systemctl reload dossierd).\n",
	       done[order.what], data);
	if (order.what != SERVER)
		printf("Lists of revoked certificates, if you use them, need one of the new CA:\n"
		       "dossierd crl %s --days N, before that.\n",
		       data);
	return EXIT_DONE;
}
