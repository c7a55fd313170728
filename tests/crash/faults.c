/*
 * Disk trouble at every call: a script of some 200 acts is run with the N-th call that changes a
 * file failing, for N = 1 to all, once and from then on, with EIO, ENOSPC and short writes; the
 * client repeats what was not acknowledged, with its own keys. In every run: no act is acknowledged
 * after a failed commit, a full disk changes nothing and passes by, a fence holds, and in the end
 * ledger, answers and state are byte for byte those of an undisturbed run: every act was executed
 * exactly once.
 *
 *   faults [STEP]    tries every STEP-th call, another part of them for each kind; 1: all
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/path.h"
#include "server/dispatch/snapshot.h"
#include "tests/crash/fault.h"
#include "tests/crash/script.h"

#define TRIES_MAX 3 /* of a group before a lasting fault is repaired */
#define WHY_LEN 256
#define FAILURES_MAX 10 /* of a kind; enough is known then */

struct kind {
	const char *name;
	enum fault_kind kind;
	bool lasting;
};

static const struct kind kinds[] = {
	{"EIO once", FAULT_EIO, false},       {"EIO lasting", FAULT_EIO, true},
	{"ENOSPC once", FAULT_ENOSPC, false}, {"ENOSPC lasting", FAULT_ENOSPC, true},
	{"short once", FAULT_SHORT, false},   {"short lasting", FAULT_SHORT, true},
};

struct run {
	struct script *script;
	bool is_reference;
	bool cuts_power; /* after a fence: start as another boot */
	char data[128];
	struct engine *engine;
	unsigned fences;
	unsigned refusals; /* STORAGE_FULL */
	char wrong[WHY_LEN];
};

static bool fail(struct run *run, const char *what, unsigned group)
{
	if (run->wrong[0] == '\0')
		snprintf(run->wrong, WHY_LEN, "%s (group %u)", what, group);
	return false;
}

/* ---- starting and stopping ---- */

/* Starts. A start may fail for the fault's sake, but not call it damage; one without works. */
static bool start(struct run *run, unsigned group)
{
	char why[ENGINE_WHY_LEN] = "";
	uint8_t root[HASH_LEN];
	for (unsigned try = 0;; try++) {
		unsigned hits = fault_hits();
		enum status status =
			engine_open(&run->engine, run->data, run->script->office.config, why);
		if (status == STATUS_OK)
			break;
		run->engine = NULL;
		if (fault_hits() == hits)
			return fail(run, why, group);
		if (status != STATUS_STORAGE && status != STATUS_STORAGE_FULL)
			return fail(run, status_name(status), group);
		if (try == TRIES_MAX)
			fault_disarm();
	}
	if (script_mark(run->engine, root) != ledger_size(engine_ledger(run->engine)))
		return fail(run, "state and ledger stand at different entries", group);
	return true;
}

static bool stop_and_start(struct run *run, unsigned group, bool cut)
{
	engine_close(run->engine);
	run->engine = NULL;
	if (cut)
		script_another_boot(run->data);
	return start(run, group);
}

/* After a fence: nothing more is done, then a start goes on. */
static bool start_after_fence(struct run *run, unsigned group)
{
	struct act act = *run->script->groups[0].acts[0];
	unsigned calls = fault_calls();
	act.answer = BUF_EMPTY;
	engine_run(run->engine, (struct act *[]){&act}, 1);
	buf_release(&act.answer);
	run->fences++;
	if (act.status != STATUS_OUTCOME_UNKNOWN || fault_calls() != calls)
		return fail(run, "work goes on after a fence", group);
	return stop_and_start(run, group, run->cuts_power);
}

/* ---- groups ---- */

static bool is_decided(enum status status)
{
	return status == STATUS_OK || status == STATUS_ON_LOAN || status == STATUS_NOT_ON_LOAN;
}

/* The acts of a group, to be run again and again with answers of their own. */
static void copy_acts(const struct script_group *group, struct act copies[], struct act *pointers[])
{
	for (unsigned i = 0; i < group->count; i++) {
		copies[i] = *group->acts[i];
		copies[i].answer = BUF_EMPTY;
		pointers[i] = &copies[i];
	}
}

static void keep_answers(struct script_group *group, struct act copies[])
{
	for (unsigned i = 0; i < group->count; i++) {
		group->acts[i]->status = copies[i].status;
		group->acts[i]->answer = copies[i].answer;
		copies[i].answer = BUF_EMPTY;
	}
}

static bool same_answers(const struct script_group *group, const struct act copies[])
{
	for (unsigned i = 0; i < group->count; i++) {
		if (!act_same_answer(&copies[i], group->acts[i]))
			return false;
	}
	return true;
}

