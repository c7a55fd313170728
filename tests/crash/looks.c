/*
 * Looks from outside while the disk fails: groups of looks and acts are run with the N-th call that
 * changes a file failing, for N = 1 until none is left to fail, once and from then on, with EIO,
 * ENOSPC and short writes. In every run: a look that may be shown has its entry, byte for byte the
 * one that its mark says, in the ledger that the next boot finds; one that is not entered has no
 * mark, only a reason.
 *
 *   looks
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"
#include "common/log.h"
#include "tests/crash/fault.h"
#include "tests/crash/script.h"
#include "tests/unit/dispatch/office.h"

#define ITEMS 4
#define GROUPS 4 /* a run */
#define GROUP 3  /* acts in each: a look, a loan, a look */
#define SHOWN_MAX (GROUPS * GROUP)
#define CALLS_MAX 100
#define FAILURES_MAX 10 /* enough is known then */

struct siege {
	struct office office;
	uint64_t lawyer;
	char *items[ITEMS];
	Pb__Mark *shown[SHOWN_MAX]; /* owned; of this run */
	unsigned shown_count;
	unsigned looks_shown; /* of all runs */
	unsigned looks_held;
	unsigned failed;
};

static const struct kind {
	const char *name;
	enum fault_kind kind;
	bool lasting;
} kinds[] = {
	{"EIO once", FAULT_EIO, false},       {"EIO lasting", FAULT_EIO, true},
	{"ENOSPC once", FAULT_ENOSPC, false}, {"ENOSPC lasting", FAULT_ENOSPC, true},
	{"short once", FAULT_SHORT, false},   {"short lasting", FAULT_SHORT, true},
};

static void need(bool holds, const char *what)
{
	if (holds)
		return;
	printf("looks: %s\n", what);
	abort();
}

static void fail(struct siege *siege, const char *what, uint64_t where)
{
	if (siege->failed++ < FAILURES_MAX)
		printf("  %s (%llu)\n", what, (unsigned long long)where);
}

/* ---- the acts ---- */

/* As dispatch hands it to the writer. */
static struct act *make_look(struct siege *siege, unsigned item)
{
	static struct subject subjects[ITEMS];
	Pb__ItemShowRequest request = PB__ITEM_SHOW_REQUEST__INIT;
	request.item = siege->items[item];
	struct act *act = act_make(&siege->office, siege->lawyer, RPC_item_show, &request.base);
	memset(act->key, 0, sizeof(act->key));
	subjects[item] = (struct subject){SUBJECT_ITEM, item + 1};
	act->access = true;
	act->guarded = true;
	act->office = 1;
	act->subjects = &subjects[item];
	act->subject_count = 1;
	return act;
}

static struct act *make_loan(struct siege *siege, unsigned item)
{
	Pb__BorrowRequest request = PB__BORROW_REQUEST__INIT;
	const char *number = siege->items[item];
	request.items = &number;
	request.n_items = 1;
	request.borrower = "archivist";
	return act_make(&siege->office, siege->office.archivist, RPC_borrow, &request.base);
}

/* What the writer would send home. */
static void take(struct siege *siege, const struct act *act)
{
	if (!act->access)
		return;
	if (!act->entered) {
		siege->looks_held++;
		if (act->status == STATUS_OK)
			fail(siege, "a look is held back without a reason", siege->looks_held);
		return;
	}
	Pb__Mark *mark = pb__mark__unpack(NULL, act->answer.len, buf_head(&act->answer));
	siege->looks_shown++;
	if (mark != NULL && mark->entry.len >= ENTRY_FIXED_LEN) {
		siege->shown[siege->shown_count++] = mark;
		return;
	}
	if (mark != NULL)
		pb__mark__free_unpacked(mark, NULL);
	fail(siege, "a look is shown without a mark", siege->looks_shown);
}

static void run_groups(struct siege *siege)
{
	for (unsigned i = 0; i < GROUPS; i++) {
		struct act *acts[GROUP] = {
			make_look(siege, i % ITEMS),
			make_loan(siege, i % ITEMS),
			make_look(siege, (i + 1) % ITEMS),
		};
		engine_run(siege->office.engine, acts, GROUP);
		for (unsigned j = 0; j < GROUP; j++) {
			take(siege, acts[j]);
			act_free(acts[j]);
		}
	}
}

/* ---- the next boot ---- */

static void judge(struct siege *siege)
{
	const struct ledger *ledger = engine_ledger(siege->office.engine);
	struct ledger_reader *reader = NULL;
	need(ledger_reader_new(&reader, ledger) == STATUS_OK, "reader");
	while (siege->shown_count > 0) {
		Pb__Mark *mark = siege->shown[--siege->shown_count];
		uint64_t sequence = bytes_get64(mark->entry.data + 8);
		struct ledger_record record;
		ledger_reader_seek(reader, sequence);
		if (sequence >= ledger_size(ledger) ||
		    ledger_reader_next(reader, &record) != STATUS_OK)
			fail(siege, "what was shown has no entry", sequence);
		else if (record.header_len != mark->entry.len ||
			 memcmp(record.header, mark->entry.data, mark->entry.len) != 0)
			fail(siege, "what was shown has another entry", sequence);
		pb__mark__free_unpacked(mark, NULL);
	}
	ledger_reader_free(reader);
}

static void boot_again(struct siege *siege)
{
	char why[ENGINE_WHY_LEN] = "";
	engine_close(siege->office.engine);
	siege->office.engine = NULL;
	script_another_boot(siege->office.data);
	need(engine_open(&siege->office.engine, siege->office.data, siege->office.config, why) ==
		     STATUS_OK,
	     why);
}

/* Runs with every call failing in its turn; false when that was wrong or no call was hit. */
static bool try_kind(struct siege *siege, const struct kind *kind)
{
	unsigned before = siege->failed;
	unsigned runs = 0;
	for (unsigned n = 1; n <= CALLS_MAX; n++) {
		fault_arm(n, kind->kind, kind->lasting);
		run_groups(siege);
		bool hit = fault_hits() > 0;
		fault_disarm();
		boot_again(siege);
		judge(siege);
		if (!hit)
			break;
		runs++;
	}
	bool good = siege->failed == before && runs > 0;
	printf("%s looks, %s: %u calls tried\n", good ? "ok" : "FAIL", kind->name, runs);
	return good;
}

int main(void)
{
	static struct siege siege;
	unsigned passed = 0;
	unsigned failed = 0;
	log_set_level(LOG_LEVEL_ERROR);
	/* Every fence is logged, and is meant. */
	need(freopen("/dev/null", "w", stderr) != NULL, "/dev/null");
	office_open(&siege.office, 0);
	office_add_items(&siege.office, siege.items, ITEMS);
	siege.lawyer = office_add_lawyer(&siege.office, "zhou");
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		try_kind(&siege, &kinds[i]) ? passed++ : failed++;
	bool enough = siege.looks_shown > 0 && siege.looks_held > 0;
	printf("%s %u looks shown, %u held back\n", enough ? "ok" : "FAIL", siege.looks_shown,
	       siege.looks_held);
	enough ? passed++ : failed++;
	for (unsigned i = 0; i < ITEMS; i++)
		free(siege.items[i]);
	office_close(&siege.office);
	printf("%u passed, %u failed\n", passed, failed);
	return failed == 0 ? 0 : 1;
}
