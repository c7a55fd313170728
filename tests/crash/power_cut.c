/*
 * Power cuts: a working day of the engine is recorded change by change, then disks as they may be
 * left at any moment are made and started from. On each: it starts, nothing acknowledged is
 * missing, nothing is there that was not done, state and ledger agree, work goes on. What somebody
 * from outside was shown counts as acknowledged: its entry is on every disk after that moment. So
 * does everything under a head whose signature left, and the signer remembers that head. What was
 * erased is in no file after the start, and nothing else is gone.
 *
 *   power_cut STATES [SEED]
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/bytes.h"
#include "common/date.h"
#include "common/file.h"
#include "common/log.h"
#include "server/dispatch/snapshot.h"
#include "tests/crash/disk.h"
#include "tests/crash/erasing.h"
#include "tests/crash/record.h"
#include "tests/crash/signature.h"
#include "tests/unit/dispatch/office.h"

#define ITEMS 12
#define NOTE_LEN 1900  /* long notes, so that segments roll within a short day */
#define SECTOR 512     /* what devices promise */
#define SECTOR_NONE 8  /* a device without that promise */
#define CHECK_EVERY 16 /* states whose indexes are all proven */
#define ERASING_EVERY 6
#define NEWEST 8
#define FAILURES_MAX 10 /* enough is known then */

struct day {
	struct office office;
	struct record record;
	struct erasing erasing;
	uint8_t (*roots)[HASH_LEN]; /* of the ledger at each size */
	uint8_t (*leaves)[HASH_LEN];
	uint64_t size;
	uint64_t lawyer; /* principal id */
	unsigned looks;  /* of his, that were shown */
	char *items[ITEMS];
	char note[NOTE_LEN + 1];
};

struct tally {
	unsigned states;
	unsigned not_founded;
	unsigned failed;
};

/* ---- the day ---- */

static void need(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "power_cut: %s\n", what);
	abort();
}

static void ack(struct day *day, const struct act *act)
{
	const uint8_t *answer = buf_head(&act->answer);
	if (act->access) {
		Pb__Mark *mark = pb__mark__unpack(NULL, act->answer.len, answer);
		need(act->entered && mark != NULL, "a look is not entered, or has no mark");
		signature_told(mark->proof);
		pb__mark__free_unpacked(mark, NULL);
		day->looks++;
	} else if (act->status == STATUS_OK) {
		Pb__Receipt *receipt = pb__receipt__unpack(NULL, bytes_get32(answer), answer + 4);
		need(receipt != NULL, "an act without its receipt");
		signature_told(receipt->proof);
		pb__receipt__free_unpacked(receipt, NULL);
	}
}

static struct act *lend(struct day *day, unsigned item)
{
	Pb__BorrowRequest request = PB__BORROW_REQUEST__INIT;
	const char *number = day->items[item];
	request.items = &number;
	request.n_items = 1;
	request.borrower = "archivist";
	request.purpose = "核对";
	return act_make(&day->office, day->office.archivist, RPC_borrow, &request.base);
}

static struct act *take_back(struct day *day, unsigned item)
{
	Pb__ReturnRequest request = PB__RETURN_REQUEST__INIT;
	const char *number = day->items[item];
	request.items = &number;
	request.n_items = 1;
	request.note = day->note;
	return act_make(&day->office, day->office.archivist, RPC_return, &request.base);
}

/* A look of somebody from outside, as dispatch hands it to the writer. */
static struct act *look(struct day *day, unsigned item)
{
	static struct subject subjects[ITEMS];
	Pb__ItemShowRequest request = PB__ITEM_SHOW_REQUEST__INIT;
	request.item = day->items[item];
	struct act *act = act_make(&day->office, day->lawyer, RPC_item_show, &request.base);
	memset(act->key, 0, sizeof(act->key));
	subjects[item] = (struct subject){SUBJECT_ITEM, item + 1};
	act->access = true;
	act->guarded = true;
	act->office = 1;
	act->subjects = &subjects[item];
	act->subject_count = 1;
	return act;
}

static struct act *any_act(struct day *day, struct chance *chance)
{
	unsigned item = (unsigned)chance_below(chance, ITEMS);
	switch (chance_below(chance, 3)) {
	case 0:
		return lend(day, item);
	case 1:
		return take_back(day, item);
	default:
		return look(day, item);
	}
}

/* Groups of one to ITEMS acts; each item goes out and comes back, some acts are refused, and
 * somebody from outside looks at the items. */
static void work(struct day *day, unsigned groups, struct chance *chance)
{
	for (unsigned i = 0; i < groups; i++) {
		struct act *acts[ITEMS];
		unsigned count = 1 + (unsigned)chance_below(chance, ITEMS);
		for (unsigned j = 0; j < count; j++)
			acts[j] = any_act(day, chance);
		engine_run(day->office.engine, acts, count);
		for (unsigned j = 0; j < count; j++) {
			ack(day, acts[j]);
			act_free(acts[j]);
		}
	}
}

