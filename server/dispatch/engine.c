#include "server/dispatch/engine.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/date.h"
#include "common/log.h"
#include "common/path.h"
#include "server/dispatch/erasure.h"
#include "server/dispatch/group.h"
#include "server/dispatch/receipt.h"
#include "server/dispatch/succession.h"

/* ---- one group ---- */

static void fence(struct engine *engine, const char *event, enum status status)
{
	engine->fenced = true;
	log_event(LOG_LEVEL_ERROR, event, "status=%s errno=%d", status_name(status), errno);
}

static const char *reason_of(enum status status)
{
	return status == STATUS_STORAGE_FULL ? reason_name(REASON_ledger_full) : "";
}

/* The group is nowhere, or we cannot tell: the answers that were prepared must not leave. */
static void fail_group(struct act *acts[], size_t count, enum status status)
{
	for (size_t i = 0; i < count; i++)
		if (!acts[i]->again)
			act_fail(acts[i], status, reason_of(status));
}

/* Nothing of the group is on disk: forgets it. A full disk or memory passes by, the rest does not.
 */
static enum status drop_group(struct group *group, const struct mark *before, enum status status)
{
	struct engine *engine = group->engine;
	txn_end(group->txn);
	ledger_discard(engine->disk.ledger);
	engine->mark = *before;
	if (status != STATUS_STORAGE_FULL && status != STATUS_MEMORY)
		fence(engine, "group_failed", status);
	return status;
}

/* The group is an erasure: overwrites what it lists. */
static enum status erase_group(struct group *group)
{
	char why[ENGINE_WHY_LEN];
	enum status status = erasure_carry_out(&group->engine->disk, group->first, why);
	if (status == STATUS_OK)
		return STATUS_OK;
	log_event(LOG_LEVEL_ERROR, "erasure_cut_off", "why=%s", why);
	fence(group->engine, "erasure_failed", status);
	return STATUS_OUTCOME_UNKNOWN;
}

/* Makes the group durable, signs the ledger with it, then makes it visible. */
static enum status commit_group(struct group *group, const struct mark *before)
{
	struct engine *engine = group->engine;
	enum status status = txn_status(group->txn);
	if (status != STATUS_OK)
		return drop_group(group, before, status);
	if (ledger_staged(engine->disk.ledger) == 0) {
		txn_end(group->txn);
		return STATUS_OK;
	}
	status = ledger_commit(engine->disk.ledger);
	if (status == STATUS_STORAGE_FULL)
		return drop_group(group, before, status);
	if (status != STATUS_OK) {
		txn_end(group->txn);
		fence(engine, "ledger_commit_failed", status);
		return STATUS_OUTCOME_UNKNOWN;
	}
	engine->mark.tree = *ledger_peaks(engine->disk.ledger);
	mark_put(group->txn, &engine->mark);
	status = signing_advance(&engine->signing, engine->disk.ledger, group->now);
	if (status != STATUS_OK) {
		txn_end(group->txn);
		fence(engine, "signing_failed", status);
		return STATUS_OUTCOME_UNKNOWN;
	}
	status = txn_commit(group->txn);
	if (status == STATUS_OK) {
		succession_follow(&engine->signing, engine->disk.store, engine->disk.data);
		return group->erases ? erase_group(group) : STATUS_OK;
	}
	fence(engine, "state_commit_failed", status);
	return STATUS_OUTCOME_UNKNOWN;
}

/* Answers that were decided get the proof of their entries, now that their head is signed. */
static void prove(struct engine *engine, struct act *acts[], size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (acts[i]->unproven && receipt_complete(acts[i], &engine->signing) != STATUS_OK)
			act_fail(acts[i], STATUS_OUTCOME_UNKNOWN, "");
}

/* Room for what a group may need beside the ledger. */
static enum status reserve(struct engine *engine)
{
	enum status status = store_reserve(engine->disk.store);
	return status == STATUS_OK ? signer_reserve(engine->signing.signer) : status;
}

