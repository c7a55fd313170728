/* Every RPC has a written expectation for every role, and the roles' table meets it. */
#include "common/role.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

#include "proto/record.pb-c.h"

/* ROW_<rpc> is not declared? Then the RPC has no line in tests/lib/privilege.def: write there what
 * is expected of it for each role, and teach tests/python/test_privileges.py how to ask for it. */
enum row {
#define PRIVILEGE(rpc, ...) ROW_##rpc,
#include "tests/lib/privilege.def"
#undef PRIVILEGE
	ROW_COUNT
};

enum letter { _, S, G, C, D, O, A };

static const int columns[] = {
	PB__ROLE__CLERK,       PB__ROLE__ARCHIVIST, PB__ROLE__AUDITOR,
	PB__ROLE__OFFICER,     PB__ROLE__OPERATOR,  PB__ROLE__KEEPER,
	PB__ROLE__SALESPERSON, PB__ROLE__APPROVER,  PB__ROLE__GENERAL_MANAGER,
	PB__ROLE__LAWYER,      PB__ROLE__AUTHORITY, PB__ROLE__ORGANISATION,
	PB__ROLE__PARTY,       PB__ROLE__WITNESS,
};

#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

static const uint8_t expected[ROW_COUNT][COLUMNS] = {
#define PRIVILEGE(rpc, ...) [ROW_##rpc] = {__VA_ARGS__},
#include "tests/lib/privilege.def"
#undef PRIVILEGE
};

static const struct {
	uint16_t rpc;
	enum row row;
} rows[] = {
#define RPC(number, name, ...) {number, ROW_##name},
#include "proto/rpc.def"
#undef RPC
};

static enum scope scope_of(uint8_t letter)
{
	static const enum scope scopes[] = {
		[_] = SCOPE_NONE,       [S] = SCOPE_SELF,   [G] = SCOPE_GRANT, [C] = SCOPE_OWN,
		[D] = SCOPE_DEPARTMENT, [O] = SCOPE_OFFICE, [A] = SCOPE_ALL,
	};

	return scopes[letter];
}

static void every_role_has_a_column(void **state)
{
	size_t count;

	(void)state;
	(void)role_all(&count);
	assert_int_equal(count, COLUMNS);
	for (size_t i = 0; i < COLUMNS; i++)
		assert_non_null(role_find(columns[i]));
}

static void every_line_is_of_an_rpc(void **state)
{
	(void)state;
	assert_int_equal(sizeof(rows) / sizeof(rows[0]), ROW_COUNT);
}

static void the_roles_table_meets_what_is_expected(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct rpc *rpc = rpc_find(rows[i].rpc);

		for (size_t at = 0; at < COLUMNS; at++) {
			const struct role *role = role_find(columns[at]);
			enum scope found = role_scope(role, rpc->permission);
			enum scope wanted = scope_of(expected[rows[i].row][at]);

			if (found != wanted)
				fail_msg("%s by %s: %s, expected %s", rpc->name, role->word,
					 scope_name(found), scope_name(wanted));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_role_has_a_column),
		cmocka_unit_test(every_line_is_of_an_rpc),
		cmocka_unit_test(the_roles_table_meets_what_is_expected),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
