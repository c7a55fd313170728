#include "server/command/credentials.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/path.h"
#include "server/dispatch/recover.h"
#include "server/pki.h"

/* The id of a login, 0 when nobody has it; and the name of the ledger, for free(). */
static enum status find_principal(const char *data, const char *login, uint64_t *id, char **origin,
				  char why[static ENGINE_WHY_LEN])
{
	struct recovered disk;
	struct txn *txn = NULL;
	enum status status = recover_open_readonly(&disk, data, why);
	if (status != STATUS_OK)
		return status;
	status = store_read(disk.store, &txn);
	if (status == STATUS_OK) {
		struct key key = {.len = 0};
		key_text(&key, login);
		*id = index_find(txn, INDEX_principal_by_login, &key);
		status = txn_status(txn);
		txn_end(txn);
	}
	*origin = status == STATUS_OK ? strdup(disk.origin) : NULL;
	recover_close(&disk, false);
	if (status != STATUS_OK)
		snprintf(why, ENGINE_WHY_LEN, "the state cannot be read");
	else if (*origin == NULL)
		status = STATUS_MEMORY;
	return status;
}

static enum status issue(const char *data, const struct pki_order *order,
			 char why[static ENGINE_WHY_LEN])
{
	struct path identity;
	char inner[PKI_WHY_LEN] = "";
	snprintf(why, ENGINE_WHY_LEN, "%s is too long a name", data);
	enum status status = path_join(&identity, data, "identity");
	if (status == STATUS_OK)
		status = pki_issue(identity.text, order, inner);
	if (status != STATUS_OK && inner[0] != '\0')
		snprintf(why, ENGINE_WHY_LEN, "%s", inner);
	return status;
}

enum status credentials_make(const struct credentials *order, char why[static ENGINE_WHY_LEN])
{
	struct pki_order pki = {
		.login = order->login,
		.out_dir = order->out,
		.address = order->address,
		.port = (uint16_t)order->port,
		.days = order->days,
	};
	char *origin = NULL;
	enum status status =
		find_principal(order->data, order->login, &pki.principal, &origin, why);
	if (status == STATUS_OK && pki.principal == 0) {
		snprintf(why, ENGINE_WHY_LEN,
			 "nobody is registered as %s; register first: dossier principal add",
			 order->login);
		status = STATUS_NOT_FOUND;
	}
	pki.origin = origin;
	if (status == STATUS_OK)
		status = issue(order->data, &pki, why);
	free(origin);
	return status;
}
