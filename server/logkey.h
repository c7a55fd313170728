/*
 * The keys that sign the ledger, in the identity directory, while one follows another:
 *
 *   log-key.next.pem   prepared by `dossierd rotate --log-key`; signs nothing yet
 *   log-key.pem        signs
 *   log-key.old.pem    signs beside it, for clients that do not know the new one yet; until the
 *                      operator takes it away
 *
 * Which one signs is said by the ledger, not by these names: they follow what was entered.
 */
#ifndef SERVER_LOGKEY_H
#define SERVER_LOGKEY_H

#include "common/buf.h"
#include "common/ed25519.h"
#include "common/note.h"
#include "common/status.h"
#include "server/pki.h"

#define LOGKEY_NEXT "log-key.next.pem"
#define LOGKEY_OLD "log-key.old.pem"

/* Reads one of them. STATUS_NOT_FOUND when there is none; else a sentence in why. */
MUST_CHECK enum status logkey_load(const char *identity_dir, const char *name, struct ed25519 **key,
				   char why[static PKI_WHY_LEN]);

/* Makes the next key, if there is none yet, and appends the statement by which the one that signs
 * names it (common/successor.h). A sentence in why after a failure. */
MUST_CHECK enum status logkey_prepare(const char *identity_dir, struct buf *statement,
				      char why[static PKI_WHY_LEN]);

/* Names the files as the ledger says which key signs: the next one becomes it. Done again after it
 * was cut off. STATUS_INVALID when the key that the ledger names is not there; a sentence in why
 * after a failure. */
MUST_CHECK enum status logkey_settle(const char *identity_dir, const struct note_key *named,
				     char why[static PKI_WHY_LEN]);

#endif