/* A full disk was said: nothing has changed, and reading goes on. */
static bool is_unchanged(struct run *run, const struct script_group *group)
{
	uint8_t root[HASH_LEN];
	return !engine_fenced(run->engine) &&
	       ledger_size(engine_ledger(run->engine)) == group->size &&
	       script_mark(run->engine, root) == group->size &&
	       memcmp(root, group->root, HASH_LEN) == 0;
}

enum attempt { ATTEMPT_DONE, ATTEMPT_AGAIN, ATTEMPT_WRONG };

/* What a group's statuses say: all the same kind, since a group is one. */
static enum attempt judge(struct run *run, unsigned number, const struct act copies[],
			  unsigned hits)
{
	const struct script_group *group = &run->script->groups[number];
	unsigned decided = 0;
	unsigned full = 0;
	for (unsigned i = 0; i < group->count; i++) {
		decided += is_decided(copies[i].status);
		full += copies[i].status == STATUS_STORAGE_FULL;
	}
	if (decided == group->count)
		return hits == 0 || fail(run, "acknowledged though a call failed", number)
			       ? ATTEMPT_DONE
			       : ATTEMPT_WRONG;
	if (decided > 0 || hits == 0) {
		(void)fail(run, "a group is answered in part, or fails without a fault", number);
		return ATTEMPT_WRONG;
	}
	if (full > 0) {
		run->refusals++;
		if (full == group->count && is_unchanged(run, group))
			return ATTEMPT_AGAIN;
		(void)fail(run, "a full disk has changed something", number);
		return ATTEMPT_WRONG;
	}
	if (!engine_fenced(run->engine))
		return ATTEMPT_AGAIN;
	return start_after_fence(run, number) ? ATTEMPT_AGAIN : ATTEMPT_WRONG;
}

/* Runs a group until it is acknowledged, as its client would. */
static bool run_group(struct run *run, unsigned number, bool counts_hits)
{
	struct script_group *group = &run->script->groups[number];
	struct act copies[SCRIPT_GROUP_MAX];
	struct act *pointers[SCRIPT_GROUP_MAX];
	enum attempt attempt = ATTEMPT_AGAIN;
	bool is_same = true;
	for (unsigned try = 0; attempt == ATTEMPT_AGAIN; try++) {
		if (try == TRIES_MAX)
			fault_disarm(); /* the disk is repaired */
		if (try > 2 * TRIES_MAX)
			return fail(run, "no success after the repair", number);
		unsigned hits = fault_hits();
		copy_acts(group, copies, pointers);
		engine_run(run->engine, pointers, group->count);
		hits = counts_hits ? fault_hits() - hits : 0;
		attempt = judge(run, number, copies, hits);
		if (attempt == ATTEMPT_DONE && run->is_reference)
			keep_answers(group, copies);
		else if (attempt == ATTEMPT_DONE)
			is_same = same_answers(group, copies);
		for (unsigned i = 0; i < group->count; i++)
			buf_release(&copies[i].answer);
	}
	if (!is_same)
		return fail(run, "an answer is not the one of the undisturbed run", number);
	return attempt == ATTEMPT_DONE;
}

/* ---- a run ---- */

static void note_position(struct run *run, struct script_group *group)
{
	group->size = script_mark(run->engine, group->root);
}

static bool do_event(struct run *run, unsigned number)
{
	char why[SNAPSHOT_WHY_LEN] = "";
	uint64_t sequence = 0;
	unsigned hits = fault_hits();
	switch (script_event(number)) {
	case EVENT_NONE:
		return true;
	case EVENT_SNAPSHOT:
		/* One that fails is only not there. */
		return snapshot_take(engine_store(run->engine), run->data, 1, &sequence, why) ==
			       STATUS_OK ||
		       fault_hits() > hits || fail(run, why, number);
	case EVENT_STOP:
		return stop_and_start(run, number, false);
	case EVENT_CRASH: {
		/* The copy of the mark outlives the stop. */
		struct path running;
		struct path kept;
		if (path_join(&running, run->data, "running") != STATUS_OK ||
		    path_join(&kept, run->data, "running.kept") != STATUS_OK ||
		    link(running.text, kept.text) != 0)
			return fail(run, "the running mark is not there", number);
		engine_close(run->engine);
		run->engine = NULL;
		(void)unlink(running.text);
		if (link(kept.text, running.text) != 0 || unlink(kept.text) != 0)
			return fail(run, "the running mark cannot be kept", number);
		return start(run, number);
	}
	case EVENT_CUT:
		return stop_and_start(run, number, true);
	}
	return true;
}

static void print_wrong(void *context, const char *text)
{
	struct run *run = context;
	(void)fail(run, text, SCRIPT_GROUPS);
}

