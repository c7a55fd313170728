/*
 * kill -9 of a real server while people from outside read and list as fast as they can, round after
 * round. After each kill the server starts again, and then: every mark that came stands in the
 * ledger at its sequence, byte for byte; every row that was received came under a mark, and is a
 * subject of that mark's entry. Nothing was revealed that is not in the ledger.
 *
 *   kill9_looks [ROUNDS] [SEED]
 *
 * Void, that is failed, when too little was seen. Their grant is put straight into the state: how
 * one comes about is tested elsewhere.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/date.h"
#include "common/log.h"
#include "server/ledger/ledger.h"
#include "server/store/store.h"
#include "tests/crash/disk.h"
#include "tests/crash/onlooker.h"

#define ONLOOKERS 2
#define ITEMS 16
#define LOAD_MS_MIN 50 /* from the first row seen to the kill */
#define LOAD_MS_MAX 250
#define ROWS_MIN 100 /* seen, a round and in the mean */

struct siege {
	struct head head;
	char *items[ITEMS];
	struct sights *sights; /* of ONLOOKERS; mapped, shared */
	struct chance chance;
	unsigned round;
	uint64_t marks;
	uint64_t rows;
	unsigned failed;
};

static void need(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "kill9_looks: %s: %s\n", what, strerror(errno));
	abort();
}

static void fail(struct siege *siege, const char *what, uint64_t where)
{
	if (siege->failed++ < 10)
		printf("  round %u: %s (%" PRIu64 ")\n", siege->round, what, where);
}

/* ---- a round ---- */

static unsigned rows_seen(const struct siege *siege)
{
	unsigned rows = 0;
	for (unsigned i = 0; i < ONLOOKERS; i++)
		rows += atomic_load(&siege->sights[i].rows);
	return rows;
}

static void raid(struct siege *siege)
{
	pid_t onlookers[ONLOOKERS];
	for (unsigned i = 0; i < ONLOOKERS; i++) {
		atomic_store(&siege->sights[i].marks, 0);
		atomic_store(&siege->sights[i].rows, 0);
	}
	(void)fflush(stdout);
	for (unsigned i = 0; i < ONLOOKERS; i++) {
		onlookers[i] = fork();
		need(onlookers[i] >= 0, "fork");
		if (onlookers[i] == 0)
			onlooker_work(&siege->head, siege->items, ITEMS, &siege->sights[i]);
	}
	while (rows_seen(siege) == 0)
		(void)poll(NULL, 0, 1);
	(void)poll(NULL, 0,
		   LOAD_MS_MIN + (int)chance_below(&siege->chance, LOAD_MS_MAX - LOAD_MS_MIN));
	head_kill(&siege->head);
	for (unsigned i = 0; i < ONLOOKERS; i++) {
		int code = 0;
		need(waitpid(onlookers[i], &code, 0) == onlookers[i] && code == 0,
		     "an onlooker failed");
	}
}

/* ---- the check ---- */

static void judge_mark(struct siege *siege, const struct ledger *ledger,
		       struct ledger_reader *reader, const uint8_t *header, size_t len)
{
	struct subject subjects[SIGHT_HEADER_MAX / ENTRY_SUBJECT_LEN];
	struct ledger_record record;
	struct entry entry;
	if (entry_decode(&entry, subjects, header, len) != STATUS_OK) {
		fail(siege, "a mark that is no entry's header", len);
		return;
	}
	ledger_reader_seek(reader, entry.sequence);
	if (entry.sequence >= ledger_size(ledger) ||
	    ledger_reader_next(reader, &record) != STATUS_OK)
		fail(siege, "a mark without its entry", entry.sequence);
	else if (record.header_len != len || memcmp(record.header, header, len) != 0)
		fail(siege, "a mark with another entry", entry.sequence);
}

static void judge_row(struct siege *siege, const struct sights *sights, const struct sight *sight)
{
	struct subject subjects[SIGHT_HEADER_MAX / ENTRY_SUBJECT_LEN];
	struct entry entry;
	if (sight->mark == NO_MARK) {
		fail(siege, "a row without a mark", sight->item);
		return;
	}
	bool found = false;
	if (entry_decode(&entry, subjects, sights->headers[sight->mark],
			 sights->lens[sight->mark]) == STATUS_OK)
		for (size_t i = 0; i < entry.subject_count; i++)
			found |= entry.subjects[i].kind == SUBJECT_ITEM &&
				 entry.subjects[i].id == sight->item;
	if (!found)
		fail(siege, "a row that its entry does not name", sight->item);
}

