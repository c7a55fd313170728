#include "server/command/command.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/file.h"
#include "common/note.h"
#include "common/path.h"
#include "common/text.h"
#include "server/command/credentials.h"
#include "server/dispatch/founding.h"
#include "server/pki.h"
#include "server/service/field.h"

#define HOSTS_MAX 16
#define PORT_DEFAULT 7443

static const char help[] =
	"usage: dossierd init DATA --profile DIR [options]\n"
	"\n"
	"Founds a head office in DATA (must not be there): the ledger with its first entry, the\n"
	"keys and the certificate authority, a sample configuration. DIR becomes the profile of "
	"the\n"
	"first security officer: his key and certificate, for dossier --profile DIR.\n"
	"\n"
	"  --origin NAME       name of the ledger, for ever       (default: dossier.<host name>)\n"
	"  --office CODE       code of the head office            (default: HQ)\n"
	"  --office-name TEXT  its name                           (default: Head office)\n"
	"  --login LOGIN       of the first security officer      (default: officer)\n"
	"  --name TEXT         his or her name                    (default: Security officer)\n"
	"  --host NAME         a name or address by which clients reach the server; repeat for "
	"more\n"
	"  --address HOST      server in the officer's profile    (default: the first --host, else "
	"127.0.0.1)\n"
	"  --port N            its port, in the profile and in DATA/dossierd.conf  (default: "
	"7443)\n";

struct plan {
	const char *data;
	const char *profile;
	struct founding founding;
	const char *hosts[HOSTS_MAX];
	size_t host_count;
	const char *address;
	unsigned port;
	char origin[256];
};

enum option_id { ORIGIN = 1, OFFICE, OFFICE_NAME, LOGIN, NAME, PROFILE, HOST, ADDRESS, PORT, HELP };

static const struct option options[] = {
	{"origin", required_argument, NULL, ORIGIN},
	{"office", required_argument, NULL, OFFICE},
	{"office-name", required_argument, NULL, OFFICE_NAME},
	{"login", required_argument, NULL, LOGIN},
	{"name", required_argument, NULL, NAME},
	{"profile", required_argument, NULL, PROFILE},
	{"host", required_argument, NULL, HOST},
	{"address", required_argument, NULL, ADDRESS},
	{"port", required_argument, NULL, PORT},
	{"help", no_argument, NULL, HELP},
	{NULL, 0, NULL, 0},
};

/* False when the option or its value is not right, which has been said. */
static bool take_option(struct plan *plan, int option)
{
	switch (option) {
	case ORIGIN:
		plan->founding.origin = optarg;
		return true;
	case OFFICE:
		plan->founding.office_code = optarg;
		return true;
	case OFFICE_NAME:
		plan->founding.office_name = optarg;
		return true;
	case LOGIN:
		plan->founding.login = optarg;
		return true;
	case NAME:
		plan->founding.name = optarg;
		return true;
	case PROFILE:
		plan->profile = optarg;
		return true;
	case HOST:
		if (plan->host_count == HOSTS_MAX) {
			fprintf(stderr, "dossierd init: --host %s: at most %d hosts\n", optarg,
				HOSTS_MAX);
			return false;
		}
		plan->hosts[plan->host_count++] = optarg;
		return true;
	case ADDRESS:
		plan->address = optarg;
		return true;
	case PORT:
		return command_number("init", "--port", optarg, UINT16_MAX, &plan->port);
	default:
		fputs(help, stderr);
		return false;
	}
}

static void set_defaults(struct plan *plan)
{
	char host[200] = "";
	if (gethostname(host, sizeof(host) - 1) != 0 || host[0] == '\0')
		snprintf(host, sizeof(host), "localhost");
	snprintf(plan->origin, sizeof(plan->origin), "dossier.%s", host);
	plan->founding = (struct founding){
		.origin = plan->origin,
		.office_code = "HQ",
		.office_name = "Head office",
		.login = "officer",
		.name = "Security officer",
	};
	plan->port = PORT_DEFAULT;
}

/* ---- what can be refused before anything is made ---- */

static enum status check_text(struct call *call, const char *option, const char *text)
{
	return field_required(call, option, text, NAME_MAX_LEN);
}

/* The ledger's key has its name, so it must be one that keys can have. */
static enum status check_origin(struct call *call, const char *option, const char *text)
{
	static const uint8_t any[ED25519_KEY_LEN];
	struct note_key key;
	enum status status = check_text(call, option, text);
	return status == STATUS_OK ? note_key_make(&key, text, NOTE_ED25519, any) : status;
}

/* Whether genesis would take the texts; names the option and its rule when it would not. */
static enum status check_founding(const struct founding *founding, char why[static ENGINE_WHY_LEN])
{
	static const char any[] = "1 to 200 bytes of UTF-8, and more than blanks";
	const struct {
		const char *option;
		const char *text;
		enum status (*check)(struct call *call, const char *option, const char *text);
		const char *rule;
	} texts[] = {
		{"--origin", founding->origin, check_origin,
		 "1 to 200 bytes of UTF-8, no blanks, no +"},
		{"--office", founding->office_code, field_office_code,
		 "1 to 8 capital letters and digits"},
		{"--office-name", founding->office_name, check_text, any},
		{"--login", founding->login, field_login,
		 "1 to 32 small letters, digits, dots and hyphens"},
		{"--name", founding->name, check_text, any},
	};
	struct call call = {0};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		const char *text = texts[i].text;
		enum status status = text_check(text, strlen(text)) == TEXT_OK
					     ? texts[i].check(&call, texts[i].option, text)
					     : STATUS_INVALID;
		if (status != STATUS_OK) {
			snprintf(why, ENGINE_WHY_LEN, "%s '%s': %s", texts[i].option, text,
				 texts[i].rule);
			return status;
		}
	}
	return STATUS_OK;
}

