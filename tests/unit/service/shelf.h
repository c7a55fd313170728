/* A desk with a box of CD, what is in it, and a single piece: for tests of circulation. */
#ifndef TESTS_UNIT_SERVICE_SHELF_H
#define TESTS_UNIT_SERVICE_SHELF_H

#include "tests/unit/service/desk.h"

struct shelf {
	struct desk desk;
	const char *customer;
	const char *box; /* holds volume and loose */
	const char *volume;
	const char *piece;  /* in the volume */
	const char *loose;  /* in the box */
	const char *single; /* stands by itself */
};

/* For cmocka: *state is a struct shelf. */
int shelf_setup(void **state);
int shelf_teardown(void **state);

/* Lends items of CD to wang.fang by her name; *reply (may be NULL) is what was decided. */
enum status shelf_borrow(struct shelf *shelf, const char **items, size_t count, bool each,
			 Pb__BorrowReply **reply);

#endif
