/*
 * Sixty-four clients want the same item, thousands of times, over TLS and at once. Every answer
 * carries the sequence of its entry, so the check is a replay in sequence order: exactly one holder
 * at any time, every loser is told who has it, since when and until when, and what was answered
 * before another act was sent has the lower sequence.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"
#include "common/date.h"
#include "common/entry.h"
#include "common/log.h"
#include "tests/lib/head.h"

#define CLIENTS 64
#define CERTIFICATES 8 /* persons whose programs are connected, several each */
#define LOANS 2000     /* each with its return */
#define LOANS_LONG 30000
#define LOSERS_MIN 2 /* refusals a loan, or there was no contest */
#define STALL_SECONDS 60
#define FAILURES_SHOWN 10

/* One act as its client saw it. */
struct act {
	uint64_t sequence;
	uint64_t floor; /* the highest sequence that was answered before it was sent */
	unsigned client;
	enum rpc_number rpc;
	enum status status;
	int64_t lent_at; /* of the loan: as made, or as told to the loser */
	int32_t due;
	unsigned holder; /* as told to the loser; CLIENTS: nobody that we know */
};

struct seat {
	struct client *client;
	char login[16];
	bool holds;
	struct act act; /* under way */
};

struct contest {
	struct head head;
	char *item;
	struct seat seats[CLIENTS];
	struct act *acts; /* answered */
	size_t count;
	size_t capacity;
	uint64_t highest; /* sequence answered so far */
	unsigned loans;
	unsigned wanted; /* loans to be made */
	unsigned failed;
};

static void need(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "contention: %s\n", what);
	abort();
}

static void fail(struct contest *contest, const struct act *act, const char *what)
{
	if (++contest->failed <= FAILURES_SHOWN)
		printf("  entry %llu of client %u: %s\n", (unsigned long long)act->sequence,
		       act->client, what);
}

/* ---- the contest ---- */

static void prepare(struct contest *contest)
{
	head_open(&contest->head);
	struct client *officer = head_connect(&contest->head, HEAD_OFFICER);
	for (unsigned i = 0; i < CLIENTS; i++) {
		struct seat *seat = &contest->seats[i];
		snprintf(seat->login, sizeof(seat->login), "clerk%02u", i);
		head_register(&contest->head, officer, seat->login, PB__ROLE__CLERK,
			      i < CERTIFICATES);
	}
	client_close(officer);
	struct client *archivist = head_connect(&contest->head, HEAD_ARCHIVIST);
	head_add_items(archivist, &contest->item, 1);
	client_close(archivist);
	for (unsigned i = 0; i < CLIENTS; i++)
		contest->seats[i].client =
			head_connect(&contest->head, contest->seats[i % CERTIFICATES].login);
}

static void send_act(struct contest *contest, unsigned number)
{
	struct seat *seat = &contest->seats[number];
	const char *item = contest->item;
	Pb__BorrowRequest borrow = PB__BORROW_REQUEST__INIT;
	Pb__ReturnRequest back = PB__RETURN_REQUEST__INIT;
	uint8_t key[FRAME_KEY_LEN];
	uint64_t request_id = 0;
	bool want_write = false;
	borrow.items = back.items = &item;
	borrow.n_items = back.n_items = 1;
	borrow.borrower = seat->login;
	borrow.purpose = "核对";
	client_new_key(key);
	seat->act = (struct act){
		.floor = contest->highest,
		.client = number,
		.rpc = seat->holds ? RPC_return : RPC_borrow,
		.holder = CLIENTS,
	};
	need(client_send(seat->client, seat->act.rpc, seat->holds ? &back.base : &borrow.base, key,
			 0, &request_id) == STATUS_OK &&
		     client_flush(seat->client, &want_write) == STATUS_OK,
	     client_why(seat->client));
}

static unsigned seat_of(const struct contest *contest, const char *name)
{
	for (unsigned i = 0; i < CLIENTS; i++)
		if (strcmp(contest->seats[i].login, name) == 0)
			return i;
	return CLIENTS;
}

static uint64_t receipt_sequence(const Pb__Receipt *receipt)
{
	need(receipt != NULL && receipt->entry.len >= ENTRY_FIXED_LEN, "an act without receipt");
	return bytes_get64(receipt->entry.data + 8);
}

/* What the answer says, into the act. */
static void read_answer(const struct contest *contest, struct act *act,
			const struct client_answer *answer)
{
	act->status = answer->status;
	if (answer->status != STATUS_OK) {
		need(answer->refusal != NULL, "a refusal without a body");
		act->sequence = answer->refusal->sequence;
		act->lent_at = answer->refusal->since;
		act->due = answer->refusal->due;
		act->holder = seat_of(contest, answer->refusal->holder);
		return;
	}
	act->sequence = receipt_sequence(answer->receipt);
	if (act->rpc == RPC_borrow) {
		const Pb__BorrowReply *reply = (const void *)answer->reply;
		act->lent_at = reply->outcomes[0]->loan->lent_at;
		act->due = reply->outcomes[0]->loan->due;
	}
}

