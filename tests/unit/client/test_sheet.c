#include "client/cmd/sheet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "proto/request.pb-c.h"

#define FIELD(text)                                                                                \
	{                                                                                          \
		text, sizeof(text) - 1                                                             \
	}

static void heads_may_be_chinese_or_english(void **state)
{
	const struct csv_field fields[] = {FIELD("统一社会信用代码"), FIELD("NAME"), FIELD("怪列"),
					   FIELD("联系电话")};
	struct sheet_heads heads;
	const char *wrong;

	(void)state;
	assert_int_equal(sheet_take_heads(&heads, sheet_find("customers"), fields, 4, &wrong),
			 STATUS_OK);
	assert_string_equal(heads.columns[0]->path, "ref");
	assert_string_equal(heads.columns[1]->path, "name");
	assert_null(heads.columns[2]);
	assert_string_equal(heads.columns[3]->path, "contacts.phone");
}

static void heads_without_a_name_or_with_two_are_refused(void **state)
{
	const struct csv_field none[] = {FIELD("phone")};
	const struct csv_field twice[] = {FIELD("name"), FIELD("note"), FIELD("备注")};
	struct sheet_heads heads;
	const char *wrong;

	(void)state;
	assert_int_equal(sheet_take_heads(&heads, sheet_find("customers"), none, 1, &wrong),
			 STATUS_NOT_FOUND);
	assert_int_equal(strncmp(wrong, "name|", 5), 0);
	assert_int_equal(sheet_take_heads(&heads, sheet_find("customers"), twice, 3, &wrong),
			 STATUS_CONFLICT);
	assert_int_equal(strncmp(wrong, "note|", 5), 0);
}

static void every_head_leads_to_a_field_of_the_draft(void **state)
{
	static const char *const words[] = {"customers", "items"};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		const struct sheet *sheet = sheet_find(words[i]);

		for (const struct sheet_column *one = sheet->columns; one->names; one++) {
			char first[32];

			if (one->path == NULL)
				continue;
			snprintf(first, sizeof(first), "%.*s", (int)strcspn(one->path, "."),
				 one->path);
			assert_non_null(protobuf_c_message_descriptor_get_field_by_name(
				sheet->draft, first));
		}
	}
	assert_null(sheet_find("offices"));
}

static enum status row_of(const struct csv_field *heads_text, const struct csv_field *row,
			  size_t count, struct arena *arena, ProtobufCMessage **draft,
			  struct sheet_fault *fault)
{
	struct sheet_heads heads;
	const char *wrong;

	assert_int_equal(sheet_take_heads(&heads, sheet_find("items"), heads_text, 4, &wrong),
			 STATUS_OK);
	return sheet_take_row(&heads, row, count, arena, draft, fault);
}

static void a_row_becomes_a_draft_or_its_fault_is_named(void **state)
{
	static const struct csv_field heads[] = {FIELD("题名"), FIELD("级别"), FIELD("页数"),
						 FIELD("密级")};
	static const struct {
		struct csv_field row[5];
		size_t count;
		const char *field;
		const char *reason;
	} wrong[] = {
		{{FIELD("a"), FIELD("箱"), FIELD("1")}, 3, "kind", "malformed"},
		{{FIELD("a"), FIELD("盒"), FIELD("-1")}, 3, "pages", "malformed"},
		{{FIELD("a"), FIELD("盒"), FIELD("1"), FIELD("密密")}, 4, "secrecy", "malformed"},
		{{FIELD("a\nb")}, 1, "title", "control_character"},
		{{FIELD("a\xff")}, 1, "title", "not_utf8"},
		{{FIELD("a\0b")}, 1, "title", "control_character"},
		{{FIELD("a"), FIELD(""), FIELD(""), FIELD(""), FIELD("x")}, 5, "row", "malformed"},
	};
	const struct csv_field good[] = {FIELD("合同"), FIELD("卷"), FIELD("24"), FIELD("")};
	ProtobufCMessage *message;
	struct sheet_fault fault;
	struct arena arena;

	(void)state;
	arena_init(&arena, 1 << 20);
	assert_int_equal(row_of(heads, good, 4, &arena, &message, &fault), STATUS_OK);
	const Pb__ItemDraft *draft = (const Pb__ItemDraft *)message;
	assert_string_equal(draft->title, "合同");
	assert_int_equal(draft->kind, PB__ITEM_KIND__VOLUME);
	assert_int_equal(draft->pages, 24);
	assert_int_equal(draft->secrecy, PB__SECRECY__SECRECY_NONE);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(
			row_of(heads, wrong[i].row, wrong[i].count, &arena, &message, &fault),
			STATUS_INVALID);
		assert_string_equal(fault.field, wrong[i].field);
		assert_string_equal(fault.reason, wrong[i].reason);
	}
	arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(heads_may_be_chinese_or_english),
		cmocka_unit_test(heads_without_a_name_or_with_two_are_refused),
		cmocka_unit_test(every_head_leads_to_a_field_of_the_draft),
		cmocka_unit_test(a_row_becomes_a_draft_or_its_fault_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
