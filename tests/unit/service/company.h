/*
 * The company of desk.h with departments: sales (XS) and service (FW) in CD, a keeper in each, two
 * salespeople; and short ways to do and count what scope decides.
 */
#ifndef TESTS_UNIT_SERVICE_COMPANY_H
#define TESTS_UNIT_SERVICE_COMPANY_H

#include "tests/unit/service/desk.h"

struct company {
	struct desk desk;
	uint64_t sales; /* departments of CD */
	uint64_t service;
	uint64_t keeper;  /* of XS in CD */
	uint64_t keeper2; /* of FW in CD */
	uint64_t seller;  /* of XS in CD */
	uint64_t seller2;
};

/* For cmocka_unit_test_setup_teardown(). */
int company_open(void **state);
int company_close(void **state);

/* Names the draft and registers it; *customer is what was decided. */
enum status company_add_customer(struct company *company, uint64_t who, Pb__CustomerDraft *draft,
				 const Pb__Customer **customer);

/* A customer of CD in that department, registered by the clerk; the number, of keep. */
const char *company_customer(struct company *company, const char *department, const char *owner);

enum status company_add_item(struct company *company, uint64_t who, const char *customer,
			     const char *department, const Pb__Item **item);

/* Changes one field. */
enum status company_edit_customer(struct company *company, uint64_t who, const char *number,
				  const char *field, Pb__CustomerDraft *draft,
				  const Pb__Customer **customer);

/* Rows of the last list. */
size_t company_rows(const struct desk *desk);

/* How many he is listed. */
size_t company_count_customers(struct company *company, uint64_t who, const char *name);
size_t company_count_items(struct company *company, uint64_t who);
size_t company_count_loans(struct company *company, uint64_t who, bool overdue);

#endif
