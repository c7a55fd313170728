/* A witness that is asked, by a log that is the test's: the fixture of its tests. */
#ifndef TESTS_UNIT_CLIENT_ASKER_H
#define TESTS_UNIT_CLIENT_ASKER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "client/lib/witness.h"
#include "tests/lib/cosigners.h"

#define ASKER_NOW (COSIGNERS_TIME + 5)

struct asker {
	char *folder;
	struct cosigner log;
	struct cosigner other; /* log, of another name */
	struct cosigner own;
	struct witness witness;
	struct witness_answer answer; /* the last one */
	struct buf body;              /* of the last request */
};

/* What is asked: grown from a tree of old leaves, with a proof from there. */
struct asked {
	uint64_t old, size;
	uint8_t fork;
	uint64_t time;             /* 0: COSIGNERS_TIME */
	const struct cosigner *by; /* NULL: the log */
};

/* For cmocka_unit_test_setup_teardown(). */
int asker_open(void **state);
int asker_close(void **state);

/* Makes the body of the request. */
void asker_make(struct asker *asker, const struct asked *asked);

/* Makes it and asks; or asks with any bytes. */
enum witness_code ask(struct asker *asker, struct asked asked);
enum witness_code ask_bytes(struct asker *asker, const void *bytes, size_t len);

/* That this is the size of the head that was co-signed last. */
void asker_assert_last(const struct asker *asker, uint64_t size);

#endif
