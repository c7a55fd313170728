/*
 * One request as the service sees it: who asks, the transaction, the memory, and how to refuse.
 * Made by dispatch; knows nothing of connections. Everything taken from the arena lives as long as
 * the call.
 */
#ifndef SERVER_SERVICE_CALL_H
#define SERVER_SERVICE_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/entry.h"
#include "common/role.h"
#include "common/rpc.h"
#include "common/status.h"
#include "proto/wire.pb-c.h"
#include "server/config.h"
#include "server/service/mask.h"
#include "server/store/store.h"

struct ledger;
struct ledger_reader;
struct signer;
struct anchors;

/* What the server knows of itself; for status. */
struct health {
	const char *server; /* program and version */
	const char *origin; /* name of the ledger */
	int64_t started_at; /* microseconds since the epoch */
	uint64_t connections;
	const char *quarantine; /* why nothing can be changed; "": all is well */
};

struct call {
	const struct rpc *rpc;
	struct txn *txn;     /* borrowed; a write txn in check, which must not write to it */
	struct arena *arena; /* borrowed */
	const struct config *config;  /* borrowed */
	const struct health *health;  /* borrowed; NULL on the writer */
	struct ledger_reader *reader; /* borrowed; for SCAN only, else NULL */
	const struct ledger *ledger;  /* borrowed; for proofs */
	const struct signer *signer;  /* borrowed; for the newest head; NULL in quarantine */
	struct anchors *anchors;      /* borrowed; heads that witnesses co-sign; NULL: none */
	const char *origin;           /* borrowed; name of the ledger */

	/* Who asks, as of this txn. All NULL / 0 when the server itself acts. */
	const Pb__Principal *principal;
	const Pb__Office *office;
	const struct role *role;
	uint64_t certificate; /* the one that speaks; 0: none was asked for */
	bool outsider;        /* his role is one of those from outside */
	enum scope scope;     /* in which he has the RPC's permission; set by call_permit() */

	/* His active grants; see cover.h. */
	Pb__Grant **grants; /* of the arena; NULL: not read yet */
	size_t grant_count;

	int64_t now; /* time of the entry to be; decided before check, never read from a clock there
		      */
	int32_t today; /* business date of now */

	/* What the entry will be about. */
	struct subject *subjects; /* of the arena */
	size_t subject_count;
	size_t subject_capacity;
	uint32_t shown;     /* records among them, by scope_shown() */
	uint32_t shown_max; /* after which a slice ends; 0: no limit */

	/* Ids handed out by call_new_id() in this call, by table. */
	uint64_t new_ids[TABLE_COUNT];

	Pb__Refusal refusal;   /* set by call_refuse() */
	bool sensitive;        /* a look at something secret: entered before it is shown */
	enum mask_right right; /* up to which level the answer is clear */
};

/* Sets who asks (id 0: the server itself) from the txn; certificate: which one speaks for him, 0
 * when none does. call->now is set before. STATUS_IDENTITY: account_inactive, when that principal
 * is not there or not active; certificate_ended, when the certificate is another's, over, or
 * revoked. */
MUST_CHECK enum status call_identify(struct call *call, uint64_t principal, uint64_t certificate);

/* Whether the caller's role allows call->rpc, and on what: sets call->scope. Else refuses with
 * STATUS_DENIED. */
MUST_CHECK enum status call_permit(struct call *call);

/* Sets the refusal and returns status: cause and return in one statement. subject is the
 * number of the record concerned, or NULL. The facts in call->refusal are the caller's to add. */
enum status call_refuse(struct call *call, enum status status, enum reason_id reason,
			const char *subject);

/* The same for a wrong field of the request: STATUS_INVALID. limit 0 when there is none. */
enum status call_refuse_field(struct call *call, enum reason_id reason, const char *field,
			      uint64_t limit);

/* The same for a field that must be unique and is not: STATUS_CONFLICT, taken. value may be NULL.
 */
enum status call_refuse_taken(struct call *call, const char *field, const char *value);

/* The same for a record that is no longer at the version that was seen: STATUS_STALE,
 * changed_meanwhile, with the version that it has. */
enum status call_refuse_stale(struct call *call, const char *subject, uint32_t version);

/* Adds what the entry is about; the same subject twice counts once. False when there are
 * ENTRY_SUBJECTS_MAX already or memory is out (the call then fails with STATUS_LIMIT). */
MUST_CHECK bool call_subject(struct call *call, enum subject_kind kind, uint64_t id);

/* The next free id of a table, counting those handed out before in this call. */
uint64_t call_new_id(struct call *call, enum table table);

/* Whether half of the arena is still free: an act on many records asks before each. A row that
 * found no room would be a failure of the whole txn. */
bool call_has_room(const struct call *call);

#endif