static int64_t group_time(const struct engine *engine)
{
	int64_t now = clock_now();
	return now > engine->mark.time ? now : engine->mark.time; /* never back */
}

/* Runs acts until the group is full; returns how many have their answer. */
static size_t run_group(struct engine *engine, struct act *acts[], size_t count)
{
	struct group group = {
		.engine = engine,
		.now = group_time(engine),
		.first = ledger_size(engine->disk.ledger),
	};
	const struct mark before = engine->mark;
	enum status room = reserve(engine);
	enum status status = store_write(engine->disk.store, &group.txn);
	if (status != STATUS_OK) {
		fail_group(acts, count, status);
		return count;
	}
	size_t done = 0;
	if (room != STATUS_OK) {
		while (done < count)
			group_refuse(&group, acts[done++], room, reason_of(room));
		txn_end(group.txn);
		prove(engine, acts, count);
		return count;
	}
	while (done < count && group_act(&group, acts[done]) == STEP_DONE)
		done++;
	status = commit_group(&group, &before);
	if (status != STATUS_OK)
		fail_group(acts, done, status);
	prove(engine, acts, done);
	return done;
}

/* Nothing is decided in quarantine, but what was decided before must not be told as refused: nor
 * as done, since it cannot be proven. */
static void hold(struct engine *engine, struct act *acts[], size_t count)
{
	struct txn *txn = NULL;
	enum status status = store_read(engine->disk.store, &txn);
	for (size_t i = 0; i < count; i++) {
		struct act *act = acts[i];
		uint64_t sequence;
		bool act_again = !act->access && !act->dry_run;
		if (act_again &&
		    (status != STATUS_OK || seen_get(txn, act->principal, act->key, &sequence)))
			act_fail(act, STATUS_OUTCOME_UNKNOWN, "");
		else
			act_fail(act, STATUS_QUARANTINE, reason_name(REASON_quarantine));
	}
	txn_end(txn);
}

void engine_run(struct engine *engine, struct act *acts[], size_t count)
{
	size_t done = 0;
	if (engine->disk.quarantine[0] != '\0') {
		hold(engine, acts, count);
		return;
	}
	while (done < count && !engine->fenced)
		done += run_group(engine, acts + done, count - done);
	/* An act that is repeated here may be on disk already: only the next start can tell. */
	fail_group(acts + done, count - done, STATUS_OUTCOME_UNKNOWN);
}

/* An erasure that waited for room may find it now. */
static void finish_erasure(struct engine *engine)
{
	char why[ENGINE_WHY_LEN];
	enum status status = erasure_recover(&engine->disk, why);
	if (status == STATUS_OK)
		return;
	log_event(LOG_LEVEL_ERROR, "erasure_cut_off", "why=%s", why);
	fence(engine, "erasure_failed", status);
}

void engine_beat(struct engine *engine)
{
	if (engine->disk.is_erasing && !engine->fenced)
		finish_erasure(engine);
	if (engine->signing.signer == NULL || engine->fenced)
		return;
	enum status status = signer_beat(engine->signing.signer, clock_now());
	if (status != STATUS_OK) /* the next one may go well; whoever waits for it sees its time */
		log_event(LOG_LEVEL_ERROR, "heartbeat_failed", "status=%s", status_name(status));
}

/* ---- life ---- */

static enum status begin_signing(struct engine *engine, const char *origin,
				 char why[static ENGINE_WHY_LEN])
{
	const struct recovered *disk = &engine->disk;
	if (disk->quarantine[0] == '\0') {
		enum status status = succession_settle(disk->store, disk->data, why);
		if (status != STATUS_OK)
			return status;
		return signing_open(&engine->signing, disk->data,
				    origin == NULL ? disk->origin : origin, disk->ledger,
				    clock_now(), why);
	}
	log_event(LOG_LEVEL_ERROR, "quarantine", "why=%s", disk->quarantine);
	return STATUS_OK;
}

