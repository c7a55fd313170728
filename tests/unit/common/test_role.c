#include "common/role.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "proto/record.pb-c.h"

static void every_role_of_the_protocol_is_in_the_table(void **state)
{
	const ProtobufCEnumDescriptor *roles = &pb__role__descriptor;
	size_t count;

	(void)state;
	(void)role_all(&count);
	assert_int_equal(count, roles->n_values - 1);
	for (unsigned i = 0; i < roles->n_values; i++) {
		int number = roles->values[i].value;
		const struct role *role = role_find(number);
		if (number == PB__ROLE__ROLE_NONE) {
			assert_null(role);
			continue;
		}
		assert_non_null(role);
		assert_int_equal(role->number, number);
		assert_ptr_equal(role_find_word(role->word), role);
		assert_true(strlen(role->title) > 0);
	}
}

static void there_are_no_other_roles(void **state)
{
	(void)state;
	assert_null(role_find(-1));
	assert_null(role_find(99));
	assert_null(role_find_word("king"));
	assert_null(role_find_word(""));
	assert_null(role_find_word("CLERK"));
}

static void nobody_may_do_anything_without_a_role(void **state)
{
	(void)state;
	for (int i = 0; i < PERMISSION_COUNT; i++)
		assert_false(role_may(NULL, (enum permission)i));
}

static void only_the_server_has_the_systems_permission(void **state)
{
	size_t count;
	const struct role *all = role_all(&count);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		assert_false(role_may(&all[i], PERMISSION_SYSTEM));
		assert_true(role_may(&all[i], PERMISSION_SELF));
	}
}

static void duties_are_separated(void **state)
{
	const struct role *clerk = role_find(PB__ROLE__CLERK);
	const struct role *auditor = role_find_word("auditor");
	const struct role *officer = role_find_word("officer");

	(void)state;
	assert_true(role_may(clerk, PERMISSION_CIRCULATE));
	assert_false(role_may(clerk, PERMISSION_ACCOUNT_WRITE));
	assert_int_equal(role_scope(clerk, PERMISSION_CIRCULATE), SCOPE_OFFICE);
	assert_int_equal(role_scope(auditor, PERMISSION_ITEM_READ), SCOPE_GRANT);
	assert_true(role_may(auditor, PERMISSION_LOG_READ));
	assert_false(role_may(auditor, PERMISSION_CUSTOMER_WRITE));
	assert_false(role_may(auditor, PERMISSION_ITEM_WRITE));
	assert_false(role_may(auditor, PERMISSION_CIRCULATE));
	assert_true(role_may(officer, PERMISSION_ACCOUNT_WRITE));
	assert_false(role_may(officer, PERMISSION_CUSTOMER_READ));
	assert_false(role_may(officer, PERMISSION_ITEM_READ));
}

static void nobody_makes_accounts_decides_and_reads_the_log(void **state)
{
	size_t count;
	const struct role *all = role_all(&count);

	(void)state;
	for (size_t i = 0; i < count; i++)
		assert_false(role_may(&all[i], PERMISSION_ACCOUNT_WRITE) &&
			     (role_may(&all[i], PERMISSION_APPROVAL_DECIDE) ||
			      role_may(&all[i], PERMISSION_LOG_READ)));
}

static void who_comes_from_outside_reads_by_a_grant_only(void **state)
{
	size_t count;
	const struct role *all = role_all(&count);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		if (all[i].kind == ROLE_STAFF)
			continue;
		for (int permission = 0; permission < PERMISSION_COUNT; permission++)
			assert_true(role_scope(&all[i], (enum permission)permission) <=
				    SCOPE_GRANT);
	}
}

static void every_permission_has_a_name(void **state)
{
	(void)state;
	for (int i = 0; i < PERMISSION_COUNT; i++)
		assert_true(strlen(permission_name((enum permission)i)) > 0);
	assert_string_equal(permission_name(PERMISSION_CUSTOMER_READ), "CUSTOMER_READ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_role_of_the_protocol_is_in_the_table),
		cmocka_unit_test(there_are_no_other_roles),
		cmocka_unit_test(nobody_may_do_anything_without_a_role),
		cmocka_unit_test(only_the_server_has_the_systems_permission),
		cmocka_unit_test(duties_are_separated),
		cmocka_unit_test(nobody_makes_accounts_decides_and_reads_the_log),
		cmocka_unit_test(who_comes_from_outside_reads_by_a_grant_only),
		cmocka_unit_test(every_permission_has_a_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
