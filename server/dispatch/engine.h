/*
 * The heart, without threads or network: ledger, state and the one path of every act. Used by the
 * writer thread, by start-up (recovery), by `dossierd` commands and by the tests.
 *
 *   group of acts --> each: seen? permitted? check --> apply --> stage entry
 *                 --> ledger commit (durable) --> head signed --> state commit (visible)
 *                 --> answers get their proofs, and may leave
 *
 * A storage failure fences the engine: nothing more is acknowledged, and only a new start, from
 * what is on disk, goes on. In quarantine (server/dispatch/quarantine.h) all acts are refused and
 * nothing is written.
 */
#ifndef SERVER_DISPATCH_ENGINE_H
#define SERVER_DISPATCH_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/entry.h"
#include "common/status.h"
#include "server/config.h"
#include "server/ledger/anchors.h"
#include "server/ledger/ledger.h"
#include "server/ledger/signer.h"
#include "server/store/store.h"

#define ENGINE_WHY_LEN 512
#define ENGINE_ARENA_MAX (16u * 1024 * 1024) /* of one act: an import's batch with its reply */

/* One request to the writer. In: up to request. Out: the rest, valid once engine_run() returned. */
struct act {
	uint16_t rpc;
	bool dry_run;
	bool access;          /* a look to be entered: no check, no apply */
	bool guarded;         /* of an access: judged again where it is entered; the answer is then
			       * the packed Mark of its entry */
	uint64_t principal;   /* 0: the server itself */
	uint64_t certificate; /* that speaks for him; 0: none was asked for */
	uint8_t key[ENTRY_KEY_LEN];
	const uint8_t *request; /* borrowed; the packed message */
	size_t request_len;
	uint64_t office;                /* of an access: the looker's */
	const struct subject *subjects; /* of an access, borrowed */
	size_t subject_count;

	bool entered; /* out: of an access: its entry was made */
	bool again; /* out: the answer is that of an earlier run, and stands whatever happens now */

	/* Between the decision and the commit: the answer still lacks the proof of this entry
	 * (server/dispatch/receipt.h). */
	bool unproven;
	uint64_t sequence;
	size_t header_len; /* of a refusal: of the entry's header, which stands behind it */

	enum status status; /* in: of an access, how the look went */
	struct buf answer;  /* owned by the caller; body of the ANSWER frame, or of the ERROR frame
			     * (packed Refusal) when status is not STATUS_OK; of an access see
			     * entered  and guarded */
};

struct engine;

/* Opens the data directory for writing (locks it), recovers: keeps the state when this boot wrote
 * it, else takes the newest good snapshot; applies the ledger's tail. */
MUST_CHECK enum status engine_open(struct engine **engine, const char *data, struct config *config,
				   char why[static ENGINE_WHY_LEN]);

/* The same for a ledger that is still empty and will have this name. */
MUST_CHECK enum status engine_open_new(struct engine **engine, const char *data,
				       struct config *config, const char *origin,
				       char why[static ENGINE_WHY_LEN]);

/* Clean stop: state synced, running mark removed (kept when fenced). */
void engine_close(struct engine *engine);

/* Signs the head once more, with the time, and finishes an erasure that waited for room. For the
 * writer's thread, between groups. */
void engine_beat(struct engine *engine);

/* Uses another config from the next group on; takes a reference. */
void engine_reconfigure(struct engine *engine, struct config *config);

/* Runs one or more groups over the acts, in order. When it returns every act has its status and
 * answer, and what was acknowledged is durable and visible. */
void engine_run(struct engine *engine, struct act *acts[], size_t count);

/* True after a storage failure: stop the process. */
bool engine_fenced(const struct engine *engine);

struct store *engine_store(struct engine *engine);
const struct ledger *engine_ledger(const struct engine *engine);
const char *engine_origin(const struct engine *engine);

/* For the newest head; NULL in quarantine. */
const struct signer *engine_signer(const struct engine *engine);

/* Heads that witnesses co-sign. */
struct anchors *engine_anchors(const struct engine *engine);

/* Why nothing can be changed, what was expected and what to do; "" when all is well. Any thread. */
const char *engine_quarantine(const struct engine *engine);

#endif
