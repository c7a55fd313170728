#include "server/command/command.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>

#include "common/date.h"
#include "common/file.h"
#include "common/path.h"
#include "server/dispatch/recover.h"
#include "server/dispatch/signing.h"

static const char help[] = "usage: dossierd adopt DATA\n"
			   "\n"
			   "Signs the head of a ledger that was begun by a version of dossierd "
			   "without signed heads, and\n"
			   "makes DATA/signer, which remembers it: from then on no shorter or "
			   "other ledger is signed.\n"
			   "dossierd must not be running. Look first whether the ledger is whole: "
			   "dossierd check DATA.\n"
			   "Where DATA/signer is there already nothing is done.\n";

static const struct option options[] = {{"help", no_argument, NULL, 1}, {NULL, 0, NULL, 0}};

/* An empty head, under its name at once or not at all. */
static enum status make_signer(const char *data)
{
	struct path building;
	struct path path;
	enum status status = path_join(&building, data, SIGNING_DIRECTORY ".new");
	if (status == STATUS_OK)
		status = path_join(&path, data, SIGNING_DIRECTORY);
	if (status == STATUS_OK)
		status = command_remove_tree(building.text);
	if (status == STATUS_OK)
		status = signer_create(building.text);
	if (status == STATUS_OK)
		status = file_rename(building.text, path.text);
	return status == STATUS_OK ? directory_sync(data) : status;
}

static enum status sign(const struct recovered *disk, char why[static ENGINE_WHY_LEN])
{
	struct signing signing = {0};
	char hex[2 * HASH_LEN + 1];
	enum status status =
		signing_open(&signing, disk->data, disk->origin, disk->ledger, clock_now(), why);
	if (status != STATUS_OK)
		return status;
	hex_encode(signing.head.root, HASH_LEN, hex);
	printf("%" PRIu64 " entries were taken over, root %s.\n"
	       "From now on every head is signed.\n",
	       signing.head.size, hex);
	signing_close(&signing);
	return STATUS_OK;
}

static enum status adopt(const struct recovered *disk, char why[static ENGINE_WHY_LEN])
{
	struct remembered remembered;
	snprintf(why, ENGINE_WHY_LEN, "%s cannot be read or written", disk->data);
	enum status status = quarantine_remember(&remembered, disk->data);
	if (status != STATUS_OK)
		return status;
	if (remembered.status == STATUS_CORRUPT || remembered.size > 0) {
		snprintf(why, ENGINE_WHY_LEN,
			 "%s/" SIGNING_DIRECTORY " is there: this ledger is signed; nothing was "
			 "changed",
			 disk->data);
		return STATUS_CONFLICT;
	}
	if (remembered.status == STATUS_NOT_FOUND)
		status = make_signer(disk->data);
	return status == STATUS_OK ? sign(disk, why) : status;
}

int command_adopt(int argc, char **argv)
{
	int option = getopt_long(argc, argv, "", options, NULL);
	if (option != -1) {
		fputs(help, option == 1 ? stdout : stderr);
		return option == 1 ? EXIT_DONE : EXIT_USAGE;
	}
	const char *data = command_data(argc, argv, optind, "adopt DATA");
	if (data == NULL)
		return EXIT_USAGE;
	char why[ENGINE_WHY_LEN];
	struct recovered disk;
	enum status status = recover_open(&disk, data, why);
	if (status == STATUS_OK) {
		status = adopt(&disk, why);
		recover_close(&disk, true);
	}
	return status == STATUS_OK ? EXIT_DONE : command_fail("adopt", status, why);
}
