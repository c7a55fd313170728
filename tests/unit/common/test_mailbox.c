#include "common/mailbox.h"

#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#define LETTERS 20000
#define POSTERS 3
#define WORKERS 3
#define ROUNDS 5000

struct letter {
	struct mail mail; /* first, so that it is the letter's address too */
	size_t poster;
	size_t number;
	atomic_uint taken;
};

struct poster {
	pthread_t thread;
	struct mailbox *box;
	struct letter *letters;
};

static void link_chain(struct letter *letters, size_t from, size_t count)
{
	for (size_t i = from; i + 1 < from + count; i++)
		letters[i].mail.next = &letters[i + 1].mail;
}

static void post(struct mailbox *box, struct letter *letters, size_t from, size_t count)
{
	link_chain(letters, from, count);
	mailbox_post(box, &letters[from].mail, &letters[from + count - 1].mail);
}

static void count_wake(void *owner)
{
	(*(unsigned *)owner)++;
}

static void mail_is_taken_in_the_order_of_posting(void **state)
{
	struct letter letters[5] = {0};
	struct mailbox box;
	size_t count = 0;

	(void)state;
	mailbox_init(&box, NULL, NULL);
	assert_null(mailbox_take(&box));
	post(&box, letters, 0, 1);
	post(&box, letters, 1, 3);
	letters[4].mail.next = &letters[0].mail; /* left from an earlier chain */
	post(&box, letters, 4, 1);
	for (struct mail *mail = mailbox_take(&box); mail != NULL; mail = mail->next)
		assert_ptr_equal(mail, &letters[count++].mail);
	assert_int_equal(count, 5);
	assert_null(mailbox_take(&box));
	mailbox_release(&box);
}

static void one_is_taken_at_a_time(void **state)
{
	struct letter letters[3] = {0};
	struct mailbox box;

	(void)state;
	mailbox_init(&box, NULL, NULL);
	post(&box, letters, 0, 2);
	assert_ptr_equal(mailbox_wait_one(&box), &letters[0].mail);
	assert_null(letters[0].mail.next);
	assert_ptr_equal(mailbox_wait_one(&box), &letters[1].mail);
	post(&box, letters, 2, 1);
	assert_ptr_equal(mailbox_wait(&box), &letters[2].mail);
	mailbox_release(&box);
}

static void the_owner_is_woken_once_until_it_comes(void **state)
{
	struct letter letters[4] = {0};
	struct mailbox box;
	unsigned woken = 0;

	(void)state;
	mailbox_init(&box, count_wake, &woken);
	post(&box, letters, 0, 2);
	assert_int_equal(woken, 1);
	post(&box, letters, 2, 1);
	assert_int_equal(woken, 1);
	assert_non_null(mailbox_take(&box));
	post(&box, letters, 3, 1);
	assert_int_equal(woken, 2);
	mailbox_release(&box);
}

static void a_closed_box_gives_what_is_there_and_then_nothing(void **state)
{
	struct letter letters[2] = {0};
	struct mailbox box;

	(void)state;
	mailbox_init(&box, NULL, NULL);
	post(&box, letters, 0, 2);
	mailbox_close(&box);
	assert_ptr_equal(mailbox_wait_one(&box), &letters[0].mail);
	assert_ptr_equal(mailbox_wait(&box), &letters[1].mail);
	assert_null(mailbox_wait(&box));
	assert_null(mailbox_wait_one(&box));
	mailbox_release(&box);
}

/* In chains of one to seven. */
static void *post_all(void *data)
{
	struct poster *poster = data;
	size_t count;

	for (size_t i = 0; i < LETTERS; i += count) {
		count = 1 + i % 7;
		if (count > LETTERS - i)
			count = LETTERS - i;
		post(poster->box, poster->letters, i, count);
	}
	return NULL;
}

static void start_posters(struct poster *posters, struct mailbox *box)
{
	for (size_t i = 0; i < POSTERS; i++) {
		posters[i].box = box;
		posters[i].letters = calloc(LETTERS, sizeof(struct letter));
		assert_non_null(posters[i].letters);
		for (size_t j = 0; j < LETTERS; j++) {
			posters[i].letters[j].poster = i;
			posters[i].letters[j].number = j;
		}
		assert_int_equal(pthread_create(&posters[i].thread, NULL, post_all, &posters[i]),
				 0);
	}
}

