/*
 * Look-ups and acts. Each connection has as many slots as requests may be under way; a slot sends
 * one request and, when it is answered, the next. An act slot lends an item and takes it back:
 * items are dealt out, so that no two slots ever want the same one.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "tests/bench/bench.h"
#include "tests/bench/connect.h"
#include "tests/bench/report.h"
#include "tests/bench/usage.h"

#define NUMBER_LEN 64
#define EVENTS_MAX 256
#define WAIT_MS 100
#define DRAIN_SECONDS 30
#define ACT_IN 10 /* of a mixed load: one request in so many */

struct slot {
	unsigned index; /* among all slots of all connections */
	unsigned item;  /* lent out, when lent */
	bool lent;
	bool look; /* what is under way */
	bool busy;
	uint64_t request_id;
	int64_t sent;
};

struct peer {
	struct client *client;
	struct slot *slots;
	bool want_write; /* and is waited for */
};

struct load {
	const struct bench *bench;
	enum load_mix mix;
	struct peer *peers;
	struct slot *slots;
	int epoll;
	uint64_t random;
	size_t busy; /* slots with a request under way */
	bool measuring;
	bool stopping;
	char prefix[NUMBER_LEN]; /* of the items' numbers, before the serial */
	int digits;
	struct report report;
};

static uint64_t next_random(struct load *load)
{
	load->random ^= load->random << 13;
	load->random ^= load->random >> 7;
	load->random ^= load->random << 17;
	return load->random;
}

static void number_of(const struct load *load, unsigned item, char number[static NUMBER_LEN * 2])
{
	(void)snprintf(number, NUMBER_LEN * 2, "%s%0*u", load->prefix, load->digits, item + 1);
}

/* ---- one request ---- */

static enum status send_look(struct load *load, struct peer *peer, struct slot *slot)
{
	Pb__ItemShowRequest request = PB__ITEM_SHOW_REQUEST__INIT;
	char number[NUMBER_LEN * 2];

	number_of(load, (unsigned)(next_random(load) % load->bench->items), number);
	request.item = number;
	return client_send(peer->client, RPC_item_show, &request.base, NULL, 0, &slot->request_id);
}

static enum status send_borrow(struct peer *peer, struct slot *slot, const char *number)
{
	Pb__BorrowRequest request = PB__BORROW_REQUEST__INIT;
	const char *items[] = {number};
	uint8_t key[FRAME_KEY_LEN];

	request.n_items = 1;
	request.items = items;
	request.borrower = client_welcome(peer->client)->login;
	request.purpose = "bench";
	client_new_key(key);
	return client_send(peer->client, RPC_borrow, &request.base, key, 0, &slot->request_id);
}

static enum status send_return(struct peer *peer, struct slot *slot, const char *number)
{
	Pb__ReturnRequest request = PB__RETURN_REQUEST__INIT;
	const char *items[] = {number};
	uint8_t key[FRAME_KEY_LEN];

	request.n_items = 1;
	request.items = items;
	client_new_key(key);
	return client_send(peer->client, RPC_return, &request.base, key, 0, &slot->request_id);
}

static enum status send_act(struct load *load, struct peer *peer, struct slot *slot)
{
	unsigned slots = load->bench->connections * load->bench->depth;
	char number[NUMBER_LEN * 2];

	if (!slot->lent)
		slot->item = slot->index +
			     slots * (unsigned)(next_random(load) % (load->bench->items / slots));
	number_of(load, slot->item, number);
	return slot->lent ? send_return(peer, slot, number) : send_borrow(peer, slot, number);
}

/* The slot's next request; when stopping only what gives its item back. */
static enum status slot_next(struct load *load, struct peer *peer, struct slot *slot)
{
	enum status status;

	slot->busy = false;
	if (load->stopping && !slot->lent)
		return STATUS_OK;
	slot->look =
		!load->stopping && (load->mix == LOAD_LOOKUP ||
				    (load->mix == LOAD_MIXED && next_random(load) % ACT_IN != 0));
	slot->sent = usage_now();
	status = slot->look ? send_look(load, peer, slot) : send_act(load, peer, slot);
	if (status != STATUS_OK)
		return connect_complain("send", status, client_why(peer->client));
	slot->busy = true;
	load->busy++;
	return STATUS_OK;
}

