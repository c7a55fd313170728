/*
 * kill -9 of a real server under load, round after round: clerks in processes of their own lend and
 * take back over TLS, many acts under way each, every act in the clerk's journal before it is sent;
 * the server is killed at a random moment, started again (some starts are killed as well), and what
 * the journals left open is settled. Then in every round: each acknowledged act stands in the
 * ledger at the sequence that its clerk was told, each act that was sent stands there exactly once,
 * nothing stands there that nobody sent, and the signer remembers the heads of all that was
 * acknowledged; `dossierd check` and `verify --replay` find nothing wrong.
 *
 *   kill9 [ROUNDS] [SEED]
 *
 * Void, that is failed, when the load was below LOAD_MIN or too few kills hit acts under way.
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

#include "common/bytes.h"
#include "common/date.h"
#include "common/log.h"
#include "server/ledger/ledger.h"
#include "tests/crash/clerk.h"
#include "tests/crash/disk.h"
#include "tests/crash/signature.h"

#define CLERKS 4
#define ITEMS 16              /* all clerks want all of them */
#define WINDOW 16             /* acts under way a clerk */
#define CLERK_ACTS_MAX 100000 /* a clerk and round */
#define LOAD_MS_MIN 50        /* from each clerk's first answer to the kill */
#define LOAD_MS_MAX 350
#define LOAD_MIN 500    /* acts acknowledged a second, over all rounds */
#define HITS_PERCENT 30 /* kills with an act under way */
#define START_KILLED 5  /* every so many rounds a start is killed too */
#define START_MS_MAX 40
#define SIEGE_ROUNDS 20 /* on one ledger, then another is founded */

struct siege {
	struct head head;
	struct journal_owner owner;
	char origin[64];
	char journals[96];
	char *items[ITEMS];
	struct tally *tallies; /* of CLERKS */
	uint8_t *seen;         /* acts found in the ledger, of CLERKS times CLERK_ACTS_MAX */
	uint64_t size;         /* of the ledger, checked so far */
	struct chance chance;
	unsigned round;
	unsigned hits; /* kills with acts under way */
	uint64_t entries;
	uint64_t acked;
	uint64_t unknown;  /* under way when the server was killed */
	uint64_t executed; /* of them, done already */
	int64_t load;      /* microseconds of it */
	unsigned failed;
};

static void need(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "kill9: %s: %s\n", what, strerror(errno));
	abort();
}

static void fail(struct siege *siege, const char *what, uint64_t where)
{
	if (siege->failed++ < 10)
		printf("  round %u: %s (%" PRIu64 ")\n", siege->round, what, where);
}

static bool is_ours(const struct entry *entry)
{
	return bytes_get32(entry->key) == CLERK_MAGIC;
}

/* ---- a round ---- */

static uint64_t sum(const struct siege *siege, bool acked)
{
	uint64_t total = 0;
	for (unsigned i = 0; i < CLERKS; i++)
		total += atomic_load(acked ? &siege->tallies[i].acked : &siege->tallies[i].sent);
	return total;
}

/* Who is still connecting when the server is killed is no clerk yet. */
static bool all_are_at_work(const struct siege *siege)
{
	for (unsigned i = 0; i < CLERKS; i++)
		if (atomic_load(&siege->tallies[i].acked) == 0)
			return false;
	return true;
}

/* Load, and the kill in its midst. */
static void raid(struct siege *siege)
{
	pid_t clerks[CLERKS];
	const struct counter counter = {&siege->head, &siege->owner, siege->journals,
					siege->items, ITEMS,         siege->round};
	(void)fflush(stdout);
	for (unsigned i = 0; i < CLERKS; i++) {
		clerks[i] = fork();
		need(clerks[i] >= 0, "fork");
		if (clerks[i] == 0)
			clerk_work(&counter, i, &siege->tallies[i]);
	}
	while (!all_are_at_work(siege))
		(void)poll(NULL, 0, 1);
	int64_t begin = clock_monotonic();
	uint64_t before = sum(siege, true);
	(void)poll(NULL, 0,
		   LOAD_MS_MIN + (int)chance_below(&siege->chance, LOAD_MS_MAX - LOAD_MS_MIN));
	siege->load += clock_monotonic() - begin;
	siege->acked += sum(siege, true) - before;
	head_kill(&siege->head);
	for (unsigned i = 0; i < CLERKS; i++) {
		int code = 0;
		need(waitpid(clerks[i], &code, 0) == clerks[i] && code == 0, "a clerk failed");
	}
}