static void take_snapshot(struct day *day)
{
	char why[SNAPSHOT_WHY_LEN] = "";
	uint64_t sequence = 0;
	if (snapshot_take(engine_store(day->office.engine), day->office.data, 1, &sequence, why) !=
	    STATUS_OK) {
		fprintf(stderr, "snapshot: %s\n", why);
		abort();
	}
}

/* The root of the ledger at every size, to know any beginning of it again. */
static void note_roots(struct day *day)
{
	const struct ledger *ledger = engine_ledger(day->office.engine);
	struct ledger_reader *reader = NULL;
	struct hash *hash = hash_new();
	struct merkle tree;
	merkle_init(&tree);
	day->size = ledger_size(ledger);
	day->roots = calloc(day->size + 1, sizeof(*day->roots));
	day->leaves = calloc(day->size + 1, sizeof(*day->leaves));
	enum status status = ledger_reader_new(&reader, ledger);
	merkle_root(&tree, hash, day->roots[0]);
	while (status == STATUS_OK && tree.size < day->size) {
		struct ledger_record record;
		uint8_t *leaf = day->leaves[tree.size];
		status = ledger_reader_next(reader, &record);
		merkle_leaf(hash, record.header, record.header_len, leaf);
		merkle_append(&tree, hash, leaf);
		merkle_root(&tree, hash, day->roots[tree.size]);
	}
	ledger_reader_free(reader);
	hash_free(hash);
}

/* Founding, work, a snapshot, segments rolling, a second snapshot that pushes out the first, an
 * erasure, a clean stop, a start, more work. */
static void live(struct day *day, struct chance *chance)
{
	office_prepare(&day->office);
	erasing_allow(&day->office);
	record_begin(&day->record, day->office.directory);
	office_found(&day->office, LEDGER_SEGMENT_MIN);
	memset(day->note, 'n', NOTE_LEN);
	office_add_items(&day->office, day->items, ITEMS);
	day->lawyer = office_add_lawyer(&day->office, "zhou");
	work(day, 60, chance);
	take_snapshot(day);
	work(day, 60, chance);
	take_snapshot(day);
	erasing_do(&day->office, &day->record, &day->erasing);
	record_ack(day->erasing.entry);
	office_reopen(&day->office, true);
	work(day, 60, chance);
	record_end();
	note_roots(day);
}

/* ---- one state ---- */

/* Entries that were acknowledged before the power went. */
static uint64_t acknowledged(const struct record *record, size_t count)
{
	uint64_t entries = 0;
	for (size_t i = 0; i < count; i++)
		if (record->changes[i].kind == CHANGE_ACK && record->changes[i].offset >= entries)
			entries = record->changes[i].offset + 1;
	return entries;
}

static void print_wrong(void *context, const char *text)
{
	(void)context;
	fprintf(stderr, "  %s\n", text);
}

static const char *judge_state(const struct day *day, struct engine *engine, bool deeply)
{
	struct txn *txn = NULL;
	struct mark mark;
	uint8_t root[HASH_LEN];
	const char *wrong = NULL;
	uint64_t size = ledger_size(engine_ledger(engine));
	struct hash *hash = hash_new();
	if (store_read(engine_store(engine), &txn) != STATUS_OK)
		return "the state cannot be read";
	mark_get(txn, &mark);
	merkle_root(&mark.tree, hash, root);
	if (mark.tree.size != size)
		wrong = "state and ledger stand at different entries";
	else if (memcmp(root, day->roots[size], HASH_LEN) != 0)
		wrong = "the ledger is not a beginning of what happened";
	else if (deeply && store_check(txn, print_wrong, NULL) != 0)
		wrong = "rows and indexes disagree";
	txn_end(txn);
	hash_free(hash);
	return wrong;
}

/* The tree's file proves the beginning that half of the entries are, and every entry (looking not
 * so deeply: the newest ones). */
static const char *judge_tree(const struct day *day, struct engine *engine, uint64_t size,
			      bool deeply)
{
	struct merkle_proof proof;
	struct merkle_edge edge;
	const uint8_t(*hashes)[HASH_LEN] = (const void *)proof.hashes;
	if (size == 0)
		return NULL;
	if (ledger_edge(engine_ledger(engine), size, &edge) != STATUS_OK ||
	    memcmp(merkle_edge_root(&edge), day->roots[size], HASH_LEN) != 0)
		return "the tree is not the entries'";
	for (uint64_t i = deeply || size < NEWEST ? 0 : size - NEWEST; i < size; i++) {
		if (merkle_prove_inclusion(&edge, i, &proof) != STATUS_OK ||
		    merkle_verify_inclusion(i, size, day->leaves[i], hashes, proof.count,
					    day->roots[size]) != STATUS_OK)
			return "an entry is not proven";
	}
	if (merkle_prove_consistency(&edge, size / 2, &proof) != STATUS_OK ||
	    merkle_verify_consistency(size / 2, size, hashes, proof.count, day->roots[size / 2],
				      day->roots[size]) != STATUS_OK)
		return "a beginning is not proven";
	return NULL;
}

