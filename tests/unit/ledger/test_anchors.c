#include "server/ledger/anchors.h"

#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "tests/lib/cosigners.h"

#define WITNESSES 4

struct fixture {
	char path[64];
	struct anchors *anchors;
	struct cosigner log;
	struct cosigner witnesses[WITNESSES];
	unsigned suspended; /* bits: whose cosignatures do not count */
	struct anchors_rule rule;
	struct anchors_tally tally; /* of the last add */
};

static bool counts(void *context, const struct note_key *key)
{
	const struct fixture *fixture = context;

	for (unsigned i = 0; i < WITNESSES; i++)
		if (memcmp(&fixture->witnesses[i].key, key, sizeof(*key)) == 0)
			return (fixture->suspended >> i & 1) == 0;
	return false;
}

static void reopen(struct fixture *fixture)
{
	char why[ANCHORS_WHY_LEN];

	anchors_close(fixture->anchors);
	assert_int_equal(anchors_open(&fixture->anchors, fixture->path, why), STATUS_OK);
}

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	char name[64];

	snprintf(fixture->path, sizeof(fixture->path), "/tmp/dossier-anchors-XXXXXX");
	close(mkstemp(fixture->path));
	cosigner_init(&fixture->log, COSIGNERS_ORIGIN, NOTE_ED25519);
	for (unsigned i = 0; i < WITNESSES; i++) {
		snprintf(name, sizeof(name), COSIGNERS_ORIGIN "/witness/w%u", i);
		cosigner_init(&fixture->witnesses[i], name, NOTE_COSIGNATURE);
	}
	fixture->rule = (struct anchors_rule){2, counts, fixture};
	reopen(fixture);
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	anchors_close(fixture->anchors);
	for (unsigned i = 0; i < WITNESSES; i++)
		cosigner_release(&fixture->witnesses[i]);
	cosigner_release(&fixture->log);
	remove(fixture->path);
	free(fixture);
	return 0;
}

static void beat_at(const struct fixture *fixture, uint64_t size, uint64_t time, struct buf *note)
{
	struct checkpoint head = cosigners_head(size, 0);

	cosigner_beat(&fixture->log, &head, time, note);
}

/* A witness's line over the head of that size. */
static void line_over(const struct fixture *fixture, unsigned who, uint64_t size, uint64_t time,
		      struct buf *line)
{
	struct buf note = BUF_EMPTY;

	beat_at(fixture, size, COSIGNERS_TIME, &note);
	cosigner_line(&fixture->witnesses[who], &note, time, line);
	buf_release(&note);
}

static void offer(struct fixture *fixture, uint64_t size)
{
	struct buf note = BUF_EMPTY;

	beat_at(fixture, size, COSIGNERS_TIME, &note);
	assert_int_equal(anchors_offer(fixture->anchors, buf_head(&note), note.len), STATUS_OK);
	buf_release(&note);
}

/* A witness's line over the head of that size, brought for another. */
static enum status bring(struct fixture *fixture, unsigned who, uint64_t signed_size, uint64_t size,
			 uint64_t time)
{
	struct buf line = BUF_EMPTY;
	enum status status;

	line_over(fixture, who, signed_size, time, &line);
	status = anchors_add(fixture->anchors, size, &fixture->witnesses[who].key, buf_head(&line),
			     line.len, COSIGNERS_TIME, &fixture->rule, &fixture->tally);
	buf_release(&line);
	return status;
}

static enum status add(struct fixture *fixture, unsigned who, uint64_t size)
{
	return bring(fixture, who, size, size, COSIGNERS_TIME + who);
}

static void anchor_size(struct fixture *fixture, uint64_t size)
{
	offer(fixture, size);
	assert_int_equal(add(fixture, 0, size), STATUS_OK);
	assert_int_equal(add(fixture, 1, size), STATUS_OK);
}

/* Whether the anchored note has a good line of the log and of these witnesses, and no other. */
static void assert_signed(const struct fixture *fixture, const struct buf *bytes, unsigned who)
{
	struct note note;
	unsigned lines = 2;

	assert_int_equal(note_parse(&note, buf_head(bytes), bytes->len), STATUS_OK);
	assert_int_equal(note_verify(&note, &fixture->log.key, NULL), STATUS_OK);
	for (unsigned i = 0; i < WITNESSES; i++) {
		bool wanted = who >> i & 1;

		assert_int_equal(note_verify(&note, &fixture->witnesses[i].key, NULL),
				 wanted ? STATUS_OK : STATUS_NOT_FOUND);
		lines += wanted;
	}
	assert_int_equal(note.count, lines);
}