static void join_posters(struct poster *posters)
{
	for (size_t i = 0; i < POSTERS; i++)
		assert_int_equal(pthread_join(posters[i].thread, NULL), 0);
}

static void free_letters(struct poster *posters)
{
	for (size_t i = 0; i < POSTERS; i++)
		free(posters[i].letters);
}

static void one_owner_gets_every_letter_of_each_poster_in_order(void **state)
{
	struct poster posters[POSTERS];
	struct mailbox box;
	size_t next[POSTERS] = {0};
	size_t total = 0;

	(void)state;
	mailbox_init(&box, NULL, NULL);
	start_posters(posters, &box);
	while (total < (size_t)POSTERS * LETTERS) {
		for (struct mail *mail = mailbox_wait(&box); mail != NULL; mail = mail->next) {
			struct letter *letter = (struct letter *)mail;
			assert_int_equal(letter->number, next[letter->poster]++);
			total++;
		}
	}
	join_posters(posters);
	assert_null(mailbox_take(&box));
	free_letters(posters);
	mailbox_release(&box);
}

static void *work(void *data)
{
	struct mailbox *box = data;

	for (struct mail *mail = mailbox_wait_one(box); mail != NULL; mail = mailbox_wait_one(box))
		atomic_fetch_add(&((struct letter *)mail)->taken, 1);
	return NULL;
}

static void a_pool_takes_every_letter_once_and_ends_when_closed(void **state)
{
	struct poster posters[POSTERS];
	pthread_t workers[WORKERS];
	struct mailbox box;

	(void)state;
	mailbox_init(&box, NULL, NULL);
	for (size_t i = 0; i < WORKERS; i++)
		assert_int_equal(pthread_create(&workers[i], NULL, work, &box), 0);
	start_posters(posters, &box);
	join_posters(posters);
	mailbox_close(&box);
	for (size_t i = 0; i < WORKERS; i++)
		assert_int_equal(pthread_join(workers[i], NULL), 0);
	for (size_t i = 0; i < POSTERS; i++) {
		for (size_t j = 0; j < LETTERS; j++)
			assert_int_equal(atomic_load(&posters[i].letters[j].taken), 1);
	}
	free_letters(posters);
	mailbox_release(&box);
}

/* Each worker holds its letter until all hold one: only if one post wakes them all do they meet.
 * Many times, so that they are asleep at some of them. */
struct meeting {
	struct mailbox box;
	pthread_barrier_t barrier; /* the workers and who posts */
};

static void *meet(void *data)
{
	struct meeting *meeting = data;

	while (mailbox_wait_one(&meeting->box) != NULL)
		(void)pthread_barrier_wait(&meeting->barrier);
	return NULL;
}

static void a_chain_wakes_as_many_workers_as_it_has_letters(void **state)
{
	struct letter letters[WORKERS] = {0};
	struct meeting meeting;
	pthread_t workers[WORKERS];

	(void)state;
	(void)alarm(60); /* a lost wake would wait for ever */
	mailbox_init(&meeting.box, NULL, NULL);
	assert_int_equal(pthread_barrier_init(&meeting.barrier, NULL, WORKERS + 1), 0);
	for (size_t i = 0; i < WORKERS; i++)
		assert_int_equal(pthread_create(&workers[i], NULL, meet, &meeting), 0);
	for (size_t round = 0; round < ROUNDS; round++) {
		post(&meeting.box, letters, 0, WORKERS);
		(void)pthread_barrier_wait(&meeting.barrier);
		(void)sched_yield();
	}
	mailbox_close(&meeting.box);
	for (size_t i = 0; i < WORKERS; i++)
		assert_int_equal(pthread_join(workers[i], NULL), 0);
	(void)alarm(0);
	(void)pthread_barrier_destroy(&meeting.barrier);
	mailbox_release(&meeting.box);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mail_is_taken_in_the_order_of_posting),
		cmocka_unit_test(one_is_taken_at_a_time),
		cmocka_unit_test(the_owner_is_woken_once_until_it_comes),
		cmocka_unit_test(a_closed_box_gives_what_is_there_and_then_nothing),
		cmocka_unit_test(one_owner_gets_every_letter_of_each_poster_in_order),
		cmocka_unit_test(a_pool_takes_every_letter_once_and_ends_when_closed),
		cmocka_unit_test(a_chain_wakes_as_many_workers_as_it_has_letters),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
