/*
 * The heart, without threads or network: ledger, state and the one path of every act. Used by the
 * writer thread, by start-up (recovery), by `dossierd` commands and by the tests.
 *
 *   group of acts --> each: seen? permitted? check --> apply --> stage entry
 *                 --> ledger commit (durable) --> state commit (visible) --> answers may leave
 *
 * A storage failure fences the engine: nothing more is acknowledged, and only a new start, from what
 * is on disk, goes on.
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
#include "server/ledger/ledger.h"
#include "server/store/store.h"

#define ENGINE_WHY_LEN 512
#define ENGINE_PATH_LEN 4096

/* One request to the writer. In: up to request. Out: the rest, valid once engine_run() returned. */
struct act {
	uint16_t rpc;
	bool dry_run;
	bool access;              /* a look to be entered: no check, no apply */
	uint64_t principal;       /* 0: the server itself */
	uint8_t key[ENTRY_KEY_LEN];
	const uint8_t *request;   /* borrowed; the packed message */
	size_t request_len;
	const struct subject *subjects; /* of an access, borrowed */
	size_t subject_count;

	enum status status;
	struct buf answer; /* owned by the caller; body of the ANSWER frame, or of the ERROR frame
			    * (packed Refusal) when status is not STATUS_OK */
};

struct engine;

/* Makes a data directory that is not there: ledger, empty state, identity/, snapshots/; runs the
 * genesis act. Built under a temporary name and renamed, so it is there whole or not at all. */
struct engine_founding {
	const char *origin;
	const char *office_code;
	const char *office_name;
	const char *login;
	const char *name;
	uint32_t segment_size; /* 0: the default */
};
MUST_CHECK enum status engine_found(const char *data, const struct engine_founding *founding,
				    const struct config *config, char why[static ENGINE_WHY_LEN]);

/* Opens the data directory for writing (locks it), recovers: keeps the state when this boot wrote
 * it, else takes the newest good snapshot; applies the ledger's tail. */
MUST_CHECK enum status engine_open(struct engine **engine, const char *data,
				   struct config *config, char why[static ENGINE_WHY_LEN]);

/* Clean stop: state synced, running mark removed (kept when fenced). */
void engine_close(struct engine *engine);

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

/* Takes a snapshot of the state beside running writers and removes old ones; *sequence is where it
 * stands. Any thread, one at a time. */
MUST_CHECK enum status engine_snapshot(struct store *store, const char *data, unsigned keep,
				       uint64_t *sequence, char why[static ENGINE_WHY_LEN]);

/* Applies the ledger to the state from the state's mark up to sequence end (UINT64_MAX: all), in
 * transactions of many entries. progress (may be NULL) is called now and then. */
typedef void replay_progress_cb(void *context, uint64_t done, uint64_t total);
MUST_CHECK enum status engine_replay(struct store *store, const struct ledger *ledger,
				     uint64_t end, replay_progress_cb *progress, void *context,
				     char why[static ENGINE_WHY_LEN]);

#endif