static void assert_newest(struct fixture *fixture, uint64_t expected, unsigned who)
{
	struct buf note = BUF_EMPTY;
	uint64_t size = 0;

	assert_int_equal(anchors_newest(fixture->anchors, &note, &size),
			 expected == 0 ? STATUS_NOT_FOUND : STATUS_OK);
	assert_int_equal(size, expected);
	if (expected != 0)
		assert_signed(fixture, &note, who);
	buf_release(&note);
}

static void a_head_is_anchored_when_enough_witnesses_have_signed(void **state)
{
	struct fixture *fixture = *state;

	offer(fixture, 5);
	assert_int_equal(add(fixture, 0, 5), STATUS_OK);
	assert_int_equal(fixture->tally.count, 1);
	assert_false(fixture->tally.anchored);
	assert_newest(fixture, 0, 0);
	assert_int_equal(add(fixture, 1, 5), STATUS_OK);
	assert_int_equal(fixture->tally.count, 2);
	assert_true(fixture->tally.anchored);
	assert_newest(fixture, 5, 3);
}

static void one_witness_is_one_however_often_it_signs(void **state)
{
	struct fixture *fixture = *state;

	offer(fixture, 5);
	for (int i = 0; i < 3; i++)
		assert_int_equal(add(fixture, 0, 5), STATUS_OK);
	assert_int_equal(fixture->tally.count, 1);
	assert_newest(fixture, 0, 0);
}

static void who_is_suspended_meanwhile_does_not_count(void **state)
{
	struct fixture *fixture = *state;

	offer(fixture, 5);
	assert_int_equal(add(fixture, 0, 5), STATUS_OK);
	fixture->suspended = 1;
	assert_int_equal(add(fixture, 1, 5), STATUS_OK);
	assert_int_equal(fixture->tally.count, 1);
	assert_newest(fixture, 0, 0);
	assert_int_equal(add(fixture, 2, 5), STATUS_OK);
	assert_newest(fixture, 5, 6);
}

static void late_ones_are_added_to_an_anchored_head(void **state)
{
	struct fixture *fixture = *state;

	anchor_size(fixture, 5);
	offer(fixture, 8);
	assert_int_equal(add(fixture, 3, 5), STATUS_OK);
	assert_newest(fixture, 5, 11);
	reopen(fixture);
	assert_newest(fixture, 5, 11);
}

static void only_the_last_few_heads_are_asked_for(void **state)
{
	struct fixture *fixture = *state;

	for (uint64_t size = 1; size <= ANCHORS_CANDIDATES + 1; size++)
		offer(fixture, size);
	assert_int_equal(add(fixture, 0, 1), STATUS_NOT_FOUND);
	assert_int_equal(add(fixture, 0, 2), STATUS_OK);
}

static void the_same_head_again_keeps_what_was_gathered(void **state)
{
	struct fixture *fixture = *state;

	offer(fixture, 5);
	assert_int_equal(add(fixture, 0, 5), STATUS_OK);
	offer(fixture, 5);
	offer(fixture, 4);
	assert_int_equal(add(fixture, 1, 5), STATUS_OK);
	assert_newest(fixture, 5, 3);
}

static void what_does_not_hold_is_refused(void **state)
{
	struct fixture *fixture = *state;
	const struct note_key *other = &fixture->witnesses[1].key;
	struct buf line = BUF_EMPTY;

	offer(fixture, 5);
	offer(fixture, 6);
	assert_int_equal(bring(fixture, 0, 6, 5, COSIGNERS_TIME), STATUS_PROOF);
	assert_int_equal(bring(fixture, 0, 5, 5, COSIGNERS_TIME + ANCHORS_AHEAD + 1), STATUS_PROOF);
	assert_true(bring(fixture, 0, 5, 5, COSIGNERS_TIME - ANCHORS_BEHIND - 1) == STATUS_PROOF);
	line_over(fixture, 0, 5, COSIGNERS_TIME, &line);
	assert_int_equal(anchors_add(fixture->anchors, 5, other, buf_head(&line), line.len,
				     COSIGNERS_TIME, &fixture->rule, &fixture->tally),
			 STATUS_PROOF);
	assert_int_equal(anchors_add(fixture->anchors, 5, other, "5\n\n- x y\n", 9, COSIGNERS_TIME,
				     &fixture->rule, &fixture->tally),
			 STATUS_PROOF);
	assert_int_equal(anchors_offer(fixture->anchors, "x", 1), STATUS_INVALID);
	buf_release(&line);
}

