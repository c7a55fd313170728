/*
 * A shelf, and the people who approve: heads of CD and SH, a second one of CD, the general manager;
 * with short ways to ask, decide and delegate.
 */
#ifndef TESTS_UNIT_SERVICE_BOARD_H
#define TESTS_UNIT_SERVICE_BOARD_H

#include "tests/unit/service/shelf.h"

struct board {
	struct shelf *shelf;
	struct desk *desk;
	const char *customer; /* of CD */
	uint64_t head;        /* luo.hua, of CD */
	uint64_t second;      /* he.jing, of CD too */
	uint64_t other;       /* qian.bo, of SH */
	uint64_t manager;     /* zhou.zong, of HQ */
};

int board_setup(void **state);
int board_teardown(void **state);

/* Registers somebody; his id. */
uint64_t board_person(struct board *board, const char *login, const char *office, Pb__Role role);

/* From now on this rule, in place of that of the settings. */
void board_rule(char setting[static CONFIG_TEXT_LEN], const char *rule);

/* Asks for sensitive data of the customer: the number of the approval, of the desk's keep. Fails
 * the test when refused. */
const char *board_ask(struct board *board, uint64_t who);

/* Asks for a loan of the item to an external borrower; NULL when refused. */
const char *board_ask_loan(struct board *board, uint64_t who, const char *item,
			   const char *borrower);

enum status board_approve(struct board *board, uint64_t who, const char *approval);
enum status board_decline(struct board *board, uint64_t who, const char *approval,
			  const char *text);
enum status board_withdraw(struct board *board, uint64_t who, const char *approval);

/* From a date until a date, both days from today. */
enum status board_delegate(struct board *board, uint64_t who, const char *to, int32_t from,
			   int32_t until);

/* As the caller sees it, of the call; NULL when it does not exist for him. */
const Pb__ApprovalShowReply *board_show(struct board *board, uint64_t who, const char *approval);

/* How many wait for him, by his list. */
size_t board_waiting(struct board *board, uint64_t who);

#endif