static void judge_round(struct siege *siege)
{
	char directory[128];
	char why[LEDGER_WHY_LEN] = "";
	struct ledger *ledger = NULL;
	struct ledger_reader *reader = NULL;
	snprintf(directory, sizeof(directory), "%s/ledger", siege->head.data);
	need(ledger_open_readonly(&ledger, directory, why) == STATUS_OK, why);
	need(ledger_reader_new(&reader, ledger) == STATUS_OK, "reader");
	for (unsigned i = 0; i < ONLOOKERS; i++) {
		const struct sights *sights = &siege->sights[i];
		unsigned marks = atomic_load(&sights->marks);
		unsigned rows = atomic_load(&sights->rows);
		for (unsigned mark = 0; mark < marks; mark++)
			judge_mark(siege, ledger, reader, sights->headers[mark],
				   sights->lens[mark]);
		for (unsigned row = 0; row < rows; row++)
			judge_row(siege, sights, &sights->seen[row]);
		siege->marks += marks;
		siege->rows += rows;
	}
	ledger_reader_free(reader);
	ledger_close(ledger);
}

/* ---- all of it ---- */

/* A grant on everything, for ever and a day. The server does not run. */
static void put_grant(const struct head *head)
{
	static Pb__GrantAction actions[] = {PB__GRANT_ACTION__LIST, PB__GRANT_ACTION__READ};
	Pb__Grant grant = PB__GRANT__INIT;
	Pb__Approval approval = PB__APPROVAL__INIT;
	struct store *store = NULL;
	struct txn *txn = NULL;
	struct key key = {.len = 0};
	char path[128];
	char why[STORE_WHY_LEN] = "";
	snprintf(path, sizeof(path), "%s/state", head->data);
	need(store_open(&store, path, STORE_WRITE, 0, why) == STATUS_OK, why);
	need(store_write(store, &txn) == STATUS_OK, "state");
	key_text(&key, ONLOOKER);
	approval.id = grant.id = grant.approval_id = 1;
	approval.number = grant.number = "SQ-1";
	approval.state = PB__APPROVAL_STATE__APPROVED;
	grant.principal_id = index_find(txn, INDEX_principal_by_login, &key);
	grant.everything = true;
	grant.actions = actions;
	grant.n_actions = 2;
	grant.not_after = INT64_MAX;
	approval_put(txn, &approval);
	grant_put(txn, &grant);
	need(txn_commit(txn) == STATUS_OK, "state");
	store_close(store);
}

static void prepare(struct siege *siege, uint64_t seed)
{
	siege->chance.state = seed * 2 + 1;
	siege->sights = mmap(NULL, ONLOOKERS * sizeof(*siege->sights), PROT_READ | PROT_WRITE,
			     MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	need(siege->sights != MAP_FAILED, "memory");
	head_open(&siege->head);
	struct client *archivist = head_connect(&siege->head, HEAD_ARCHIVIST);
	head_add_items(archivist, siege->items, ITEMS);
	client_close(archivist);
	struct client *officer = head_connect(&siege->head, HEAD_OFFICER);
	head_register(&siege->head, officer, ONLOOKER, PB__ROLE__LAWYER, true);
	client_close(officer);
	head_stop(&siege->head);
	put_grant(&siege->head);
	head_start(&siege->head);
}

static unsigned report(const char *what, bool holds)
{
	printf("%s %s\n", holds ? "ok" : "FAIL", what);
	return holds ? 0 : 1;
}

int main(int argc, char **argv)
{
	unsigned rounds = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 10;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : (uint64_t)clock_now();
	static struct siege siege;
	unsigned failed = 0;
	log_set_level(LOG_LEVEL_ERROR);
	(void)signal(SIGPIPE, SIG_IGN);
	prepare(&siege, seed);
	for (siege.round = 1; siege.round <= rounds; siege.round++) {
		raid(&siege);
		head_start(&siege.head);
		judge_round(&siege);
	}
	head_stop(&siege.head);
	if (head_operate(&siege.head, "check", NULL) != 0)
		fail(&siege, "dossierd check finds something wrong", rounds);
	head_close(&siege.head);
	for (unsigned i = 0; i < ITEMS; i++)
		free(siege.items[i]);
	printf("kill -9 of looks: seed %" PRIu64 ", %u rounds, %" PRIu64 " marks, %" PRIu64
	       " rows seen\n",
	       seed, rounds, siege.marks, siege.rows);
	failed += report("whatever was revealed is in the ledger", siege.failed == 0);
	failed +=
		report("enough was seen (else this is void)",
		       rounds > 0 && siege.rows >= (uint64_t)rounds * ROWS_MIN && siege.marks > 0);
	printf("%u passed, %u failed\n", 2 - failed, failed);
	return failed == 0 ? 0 : 1;
}
