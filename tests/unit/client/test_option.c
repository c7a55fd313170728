#include "client/cli/option.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "client/cli/command.h"
#include "client/cli/request.h"
#include "client/cli/shellwords.h"
#include "common/date.h"
#include "common/rpc.h"
#include "proto/request.pb-c.h"
#include "tests/unit/client/capture.h"

struct typed {
	struct capture capture;
	struct arguments arguments;
	ProtobufCMessage *request;
	enum status status;
};

/* As if a line had been typed; up to the request. */
static void type_line(struct typed *typed, const char *line)
{
	struct cli *cli = &typed->capture.cli;
	const struct command *command;
	char **words;
	size_t count;
	size_t used;

	capture_init(&typed->capture);
	cli->today = date_from_civil(2026, 3, 1);
	typed->request = NULL;
	assert_int_equal(shellwords_split(line, &cli->arena, &words, &count), STATUS_OK);
	command = command_find(group_all(), words, count, &used);
	assert_non_null(command);
	typed->status = option_parse(cli, command, words + used, count - used, &cli->arena,
				     &typed->arguments);
	if (typed->status == STATUS_OK && command->rpc != 0)
		typed->status = request_build(cli, &typed->arguments, &cli->arena, &typed->request);
	capture_flush(&typed->capture);
}

static void assert_refused(const char *line, const char *complaint)
{
	struct typed typed;

	type_line(&typed, line);
	assert_int_equal(typed.status, STATUS_USAGE);
	if (strstr(typed.capture.err, complaint) == NULL)
		fail_msg("%s: %s", line, typed.capture.err);
	capture_release(&typed.capture);
}

static void a_borrow_becomes_its_request(void **state)
{
	const Pb__BorrowRequest *request;
	struct typed typed;

	(void)state;
	type_line(&typed, "borrow A-1 --for '王 芳' A-2 -p x --until +15d --each -- --odd");
	assert_int_equal(typed.status, STATUS_OK);
	request = (const Pb__BorrowRequest *)typed.request;
	assert_int_equal(request->n_items, 3);
	assert_string_equal(request->items[0], "A-1");
	assert_string_equal(request->items[1], "A-2");
	assert_string_equal(request->items[2], "--odd");
	assert_string_equal(request->borrower, "王 芳");
	assert_string_equal(request->purpose, "x");
	assert_int_equal(request->until, date_from_civil(2026, 3, 16));
	assert_true(request->each);
	assert_false(request->external);
	capture_release(&typed.capture);
}

static void options_attach_their_values_or_not(void **state)
{
	struct typed typed;

	(void)state;
	type_line(&typed, "loans --for=wang.fang --limit=7 -qojson");
	assert_int_equal(typed.status, STATUS_OK);
	assert_string_equal(((const Pb__LoanListRequest *)typed.request)->borrower, "wang.fang");
	assert_int_equal(((const Pb__LoanListRequest *)typed.request)->limit, 7);
	assert_true(typed.capture.cli.quiet);
	assert_int_equal(typed.capture.cli.format, FORMAT_JSON);
	capture_release(&typed.capture);
}

static void overdue_is_loans_with_the_flag_set(void **state)
{
	struct typed typed;

	(void)state;
	type_line(&typed, "overdue --office CD");
	assert_int_equal(typed.status, STATUS_OK);
	assert_true(((const Pb__LoanListRequest *)typed.request)->overdue);
	assert_string_equal(((const Pb__LoanListRequest *)typed.request)->office, "CD");
	capture_release(&typed.capture);
}

static void an_edit_names_the_fields_it_changes_once(void **state)
{
	const Pb__CustomerEditRequest *request;
	struct typed typed;

	(void)state;
	type_line(&typed, "customer edit C1 --owner li --contact a --phone 1 --contact b "
			  "--address 'c d' --kind 个人 --version 3");
	assert_int_equal(typed.status, STATUS_OK);
	request = (const Pb__CustomerEditRequest *)typed.request;
	assert_int_equal(request->version, 3);
	assert_int_equal(request->n_fields, 3);
	assert_string_equal(request->fields[0], "owner");
	assert_string_equal(request->fields[1], "contacts");
	assert_string_equal(request->fields[2], "kind");
	assert_int_equal(request->draft->kind, PB__CUSTOMER_KIND__PERSON);
	assert_int_equal(request->draft->n_contacts, 2);
	assert_string_equal(request->draft->contacts[0]->phone, "1");
	assert_string_equal(request->draft->contacts[1]->name, "b");
	assert_string_equal(request->draft->contacts[1]->phone, "");
	assert_string_equal(request->draft->contacts[1]->address, "c d");
	capture_release(&typed.capture);
}

