#include "server/dispatch/quarantine.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/path.h"
#include "server/dispatch/signing.h"
#include "server/ledger/redaction.h"
#include "server/ledger/tree.h"
#include "server/ledger/signer.h"

enum status quarantine_remember(struct remembered *remembered, const char *data)
{
	struct path path;
	enum status status = path_join(&path, data, SIGNING_DIRECTORY);
	*remembered = (struct remembered){0};
	if (status == STATUS_OK)
		status = signer_read(path.text, &remembered->size, remembered->root);
	remembered->status = status;
	return status == STATUS_NOT_FOUND || status == STATUS_CORRUPT ? STATUS_OK : status;
}

static bool is_short(const struct remembered *remembered, const struct ledger *ledger)
{
	return remembered->status == STATUS_OK && ledger_size(ledger) < remembered->size;
}

/* A head that is there, against a ledger that is long enough. */
static enum status compare(const struct remembered *remembered, const struct ledger *ledger,
			   char why[static QUARANTINE_WHY_LEN])
{
	struct merkle_edge edge;
	char expected[2 * HASH_LEN + 1];
	char found[2 * HASH_LEN + 1];
	enum status status = ledger_edge(ledger, remembered->size, &edge);
	if (status != STATUS_OK) {
		snprintf(why, QUARANTINE_WHY_LEN, "the ledger's tree cannot be read: %s",
			 status_text(status));
		return status;
	}
	if (memcmp(merkle_edge_root(&edge), remembered->root, HASH_LEN) == 0)
		return STATUS_OK;
	hex_encode(remembered->root, HASH_LEN, expected);
	hex_encode(merkle_edge_root(&edge), HASH_LEN, found);
	snprintf(why, QUARANTINE_WHY_LEN,
		 "%" PRIu64 " entries were signed with the root %s, but in this ledger they have "
		 "the root %s: it was changed or is another one; bring back the ledger that was "
		 "signed",
		 remembered->size, expected, found);
	return STATUS_QUARANTINE;
}

enum status quarantine_judge(const struct remembered *remembered, const struct ledger *ledger,
			     char why[static QUARANTINE_WHY_LEN])
{
	uint64_t size = ledger_size(ledger);
	char root[2 * HASH_LEN + 1];
	if (remembered->status == STATUS_CORRUPT) {
		snprintf(
			why, QUARANTINE_WHY_LEN,
			"signer/head, which says what was signed, is damaged; bring it back from a "
			"backup, or if dossierd check finds the ledger whole move the folder "
			"signer away and run dossierd adopt");
		return STATUS_QUARANTINE;
	}
	if (remembered->status != STATUS_OK || (remembered->size == 0 && size > 0)) {
		snprintf(why, QUARANTINE_WHY_LEN,
			 "signer/head, which says what was signed, is missing beside a ledger of "
			 "%" PRIu64 " entries; bring back the folder signer, or if an older "
			 "version made this data directory run dossierd adopt",
			 size);
		return STATUS_QUARANTINE;
	}
	if (is_short(remembered, ledger)) {
		hex_encode(remembered->root, HASH_LEN, root);
		snprintf(why, QUARANTINE_WHY_LEN,
			 "%" PRIu64
			 " entries were signed with the root %s, but the ledger has only "
			 "%" PRIu64 " whole ones; bring back the ledger that has them all",
			 remembered->size, root, size);
		return STATUS_QUARANTINE;
	}
	return size == 0 ? STATUS_OK : compare(remembered, ledger, why);
}

/* ---- opening ---- */

/* An overwriting that was cut off comes first: it has torn groups that were signed. */
static enum status open_as_it_may(struct ledger **ledger, const char *directory,
				  const struct remembered *remembered, bool is_trusted,
				  char why[static LEDGER_WHY_LEN])
{
	enum status status = redaction_redo(directory, why);
	if (status == STATUS_OK)
		status = ledger_open_readonly(ledger, directory, why);
	if (status != STATUS_OK || is_short(remembered, *ledger))
		return status;
	ledger_close(*ledger);
	return is_trusted ? ledger_open_trusting(ledger, directory, why)
			  : ledger_open(ledger, directory, why);
}

/* A root that is not the one that was signed may be the fault of the tree's file alone. */
static enum status judge_twice(const struct remembered *remembered, struct ledger *ledger,
			       char quarantine[static QUARANTINE_WHY_LEN],
			       char why[static LEDGER_WHY_LEN])
{
	enum status status = quarantine_judge(remembered, ledger, quarantine);
	if (status == STATUS_QUARANTINE && remembered->status == STATUS_OK &&
	    remembered->size > 0 && !is_short(remembered, ledger)) {
		status = tree_rebuild(ledger, why);
		if (status == STATUS_OK)
			status = quarantine_judge(remembered, ledger, quarantine);
	}
	if (status == STATUS_OK)
		quarantine[0] = '\0';
	return status;
}

enum status quarantine_open(struct ledger **ledger, const char *data, bool is_trusted,
			    char quarantine[static QUARANTINE_WHY_LEN],
			    char why[static LEDGER_WHY_LEN])
{
	struct remembered remembered;
	struct path path;
	snprintf(why, LEDGER_WHY_LEN, "what was signed last, or the folder, cannot be read");
	enum status status = quarantine_remember(&remembered, data);
	if (status == STATUS_OK)
		status = path_join(&path, data, "ledger");
	if (status == STATUS_OK)
		status = open_as_it_may(ledger, path.text, &remembered, is_trusted, why);
	if (status != STATUS_OK)
		return status;
	status = judge_twice(&remembered, *ledger, quarantine, why);
	if (status == STATUS_OK || status == STATUS_QUARANTINE)
		return STATUS_OK;
	snprintf(why, LEDGER_WHY_LEN, "%.200s", quarantine);
	ledger_close(*ledger);
	*ledger = NULL;
	return status;
}