static void an_entry_is_found_in_the_first_anchored_head_that_has_it(void **state)
{
	static const uint64_t cases[][2] = {{0, 3}, {2, 3}, {3, 7}, {6, 7}, {7, 20}, {19, 20}};
	struct fixture *fixture = *state;
	const enum status absent = STATUS_NOT_FOUND;
	struct buf note = BUF_EMPTY;
	uint64_t size;

	anchor_size(fixture, 3);
	anchor_size(fixture, 7);
	anchor_size(fixture, 20);
	for (int again = 0; again < 2; again++) {
		for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
			buf_clear(&note);
			assert_int_equal(anchors_first(fixture->anchors, cases[i][0], &note, &size),
					 STATUS_OK);
			assert_int_equal(size, cases[i][1]);
			assert_signed(fixture, &note, 3);
		}
		assert_int_equal(anchors_first(fixture->anchors, 20, &note, &size), absent);
		assert_int_equal(anchors_first(fixture->anchors, UINT64_MAX, &note, &size), absent);
		reopen(fixture);
	}
	buf_release(&note);
}

static void what_each_witness_signed_last_is_known_also_after_a_start(void **state)
{
	struct fixture *fixture = *state;
	struct anchors_sight sight;

	anchor_size(fixture, 3);
	for (int again = 0; again < 2; again++, reopen(fixture)) {
		anchors_seen(fixture->anchors, &fixture->witnesses[1].key, &sight);
		assert_int_equal(sight.size, 3);
		assert_int_equal(sight.time, COSIGNERS_TIME + 1);
		anchors_seen(fixture->anchors, &fixture->witnesses[2].key, &sight);
		assert_int_equal(sight.size, 0);
	}
}

static void break_file(const struct fixture *fixture, off_t from_end, bool cut)
{
	int fd = open(fixture->path, O_RDWR);
	off_t at = lseek(fd, 0, SEEK_END) - from_end;

	if (cut)
		assert_int_equal(ftruncate(fd, at), 0);
	else
		assert_int_equal(pwrite(fd, "\x7f", 1, at), 1); /* never in a note */
	close(fd);
}

static void a_torn_record_is_forgotten_and_the_next_takes_its_place(void **state)
{
	struct fixture *fixture = *state;

	anchor_size(fixture, 3);
	anchor_size(fixture, 7);
	break_file(fixture, 10, true);
	reopen(fixture);
	assert_newest(fixture, 3, 3);
	anchor_size(fixture, 9);
	reopen(fixture);
	assert_newest(fixture, 9, 3);
}

static void a_damaged_note_is_never_shown(void **state)
{
	struct fixture *fixture = *state;
	struct buf note = BUF_EMPTY;
	uint64_t size;

	anchor_size(fixture, 3);
	anchor_size(fixture, 7);
	break_file(fixture, 10, false);
	assert_int_equal(anchors_newest(fixture->anchors, &note, &size), STATUS_CORRUPT);
	reopen(fixture);
	assert_newest(fixture, 3, 3);
	buf_release(&note);
}

struct party {
	struct fixture *fixture;
	unsigned who;
};

static void *sign_all(void *context)
{
	const struct party *party = context;
	const struct fixture *fixture = party->fixture;
	struct anchors_tally tally;

	for (uint64_t size = 1; size <= ANCHORS_CANDIDATES; size++) {
		struct buf line = BUF_EMPTY;

		line_over(fixture, party->who, size, COSIGNERS_TIME, &line);
		if (anchors_add(fixture->anchors, size, &fixture->witnesses[party->who].key,
				buf_head(&line), line.len, COSIGNERS_TIME, &fixture->rule,
				&tally) != STATUS_OK)
			abort();
		buf_release(&line);
	}
	return NULL;
}

static void witnesses_that_come_at_once_are_all_counted(void **state)
{
	struct fixture *fixture = *state;
	struct party parties[WITNESSES];
	pthread_t threads[WITNESSES];

	for (uint64_t size = 1; size <= ANCHORS_CANDIDATES; size++)
		offer(fixture, size);
	for (unsigned i = 0; i < WITNESSES; i++) {
		parties[i] = (struct party){fixture, i};
		assert_int_equal(pthread_create(&threads[i], NULL, sign_all, &parties[i]), 0);
	}
	for (unsigned i = 0; i < WITNESSES; i++)
		pthread_join(threads[i], NULL);
	reopen(fixture);
	assert_newest(fixture, ANCHORS_CANDIDATES, 15);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_head_is_anchored_when_enough_witnesses_have_signed),
		TEST(one_witness_is_one_however_often_it_signs),
		TEST(who_is_suspended_meanwhile_does_not_count),
		TEST(late_ones_are_added_to_an_anchored_head),
		TEST(only_the_last_few_heads_are_asked_for),
		TEST(the_same_head_again_keeps_what_was_gathered),
		TEST(what_does_not_hold_is_refused),
		TEST(an_entry_is_found_in_the_first_anchored_head_that_has_it),
		TEST(what_each_witness_signed_last_is_known_also_after_a_start),
		TEST(a_torn_record_is_forgotten_and_the_next_takes_its_place),
		TEST(a_damaged_note_is_never_shown),
		TEST(witnesses_that_come_at_once_are_all_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
