#include "common/mailbox.h"

#include <stddef.h>

/* None of these calls can fail on a mutex that was initialized and is held as it should be. */

void mailbox_init(struct mailbox *box, void (*wake)(void *owner), void *owner)
{
	*box = (struct mailbox){.wake = wake, .owner = owner};
	(void)pthread_mutex_init(&box->lock, NULL);
	(void)pthread_cond_init(&box->arrived, NULL);
	box->last = &box->first;
}

void mailbox_release(struct mailbox *box)
{
	(void)pthread_cond_destroy(&box->arrived);
	(void)pthread_mutex_destroy(&box->lock);
}

void mailbox_post(struct mailbox *box, struct mail *first, struct mail *last)
{
	(void)pthread_mutex_lock(&box->lock);
	/* Where mail lies already its post has woken somebody who has not come yet. */
	bool was_empty = box->first == NULL;
	last->next = NULL;
	*box->last = first;
	box->last = &last->next;
	if (was_empty)
		(void)pthread_cond_signal(&box->arrived);
	/* Whoever waits may take the mail and release the box as soon as the lock is free. */
	void (*wake)(void *) = was_empty ? box->wake : NULL;
	void *owner = box->owner;
	(void)pthread_mutex_unlock(&box->lock);
	if (wake != NULL)
		wake(owner);
}

/* With the lock held. */
static struct mail *take_all(struct mailbox *box)
{
	struct mail *mail = box->first;

	box->first = NULL;
	box->last = &box->first;
	return mail;
}

/* With the lock held. */
static void wait_for_mail(struct mailbox *box)
{
	while (box->first == NULL && !box->closed)
		(void)pthread_cond_wait(&box->arrived, &box->lock);
}

struct mail *mailbox_take(struct mailbox *box)
{
	(void)pthread_mutex_lock(&box->lock);
	struct mail *mail = take_all(box);
	(void)pthread_mutex_unlock(&box->lock);
	return mail;
}

struct mail *mailbox_wait(struct mailbox *box)
{
	(void)pthread_mutex_lock(&box->lock);
	wait_for_mail(box);
	struct mail *mail = take_all(box);
	(void)pthread_mutex_unlock(&box->lock);
	return mail;
}

struct mail *mailbox_wait_one(struct mailbox *box)
{
	(void)pthread_mutex_lock(&box->lock);
	wait_for_mail(box);
	struct mail *mail = box->first;
	if (mail != NULL) {
		box->first = mail->next;
		mail->next = NULL;
		/* Only the first post woke somebody: pass it on while something is left. */
		if (box->first == NULL)
			box->last = &box->first;
		else
			(void)pthread_cond_signal(&box->arrived);
	}
	(void)pthread_mutex_unlock(&box->lock);
	return mail;
}

void mailbox_close(struct mailbox *box)
{
	(void)pthread_mutex_lock(&box->lock);
	box->closed = true;
	(void)pthread_cond_broadcast(&box->arrived);
	(void)pthread_mutex_unlock(&box->lock);
}
