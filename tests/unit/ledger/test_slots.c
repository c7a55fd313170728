/* Which slots of the signer's memory are whole. */
#include "server/ledger/slots.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#define SLOT_APART 4096

static void assert_damaged(const char *path, unsigned slots)
{
	unsigned damaged;
	assert_int_equal(slots_check(path, &damaged), STATUS_OK);
	assert_int_equal(damaged, slots);
}

static void a_damaged_slot_is_told_until_it_is_written_anew(void **state)
{
	struct head head;
	unsigned damaged;
	char path[64];
	int fd;
	(void)state;
	snprintf(path, sizeof(path), "/tmp/slots-test-%d", (int)getpid());
	(void)unlink(path);
	assert_int_equal(slots_check(path, &damaged), STATUS_NOT_FOUND);
	assert_int_equal(slots_create(path), STATUS_OK);
	assert_damaged(path, 0);
	assert_int_equal(slots_open(path, O_RDWR, &fd, &head), STATUS_OK);
	assert_int_equal(pwrite(fd, "x", 1, 20), 1);
	assert_damaged(path, 1);
	assert_int_equal(pwrite(fd, "x", 1, SLOT_APART + 510), 1);
	assert_damaged(path, 3);
	assert_int_equal(slots_write(fd, &head), STATUS_OK);
	assert_damaged(path, 1);
	assert_int_equal(slots_write(fd, &head), STATUS_OK);
	assert_damaged(path, 0);
	assert_int_equal(ftruncate(fd, SLOT_APART + 100), 0);
	assert_damaged(path, 2);
	close(fd);
	assert_int_equal(unlink(path), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_damaged_slot_is_told_until_it_is_written_anew),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
