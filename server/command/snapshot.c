#include "server/command/command.h"

#include <getopt.h>
#include <stdio.h>

#include "common/path.h"
#include "server/config.h"
#include "server/dispatch/recover.h"
#include "server/dispatch/snapshot.h"

static const char help[] =
	"usage: dossierd snapshot DATA\n"
	"\n"
	"Copies the state as it is now to DATA/snapshots, also beside a running server. Recovery\n"
	"after a power cut starts from the newest one. Older ones than [ledger] snapshots says "
	"are\n"
	"removed.\n";

static const struct option options[] = {{"help", no_argument, NULL, 1}, {NULL, 0, NULL, 0}};

static enum status snapshots_kept(const char *data, unsigned *keep, char why[static ENGINE_WHY_LEN])
{
	struct path path;
	struct config *config = NULL;
	char inner[CONFIG_WHY_LEN] = "its name is too long";
	enum status status = path_join(&path, data, "dossierd.conf");
	if (status == STATUS_OK)
		status = config_load(&config, path.text, 0, inner);
	if (status == STATUS_OK)
		*keep = (unsigned)config->ledger_snapshots;
	else
		snprintf(why, ENGINE_WHY_LEN, "dossierd.conf: %s", inner);
	config_free(config);
	return status;
}

int command_snapshot(int argc, char **argv)
{
	int option = getopt_long(argc, argv, "", options, NULL);
	if (option != -1) {
		fputs(help, option == 1 ? stdout : stderr);
		return option == 1 ? EXIT_DONE : EXIT_USAGE;
	}
	const char *data = command_data(argc, argv, optind, "snapshot DATA");
	if (data == NULL)
		return EXIT_USAGE;
	char why[ENGINE_WHY_LEN];
	struct recovered disk;
	unsigned keep = 1;
	uint64_t sequence = 0;
	enum status status = snapshots_kept(data, &keep, why);
	if (status == STATUS_OK)
		status = recover_open_readonly(&disk, data, why);
	if (status != STATUS_OK)
		return command_fail("snapshot", status, why);
	status = snapshot_take(disk.store, data, keep, &sequence, why);
	recover_close(&disk, false);
	if (status != STATUS_OK && status != STATUS_CONFLICT)
		return command_fail("snapshot", status, why);
	printf("%s %llu entries.\n",
	       status == STATUS_OK ? "Snapshot taken at" : "There is a snapshot already at",
	       (unsigned long long)sequence);
	return EXIT_DONE;
}
