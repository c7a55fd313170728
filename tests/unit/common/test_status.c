#include "common/status.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static const enum status statuses[] = {
#define STATUS(number, name, exit, text) STATUS_##name,
#include "common/status.def"
#undef STATUS
};

#define COUNT (sizeof(statuses) / sizeof(statuses[0]))

static void every_status_has_a_name_a_sentence_and_an_exit_code(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT; i++) {
		assert_string_not_equal(status_name(statuses[i]), "?");
		assert_true(strlen(status_text(statuses[i])) > 0);
		assert_in_range(status_exit(statuses[i]), EXIT_DONE, EXIT_PROOF);
	}
	assert_string_equal(status_name(STATUS_ON_LOAN), "ON_LOAN");
	assert_string_equal(status_text(STATUS_ON_LOAN), "the item is on loan");
}

static void no_two_statuses_share_a_name(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT; i++) {
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(status_name(statuses[i]), status_name(statuses[j]));
	}
}

static void only_success_exits_with_zero(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT; i++)
		assert_int_equal(status_exit(statuses[i]) == EXIT_DONE, statuses[i] == STATUS_OK);
}

static void exit_codes_tell_what_a_script_must_know(void **state)
{
	(void)state;
	assert_int_equal(status_exit(STATUS_DENIED), EXIT_REFUSED);
	assert_int_equal(status_exit(STATUS_USAGE), EXIT_USAGE);
	assert_int_equal(status_exit(STATUS_UNREACHABLE), EXIT_UNREACHABLE);
	assert_int_equal(status_exit(STATUS_OUTCOME_UNKNOWN), EXIT_UNKNOWN);
	assert_int_equal(status_exit(STATUS_PROOF), EXIT_PROOF);
}

static void a_number_from_a_newer_server_counts_as_refused(void **state)
{
	(void)state;
	assert_string_equal(status_name((enum status)9999), "?");
	assert_true(strlen(status_text((enum status)9999)) > 0);
	assert_int_equal(status_exit((enum status)9999), EXIT_REFUSED);
}

static void every_reason_is_found_by_its_name(void **state)
{
	(void)state;
	for (int id = 0; id < REASON_COUNT; id++) {
		const struct reason *reason = reason_find(reason_name((enum reason_id)id));
		assert_non_null(reason);
		assert_string_equal(reason->name, reason_name((enum reason_id)id));
		assert_true(strlen(reason->text) > 0);
		assert_non_null(reason->next);
	}
	assert_string_equal(reason_name(REASON_item_on_loan), "item_on_loan");
	assert_null(reason_find("item_on_moon"));
	assert_null(reason_find(""));
}

static void a_reason_is_found_by_its_sentence(void **state)
{
	const struct reason *inactive = reason_find("account_inactive");

	(void)state;
	assert_ptr_equal(reason_find_text(inactive->text), inactive);
	assert_null(reason_find_text("the server closed the connection"));
	assert_null(reason_find_text(""));
}

/* Every {fact} of a sentence is one that a refusal can carry. */
static void sentences_name_only_known_facts(void **state)
{
	static const char *const facts[] = {"{subject}", "{field}", "{holder}", "{office}",
					    "{since}",   "{due}",   "{limit}"};

	(void)state;
	for (int id = 0; id < REASON_COUNT; id++) {
		const struct reason *reason = reason_find(reason_name((enum reason_id)id));
		const char *at = strchr(reason->text, '{');
		for (; at != NULL; at = strchr(at + 1, '{')) {
			size_t known = 0;
			for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++)
				known += strncmp(at, facts[i], strlen(facts[i])) == 0;
			assert_int_equal(known, 1);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_status_has_a_name_a_sentence_and_an_exit_code),
		cmocka_unit_test(no_two_statuses_share_a_name),
		cmocka_unit_test(only_success_exits_with_zero),
		cmocka_unit_test(exit_codes_tell_what_a_script_must_know),
		cmocka_unit_test(a_number_from_a_newer_server_counts_as_refused),
		cmocka_unit_test(every_reason_is_found_by_its_name),
		cmocka_unit_test(a_reason_is_found_by_its_sentence),
		cmocka_unit_test(sentences_name_only_known_facts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
