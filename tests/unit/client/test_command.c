#include "client/cli/command.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "client/cli/query.h"
#include "client/cli/field.h"
#include "client/cli/word.h"
#include "common/rpc.h"
#include "proto/request.pb-c.h"
#include "tests/unit/client/capture.h"

static const struct command *next(size_t i)
{
	return command_at(group_all(), i);
}

static void every_rpc_with_words_has_its_command(void **state)
{
	size_t count;
	const struct rpc *all = rpc_all(&count);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		const struct command *one;
		bool found = all[i].words[0] == '\0';

		for (size_t j = 0; (one = next(j)) != NULL; j++)
			found |= one->rpc == all[i].number && strcmp(one->words, all[i].words) == 0;
		if (!found)
			fail_msg("rpc %s has no command \"%s\"", all[i].name, all[i].words);
	}
}

static void every_command_can_run_and_says_what_it_does(void **state)
{
	const struct command *one;

	(void)state;
	for (size_t i = 0; (one = next(i)) != NULL; i++) {
		const struct rpc *rpc = rpc_find(one->rpc);

		assert_non_null(one->run);
		assert_non_null(command_summary(one));
		assert_non_null(one->examples);
		assert_int_equal(one->examples[strlen(one->examples) - 1], '\n');
		assert_true(one->rpc == 0 || rpc != NULL);
		if (rpc != NULL && rpc->lane == LANE_WRITE)
			assert_non_null(one->tell);
		if (one->run == query_show || one->run == query_list)
			assert_non_null(one->columns);
	}
}

static void check_path(const struct command *command, const ProtobufCMessageDescriptor *type,
		       const char *path)
{
	if (path != NULL && !field_exists(type, path))
		fail_msg("%s: %s has no field %s", command->words, type->name, path);
}

static void every_path_in_the_tables_is_a_field(void **state)
{
	const struct command *one;

	(void)state;
	for (size_t i = 0; (one = next(i)) != NULL; i++) {
		const struct rpc *rpc = rpc_find(one->rpc);

		if (rpc == NULL)
			continue;
		check_path(one, rpc->request, one->preset);
		for (const struct option_row *row = one->options; row && row->name; row++)
			check_path(one, rpc->request, row->field);
		for (const struct operand_row *row = one->operands; row && row->value; row++)
			check_path(one, rpc->request, row->field);
		for (const struct column *row = one->columns; row && row->title; row++) {
			assert_true((row->path != NULL) != (row->text != NULL));
			check_path(one, rpc->reply, row->path);
		}
	}
}

static size_t words_in(const char *words)
{
	size_t count = 1;

	for (; *words != '\0'; words++)
		count += *words == ' ';
	return count;
}

static void words_and_chinese_alias_lead_to_the_command(void **state)
{
	const struct command *one;

	(void)state;
	for (size_t i = 0; (one = next(i)) != NULL; i++) {
		const char *forms[] = {one->words, one->alias};

		for (size_t form = 0; form < 2 && forms[form] != NULL; form++) {
			char text[128];
			char *argv[4] = {text};
			size_t count = 1;
			size_t used;

			snprintf(text, sizeof(text), "%s", forms[form]);
			for (char *at = text; *at != '\0'; at++) {
				if (*at != ' ')
					continue;
				*at = '\0';
				argv[count++] = at + 1;
			}
			assert_ptr_equal(command_find(group_all(), argv, count, &used), one);
			assert_int_equal(used, words_in(one->words));
		}
	}
}

static void no_option_stands_twice_in_what_a_command_understands(void **state)
{
	const struct command *one;
	const struct option_row *row;

	(void)state;
	for (size_t i = 0; (one = next(i)) != NULL; i++) {
		for (size_t t = 0; (row = option_table(one, t)) != NULL; t++) {
			for (; row->name != NULL; row++) {
				assert_ptr_equal(option_find(one, row->name, strlen(row->name)),
						 row);
				if (row->letter != 0)
					assert_ptr_equal(option_find_letter(one, row->letter), row);
			}
		}
	}
}

static void every_enum_value_has_its_word(void **state)
{
	static const ProtobufCEnumDescriptor *const types[] = {
		&pb__role__descriptor,          &pb__principal_state__descriptor,
		&pb__customer_kind__descriptor, &pb__item_kind__descriptor,
		&pb__medium__descriptor,        &pb__authenticity__descriptor,
		&pb__secrecy__descriptor,       &pb__borrower_class__descriptor,
		&pb__condition__descriptor,     &pb__item_state__descriptor,
		&pb__verdict__descriptor,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		for (unsigned v = 0; v < types[i]->n_values; v++) {
			int number = types[i]->values[v].value;
			const struct word *word = word_find(types[i], number);
			int read;

			if (number == 0)
				continue;
			assert_non_null(word);
			assert_true(word_parse(types[i], word->text, strlen(word->text), &read));
			assert_int_equal(read, number);
			assert_true(word_parse(types[i], word->chinese, strcspn(word->chinese, "|"),
					       &read));
			assert_int_equal(read, number);
			assert_true(word_parse(types[i], types[i]->values[v].name,
					       strlen(types[i]->values[v].name), &read));
			assert_int_equal(read, number);
		}
	}
}

static void a_slip_of_the_finger_is_near(void **state)
{
	(void)state;
	assert_int_equal(word_distance("borrow", "borrow"), 0);
	assert_int_equal(word_distance("borow", "borrow"), 1);
	assert_int_equal(word_distance("borrwo", "borrow"), 1);
	assert_int_equal(word_distance("", "log"), 3);
	assert_true(word_is_near("borrow", 1));
	assert_false(word_is_near("log", 3));
}

static void an_unknown_command_names_the_nearest(void **state)
{
	char *argv[] = {(char[]){"custmer"}, (char[]){"lst"}};
	struct capture capture;

	(void)state;
	capture_init(&capture);
	assert_int_equal(command_unknown(&capture.cli, argv, 2), STATUS_USAGE);
	capture_flush(&capture);
	assert_non_null(strstr(capture.err, "customer list"));
	capture_release(&capture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_rpc_with_words_has_its_command),
		cmocka_unit_test(every_command_can_run_and_says_what_it_does),
		cmocka_unit_test(every_path_in_the_tables_is_a_field),
		cmocka_unit_test(words_and_chinese_alias_lead_to_the_command),
		cmocka_unit_test(no_option_stands_twice_in_what_a_command_understands),
		cmocka_unit_test(every_enum_value_has_its_word),
		cmocka_unit_test(a_slip_of_the_finger_is_near),
		cmocka_unit_test(an_unknown_command_names_the_nearest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
