/*
 * A profile that is not whole yet: <profile>.enrolling, which gets its name when all is in it. A
 * key that was sent to be certified stays there until then, so that enrolling can be repeated with
 * the same one, whatever happened in between.
 *
 *   key.pem  request.der  code          from the beginning; code: the hash of the code's secret
 *   cert.pem ca.pem log-key.pem log.vkey dossier.conf   at the end
 */
#ifndef CLIENT_LIB_DRAFT_H
#define CLIENT_LIB_DRAFT_H

#include <stdint.h>

#include "common/buf.h"
#include "common/hash.h"
#include "common/path.h"
#include "common/status.h"
#include "proto/request.pb-c.h"

#define DRAFT_WHY_LEN 512

struct draft {
	struct path target;      /* the profile to be */
	struct path directory;   /* until then */
	int lock;                /* owned; -1: none */
	struct buf request;      /* owned; the signing request for its key */
	char why[DRAFT_WHY_LEN]; /* the last failure in one sentence */
};

/* All that is said of the server in a profile. */
struct draft_server {
	const char *address;
	uint16_t port;
};

/* Begins a profile, or goes on with what an earlier try with the same code left. STATUS_CONFLICT
 * when the target is there, when another is at it, or when the earlier try's key was protected
 * otherwise; STATUS_SYSTEM when it cannot be written; STATUS_MEMORY. */
MUST_CHECK enum status draft_open(struct draft *draft, const char *target,
				  const uint8_t code[static HASH_LEN], const char *passphrase);

/* Puts the rest in, tries key and certificate, and gives it its name. STATUS_CONFLICT, SYSTEM and
 * MEMORY as above, STATUS_TLS when they do not fit each other. */
MUST_CHECK enum status draft_finish(struct draft *draft, const Pb__Issued *issued,
				    const struct draft_server *server, const char *passphrase);

/* Throws what was begun away: the code is no good. */
void draft_drop(struct draft *draft);

/* Frees; what is on disk stays. */
void draft_release(struct draft *draft);

#endif
