#include "client/cli/refusal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "common/date.h"
#include "common/status.h"
#include "proto/request.pb-c.h"
#include "tests/unit/client/capture.h"

#define CATALOGUE "client/po/zh_CN.po"

static void fill(Pb__Refusal *refusal)
{
	pb__refusal__init(refusal);
	refusal->status = STATUS_ON_LOAN;
	refusal->subject = "HQ-KH-2026-000123";
	refusal->field = "borrower";
	refusal->holder = "王芳";
	refusal->holder_office = "CD";
	refusal->since = date_to_time(date_from_civil(2026, 3, 1), 480);
	refusal->due = date_from_civil(2026, 3, 16);
	refusal->limit = 7;
	refusal->until = refusal->since + INT64_C(3600000000);
}

static char *sentence_of(const Pb__Refusal *refusal, bool next)
{
	char *text = NULL;
	size_t len;
	FILE *to = open_memstream(&text, &len);

	if (next)
		(void)refusal_write_next(to, refusal, NULL);
	else
		refusal_write(to, refusal, NULL);
	fclose(to);
	return text;
}

static void every_reason_renders_without_leftover_braces(void **state)
{
	Pb__Refusal refusal;

	(void)state;
	fill(&refusal);
	for (int id = 0; id < REASON_COUNT; id++) {
		refusal.reason = reason_name((enum reason_id)id);
		for (int next = 0; next < 2; next++) {
			char *text = sentence_of(&refusal, next == 1);

			assert_null(strpbrk(text, "{}"));
			assert_true(next == 1 || text[0] != '\0');
			free(text);
		}
	}
}

/* How often each fact stands in a sentence, as a text to compare. */
static void facts_of(const char *sentence, char facts[static 256])
{
	static const char *const names[] = {"{subject}", "{field}", "{holder}", "{office}",
					    "{since}",   "{due}",   "{limit}",  "{until}"};
	size_t known = 0;
	size_t braces = 0;

	facts[0] = '\0';
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t count = 0;

		for (const char *at = sentence; (at = strstr(at, names[i])) != NULL; at++)
			count++;
		snprintf(facts + strlen(facts), 256 - strlen(facts), "%s%zu", names[i], count);
		known += count;
	}
	for (; *sentence != '\0'; sentence++)
		braces += *sentence == '{';
	assert_int_equal(known, braces);
}

/* The translation of a sentence, found in the catalogue's text. */
static void translation_of(const char *catalogue, const char *sentence, char *out, size_t size)
{
	char entry[512];
	const char *at;

	snprintf(entry, sizeof(entry), "\nmsgid \"%s\"\nmsgstr \"", sentence);
	at = strstr(catalogue, entry);
	if (at == NULL)
		fail_msg("not translated: %s", sentence);
	at += strlen(entry);
	snprintf(out, size, "%.*s", (int)strcspn(at, "\""), at);
}

static void the_chinese_sentences_have_the_same_facts(void **state)
{
	char *catalogue = calloc(1, 1 << 20);
	FILE *file = fopen(CATALOGUE, "r");

	(void)state;
	assert_non_null(file);
	assert_true(fread(catalogue, 1, (1 << 20) - 1, file) > 1000);
	fclose(file);
	for (int id = 0; id < REASON_COUNT; id++) {
		const struct reason *reason = reason_find(reason_name((enum reason_id)id));
		const char *sentences[] = {reason->text, reason->next};

		for (size_t i = 0; i < 2; i++) {
			char chinese[512];
			char ours[256];
			char theirs[256];

			if (sentences[i][0] == '\0')
				continue;
			translation_of(catalogue, sentences[i], chinese, sizeof(chinese));
			facts_of(sentences[i], ours);
			facts_of(chinese, theirs);
			assert_string_equal(ours, theirs);
		}
	}
	free(catalogue);
}

static void a_refusal_says_who_since_when_and_until_when(void **state)
{
	Pb__Refusal refusal;
	char *text;

	(void)state;
	fill(&refusal);
	refusal.reason = "item_on_loan";
	text = sentence_of(&refusal, false);
	assert_string_equal(text, "HQ-KH-2026-000123 is on loan to 王芳 (CD) since 2026-03-01, "
				  "due 2026-03-16");
	free(text);
}