static enum status open_anchors(struct engine *engine, char why[static ENGINE_WHY_LEN])
{
	struct path path;
	char inner[ANCHORS_WHY_LEN] = "the name of the data directory is too long";
	enum status status = path_join(&path, engine->disk.data, ANCHORS_FILE);
	if (status == STATUS_OK)
		status = anchors_open(&engine->anchors, path.text, inner);
	if (status != STATUS_OK)
		snprintf(why, ENGINE_WHY_LEN, "%s", inner);
	return status;
}

static enum status read_mark(struct engine *engine)
{
	struct txn *txn = NULL;
	enum status status = store_read(engine->disk.store, &txn);
	if (status != STATUS_OK)
		return status;
	mark_get(txn, &engine->mark);
	status = txn_status(txn);
	txn_end(txn);
	return status;
}

/* origin: of a ledger that has no entry to say it yet, else NULL. */
static enum status open_as(struct engine **out, const char *data, struct config *config,
			   const char *origin, char why[static ENGINE_WHY_LEN])
{
	struct engine *engine = calloc(1, sizeof(*engine));
	if (engine == NULL) {
		snprintf(why, ENGINE_WHY_LEN, "out of memory");
		return STATUS_MEMORY;
	}
	arena_init(&engine->arena, ENGINE_ARENA_MAX);
	engine->config = config_retain(config);
	enum status status = recover_open(&engine->disk, data, why);
	if (status != STATUS_OK)
		goto free_engine;
	status = ledger_reader_new(&engine->reader, engine->disk.ledger);
	if (status == STATUS_OK)
		status = read_mark(engine);
	if (status != STATUS_OK)
		snprintf(why, ENGINE_WHY_LEN, "the state cannot be read: %s", status_text(status));
	else
		status = open_anchors(engine, why);
	if (status == STATUS_OK)
		status = begin_signing(engine, origin, why);
	if (status != STATUS_OK)
		goto close_disk;
	*out = engine;
	return STATUS_OK;

close_disk:
	anchors_close(engine->anchors);
	ledger_reader_free(engine->reader);
	recover_close(&engine->disk, false);
free_engine:
	config_free(engine->config);
	arena_release(&engine->arena);
	free(engine);
	return status;
}

enum status engine_open(struct engine **out, const char *data, struct config *config,
			char why[static ENGINE_WHY_LEN])
{
	return open_as(out, data, config, NULL, why);
}

enum status engine_open_new(struct engine **out, const char *data, struct config *config,
			    const char *origin, char why[static ENGINE_WHY_LEN])
{
	return open_as(out, data, config, origin, why);
}

void engine_close(struct engine *engine)
{
	if (engine == NULL)
		return;
	signing_close(&engine->signing);
	anchors_close(engine->anchors);
	ledger_reader_free(engine->reader);
	recover_close(&engine->disk, !engine->fenced);
	config_free(engine->config);
	arena_release(&engine->arena);
	buf_release(&engine->reply);
	buf_release(&engine->payload);
	free(engine);
}

void engine_reconfigure(struct engine *engine, struct config *config)
{
	config_free(engine->config);
	engine->config = config_retain(config);
	if (engine->signing.signer == NULL)
		return;
	char why[SIGNING_WHY_LEN];
	if (signing_companions(&engine->signing, engine->disk.data, why) != STATUS_OK)
		log_event(LOG_LEVEL_ERROR, "log_keys_unread", "why=%s", why);
}

bool engine_fenced(const struct engine *engine)
{
	return engine->fenced;
}

struct store *engine_store(struct engine *engine)
{
	return engine->disk.store;
}

const struct ledger *engine_ledger(const struct engine *engine)
{
	return engine->disk.ledger;
}

const char *engine_origin(const struct engine *engine)
{
	return engine->disk.origin;
}

const struct signer *engine_signer(const struct engine *engine)
{
	return engine->signing.signer;
}

struct anchors *engine_anchors(const struct engine *engine)
{
	return engine->anchors;
}

const char *engine_quarantine(const struct engine *engine)
{
	return engine->disk.quarantine;
}
