#include "client/cli/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "client/cli/json.h"
#include "client/cli/list.h"
#include "proto/request.pb-c.h"
#include "tests/unit/client/capture.h"

static const struct column columns[] = {
	{"Number", "number", "view.customer.number", 0, NULL},
	{"Name", "name", "view.customer.name", COLUMN_CUT, NULL},
	{"Version", "version", "view.customer.version", COLUMN_RIGHT, NULL},
	{"Owner", "owner", "view.owner", 0, NULL},
	{0},
};

static void write_table(const char *const *names, size_t count, size_t limit, char **text)
{
	Pb__CustomerListReply reply = PB__CUSTOMER_LIST_REPLY__INIT;
	Pb__CustomerView view = PB__CUSTOMER_VIEW__INIT;
	Pb__Customer customer = PB__CUSTOMER__INIT;
	struct table table;
	size_t len;
	FILE *to = open_memstream(text, &len);

	reply.view = &view;
	view.customer = &customer;
	view.owner = "li";
	customer.number = "C1";
	customer.version = 12;
	assert_int_equal(table_init(&table, to, columns, 100, limit), STATUS_OK);
	for (size_t i = 0; i < count; i++) {
		customer.name = names[i];
		assert_int_equal(table_row(&table, &reply.base), STATUS_OK);
	}
	table_flush(&table);
	table_release(&table);
	fclose(to);
}

static void wide_characters_line_up(void **state)
{
	static const char *const names[] = {"成都贸易", "ab"};
	char *text;

	(void)state;
	write_table(names, 2, 0, &text);
	assert_string_equal(text, "Number  Name      Version  Owner\n"
				  "C1      成都贸易       12  li\n"
				  "C1      ab             12  li\n");
	free(text);
}

static void a_narrow_terminal_cuts_only_what_may_be_cut(void **state)
{
	static const char *const names[] = {"成都锦江贸易有限公司", "short"};
	char *text;

	(void)state;
	write_table(names, 2, 34, &text);
	assert_string_equal(text, "Number  Name        Version  Owner\n"
				  "C1      成都锦江…        12  li\n"
				  "C1      short            12  li\n");
	free(text);
}

static void what_a_server_sends_cannot_steer_the_terminal(void **state)
{
	static const char *const names[] = {"a\033[2Jb\xc2\x9b"
					    "c\n"};
	char *text;

	(void)state;
	write_table(names, 1, 0, &text);
	assert_non_null(strstr(text, "a\\x1b[2Jb\\xc2\\x9bc\\x0a"));
	assert_null(strchr(text, '\033'));
	free(text);
}

static void lists_are_csv_with_every_quote_doubled(void **state)
{
	Pb__CustomerListReply reply = PB__CUSTOMER_LIST_REPLY__INIT;
	Pb__CustomerView view = PB__CUSTOMER_VIEW__INIT;
	Pb__Customer customer = PB__CUSTOMER__INIT;
	struct capture capture;
	struct list list;

	(void)state;
	capture_init(&capture);
	capture.cli.format = FORMAT_CSV;
	reply.view = &view;
	view.customer = &customer;
	customer.number = "C1";
	customer.name = "a \"b\", c";
	assert_int_equal(list_begin(&list, &capture.cli, columns, false), STATUS_OK);
	assert_int_equal(list_item(&list, &reply.base), STATUS_OK);
	assert_int_equal(list_end(&list, true), STATUS_OK);
	list_release(&list);
	capture_flush(&capture);
	assert_string_equal(capture.out, "\"number\",\"name\",\"version\",\"owner\"\r\n"
					 "\"C1\",\"a \"\"b\"\", c\",\"\",\"\"\r\n");
	capture_release(&capture);
}

static void write_list(enum format format, bool live, size_t items, bool whole,
		       struct capture *capture)
{
	Pb__OfficeListReply reply = PB__OFFICE_LIST_REPLY__INIT;
	Pb__Office office = PB__OFFICE__INIT;
	static const struct column office_columns[] = {{"Code", "code", "office.code", 0, NULL},
						       {0}};
	struct list list;

	capture_init(capture);
	capture->cli.format = format;
	reply.office = &office;
	office.code = "CD";
	assert_int_equal(list_begin(&list, &capture->cli, office_columns, live), STATUS_OK);
	for (size_t i = 0; i < items; i++)
		assert_int_equal(list_item(&list, &reply.base), STATUS_OK);
	assert_int_equal(list_end(&list, whole), STATUS_OK);
	list_release(&list);
	capture_flush(capture);
}

static void a_json_list_is_one_array_also_when_empty(void **state)
{
	static const struct {
		bool live;
		size_t items;
		bool whole;
		const char *text;
	} cases[] = {
		{false, 2, true,
		 "[\n{\"office\":{\"code\":\"CD\"}},\n{\"office\":{\"code\":\"CD\"}}\n]\n"},
		{false, 0, true, "[]\n"},
		{false, 0, false, ""},
		{true, 2, true, "{\"office\":{\"code\":\"CD\"}}\n{\"office\":{\"code\":\"CD\"}}\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct capture capture;

		write_list(FORMAT_JSON, cases[i].live, cases[i].items, cases[i].whole, &capture);
		assert_string_equal(capture.out, cases[i].text);
		capture_release(&capture);
	}
}

static void json_follows_the_proto3_mapping(void **state)
{
	uint8_t bytes[] = {0xff, 0x00, 0x61, 0x62};
	char *subjects[] = {(char[]){"x"}, (char[]){"y"}};
	Pb__LogListReply reply = PB__LOG_LIST_REPLY__INIT;
	Pb__Loan loan = PB__LOAN__INIT;
	char *text;

	(void)state;
	reply.sequence = UINT64_MAX;
	reply.time = -5;
	reply.actor_name = "王";
	reply.entry = (ProtobufCBinaryData){sizeof(bytes), bytes};
	reply.n_subjects = 2;
	reply.subjects = (const char **)subjects;
	json_t *value = json_message(&reply.base);
	text = json_dumps(value, JSON_COMPACT);
	assert_string_equal(text, "{\"sequence\":\"18446744073709551615\",\"time\":\"-5\","
				  "\"actorName\":\"王\",\"subjects\":[\"x\",\"y\"],"
				  "\"entry\":\"/wBhYg==\"}");
	free(text);
	json_decref(value);
	loan.borrower_class = PB__BORROWER_CLASS__EXTERNAL;
	loan.due = 20513;
	value = json_message(&loan.base);
	text = json_dumps(value, JSON_COMPACT);
	assert_string_equal(text, "{\"borrowerClass\":\"EXTERNAL\",\"due\":20513}");
	free(text);
	json_decref(value);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wide_characters_line_up),
		cmocka_unit_test(a_narrow_terminal_cuts_only_what_may_be_cut),
		cmocka_unit_test(what_a_server_sends_cannot_steer_the_terminal),
		cmocka_unit_test(lists_are_csv_with_every_quote_doubled),
		cmocka_unit_test(a_json_list_is_one_array_also_when_empty),
		cmocka_unit_test(json_follows_the_proto3_mapping),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