/* Ledger, state and indexes after the last group, and after one more start from the ledger. */
static bool judge_end(struct run *run)
{
	struct script *script = run->script;
	struct store *reference = NULL;
	struct txn *left = NULL;
	struct txn *right = NULL;
	char path[160];
	char why[STORE_WHY_LEN];
	uint8_t root[HASH_LEN];
	if (script_mark(run->engine, root) != script->size ||
	    memcmp(root, script->root, HASH_LEN) != 0)
		return fail(run, "the ledger is not that of the undisturbed run", SCRIPT_GROUPS);
	snprintf(path, sizeof(path), "%s/state", script->reference);
	if (store_open(&reference, path, STORE_READONLY, 0, why) != STATUS_OK ||
	    store_read(reference, &left) != STATUS_OK ||
	    store_read(engine_store(run->engine), &right) != STATUS_OK)
		abort();
	bool good = store_compare(left, right, print_wrong, run) == 0 &&
		    store_check(right, print_wrong, run) == 0;
	txn_end(left);
	txn_end(right);
	store_close(reference);
	return good;
}

static bool run_all(struct run *run, bool counts_hits)
{
	if (!start(run, 0))
		return false;
	for (unsigned i = 0; i < SCRIPT_GROUPS; i++) {
		if (!do_event(run, i))
			return false;
		if (run->is_reference)
			note_position(run, &run->script->groups[i]);
		if (!run_group(run, i, counts_hits))
			return false;
	}
	fault_disarm();
	if (run->is_reference) {
		run->script->size = script_mark(run->engine, run->script->root);
		return true;
	}
	return judge_end(run) && stop_and_start(run, SCRIPT_GROUPS, true) && judge_end(run);
}

/* One run with the n-th call failing; *hit: there was such a call. */
static bool try_call(struct script *script, const struct kind *kind, unsigned n, struct run *run,
		     bool *hit)
{
	*run = (struct run){.script = script, .cuts_power = n % 2 == 0};
	snprintf(run->data, sizeof(run->data), "%s/run", script->office.directory);
	script_copy(script, run->data);
	fault_arm(n, kind->kind, kind->lasting);
	bool good = run_all(run, kind->kind != FAULT_SHORT);
	fault_disarm();
	*hit = fault_hits() > 0;
	engine_close(run->engine);
	office_remove_directory(run->data);
	return good;
}

static bool try_kind(struct script *script, const struct kind *kind, unsigned first, unsigned step)
{
	unsigned runs = 0;
	unsigned wrong = 0;
	unsigned fences = 0;
	unsigned refusals = 0;
	bool hit = true;
	for (unsigned n = first; hit && wrong < FAILURES_MAX; n += step) {
		struct run run;
		if (!try_call(script, kind, n, &run, &hit)) {
			printf("  %s at call %u: %s\n", kind->name, n, run.wrong);
			wrong++;
		}
		runs += hit;
		fences += run.fences;
		refusals += run.refusals;
	}
	bool is_void = runs < script->acts / 4 / step;
	printf("%s %s: %u calls tried, %u wrong, %u fences, %u times full%s\n",
	       wrong == 0 && !is_void ? "ok" : "FAIL", kind->name, runs, wrong, fences, refusals,
	       is_void ? " (void: too few calls)" : "");
	(void)fflush(stdout);
	return wrong == 0 && !is_void;
}

/* The run that all others are measured by. */
static bool make_reference(struct script *script)
{
	struct run run = {.script = script, .is_reference = true};
	snprintf(run.data, sizeof(run.data), "%s", script->reference);
	script_copy(script, run.data);
	fault_arm(0, FAULT_EIO, false);
	bool good = run_all(&run, true);
	printf("script: %u acts, %llu entries, %u calls that change files\n", script->acts,
	       (unsigned long long)(script->size - script->groups[0].size), fault_calls());
	engine_close(run.engine);
	if (!good)
		printf("  without a fault: %s\n", run.wrong);
	return good;
}

int main(int argc, char **argv)
{
	unsigned step = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 1;
	struct script *script = calloc(1, sizeof(*script));
	unsigned passed = 0;
	unsigned failed = 0;
	if (script == NULL || step == 0)
		abort();
	log_set_level(LOG_LEVEL_ERROR);
	/* Every fence is logged, and is meant. */
	if (freopen("/dev/null", "w", stderr) == NULL)
		abort();
	script_init(script);
	script_freeze();
	if (make_reference(script))
		for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
			try_kind(script, &kinds[i], 1 + (unsigned)i % step, step) ? passed++
										  : failed++;
	else
		failed++;
	script_release(script);
	free(script);
	printf("%u passed, %u failed\n", passed, failed);
	return failed == 0 ? 0 : 1;
}