/* NULL, or what is wrong with a started engine. */
static const char *judge(const struct day *day, struct engine *engine, uint64_t acked, bool deeply)
{
	uint64_t size = ledger_size(engine_ledger(engine));
	if (size < acked)
		return "acknowledged entries are lost";
	if (size > day->size)
		return "there are entries that nobody made";
	const char *wrong = judge_state(day, engine, deeply);
	if (wrong == NULL)
		wrong = judge_tree(day, engine, size, deeply);
	if (wrong != NULL)
		return wrong;
	struct act act = {.rpc = RPC_item_add, .principal = day->office.archivist, .key = {9}};
	engine_run(engine, (struct act *[]){&act}, 1); /* an empty request: refused in good order */
	buf_release(&act.answer);
	return act.status == STATUS_INVALID || size < 4 ? NULL : "work does not go on";
}

/* What another boot would find: no trust in the state. */
static void forget_state(const char *data)
{
	char path[256];
	struct stat info;
	snprintf(path, sizeof(path), "%s/state", data);
	if (stat(path, &info) == 0)
		office_remove_directory(path);
	snprintf(path, sizeof(path), "%s/running", data);
	if (file_put(path, "another boot", 12) != STATUS_OK)
		abort();
}

static const char *start(const struct day *day, const char *root, uint64_t acked, bool deeply,
			 struct tally *tally)
{
	static char why[ENGINE_WHY_LEN];
	char data[128];
	struct engine *engine = NULL;
	snprintf(data, sizeof(data), "%s/data", root);
	if (access(data, F_OK) != 0) {
		tally->not_founded++;
		return acked == 0 ? NULL : "the data directory is not there";
	}
	forget_state(data);
	uint64_t signed_ = signature_remembered(data);
	if (engine_open(&engine, data, day->office.config, why) != STATUS_OK)
		return why;
	const char *wrong = signature_judge(engine, signed_, acked);
	if (wrong == NULL)
		wrong = erasing_judge(&day->erasing, engine, data);
	if (wrong == NULL)
		wrong = judge(day, engine, acked, deeply);
	engine_close(engine);
	return wrong;
}

/* Any moment of the day; often one while something is erased, of which there are few. */
static size_t any_moment(const struct day *day, unsigned number, struct chance *chance)
{
	const struct erasing *erasing = &day->erasing;
	if (number % ERASING_EVERY == 1)
		return erasing->from + chance_below(chance, erasing->to - erasing->from + 2);
	return chance_below(chance, day->record.count + 1);
}

static void try_state(const struct day *day, unsigned number, uint64_t seed, struct tally *tally)
{
	struct chance chance = {.state = seed * 2654435761u + number + 1};
	char root[96];
	for (int i = 0; i < 8; i++)
		(void)chance_next(&chance);
	size_t count = any_moment(day, number, &chance);
	unsigned sector = number % 2 == 0 ? SECTOR : SECTOR_NONE;
	snprintf(root, sizeof(root), "%s/cut", day->office.directory);
	if (mkdir(root, 0700) != 0)
		abort();
	disk_leave(&day->record, count, sector, &chance, root);
	uint64_t acked = acknowledged(&day->record, count);
	const char *wrong = start(day, root, acked, number % CHECK_EVERY == 0, tally);
	tally->states++;
	if (wrong != NULL) {
		tally->failed++;
		fprintf(stderr,
			"state %u (seed %" PRIu64 ", after change %zu, sectors of %u, %" PRIu64
			" acknowledged): %s\n",
			number, seed, count, sector, acked, wrong);
	}
	office_remove_directory(root);
}

int main(int argc, char **argv)
{
	unsigned states = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 1000;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : (uint64_t)clock_now();
	struct chance chance = {.state = seed * 2 + 1};
	struct day *day = calloc(1, sizeof(*day));
	struct tally tally = {0};
	if (day == NULL)
		abort();
	log_set_level(LOG_LEVEL_ERROR);
	live(day, &chance);
	printf("power cuts: seed %" PRIu64 ", %zu changes recorded, %" PRIu64 " entries, %" PRIu64
	       " bytes of ledger, %u looks from outside shown\n",
	       seed, day->record.count, day->size, ledger_bytes(engine_ledger(day->office.engine)),
	       day->looks);
	for (unsigned i = 0; i < states && tally.failed < FAILURES_MAX; i++)
		try_state(day, i, seed, &tally);
	bool good = tally.failed == 0 && tally.states == states && states > 0;
	printf("%u states: %u before the founding was complete, %u wrong\n", tally.states,
	       tally.not_founded, tally.failed);
	printf("%u passed, %u failed\n", good ? 1u : 0u, good ? 0u : 1u);
	for (int i = 0; i < ITEMS; i++)
		free(day->items[i]);
	free(day->roots);
	free(day->leaves);
	record_release(&day->record);
	office_close(&day->office);
	free(day);
	return good ? 0 : 1;
}