static void a_field_has_the_name_that_people_give_it(void **state)
{
	const struct option_row options[] = {{"for", 0, "X", "borrower", "", 0}, {0}};
	const struct operand_row operands[] = {{"ITEM", "items", true, false}, {0}};
	const struct command command = {.words = "x", .options = options, .operands = operands};
	static const char *const fields[][2] = {{"borrower", "--for is missing"},
						{"items", "ITEM is missing"},
						{"other", "other is missing"},
						{"", "- is missing"}};
	Pb__Refusal refusal;

	(void)state;
	fill(&refusal);
	refusal.reason = "required";
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		char *text = NULL;
		size_t len;
		FILE *to = open_memstream(&text, &len);

		refusal.field = fields[i][0];
		refusal_write(to, &refusal, &command);
		fclose(to);
		assert_string_equal(text, fields[i][1]);
		free(text);
	}
}

static void of_two_fields_with_one_name_the_refused_one_is_named(void **state)
{
	const struct option_row options[] = {{"contact", 0, "X", "draft.contacts.name", "", 0},
					     {0}};
	const struct operand_row operands[] = {{"NAME", "draft.name", false, false}, {0}};
	const struct command command = {.words = "x", .options = options, .operands = operands};
	static const char *const fields[][2] = {{"name", "NAME is missing"},
						{"draft.name", "NAME is missing"},
						{"contacts.name", "--contact is missing"}};
	Pb__Refusal refusal;

	(void)state;
	fill(&refusal);
	refusal.reason = "required";
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		char *text = NULL;
		size_t len;
		FILE *to = open_memstream(&text, &len);

		refusal.field = fields[i][0];
		refusal_write(to, &refusal, &command);
		fclose(to);
		assert_string_equal(text, fields[i][1]);
		free(text);
	}
}

static void a_reason_of_a_newer_server_is_told_by_its_status(void **state)
{
	char *others[] = {(char[]){"B"}, (char[]){"C"}};
	Pb__Refusal refusal;
	char *text;

	(void)state;
	fill(&refusal);
	refusal.reason = "eaten_by_the_dog";
	refusal.n_others = 2;
	refusal.others = (const char **)others;
	text = sentence_of(&refusal, false);
	assert_string_equal(text, "HQ-KH-2026-000123: the item is on loan; also: B, C");
	free(text);
	assert_false(refusal_write_next(stderr, &refusal, NULL));
}

static void the_status_is_what_the_program_exits_with(void **state)
{
	struct capture capture;
	Pb__Refusal refusal;

	(void)state;
	capture_init(&capture);
	fill(&refusal);
	refusal.reason = "item_on_loan";
	refusal.entered = true;
	refusal.sequence = 77;
	assert_int_equal(refusal_print(&capture.cli, &refusal, NULL), STATUS_ON_LOAN);
	capture_flush(&capture);
	assert_non_null(strstr(capture.err, "dossier: HQ-KH-2026-000123 is on loan"));
	assert_non_null(strstr(capture.err, "entry 77\n"));
	assert_int_equal(capture.out_len, 0);
	capture.cli.format = FORMAT_JSON;
	assert_int_equal(refusal_answer(&capture.cli, &refusal, NULL), STATUS_ON_LOAN);
	capture_flush(&capture);
	assert_non_null(strstr(capture.out, "\"status\":\"ON_LOAN\""));
	capture_release(&capture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_reason_renders_without_leftover_braces),
		cmocka_unit_test(the_chinese_sentences_have_the_same_facts),
		cmocka_unit_test(a_refusal_says_who_since_when_and_until_when),
		cmocka_unit_test(a_field_has_the_name_that_people_give_it),
		cmocka_unit_test(of_two_fields_with_one_name_the_refused_one_is_named),
		cmocka_unit_test(a_reason_of_a_newer_server_is_told_by_its_status),
		cmocka_unit_test(the_status_is_what_the_program_exits_with),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