static void a_day_of_the_log_begins_at_its_midnight_in_china(void **state)
{
	struct typed typed;

	(void)state;
	type_line(&typed, "log --since 2026-03-01 --last 5 --follow");
	assert_int_equal(typed.status, STATUS_OK);
	assert_true(((const Pb__LogListRequest *)typed.request)->since ==
		    date_to_time(date_from_civil(2026, 3, 1), 480));
	assert_true(((const Pb__LogListRequest *)typed.request)->follow);
	capture_release(&typed.capture);
}

static void what_is_not_right_is_said(void **state)
{
	(void)state;
	assert_refused("borrow --for x -p y", "ITEM is missing");
	assert_refused("borrow A --for x", "--purpose is missing");
	assert_refused("borrow A --fro x", "Perhaps: --for");
	assert_refused("borrow A --for", "--for needs PERSON");
	assert_refused("borrow A --for x -p y --each=1", "--each takes no value");
	assert_refused("borrow A --for x -p y --until yesterdayish", "--until yesterdayish");
	assert_refused("item show A B", "B is too much");
	assert_refused("customer add X --kind persn", "company person institution");
	assert_refused("loans --limit -3", "--limit -3");
	assert_refused("loans --limit 4294967296", "whole number");
	assert_refused("loans -o yaml", "table, json or csv");
	assert_refused("loans -Z", "there is no option -Z");
	assert_refused("customer add 'a\tb'", "control characters");
}

static void many_operands_do_not_run_out_of_room(void **state)
{
	struct typed typed;
	char *line = calloc(1, 16 * 1000);
	size_t len = (size_t)snprintf(line, 32, "return");

	(void)state;
	for (int i = 0; i < 1000; i++)
		len += (size_t)snprintf(line + len, 16, " A-%d", i);
	type_line(&typed, line);
	assert_int_equal(typed.status, STATUS_OK);
	assert_int_equal(((const Pb__ReturnRequest *)typed.request)->n_items, 1000);
	assert_string_equal(((const Pb__ReturnRequest *)typed.request)->items[999], "A-999");
	capture_release(&typed.capture);
	free(line);
}

static void a_line_splits_as_in_a_shell(void **state)
{
	struct arena arena;
	char **words;
	size_t count;

	(void)state;
	arena_init(&arena, 4096);
	assert_int_equal(
		shellwords_split(" a 'b c'd \"e \\\" f\" g\\ h '' # i", &arena, &words, &count),
		STATUS_OK);
	assert_int_equal(count, 5);
	assert_string_equal(words[0], "a");
	assert_string_equal(words[1], "b cd");
	assert_string_equal(words[2], "e \" f");
	assert_string_equal(words[3], "g h");
	assert_string_equal(words[4], "");
	assert_null(words[5]);
	assert_int_equal(shellwords_split("a 'b", &arena, &words, &count), STATUS_INVALID);
	assert_int_equal(shellwords_split("", &arena, &words, &count), STATUS_OK);
	assert_int_equal(count, 0);
	arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_borrow_becomes_its_request),
		cmocka_unit_test(options_attach_their_values_or_not),
		cmocka_unit_test(overdue_is_loans_with_the_flag_set),
		cmocka_unit_test(an_edit_names_the_fields_it_changes_once),
		cmocka_unit_test(a_day_of_the_log_begins_at_its_midnight_in_china),
		cmocka_unit_test(what_is_not_right_is_said),
		cmocka_unit_test(many_operands_do_not_run_out_of_room),
		cmocka_unit_test(a_line_splits_as_in_a_shell),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
