#include "tests/crash/clerk.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/bytes.h"

static void need(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "clerk: %s\n", what);
	abort();
}

void clerk_key(uint8_t key[static FRAME_KEY_LEN], unsigned round, unsigned clerk, unsigned act)
{
	bytes_put32(key, CLERK_MAGIC);
	bytes_put32(key + 4, round);
	bytes_put32(key + 8, clerk);
	bytes_put32(key + 12, act);
}

enum rpc_number clerk_rpc(unsigned act)
{
	return act % 2 == 0 ? RPC_borrow : RPC_return;
}

struct clerk {
	const struct counter *counter;
	struct tally *tally;
	struct client *client;
	struct journal *journal;
	unsigned number;
	uint64_t requests[CLERK_ACTS_MAX]; /* request ids, by act */
	unsigned oldest;                   /* act that may still be under way */
};

static size_t pack(const struct counter *counter, unsigned clerk, unsigned act,
		   uint8_t packed[static 256])
{
	const char *item = counter->items[(act / 2 * 3 + clerk) % counter->item_count];
	Pb__BorrowRequest borrow = PB__BORROW_REQUEST__INIT;
	Pb__ReturnRequest back = PB__RETURN_REQUEST__INIT;
	borrow.items = back.items = &item;
	borrow.n_items = back.n_items = 1;
	borrow.borrower = HEAD_ARCHIVIST;
	borrow.purpose = "核对";
	const ProtobufCMessage *request = clerk_rpc(act) == RPC_borrow ? &borrow.base : &back.base;
	need(protobuf_c_message_get_packed_size(request) <= 256, "request too long");
	return protobuf_c_message_pack(request, packed);
}

/* Journal first, then the line. */
static enum status send_act(struct clerk *clerk)
{
	unsigned act = atomic_load(&clerk->tally->sent);
	uint8_t packed[256];
	enum rpc_number rpc = clerk_rpc(act);
	struct journal_act noted = {.request = packed, .rpc = (uint16_t)rpc};
	if (act == CLERK_ACTS_MAX)
		return STATUS_OK;
	noted.len = pack(clerk->counter, clerk->number, act, packed);
	clerk_key(noted.key, clerk->counter->round, clerk->number, act);
	need(journal_begin(clerk->journal, &noted) == STATUS_OK &&
		     journal_sync(clerk->journal) == STATUS_OK,
	     "journal");
	atomic_store(&clerk->tally->sent, act + 1);
	return client_send_packed(clerk->client, rpc, packed, noted.len, noted.key, 0,
				  &clerk->requests[act]);
}

static unsigned act_of(struct clerk *clerk, uint64_t request_id)
{
	unsigned sent = atomic_load(&clerk->tally->sent);
	for (unsigned act = clerk->oldest; act < sent; act++)
		if (clerk->requests[act] == request_id)
			return act;
	need(false, "an answer to nothing");
	return 0;
}

uint64_t clerk_sequence(const struct client_answer *answer)
{
	if (answer->status == STATUS_ON_LOAN || answer->status == STATUS_NOT_ON_LOAN)
		return answer->refusal->sequence;
	need(answer->status == STATUS_OK && answer->receipt != NULL, status_name(answer->status));
	return bytes_get64(answer->receipt->entry.data + 8);
}

static void take_answer(struct clerk *clerk, const struct client_answer *answer)
{
	uint8_t key[FRAME_KEY_LEN];
	unsigned act = act_of(clerk, answer->request_id);
	if (answer->status == STATUS_SHUTTING_DOWN || answer->status == STATUS_OUTCOME_UNKNOWN)
		return;
	atomic_store(&clerk->tally->sequence[act], clerk_sequence(answer) + 1);
	atomic_fetch_add(&clerk->tally->acked, 1);
	clerk_key(key, clerk->counter->round, clerk->number, act);
	need(journal_done(clerk->journal, key) == STATUS_OK, "journal");
	while (atomic_load(&clerk->tally->sequence[clerk->oldest]) != NOT_ACKED)
		clerk->oldest++;
}

void clerk_work(const struct counter *counter, unsigned number, struct tally *tally)
{
	struct clerk *clerk = calloc(1, sizeof(*clerk));
	need(clerk != NULL, "memory");
	clerk->counter = counter;
	clerk->number = number;
	clerk->tally = tally;
	clerk->client = head_connect(counter->head, HEAD_ARCHIVIST);
	need(journal_open(&clerk->journal, counter->journals, counter->owner) == STATUS_OK,
	     "journal");
	enum status status = STATUS_OK;
	for (unsigned i = 0; status == STATUS_OK && i < CLERK_WINDOW; i++)
		status = send_act(clerk);
	while (status == STATUS_OK) {
		struct client_answer answer;
		status = client_receive(clerk->client, &answer);
		if (status != STATUS_OK)
			break;
		take_answer(clerk, &answer);
		status = send_act(clerk);
	}
	_exit(0);
}
