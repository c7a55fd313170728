#include "server/command/command.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/path.h"
#include "server/dispatch/recover.h"
#include "server/pki_rotate.h"

#define DAYS_MAX 366
#define ROW_MAX (64u * 1024) /* memory for one row, a certificate with it */

static const char help[] =
	"usage: dossierd crl DATA --days N\n"
	"\n"
	"Writes DATA/identity/crl.pem: for each CA a list of the certificates that the ledger "
	"says\n"
	"are revoked, good for N days. Works beside a running server, which takes it up with "
	"SIGHUP.\n"
	"From then on who has no valid list of his CA is refused: write a new one before N days\n"
	"are over. The server refuses revoked certificates also without a list; the list is what\n"
	"others can check, and it refuses them before they have said a word.\n";

enum option_id { DAYS = 1, HELP };

static const struct option options[] = {
	{"days", required_argument, NULL, DAYS},
	{"help", no_argument, NULL, HELP},
	{NULL, 0, NULL, 0},
};

struct gathered {
	struct pki_revoked *rows; /* owned */
	size_t count;
	size_t capacity;
	size_t nameless; /* revoked, but nobody knows the serial any more */
};

static enum status add(struct gathered *all, const struct pki_revoked *row)
{
	if (all->count == all->capacity) {
		size_t capacity = all->capacity == 0 ? 64 : 2 * all->capacity;
		struct pki_revoked *rows = realloc(all->rows, capacity * sizeof(*rows));
		if (rows == NULL)
			return STATUS_MEMORY;
		all->rows = rows;
		all->capacity = capacity;
	}
	all->rows[all->count++] = *row;
	return STATUS_OK;
}

/* The serial of a certificate that `dossierd issue` made stands with its entry. */
static enum status find_serial(const char *identity_dir, const Pb__Certificate *row,
			       struct pki_revoked *revoked, bool *found)
{
	struct pki_issued issued;
	*found = row->serial.len == PKI_SERIAL_LEN;
	if (*found) {
		memcpy(revoked->serial, row->serial.data, PKI_SERIAL_LEN);
		return STATUS_OK;
	}
	if (row->identity.len != HASH_LEN)
		return STATUS_OK;
	enum status status = pki_issued(identity_dir, row->identity.data, &issued);
	*found = status == STATUS_OK && issued.has_serial;
	memcpy(revoked->serial, issued.serial, PKI_SERIAL_LEN);
	return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

static enum status consider(struct gathered *all, const char *identity_dir,
			    const Pb__Certificate *row)
{
	struct pki_revoked revoked = {.outsider = row->outsider, .at = row->revoked_at / 1000000};
	bool found;
	if (row->revoked_at == 0 || row->not_after <= time(NULL))
		return STATUS_OK;
	enum status status = find_serial(identity_dir, row, &revoked, &found);
	if (status != STATUS_OK)
		return status;
	if (found)
		return add(all, &revoked);
	all->nameless++;
	return STATUS_OK;
}

static enum status gather(struct store *store, const char *identity_dir, struct gathered *all)
{
	struct txn *txn = NULL;
	struct arena arena;
	enum status status = store_read(store, &txn);
	if (status != STATUS_OK)
		return status;
	arena_init(&arena, ROW_MAX);
	uint64_t last = table_last(txn, TABLE_certificate);
	for (uint64_t id = 1; id <= last && status == STATUS_OK; id++) {
		const Pb__Certificate *row = certificate_get(txn, id, &arena);
		if (row != NULL)
			status = consider(all, identity_dir, row);
		arena_reset(&arena);
	}
	if (status == STATUS_OK)
		status = txn_status(txn);
	txn_end(txn);
	arena_release(&arena);
	return status;
}

static enum status write_lists(const char *data, unsigned days, struct gathered *all,
			       char why[static ENGINE_WHY_LEN])
{
	struct recovered disk;
	struct path identity;
	char inner[PKI_WHY_LEN];
	enum status status = recover_open_readonly(&disk, data, why);
	if (status != STATUS_OK)
		return status;
	status = path_join(&identity, data, "identity");
	if (status == STATUS_OK)
		status = gather(disk.store, identity.text, all);
	recover_close(&disk, false);
	if (status != STATUS_OK) {
		snprintf(why, ENGINE_WHY_LEN, "the revoked certificates cannot be read: %s",
			 status_text(status));
		return status;
	}
	status = pki_write_crl(identity.text, all->rows, all->count, days, inner);
	if (status != STATUS_OK)
		snprintf(why, ENGINE_WHY_LEN, "%s", inner);
	return status;
}

static int say_done(const char *data, unsigned days, const struct gathered *all)
{
	printf("%zu revoked certificates stand in %s/identity/crl.pem, good for %u days.\n"
	       "A running server takes it up with SIGHUP (systemctl reload dossierd).\n",
	       all->count, data, days);
	if (all->nameless > 0)
		fprintf(stderr,
			"%zu more were made before serials were kept: no list can name them. The "
			"server refuses them by the ledger.\n",
			all->nameless);
	return EXIT_DONE;
}

int command_crl(int argc, char **argv)
{
	unsigned days = 0;
	for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
		if (option == HELP) {
			fputs(help, stdout);
			return EXIT_DONE;
		}
		if (option != DAYS) {
			fputs(help, stderr);
			return EXIT_USAGE;
		}
		if (!command_number("crl", "--days", optarg, DAYS_MAX, &days))
			return EXIT_USAGE;
	}
	const char *data = command_data(argc, argv, optind, "crl DATA --days N");
	if (data == NULL)
		return EXIT_USAGE;
	if (days == 0)
		return command_fail("crl", STATUS_USAGE, "how long is it good? Give --days N");
	char why[ENGINE_WHY_LEN];
	struct gathered all = {0};
	enum status status = write_lists(data, days, &all, why);
	int code =
		status == STATUS_OK ? say_done(data, days, &all) : command_fail("crl", status, why);
	free(all.rows);
	return code;
}
