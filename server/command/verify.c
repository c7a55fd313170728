#include "server/command/command.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/date.h"
#include "common/path.h"
#include "server/dispatch/recover.h"
#include "server/dispatch/replay.h"

static const char help[] =
	"usage: dossierd verify DATA --replay [--temp DIR]\n"
	"\n"
	"Builds a second state from nothing but the ledger, beside the real one, and compares the "
	"two\n"
	"table by table, byte by byte. Works beside a running server (the state is copied first).\n"
	"Exit: 0 they are the same, 5 they differ.\n"
	"\n"
	"  --temp DIR  where to build it (default: $TMPDIR, else /var/tmp); needs twice the "
	"state's size\n";

enum option_id { REPLAY = 1, TEMP, HELP };

static const struct option options[] = {
	{"replay", no_argument, NULL, REPLAY},
	{"temp", required_argument, NULL, TEMP},
	{"help", no_argument, NULL, HELP},
	{NULL, 0, NULL, 0},
};

/* The two states side by side. */
struct pair {
	char *directory; /* temporary, owned */
	struct path real;
	struct path rebuilt;
	struct mark mark;
};

static void report(void *context, const char *text)
{
	(void)context;
	printf("DIFFERS  %s\n", text);
}

static void show_progress(void *context, uint64_t done, uint64_t total)
{
	(void)context;
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\rreplayed %" PRIu64 " of %" PRIu64 " entries", done, total);
}

static enum status make_pair(struct pair *pair, const char *temp)
{
	struct path path;
	enum status status = path_join(&path, temp, "dossier-verify-XXXXXX");
	if (status != STATUS_OK)
		return status;
	pair->directory = strdup(path.text);
	if (pair->directory == NULL)
		return STATUS_MEMORY;
	if (mkdtemp(pair->directory) == NULL) {
		free(pair->directory);
		pair->directory = NULL;
		return STATUS_STORAGE;
	}
	status = path_join(&pair->real, pair->directory, "real");
	return status == STATUS_OK ? path_join(&pair->rebuilt, pair->directory, "rebuilt") : status;
}

static void drop_pair(struct pair *pair)
{
	if (pair->directory == NULL)
		return;
	if (command_remove_tree(pair->directory) != STATUS_OK)
		fprintf(stderr, "dossierd verify: %s could not be removed\n", pair->directory);
	free(pair->directory);
}

/* Replays the ledger into a new state up to where the copy stands. */
static enum status rebuild(const struct recovered *disk, struct pair *pair, struct store **store,
			   char why[static ENGINE_WHY_LEN])
{
	char inner[STORE_WHY_LEN] = "";
	enum status status = store_create(pair->rebuilt.text);
	if (status == STATUS_OK)
		status = store_open(store, pair->rebuilt.text, STORE_WRITE, 0, inner);
	if (status != STATUS_OK) {
		snprintf(why, ENGINE_WHY_LEN, "the second state cannot be written: %s", inner);
		return status;
	}
	int64_t began = clock_monotonic();
	status = replay_run(*store, disk->ledger, pair->mark.tree.size, show_progress, NULL, why);
	if (status != STATUS_OK)
		return status;
	double seconds = (double)(clock_monotonic() - began) / 1e6;
	printf("replayed %" PRIu64 " entries in %.2f s (%.0f entries/s)\n", pair->mark.tree.size,
	       seconds, seconds > 0 ? (double)pair->mark.tree.size / seconds : 0);
	return STATUS_OK;
}

static enum status compare(struct store *rebuilt, const struct pair *pair, uint64_t *differences,
			   char why[static ENGINE_WHY_LEN])
{
	struct store *real = NULL;
	struct txn *left = NULL;
	struct txn *right = NULL;
	enum status status = store_open(&real, pair->real.text, STORE_READONLY, 0, why);
	if (status == STATUS_OK)
		status = store_read(real, &left);
	if (status == STATUS_OK)
		status = store_read(rebuilt, &right);
	if (status == STATUS_OK) {
		*differences = store_compare(left, right, report, NULL);
		for (int table = 0; table < TABLE_COUNT; table++)
			printf("compared %s: %" PRIu64 " rows\n", table_name((enum table)table),
			       table_count(left, (enum table)table));
		status = txn_status(left) != STATUS_OK ? txn_status(left) : txn_status(right);
	}
	txn_end(left);
	txn_end(right);
	if (real != NULL)
		store_close(real);
	return status;
}

static enum status verify(const char *data, const char *temp, uint64_t *differences,
			  char why[static ENGINE_WHY_LEN])
{
	struct recovered disk;
	struct pair pair = {0};
	struct store *rebuilt = NULL;
	enum status status = recover_open_readonly(&disk, data, why);
	if (status != STATUS_OK)
		return status;
	status = make_pair(&pair, temp);
	if (status == STATUS_OK)
		status = store_copy(disk.store, pair.real.text, &pair.mark);
	if (status != STATUS_OK)
		snprintf(why, ENGINE_WHY_LEN, "the state cannot be copied to %s: %s", temp,
			 status_text(status));
	if (status == STATUS_OK)
		status = rebuild(&disk, &pair, &rebuilt, why);
	if (status == STATUS_OK)
		status = compare(rebuilt, &pair, differences, why);
	if (rebuilt != NULL)
		store_close(rebuilt);
	drop_pair(&pair);
	recover_close(&disk, false);
	return status;
}

int command_verify(int argc, char **argv)
{
	bool replay = false;
	const char *temp = getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/var/tmp";
	for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
		if (option == REPLAY) {
			replay = true;
		} else if (option == TEMP) {
			temp = optarg;
		} else {
			fputs(help, option == HELP ? stdout : stderr);
			return option == HELP ? EXIT_DONE : EXIT_USAGE;
		}
	}
	const char *data = command_data(argc, argv, optind, "verify DATA --replay");
	if (data == NULL)
		return EXIT_USAGE;
	if (!replay)
		return command_fail("verify", STATUS_USAGE, "say what to verify: --replay");
	char why[ENGINE_WHY_LEN] = "";
	uint64_t differences = 0;
	enum status status = verify(data, temp, &differences, why);
	if (status != STATUS_OK)
		return command_fail("verify", status, why);
	if (differences > 0) {
		printf("%" PRIu64 " differences: the state is not what the ledger says.\n",
		       differences);
		return EXIT_PROOF;
	}
	printf("The state is exactly what the ledger says.\n");
	return EXIT_DONE;
}