static void start(struct siege *siege)
{
	if (siege->round % START_KILLED == 0) {
		head_spawn(&siege->head);
		(void)poll(NULL, 0, (int)chance_below(&siege->chance, START_MS_MAX));
		head_kill(&siege->head);
	}
	head_start(&siege->head);
}

static enum status repeat(void *context, const struct journal_act *act)
{
	struct client *client = context;
	struct client_answer answer;
	uint64_t request_id = 0;
	enum status status = client_send_packed(client, (enum rpc_number)act->rpc, act->request,
						act->len, act->key, 0, &request_id);
	if (status == STATUS_OK)
		status = client_receive(client, &answer);
	if (status == STATUS_OK)
		(void)clerk_sequence(&answer); /* a final answer */
	return status;
}

static void settle(struct siege *siege)
{
	size_t foreign = 0;
	struct client *client = head_connect(&siege->head, HEAD_ARCHIVIST);
	if (journal_settle(siege->journals, &siege->owner, repeat, client, &foreign) != STATUS_OK ||
	    foreign > 0)
		fail(siege, "a journal cannot be settled", foreign);
	client_close(client);
}

/* ---- the check ---- */

/* An entry with a key of ours: somebody sent that, once, and was told that sequence if anything. */
static void judge_entry(struct siege *siege, const struct entry *entry)
{
	unsigned clerk = bytes_get32(entry->key + 8);
	unsigned act = bytes_get32(entry->key + 12);
	if (bytes_get32(entry->key + 4) != siege->round || clerk >= CLERKS ||
	    act >= atomic_load(&siege->tallies[clerk].sent)) {
		fail(siege, "an entry that nobody sent", entry->sequence);
		return;
	}
	uint8_t *seen = &siege->seen[(size_t)clerk * CLERK_ACTS_MAX + act];
	uint64_t told = atomic_load(&siege->tallies[clerk].sequence[act]);
	if (*seen)
		fail(siege, "an act that was executed twice", entry->sequence);
	if (told != NOT_ACKED && told != entry->sequence + 1)
		fail(siege, "an act that its clerk was told to be elsewhere", entry->sequence);
	if (entry->rpc != clerk_rpc(act))
		fail(siege, "an entry of another RPC than was sent", entry->sequence);
	*seen = 1;
}

/* Reads what the ledger has beyond what was checked, beside the running server. */
static uint64_t read_ledger(struct siege *siege)
{
	char directory[128];
	char why[LEDGER_WHY_LEN] = "";
	struct ledger *ledger = NULL;
	struct ledger_reader *reader = NULL;
	struct ledger_record record;
	uint64_t found = 0;
	snprintf(directory, sizeof(directory), "%s/ledger", siege->head.data);
	need(ledger_open_readonly(&ledger, directory, why) == STATUS_OK, why);
	need(ledger_reader_new(&reader, ledger) == STATUS_OK, "reader");
	ledger_reader_seek(reader, siege->size);
	while (ledger_reader_next(reader, &record) == STATUS_OK) {
		siege->size = record.entry.sequence + 1;
		if (!is_ours(&record.entry))
			continue;
		judge_entry(siege, &record.entry);
		found++;
	}
	if (siege->size != ledger_size(ledger))
		fail(siege, "the ledger cannot be read to its end", siege->size);
	ledger_reader_free(reader);
	ledger_close(ledger);
	return found;
}

static void judge_round(struct siege *siege, uint64_t before_settling)
{
	uint64_t found = before_settling + read_ledger(siege);
	if (found != sum(siege, false))
		fail(siege, "acts that were sent are not there", sum(siege, false) - found);
	for (unsigned i = 0; i < CLERKS; i++)
		for (unsigned act = 0; act < atomic_load(&siege->tallies[i].sent); act++)
			if (!siege->seen[(size_t)i * CLERK_ACTS_MAX + act])
				fail(siege,
				     atomic_load(&siege->tallies[i].sequence[act]) == NOT_ACKED
					     ? "an act is missing though it was settled"
					     : "an acknowledged act is lost",
				     act);
	if (head_operate(&siege->head, "check", NULL) != 0)
		fail(siege, "dossierd check finds something wrong", siege->size);
	if (head_operate(&siege->head, "verify", "--replay") != 0)
		fail(siege, "dossierd verify --replay finds something wrong", siege->size);
}

/* What the kill left: the signer remembers every head whose signature left, and none beyond the
 * ledger. */
