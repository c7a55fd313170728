/* A desk with a shelf, people from outside, and grants put straight into the state: for tests of
 * what a grant covers, not of how it comes about. */
#ifndef TESTS_UNIT_SERVICE_MANDATE_H
#define TESTS_UNIT_SERVICE_MANDATE_H

#include "tests/unit/service/shelf.h"

/* Ids of the people, registered behind those of the desk. */
enum mandate_person {
	MANDATE_LAWYER = DESK_LI_2 + 1, /* lin.hao, of CD */
	MANDATE_ENTERPRISE,             /* jinjiang, of CD: the organisation itself */
};

/* For cmocka: *state is a struct shelf. */
int mandate_setup(void **state);
int mandate_teardown(void **state);

/* Registers a general manager; his id. */
uint64_t mandate_manager(struct shelf *shelf);

/* A grant as it is once asked for and approved: READ and LIST, from now for 30 days. Its id is set
 * when it is put. */
Pb__Grant *mandate_make(struct shelf *shelf, uint64_t principal);

/* Stores it, new or again, with an approval in that state. */
void mandate_put(struct shelf *shelf, Pb__Grant *grant, Pb__ApprovalState state);

/* Counts one look under it more. */
void mandate_use(struct shelf *shelf, const Pb__Grant *grant);

/* Rows of the state under their numbers, of keep. */
Pb__Item *mandate_item(struct shelf *shelf, const char *number);
Pb__Customer *mandate_customer(struct shelf *shelf, const char *number);

/* Stores a changed item. */
void mandate_put_item(struct shelf *shelf, const Pb__Item *item);

/* Ids of records by number, of keep: for a grant's lists. */
uint64_t *mandate_item_id(struct shelf *shelf, const char *number);
uint64_t *mandate_customer_id(struct shelf *shelf, const char *number);

/* An approved grant of the lawyer's on one customer, one item, one beginning of numbers; NULL:
 * none. */
Pb__Grant *mandate_give(struct shelf *shelf, uint64_t *customer, uint64_t *item,
			const char **series);

/* Whether it is shown; else it must be answered as what does not exist. */
bool mandate_sees_item(struct shelf *shelf, uint64_t who, const char *number);
bool mandate_sees_customer(struct shelf *shelf, uint64_t who, const char *number);

/* Lists all items; how many came. Of the last list, how many. */
size_t mandate_listed(struct shelf *shelf, uint64_t who);
size_t mandate_rows(struct shelf *shelf);

/* The lawyer asks for a customer, in these words; the grant's number, of keep. */
const char *mandate_asked(struct shelf *shelf, const char *customer);

/* Checks off a paper; *reply (may be NULL) is what was decided. */
enum status mandate_check_off(struct shelf *shelf, uint64_t who, const char *grant,
			      Pb__PaperKind kind, int32_t valid_until, Pb__GrantPaperReply **reply);

/* The grant as it is shown; NULL when refused. Memory of the call. */
const Pb__GrantView *mandate_shown(struct shelf *shelf, uint64_t who, const char *grant);

#endif
