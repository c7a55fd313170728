/*
 * Letters from many threads to one: posted anywhere, taken by the owner all at once, in order.
 * Wakes the owner by a function it gave, so it does not know what kind of loop that is.
 */
#ifndef COMMON_MAILBOX_H
#define COMMON_MAILBOX_H

#include <pthread.h>
#include <stdbool.h>

struct mail {
	struct mail *next;
};

struct mailbox {
	pthread_mutex_t lock;
	pthread_cond_t arrived;
	struct mail *first;
	struct mail **last;
	bool closed;
	void (*wake)(void *owner); /* see mailbox_init() */
	void *owner;               /* borrowed */
};

/* wake is called without the lock, by whoever posts into the empty box: once until the owner has
 * taken. It may be NULL when the owner waits by mailbox_wait(). */
void mailbox_init(struct mailbox *box, void (*wake)(void *owner), void *owner);
void mailbox_release(struct mailbox *box);

/* Posts a chain first..last (linked by next) with one lock and one wake. Never fails. */
void mailbox_post(struct mailbox *box, struct mail *first, struct mail *last);

/* Takes all that is there, oldest first; NULL when there is nothing. Any thread. */
struct mail *mailbox_take(struct mailbox *box);

/* As mailbox_take(), but waits until something is there; NULL only after mailbox_close(). */
struct mail *mailbox_wait(struct mailbox *box);

/* Waits for the oldest one only: for a pool of workers. NULL only after mailbox_close(). */
struct mail *mailbox_wait_one(struct mailbox *box);

/* Waiters get what is there and then NULL. */
void mailbox_close(struct mailbox *box);

#endif
