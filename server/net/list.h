/* Things linked to each other through a member of theirs: adding and taking out cost the same
 * wherever they stand. Knows nothing of the things. */
#ifndef SERVER_NET_LIST_H
#define SERVER_NET_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct link {
	struct link *next; /* NULL: in no list */
	struct link *previous;
};

/* A list is a link too: the one before the first and behind the last. */
static inline void list_init(struct link *list)
{
	list->next = list;
	list->previous = list;
}

static inline bool list_empty(const struct link *list)
{
	return list->next == list;
}

static inline bool list_has(const struct link *link)
{
	return link->next != NULL;
}

/* Nothing happens when it is in a list already. */
static inline void list_add(struct link *list, struct link *link)
{
	if (list_has(link))
		return;
	link->previous = list->previous;
	link->next = list;
	list->previous->next = link;
	list->previous = link;
}

/* Nothing happens when it is in no list. */
static inline void list_remove(struct link *link)
{
	if (!list_has(link))
		return;
	link->previous->next = link->next;
	link->next->previous = link->previous;
	link->next = NULL;
	link->previous = NULL;
}

/* All of one list move to an empty one. */
static inline void list_move(struct link *to, struct link *from)
{
	list_init(to);
	if (list_empty(from))
		return;
	*to = *from;
	to->next->previous = to;
	to->previous->next = to;
	list_init(from);
}

/* The thing that a link is the member of. */
#define LIST_OF(link, type, member) ((type *)(void *)((char *)(link)-offsetof(type, member)))

#endif
