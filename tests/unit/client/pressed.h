/* A bundle in memory with one entry of each kind, cut into its records: for tests that change it.
 */
#ifndef TESTS_UNIT_CLIENT_PRESSED_H
#define TESTS_UNIT_CLIENT_PRESSED_H

#include <stddef.h>

#include "client/lib/bundle_check.h"
#include "tests/lib/press.h"

#define RECORDS_MAX 64
#define ENTRIES 12
#define FROM 5
#define DATED 1772330000
#define DATED_NAME_LEN (sizeof("— " PRESS_ORIGIN " ") - 1 + 6) /* and the id in base64 */

/* Records of the bundle that the tests make, by place. */
enum {
	AT_BEGIN,
	AT_5,
	AT_6,
	AT_7,
	AT_8,
	AT_9,
	AT_10,
	AT_11,
	AT_ITEM_1,
	AT_ITEM_2,
	AT_ITEM_105,
	AT_HEAD,
	AT_DATED,
	AT_END
};

/* A bundle in memory, cut into its records. */
struct sheet {
	char *bytes; /* owned */
	size_t len;
	size_t at[RECORDS_MAX + 1]; /* where each begins; the last: the end */
	size_t count;
	struct press press;
	struct policy *policy; /* that trusts its key */
};

/* state of a cmocka test: the sheet. */
int press_sheet(void **state);
int drop_sheet(void **state);

/* Bytes of record i. */
size_t record_len(const struct sheet *sheet, size_t i);

/* A policy of that key alone; replaces the one before. */
void trust_key(struct sheet *sheet, const struct note_key *key);

/* The ledger's key, and a replay. */
struct bundle_ask ask_of(const struct sheet *sheet);

enum status check_bytes(const void *bytes, size_t len, const struct bundle_ask *ask,
			struct bundle_findings *findings);

/* That the bytes are found to be wrong in that way. */
void assert_fault(const struct sheet *sheet, const void *bytes, size_t len,
		  enum bundle_fault fault);

/* The bundle without drop bytes from at on, and something else in their place; to be freed. */
char *splice(const struct sheet *sheet, size_t at, size_t drop, const char *insert,
	     size_t insert_len, size_t *len);

#endif