static struct slot *slot_of(const struct load *load, const struct peer *peer, uint64_t request_id)
{
	for (unsigned i = 0; i < load->bench->depth; i++)
		if (peer->slots[i].busy && peer->slots[i].request_id == request_id)
			return &peer->slots[i];
	return NULL;
}

/* An item that somebody else has (an earlier load was broken off) is taken back by its slot. */
static void slot_refused(struct load *load, struct slot *slot, const struct client_answer *answer)
{
	load->report.refused++;
	if (!slot->look)
		slot->lent = answer->status == STATUS_ON_LOAN;
	if (load->report.refused == 1)
		(void)connect_complain("refused", answer->status,
				       answer->refusal ? answer->refusal->reason : "");
}

static enum status slot_answered(struct load *load, struct peer *peer,
				 const struct client_answer *answer)
{
	struct slot *slot = slot_of(load, peer, answer->request_id);
	int64_t took;

	if (slot == NULL)
		return connect_complain("answer", STATUS_FRAME_INVALID,
					"to nothing that was asked");
	load->busy--;
	took = usage_now() - slot->sent;
	if (load->measuring && answer->status == STATUS_OK) {
		histogram_note(&load->report.all, took);
		if (load->mix == LOAD_MIXED && slot->look)
			histogram_note(&load->report.looks, took);
	}
	if (answer->status != STATUS_OK)
		slot_refused(load, slot, answer);
	else if (!slot->look)
		slot->lent = !slot->lent;
	return slot_next(load, peer, slot);
}

/* ---- one connection ---- */

static enum status peer_flush(struct load *load, struct peer *peer)
{
	struct epoll_event event = {.data.ptr = peer};
	bool want_write;
	enum status status = client_flush(peer->client, &want_write);

	if (status != STATUS_OK)
		return connect_complain("flush", status, client_why(peer->client));
	if (want_write == peer->want_write)
		return STATUS_OK;
	peer->want_write = want_write;
	event.events = want_write ? EPOLLIN | EPOLLOUT : EPOLLIN;
	if (epoll_ctl(load->epoll, EPOLL_CTL_MOD, client_fd(peer->client), &event) != 0)
		return connect_complain("epoll", STATUS_SYSTEM, "modify");
	return STATUS_OK;
}

static enum status peer_ready(struct load *load, struct peer *peer)
{
	struct client_answer answer;
	enum status status;

	while ((status = client_poll(peer->client, &answer)) == STATUS_OK) {
		status = slot_answered(load, peer, &answer);
		if (status != STATUS_OK)
			return status;
	}
	if (status != STATUS_NOT_FOUND)
		return connect_complain("receive", status, client_why(peer->client));
	return peer_flush(load, peer);
}

static enum status peer_open(struct load *load, struct peer *peer)
{
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = peer};
	enum status status = connect_client(load->bench, &peer->client);

	if (status != STATUS_OK)
		return status;
	if (load->bench->depth > client_welcome(peer->client)->in_flight_max)
		return connect_complain("depth", STATUS_TOO_MANY_REQUESTS, "more than is welcome");
	if (epoll_ctl(load->epoll, EPOLL_CTL_ADD, client_fd(peer->client), &event) != 0)
		return connect_complain("epoll", STATUS_SYSTEM, "add");
	return STATUS_OK;
}

/* ---- all of them ---- */

/* The first number tells how numbers look: all before the serial, and how many digits that has. */
static enum status learn_numbers(struct load *load)
{
	Pb__ItemListRequest request = PB__ITEM_LIST_REQUEST__INIT;
	struct client *client = load->peers[0].client;
	struct client_answer answer;
	uint64_t request_id;
	const char *number, *serial;
	enum status status;