static enum status check_plan(const struct plan *plan, char why[static ENGINE_WHY_LEN])
{
	if (plan->profile == NULL || plan->profile[0] == '\0') {
		snprintf(why, ENGINE_WHY_LEN,
			 "where to put the officer's profile? Give --profile DIR");
		return STATUS_USAGE;
	}
	if (access(plan->profile, F_OK) == 0) {
		snprintf(why, ENGINE_WHY_LEN,
			 "the profile directory %s is there already; choose another",
			 plan->profile);
		return STATUS_CONFLICT;
	}
	if (access(plan->data, F_OK) == 0) {
		snprintf(why, ENGINE_WHY_LEN, "%s is there already; nothing was changed",
			 plan->data);
		return STATUS_CONFLICT;
	}
	return check_founding(&plan->founding, why);
}

/* ---- the data directory ---- */

static enum status write_settings(const char *directory, const struct config *config)
{
	struct path path;
	enum status status = path_join(&path, directory, "dossierd.conf");
	if (status != STATUS_OK)
		return status;
	FILE *file = fopen(path.text, "wx");
	if (file == NULL)
		return STATUS_STORAGE;
	config_write(file, config);
	bool failed = ferror(file) != 0 || fflush(file) != 0 || fsync(fileno(file)) != 0;
	return fclose(file) == 0 && !failed ? STATUS_OK : STATUS_STORAGE;
}

static enum status fill(const struct plan *plan, const char *directory,
			char why[static ENGINE_WHY_LEN])
{
	struct path identity;
	struct config *config = NULL;
	char inner[PKI_WHY_LEN] = "";
	enum status status = config_load(&config, NULL, 0, inner);
	if (status == STATUS_OK)
		status = path_join(&identity, directory, "identity");
	if (status == STATUS_OK) {
		status = pki_found(identity.text, plan->founding.origin, plan->hosts,
				   plan->host_count, inner);
		if (status != STATUS_OK)
			snprintf(why, ENGINE_WHY_LEN, "%s", inner);
	}
	if (status == STATUS_OK) { /* signed from the first entry on */
		config->server_port = (int64_t)plan->port;
		status = founding_run(directory, &plan->founding, config, why);
	}
	if (status == STATUS_OK)
		status = write_settings(directory, config);
	config_free(config);
	return status;
}

static const char *address_of(const struct plan *plan)
{
	if (plan->address != NULL)
		return plan->address;
	return plan->host_count > 0 ? plan->hosts[0] : "127.0.0.1";
}

/* Makes the officer's profile, then gives the data directory its name; without the name there is no
 * profile either. */
static enum status hand_over(const struct plan *plan, const char *building,
			     char why[static ENGINE_WHY_LEN])
{
	struct credentials order = {
		.data = building,
		.login = plan->founding.login,
		.out = plan->profile,
		.address = address_of(plan),
		.port = plan->port,
		.days = PKI_CLIENT_DAYS,
	};
	enum status status = credentials_make(&order, why);
	if (status != STATUS_OK)
		return status;
	status = directory_sync(building);
	if (status == STATUS_OK)
		status = file_rename(building, plan->data);
	if (status != STATUS_OK) {
		snprintf(why, ENGINE_WHY_LEN, "%s cannot be written", plan->data);
		(void)!command_remove_tree(plan->profile); /* the first failure is what to tell */
	}
	return status;
}

/* Everything under another name first, so that DATA is there whole or not at all. */
static enum status found(const struct plan *plan, char why[static ENGINE_WHY_LEN])
{
	char building[PATH_LEN];
	snprintf(why, ENGINE_WHY_LEN, "%s cannot be written", plan->data);
	int len = snprintf(building, sizeof(building), "%s.founding", plan->data);
	if (len < 0 || (size_t)len >= sizeof(building))
		return STATUS_LIMIT;
	enum status status = command_remove_tree(building);
	if (status == STATUS_OK)
		status = directory_make(building);
	if (status == STATUS_OK)
		status = fill(plan, building, why);
	if (status == STATUS_OK)
		status = hand_over(plan, building, why);
	if (status != STATUS_OK)
		(void)!command_remove_tree(building); /* the first failure is what to tell */
	return status;
}

static int say_done(const struct plan *plan)
{
	printf("Head office %s is founded in %s.\n"
	       "Its ledger is called %s.\n"
	       "The security officer's profile is in %s: keep it safe.\n"
	       "It reaches the server at %s, port %u.\n"
	       "\n"
	       "Next:  dossierd run %s\n"
	       "       dossier --profile %s status\n",
	       plan->founding.office_code, plan->data, plan->founding.origin, plan->profile,
	       address_of(plan), plan->port, plan->data, plan->profile);
	return EXIT_DONE;
}

int command_init(int argc, char **argv)
{
	struct plan plan = {0};
	set_defaults(&plan);
	for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
		if (option == HELP) {
			fputs(help, stdout);
			return EXIT_DONE;
		}
		if (!take_option(&plan, option))
			return EXIT_USAGE;
	}
	plan.data = command_data(argc, argv, optind, "init DATA --profile DIR [options]");
	if (plan.data == NULL)
		return EXIT_USAGE;
	char why[ENGINE_WHY_LEN];
	enum status status = check_plan(&plan, why);
	if (status == STATUS_OK)
		status = found(&plan, why);
	if (status != STATUS_OK)
		return command_fail("init", status, why);
	return say_done(&plan);
}
