/* A profile's state and a server's ledger, for the tests of the past. */
#ifndef TESTS_UNIT_CLIENT_PASTWORLD_H
#define TESTS_UNIT_CLIENT_PASTWORLD_H

#include <stddef.h>
#include <stdint.h>

#include "client/lib/past.h"
#include "tests/lib/cosigners.h"

#define PROOFS_MAX 32

/* What a server shows for the sizes that it is asked for. */
struct showing {
	struct buf note;
	struct merkle_proof proofs[PROOFS_MAX];
	Pb__Consistency consistency[PROOFS_MAX];
	Pb__Consistency *list[PROOFS_MAX];
	struct past_shown shown;
};

struct world {
	void *folder;
	struct cosigner log;
	struct trust trust;
	struct past past;
	struct showing showing;
};

/* Setup and teardown of a test. */
int pastworld_open(void **state);
int pastworld_close(void **state);

/* Loads world->past anew. */
void load(struct world *world);

/* A server with that ledger, honest about it, is asked for what past wants proven. */
enum status meet_past(struct world *world, struct past *past, uint64_t size, uint8_t fork);
enum status meet(struct world *world, uint64_t size, uint8_t fork);

/* A receipt with a head of that size is filed. */
void file_receipt(const struct world *world, uint64_t size, uint8_t fork);

/* What the next process finds. */
uint64_t kept_size(struct world *world);

/* A process meets a server with that ledger, and keeps its head. */
void keep(struct world *world, uint64_t size);

#define in_world(test) cmocka_unit_test_setup_teardown(test, pastworld_open, pastworld_close)

#endif
