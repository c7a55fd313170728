#include "server/command/credentials.h"

#include <stdio.h>

#include "common/path.h"
#include "server/dispatch/recover.h"
#include "server/pki.h"

/* The id of a login; 0 when nobody has it. */
static enum status find_principal(const char *data, const char *login, uint64_t *id,
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
	recover_close(&disk, false);
	if (status != STATUS_OK)
		snprintf(why, ENGINE_WHY_LEN, "the state cannot be read");
	return status;
}

enum status credentials_make(const struct credentials *order, char why[static ENGINE_WHY_LEN])
{
	struct path identity;
	char inner[PKI_WHY_LEN] = "";
	struct pki_order pki = {
		.login = order->login,
		.out_dir = order->out,
		.address = order->address,
		.port = (uint16_t)order->port,
		.days = order->days,
	};
	enum status status = find_principal(order->data, order->login, &pki.principal, why);
	if (status != STATUS_OK)
		return status;
	if (pki.principal == 0) {
		snprintf(why, ENGINE_WHY_LEN,
			 "nobody is registered as %s; register first: dossier principal add",
			 order->login);
		return STATUS_NOT_FOUND;
	}
	snprintf(why, ENGINE_WHY_LEN, "%s is too long a name", order->data);
	status = path_join(&identity, order->data, "identity");
	if (status == STATUS_OK)
		status = pki_issue(identity.text, &pki, inner);
	if (status != STATUS_OK && inner[0] != '\0')
		snprintf(why, ENGINE_WHY_LEN, "%s", inner);
	return status;
}