	request.limit = 1;
	status = client_send(client, RPC_item_list, &request.base, NULL, 0, &request_id);
	if (status != STATUS_OK)
		return connect_complain("send", status, client_why(client));
	while ((status = client_receive(client, &answer)) == STATUS_OK &&
	       answer.kind == FRAME_ITEM) {
		number = ((const Pb__ItemListReply *)answer.reply)->view->item->number;
		serial = strrchr(number, '-');
		if (serial == NULL || serial - number >= NUMBER_LEN - 1)
			return connect_complain("items", STATUS_INVALID, number);
		load->digits = (int)strlen(++serial);
		memcpy(load->prefix, number, (size_t)(serial - number));
	}
	if (status != STATUS_OK || answer.kind != FRAME_END || load->digits == 0)
		return connect_complain("items", status, "there are none");
	return STATUS_OK;
}

static enum status load_open(struct load *load)
{
	const struct bench *bench = load->bench;
	enum status status = STATUS_OK;

	load->random = (uint64_t)usage_now() | 1;
	load->epoll = epoll_create1(EPOLL_CLOEXEC);
	load->peers = calloc(bench->connections, sizeof(*load->peers));
	load->slots = calloc((size_t)bench->connections * bench->depth, sizeof(*load->slots));
	if (load->epoll < 0 || load->peers == NULL || load->slots == NULL)
		return connect_complain("start", STATUS_MEMORY, "");
	if (bench->items < bench->connections * bench->depth)
		return connect_complain("start", STATUS_USAGE, "fewer items than slots");
	for (unsigned i = 0; i < bench->connections * bench->depth; i++)
		load->slots[i].index = i;
	for (unsigned i = 0; i < bench->connections && status == STATUS_OK; i++) {
		load->peers[i].slots = load->slots + (size_t)i * bench->depth;
		status = peer_open(load, &load->peers[i]);
	}
	return status == STATUS_OK ? learn_numbers(load) : status;
}

static void load_close(struct load *load)
{
	for (unsigned i = 0; load->peers != NULL && i < load->bench->connections; i++)
		client_close(load->peers[i].client);
	if (load->epoll >= 0)
		(void)close(load->epoll);
	free(load->peers);
	free(load->slots);
}

static enum status load_begin(struct load *load)
{
	enum status status = STATUS_OK;

	for (unsigned i = 0; i < load->bench->connections && status == STATUS_OK; i++) {
		struct peer *peer = &load->peers[i];
		for (unsigned j = 0; j < load->bench->depth && status == STATUS_OK; j++)
			status = slot_next(load, peer, &peer->slots[j]);
		if (status == STATUS_OK)
			status = peer_flush(load, peer);
	}
	return status;
}

/* Steps all connections until a time, or until nothing is under way. */
static enum status load_until(struct load *load, int64_t end)
{
	struct epoll_event events[EVENTS_MAX];
	enum status status = STATUS_OK;

	while (status == STATUS_OK && load->busy > 0 && usage_now() < end) {
		int ready = epoll_wait(load->epoll, events, EVENTS_MAX, WAIT_MS);
		for (int i = 0; i < ready && status == STATUS_OK; i++)
			status = peer_ready(load, events[i].data.ptr);
	}
	return status;
}

static int64_t after(double seconds)
{
	return usage_now() + (int64_t)(seconds * 1e9);
}

static enum status load_run(struct load *load, const char *what)
{
	enum status status = load_begin(load);

	if (status == STATUS_OK)
		status = load_until(load, after(load->bench->warmup));
	if (status != STATUS_OK)
		return status;
	report_begin(&load->report, load->bench, what);
	load->measuring = true;
	status = load_until(load, after(load->bench->seconds));
	load->measuring = false;
	report_end(&load->report);
	load->stopping = true;
	if (status == STATUS_OK)
		status = load_until(load, after(DRAIN_SECONDS));
	if (status == STATUS_OK && load->busy > 0)
		return connect_complain("end", STATUS_TIMEOUT, "requests were never answered");
	return status;
}

enum status bench_load(const struct bench *bench, enum load_mix mix)
{
	static const char *const names[] = {"lookup", "act", "mixed"};
	struct load *load = calloc(1, sizeof(*load));
	enum status status;

	if (load == NULL)
		return STATUS_MEMORY;
	load->bench = bench;
	load->mix = mix;
	status = load_open(load);
	if (status == STATUS_OK)
		status = load_run(load, names[mix]);
	if (status == STATUS_OK)
		report_print(&load->report);
	load_close(load);
	free(load);
	return status;
}
