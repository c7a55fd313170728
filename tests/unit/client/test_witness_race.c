/* A witness that is asked from several processes at once. */
#include "tests/unit/client/asker.h"

#include <stdbool.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define BIG 61 /* the last head is of this size */

/* In a process of its own: asks for size after size, each from what it was told, and counts. */
static void run_asker(struct asker *asker, uint8_t fork, int out)
{
	uint64_t old = 0;
	unsigned signed_heads = 0;

	for (uint64_t size = 1; size <= BIG; size += 3) {
		for (int turn = 0; turn < 20; turn++) {
			enum witness_code code = ask(asker, (struct asked){old <= size ? old : size,
									   size, fork, 0, NULL});

			if (code == WITNESS_DONE) {
				old = size;
				signed_heads++;
				break;
			}
			if (code != WITNESS_CONFLICT || asker->answer.finding != WITNESS_NOTHING)
				break;
			old = strtoull((const char *)buf_head(&asker->answer.body), NULL, 10);
			if (old > size)
				break;
		}
	}
	if (write(out, &signed_heads, sizeof(signed_heads)) != (ssize_t)sizeof(signed_heads))
		abort();
}

static void of_two_pasts_that_come_at_once_only_one_is_ever_signed(void **state)
{
	struct asker *asker = *state;
	unsigned heads[2] = {0, 0};
	int ends[2][2];
	pid_t pids[2];

	for (int i = 0; i < 2; i++) {
		assert_int_equal(pipe(ends[i]), 0);
		pids[i] = fork();
		if (pids[i] == 0) {
			run_asker(asker, (uint8_t)i, ends[i][1]);
			_exit(0);
		}
		close(ends[i][1]);
	}
	for (int i = 0; i < 2; i++) {
		int status;

		assert_int_equal(read(ends[i][0], &heads[i], sizeof(heads[i])), sizeof(heads[i]));
		close(ends[i][0]);
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
	assert_true((heads[0] == 0) != (heads[1] == 0));
}

static void of_one_past_that_comes_twice_no_head_goes_back(void **state)
{
	struct asker *asker = *state;
	int ends[2];
	unsigned heads;
	pid_t pids[3];
	struct checkpoint last;
	uint64_t before = 0;

	assert_int_equal(pipe(ends), 0);
	for (int i = 0; i < 3; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			run_asker(asker, 0, ends[1]);
			_exit(0);
		}
	}
	close(ends[1]);
	while (waitpid(-1, NULL, WNOHANG) == 0) {
		enum status status = witness_last(&asker->witness, &last, NULL);

		if (status == STATUS_NOT_FOUND)
			continue;
		assert_int_equal(status, STATUS_OK);
		assert_true(last.size >= before);
		before = last.size;
	}
	while (read(ends[0], &heads, sizeof(heads)) == (ssize_t)sizeof(heads))
		assert_true(heads > 0);
	close(ends[0]);
	while (waitpid(-1, NULL, 0) > 0)
		;
	asker_assert_last(asker, BIG);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, asker_open, asker_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(of_two_pasts_that_come_at_once_only_one_is_ever_signed),
		TEST(of_one_past_that_comes_twice_no_head_goes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