static void take_answer(struct contest *contest, unsigned number,
			const struct client_answer *answer)
{
	struct seat *seat = &contest->seats[number];
	struct act *act = &seat->act;
	read_answer(contest, act, answer);
	if (act->status == STATUS_OK) {
		seat->holds = act->rpc == RPC_borrow;
		contest->loans += act->rpc == RPC_borrow;
	}
	if (act->sequence > contest->highest)
		contest->highest = act->sequence;
	if (contest->count == contest->capacity) {
		contest->capacity = contest->capacity == 0 ? 65536 : contest->capacity * 2;
		contest->acts = realloc(contest->acts, contest->capacity * sizeof(*contest->acts));
		need(contest->acts != NULL, "memory");
	}
	contest->acts[contest->count++] = *act;
}

/* Takes what has come to a seat; a seat whose act is answered sends the next one until there were
 * enough loans. Returns whether it has an act under way. */
static bool step(struct contest *contest, unsigned number)
{
	struct seat *seat = &contest->seats[number];
	struct client_answer answer;
	bool want_write = false;
	enum status status = client_flush(seat->client, &want_write);
	if (status == STATUS_OK)
		status = client_poll(seat->client, &answer);
	if (status == STATUS_NOT_FOUND)
		return true;
	need(status == STATUS_OK, client_why(seat->client));
	take_answer(contest, number, &answer);
	if (contest->loans >= contest->wanted)
		return false;
	send_act(contest, number);
	return true;
}

static void run(struct contest *contest)
{
	struct pollfd ready[CLIENTS];
	unsigned busy = CLIENTS;
	for (unsigned i = 0; i < CLIENTS; i++) {
		ready[i] = (struct pollfd){client_fd(contest->seats[i].client), POLLIN, 0};
		send_act(contest, i);
	}
	while (busy > 0) {
		int found = poll(ready, CLIENTS, STALL_SECONDS * 1000);
		need(found > 0, found == 0 ? "no answer comes any more" : strerror(errno));
		for (unsigned i = 0; i < CLIENTS; i++) {
			if (ready[i].revents == 0 || step(contest, i))
				continue;
			ready[i].fd = -1;
			busy--;
		}
	}
}

/* ---- the check ---- */

static int by_sequence(const void *left, const void *right)
{
	uint64_t a = ((const struct act *)left)->sequence;
	uint64_t b = ((const struct act *)right)->sequence;
	return (a > b) - (a < b);
}

/* One act against the loan that is open where it stands in the ledger; NULL: none is. */
static void judge(struct contest *contest, const struct act *act, const struct act **open)
{
	if (act->sequence <= act->floor)
		fail(contest, act, "stands before an act that was answered when it was sent");
	if (act->rpc == RPC_return) {
		if (act->status != STATUS_OK || *open == NULL || (*open)->client != act->client)
			fail(contest, act, "a return that does not end its client's own loan");
		*open = NULL;
	} else if (act->status == STATUS_OK) {
		if (*open != NULL)
			fail(contest, act, "a second holder");
		*open = act;
	} else if (act->status != STATUS_ON_LOAN || *open == NULL) {
		fail(contest, act, "refused though nobody had it");
	} else if (act->holder != (*open)->client) {
		fail(contest, act, "the loser was told a wrong holder");
	} else if (act->lent_at != (*open)->lent_at || act->due != (*open)->due || act->due == 0) {
		fail(contest, act, "the loser was told a wrong time");
	}
}

static void check(struct contest *contest)
{
	const struct act *open = NULL;
	qsort(contest->acts, contest->count, sizeof(*contest->acts), by_sequence);
	for (size_t i = 0; i < contest->count; i++) {
		const struct act *act = &contest->acts[i];
		if (i > 0 && act->sequence == act[-1].sequence)
			fail(contest, act, "two acts are one entry");
		judge(contest, act, &open);
	}
}

static unsigned report(const char *what, bool holds)
{
	printf("%s %s\n", holds ? "ok" : "FAIL", what);
	return holds ? 0 : 1;
}

int main(void)
{
	struct contest *contest = calloc(1, sizeof(*contest));
	const char *long_run = getenv("DOSSIER_LONG");
	need(contest != NULL, "memory");
	contest->wanted = long_run != NULL && long_run[0] != '\0' ? LOANS_LONG : LOANS;
	log_set_level(LOG_LEVEL_ERROR);
	(void)signal(SIGPIPE, SIG_IGN);
	prepare(contest);
	int64_t begin = clock_monotonic();
	run(contest);
	double seconds = (double)(clock_monotonic() - begin) / 1e6;
	for (unsigned i = 0; i < CLIENTS; i++)
		client_close(contest->seats[i].client);
	check(contest);
	printf("%u clients, %zu acts, %u loans, %.1f s, %.0f acts a second\n", CLIENTS,
	       contest->count, contest->loans, seconds, (double)contest->count / seconds);
	unsigned failed = report("one holder at a time, losers are told, order is real time's",
				 contest->failed == 0);
	failed += report("there was a contest (else this is void)",
			 contest->count > (size_t)contest->loans * (2 + LOSERS_MIN));
	head_stop(&contest->head);
	failed += report("dossierd check finds nothing wrong",
			 head_operate(&contest->head, "check", NULL) == 0);
	failed += report("dossierd verify --replay ends in the same state",
			 head_operate(&contest->head, "verify", "--replay") == 0);
	head_close(&contest->head);
	free(contest->item);
	free(contest->acts);
	free(contest);
	printf("%u passed, %u failed\n", 4 - failed, failed);
	return failed == 0 ? 0 : 1;
}
