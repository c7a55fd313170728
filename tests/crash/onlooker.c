#include "tests/crash/onlooker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct onlooker {
	char *const *items;
	unsigned count;
	struct sights *sights;
	struct client *client;
	unsigned asked;
	uint64_t requests[ONLOOKER_WINDOW]; /* under way; 0: free */
	uint32_t marks[ONLOOKER_WINDOW];    /* above what comes next of each */
};

static void need(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "onlooker: %s\n", what);
	abort();
}

/* By turns one item and all of them. */
static enum status ask(struct onlooker *onlooker, unsigned place)
{
	Pb__ItemShowRequest show = PB__ITEM_SHOW_REQUEST__INIT;
	Pb__ItemListRequest list = PB__ITEM_LIST_REQUEST__INIT;
	unsigned number = onlooker->asked++;
	bool shows = number % 4 != 0;
	show.item = onlooker->items[number % onlooker->count];
	onlooker->marks[place] = NO_MARK;
	return client_send(onlooker->client, shows ? RPC_item_show : RPC_item_list,
			   shows ? &show.base : &list.base, NULL, 0, &onlooker->requests[place]);
}

static unsigned place_of(const struct onlooker *onlooker, uint64_t request)
{
	unsigned place = 0;
	while (place < ONLOOKER_WINDOW && onlooker->requests[place] != request)
		place++;
	need(place < ONLOOKER_WINDOW, "an answer to nothing");
	return place;
}

static void note_mark(struct onlooker *onlooker, unsigned place, const Pb__Mark *mark)
{
	struct sights *sights = onlooker->sights;
	unsigned number = atomic_load(&sights->marks);
	need(number < SIGHT_HEADERS_MAX && mark->entry.len <= SIGHT_HEADER_MAX, "no room");
	sights->lens[number] = (uint16_t)mark->entry.len;
	memcpy(sights->headers[number], mark->entry.data, mark->entry.len);
	atomic_store(&sights->marks, number + 1);
	onlooker->marks[place] = number;
}

static void note_row(struct onlooker *onlooker, unsigned place, const Pb__ItemView *view)
{
	struct sights *sights = onlooker->sights;
	unsigned number = atomic_load(&sights->rows);
	need(number < SIGHTS_MAX && view != NULL, "no room");
	sights->seen[number] = (struct sight){view->item->id, onlooker->marks[place]};
	atomic_store(&sights->rows, number + 1);
}

/* False when the request it belongs to is done. */
static bool take(struct onlooker *onlooker, unsigned place, const struct client_answer *answer)
{
	if (answer->status == STATUS_SHUTTING_DOWN || answer->status == STATUS_OUTCOME_UNKNOWN)
		return false;
	need(answer->status == STATUS_OK, status_name(answer->status));
	if (answer->mark != NULL)
		note_mark(onlooker, place, answer->mark);
	if (answer->kind == FRAME_ANSWER)
		note_row(onlooker, place,
			 ((const Pb__ItemShowReply *)(const void *)answer->reply)->view);
	if (answer->kind == FRAME_ITEM)
		note_row(onlooker, place,
			 ((const Pb__ItemListReply *)(const void *)answer->reply)->view);
	return answer->kind == FRAME_ITEM;
}

void onlooker_work(const struct head *head, char *const items[], unsigned count,
		   struct sights *sights)
{
	struct onlooker onlooker = {.items = items, .count = count, .sights = sights};
	onlooker.client = head_connect(head, ONLOOKER);
	enum status status = STATUS_OK;
	for (unsigned i = 0; status == STATUS_OK && i < ONLOOKER_WINDOW; i++)
		status = ask(&onlooker, i);
	while (status == STATUS_OK) {
		struct client_answer answer;
		status = client_receive(onlooker.client, &answer);
		if (status != STATUS_OK)
			break;
		unsigned place = place_of(&onlooker, answer.request_id);
		if (!take(&onlooker, place, &answer))
			status = ask(&onlooker, place);
	}
	_exit(0);
}
