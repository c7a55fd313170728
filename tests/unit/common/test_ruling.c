#include "common/ruling.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "common/approval.h"

#define INPUTS 3

/* What an ask was: "" for an input that it does not have. */
static enum status rule(const char *text, const char *secrecy, const char *authenticity,
			const char *asker, struct ruling *ruling)
{
	const char *values[INPUTS] = {secrecy, authenticity, asker};
	const char *names[INPUTS] = {"secrecy", "authenticity", "asker"};
	Pb__ApprovalInput rows[INPUTS];
	Pb__ApprovalInput *inputs[INPUTS];
	size_t count = 0;

	for (size_t i = 0; i < INPUTS; i++) {
		if (values[i][0] == '\0')
			continue;
		pb__approval_input__init(&rows[count]);
		rows[count].name = names[i];
		rows[count].value = values[i];
		inputs[count] = &rows[count];
		count++;
	}
	return ruling_levels(RULING_VERSION, text, inputs, count, ruling);
}

/* "h", "m", "o" for each level, in order. */
static void expect(const char *text, const char *secrecy, const char *authenticity,
		   const char *asker, const char *levels)
{
	struct ruling ruling;
	char found[RULING_LEVELS_MAX + 1] = "";

	assert_int_equal(rule(text, secrecy, authenticity, asker, &ruling), STATUS_OK);
	for (size_t i = 0; i < ruling.count; i++)
		found[i] = "?hmo"[ruling.levels[i]];
	assert_string_equal(found, levels);
}

static void a_rule_gives_its_levels_in_order(void **state)
{
	(void)state;
	expect("none", "", "", "staff", "");
	expect("head", "", "", "staff", "h");
	expect("gm", "", "", "staff", "m");
	expect("head + gm", "", "", "staff", "hm");
	expect("gm+head", "", "", "staff", "mh");
	expect(" head+head +gm ", "", "", "staff", "hhm");
	expect("officer", "", "", "staff", "o");
	expect("head + officer", "", "", "staff", "ho");
}

static void a_clause_holds_for_what_its_words_name(void **state)
{
	static const char graded[] = "head; secret: head + gm; public: none";

	(void)state;
	expect(graded, "", "", "staff", "h");
	expect(graded, "internal", "original", "staff", "h");
	expect(graded, "secret", "original", "staff", "hm");
	expect(graded, "public", "", "staff", "");
	expect("none; confidential, secret: gm", "confidential", "", "staff", "m");
	expect("none; confidential, secret: gm", "secret", "", "staff", "m");
	expect("none; confidential, secret: gm", "internal", "", "staff", "");
	expect("head; copy: none", "secret", "copy", "staff", "");
}

static void of_several_clauses_that_fit_the_last_counts(void **state)
{
	(void)state;
	expect("none; secret: gm; original: head", "secret", "original", "staff", "h");
	expect("none; original: head; secret: gm", "secret", "original", "staff", "m");
}

static void a_word_fits_its_own_input_only(void **state)
{
	(void)state;
	expect("none; secret: gm", "internal", "original", "secret", "");
	expect("none; secret: gm", "secrets", "", "staff", "");
	expect("none; secret: gm", "secre", "", "staff", "");
}

static void what_a_head_asks_the_manager_decides_once(void **state)
{
	(void)state;
	expect("head", "", "", "head", "m");
	expect("head + gm", "", "", "head", "m");
	expect("head + head", "", "", "head", "m");
	expect("gm", "", "", "head", "m");
	expect("none", "", "", "head", "");
	expect("head", "", "", "outsider", "h");
}

static void what_is_no_rule_is_refused(void **state)
{
	static const char *const wrong[] = {
		"",
		" ",
		"boss",
		"Head",
		"head +",
		"+ head",
		"head, gm",
		"head gm",
		"head;",
		"; head",
		"head; secret",
		"head; secret:",
		"head; : gm",
		"head; secret gm",
		"head; top: gm",
		"head; secret,: gm",
		"head; gm",
		"secret: gm",
		"none + head",
		"head + none",
		"head + head + head + head + head",
		"head\n",
		"head; secret: gm extra",
		"头",
	};
	struct ruling ruling;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		if (ruling_is_rule(wrong[i]))
			fail_msg("'%s' is taken for a rule", wrong[i]);
		assert_int_equal(rule(wrong[i], "secret", "", "staff", &ruling), STATUS_INVALID);
	}
}

static void a_version_that_is_not_known_is_refused(void **state)
{
	struct ruling ruling;

	(void)state;
	assert_int_equal(ruling_levels(RULING_VERSION + 1, "head", NULL, 0, &ruling),
			 STATUS_INVALID);
	assert_int_equal(ruling_levels(0, "head", NULL, 0, &ruling), STATUS_INVALID);
	assert_int_equal(ruling.count, 0);
}

static void every_kind_is_found_by_number_and_word(void **state)
{
	size_t count;
	const struct approval_spec *all = approval_all(&count);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		assert_ptr_equal(approval_find((uint32_t)all[i].kind), &all[i]);
		assert_ptr_equal(approval_find_word(all[i].word), &all[i]);
		assert_true(all[i].version >= 1 && all[i].version <= RULING_VERSION);
	}
	assert_null(approval_find(APPROVAL_NONE));
	assert_null(approval_find(1000));
	assert_null(approval_find_word(""));
}

static void what_a_head_asks_keeps_its_other_levels(void **state)
{
	(void)state;
	expect("head + officer", "", "", "head", "mo");
	expect("officer + head + gm", "", "", "head", "om");
	expect("officer", "", "", "head", "o");
}

/* What was ruled by the older language is judged by it for ever. */
static void the_first_version_knows_no_officer(void **state)
{
	struct ruling ruling;

	(void)state;
	assert_int_equal(ruling_levels(1, "officer", NULL, 0, &ruling), STATUS_INVALID);
	assert_int_equal(ruling_levels(1, "head + gm", NULL, 0, &ruling), STATUS_OK);
	assert_int_equal(ruling.count, 2);
	assert_int_equal(ruling_levels(0, "head", NULL, 0, &ruling), STATUS_INVALID);
	assert_int_equal(ruling_levels(RULING_VERSION + 1, "head", NULL, 0, &ruling),
			 STATUS_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_rule_gives_its_levels_in_order),
		cmocka_unit_test(what_a_head_asks_keeps_its_other_levels),
		cmocka_unit_test(the_first_version_knows_no_officer),
		cmocka_unit_test(a_clause_holds_for_what_its_words_name),
		cmocka_unit_test(of_several_clauses_that_fit_the_last_counts),
		cmocka_unit_test(a_word_fits_its_own_input_only),
		cmocka_unit_test(what_a_head_asks_the_manager_decides_once),
		cmocka_unit_test(what_is_no_rule_is_refused),
		cmocka_unit_test(a_version_that_is_not_known_is_refused),
		cmocka_unit_test(every_kind_is_found_by_number_and_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