static void judge_signer(struct siege *siege)
{
	char directory[128];
	char why[LEDGER_WHY_LEN] = "";
	struct ledger *ledger = NULL;
	uint64_t told = 0;
	uint64_t size = signature_remembered(siege->head.data);
	snprintf(directory, sizeof(directory), "%s/ledger", siege->head.data);
	need(ledger_open_readonly(&ledger, directory, why) == STATUS_OK, why);
	if (size > ledger_size(ledger))
		fail(siege, "a head is signed beyond the ledger", size);
	ledger_close(ledger);
	for (unsigned i = 0; i < CLERKS; i++)
		for (unsigned act = 0; act < atomic_load(&siege->tallies[i].sent); act++)
			if (atomic_load(&siege->tallies[i].sequence[act]) > told)
				told = atomic_load(&siege->tallies[i].sequence[act]);
	if (size < told)
		fail(siege, "a signature left that the signer does not remember", told);
}

static void play_round(struct siege *siege)
{
	for (unsigned i = 0; i < CLERKS; i++) {
		struct tally *tally = &siege->tallies[i];
		memset(&siege->seen[(size_t)i * CLERK_ACTS_MAX], 0, atomic_load(&tally->sent));
		for (unsigned act = atomic_load(&tally->sent); act-- > 0;)
			atomic_store(&tally->sequence[act], NOT_ACKED);
		atomic_store(&tally->sent, 0);
		atomic_store(&tally->acked, 0);
	}
	raid(siege);
	uint64_t under_way = sum(siege, false) - sum(siege, true);
	siege->hits += under_way > 0;
	siege->unknown += under_way;
	judge_signer(siege);
	start(siege);
	uint64_t found = read_ledger(siege);
	siege->executed += found - sum(siege, true);
	settle(siege);
	judge_round(siege, found);
}

/* ---- all of it ---- */

static void prepare(struct siege *siege, uint64_t seed)
{
	siege->chance.state = seed * 2 + 1;
	siege->size = 0;
	siege->tallies = mmap(NULL, CLERKS * sizeof(*siege->tallies), PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	siege->seen = calloc(CLERKS, CLERK_ACTS_MAX);
	need(siege->tallies != MAP_FAILED && siege->seen != NULL, "memory");
	head_open(&siege->head);
	snprintf(siege->journals, sizeof(siege->journals), "%s/journals", siege->head.directory);
	struct client *archivist = head_connect(&siege->head, HEAD_ARCHIVIST);
	const Pb__Welcome *welcome = client_welcome(archivist);
	snprintf(siege->origin, sizeof(siege->origin), "%s", welcome->origin);
	siege->owner = (struct journal_owner){siege->origin, welcome->principal_id};
	head_add_items(archivist, siege->items, ITEMS);
	client_close(archivist);
}

static void release(struct siege *siege)
{
	head_close(&siege->head);
	for (unsigned i = 0; i < ITEMS; i++)
		free(siege->items[i]);
	free(siege->seen);
	(void)munmap(siege->tallies, CLERKS * sizeof(*siege->tallies));
}

static unsigned report(const char *what, bool holds)
{
	printf("%s %s\n", holds ? "ok" : "FAIL", what);
	return holds ? 0 : 1;
}

int main(int argc, char **argv)
{
	unsigned rounds = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 20;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : (uint64_t)clock_now();
	static struct siege siege;
	unsigned failed = 0;
	log_set_level(LOG_LEVEL_ERROR);
	(void)signal(SIGPIPE, SIG_IGN);
	for (unsigned done = 0; done < rounds; done += SIEGE_ROUNDS) {
		unsigned last = done + SIEGE_ROUNDS < rounds ? done + SIEGE_ROUNDS : rounds;
		prepare(&siege, seed + done);
		for (siege.round = done + 1; siege.round <= last; siege.round++)
			play_round(&siege);
		head_stop(&siege.head);
		siege.entries += siege.size;
		if (head_operate(&siege.head, "check", NULL) != 0)
			fail(&siege, "dossierd check finds something wrong after a stop", last);
		release(&siege);
	}
	double load = siege.load == 0 ? 0 : (double)siege.acked * 1e6 / (double)siege.load;
	printf("kill -9: seed %" PRIu64 ", %u rounds, %.0f acts a second, %" PRIu64
	       " entries; under way when killed: %" PRIu64 ", of them done already: %" PRIu64 "\n",
	       seed, rounds, load, siege.entries, siege.unknown, siege.executed);
	failed += report("nothing acknowledged is lost, nothing is there twice or unsent",
			 siege.failed == 0 && rounds > 0);
	failed += report("the load was enough (else this is void)", load >= LOAD_MIN);
	failed += report("enough kills hit acts under way (else this is void)",
			 siege.hits * 100 >= rounds * HITS_PERCENT && siege.executed > 0);
	printf("%u passed, %u failed\n", 3 - failed, failed);
	return failed == 0 ? 0 : 1;
}
