#include "common/policy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define KEYS 65 /* one log more, and one witness more than fit */
#define TEXT_MAX POLICY_MAX

static struct ed25519 *privates[KEYS];
static struct note_key logs[KEYS];      /* of "log", by each of them */
static struct note_key witnesses[KEYS]; /* w0, w1, ... */
static char text[TEXT_MAX + 1];
static size_t text_len;

static int setup(void **state)
{
	struct buf pem = BUF_EMPTY;
	uint8_t public[ED25519_KEY_LEN];
	char name[8];

	(void)state;
	for (size_t i = 0; i < KEYS; i++) {
		(void)snprintf(name, sizeof(name), "w%zu", i);
		if (ed25519_new(&privates[i], &pem) != STATUS_OK)
			return 1;
		ed25519_public(privates[i], public);
		if (note_key_make(&logs[i], "log", NOTE_ED25519, public) != STATUS_OK ||
		    note_key_make(&witnesses[i], name, NOTE_COSIGNATURE, public) != STATUS_OK)
			return 1;
	}
	buf_release(&pem);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	for (size_t i = 0; i < KEYS; i++)
		ed25519_free(privates[i]);
	return 0;
}

/* ---- writing policies and notes ---- */

__attribute__((format(printf, 1, 2))) static void add(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	text_len += (size_t)vsnprintf(text + text_len, sizeof(text) - text_len, format, args);
	va_end(args);
	assert_true(text_len < sizeof(text));
}

static const char *vkey(const struct note_key *key)
{
	static char formatted[NOTE_VKEY_MAX + 1];

	note_key_format(key, formatted);
	return formatted;
}

static void begin(void)
{
	text_len = 0;
	text[0] = '\0';
}

/* A log, and count witnesses named as their keys are. */
static void begin_with(size_t count)
{
	begin();
	add("log %s\n", vkey(&logs[0]));
	for (size_t i = 0; i < count; i++)
		add("witness w%zu %s\n", i, vkey(&witnesses[i]));
}

static void expect_refused(const char *policy_text, size_t len, size_t expected_line)
{
	struct policy *policy = NULL;
	size_t line;

	assert_int_equal(policy_parse(&policy, policy_text, len, &line), STATUS_INVALID);
	assert_int_equal(line, expected_line);
	assert_null(policy);
}

static struct policy *parsed(void)
{
	struct policy *policy = NULL;
	size_t line;

	assert_int_equal(policy_parse(&policy, text, text_len, &line), STATUS_OK);
	assert_int_equal(line, 0);
	return policy;
}

/* A checkpoint of the log's, cosigned by the witnesses whose bits are set, each at 100 + number. */
static struct buf cosigned(uint64_t witness_bits)
{
	struct checkpoint checkpoint = {.origin = "log", .size = 5, .root = {7}};
	struct buf note = BUF_EMPTY;
	char body[128];

	assert_int_equal(checkpoint_format(&checkpoint, &note), STATUS_OK);
	size_t len = note.len;
	memcpy(body, buf_head(&note), len);
	assert_int_equal(buf_append(&note, "\n", 1), STATUS_OK);
	assert_int_equal(note_sign(&note, &logs[0], privates[0], 0, body, len), STATUS_OK);
	for (size_t i = 0; i < 64; i++) {
		if ((witness_bits >> i & 1) != 0)
			assert_int_equal(
				note_sign(&note, &witnesses[i], privates[i], 100 + i, body, len),
				STATUS_OK);
	}
	return note;
}

static enum status judge(const struct policy *policy, uint64_t witness_bits,
			 struct policy_verdict *verdict)
{
	struct buf note = cosigned(witness_bits);
	enum status status = policy_judge(policy, buf_head(&note), note.len, verdict);

	buf_release(&note);
	return status;
}

/* ---- the quorum ---- */

static void two_levels_of_groups_are_counted_as_the_specification_s_example_says(void **state)
{
	struct policy_verdict verdict;

	(void)state;
	begin_with(6);
	add("group X-witnesses 2 w0 w1 w2\ngroup Y-witnesses any w3 w4 w5\n"
	    "group X-and-Y all X-witnesses Y-witnesses\nquorum X-and-Y\n");
	struct policy *policy = parsed();
	for (unsigned bits = 0; bits < 64; bits++) {
		bool enough = __builtin_popcount(bits & 7) >= 2 && (bits & 56) != 0;
		assert_int_equal(judge(policy, bits, &verdict), enough ? STATUS_OK : STATUS_PROOF);
		assert_int_equal(verdict.quorum, enough);
		assert_int_equal(verdict.witness_count, __builtin_popcount(bits));
		assert_non_null(verdict.log);
	}
	policy_free(policy);
}

static void the_verdict_names_who_cosigned_and_when(void **state)
{
	struct policy_verdict verdict;

	(void)state;
	begin_with(3);
	add("quorum w2\n");
	struct policy *policy = parsed();
	assert_int_equal(judge(policy, 1 << 2 | 1 << 0 | 1 << 9, &verdict), STATUS_OK);
	assert_string_equal(verdict.log->name, "log");
	assert_int_equal(verdict.checkpoint.size, 5);
	assert_int_equal(verdict.witness_count, 2); /* w9 is a stranger */
	assert_string_equal(verdict.witnesses[0].name, "w0");
	assert_int_equal(verdict.witnesses[0].time, 100);
	assert_string_equal(verdict.witnesses[1].name, "w2");
	assert_int_equal(verdict.witnesses[1].time, 102);
	assert_memory_equal(verdict.witnesses[1].key, &witnesses[2], sizeof(witnesses[2]));
	policy_free(policy);
}

static void without_a_log_s_signature_no_quorum_helps(void **state)
{
	struct policy_verdict verdict;
	struct note_key other;

	(void)state;
	begin();
	add("witness w0 %s\nquorum w0\n", vkey(&witnesses[0]));
	struct policy *policy = parsed();
	assert_int_equal(judge(policy, 1, &verdict), STATUS_PROOF);
	assert_true(verdict.quorum);
	assert_null(verdict.log);
	/* A log of another name by the same key, then the right one. */
	assert_int_equal(note_key_make(&other, "other", NOTE_ED25519, logs[0].key), STATUS_OK);
	assert_int_equal(policy_add_log(policy, &logs[1]), STATUS_OK);
	assert_int_equal(judge(policy, 1, &verdict), STATUS_PROOF);
	assert_int_equal(policy_add_log(policy, &logs[0]), STATUS_OK);
	assert_int_equal(policy_add_log(policy, &other), STATUS_INVALID);
	assert_int_equal(judge(policy, 1, &verdict), STATUS_OK);
	policy_free(policy);
}

static void none_needs_no_witness_and_still_looks_at_those_there_are(void **state)
{
	struct policy_verdict verdict;

	(void)state;
	begin_with(2);
	add("quorum none\n");
	struct policy *policy = parsed();
	assert_int_equal(judge(policy, 0, &verdict), STATUS_OK);
	assert_int_equal(judge(policy, 2, &verdict), STATUS_OK);
	assert_int_equal(verdict.witness_count, 1);
	struct buf note = cosigned(2);
	char *digit = (char *)note.bytes + note.start + note.len - 8;
	*digit = *digit == 'A' ? 'B' : 'A';
	assert_int_equal(policy_judge(policy, buf_head(&note), note.len, &verdict), STATUS_PROOF);
	buf_release(&note);
	assert_int_equal(policy_judge(policy, "x\n", 2, &verdict), STATUS_INVALID);
	policy_free(policy);
}

static void as_many_as_the_limits_are_taken(void **state)
{
	struct policy_verdict verdict;
	size_t line;
	struct policy *policy = NULL;

	(void)state;
	for (size_t extra = 0; extra < 2; extra++) {
		begin();
		for (size_t i = 0; i < POLICY_LOGS_MAX + extra; i++)
			add("log %s\n", vkey(&logs[i]));
		add("quorum none\n");
		assert_int_equal(policy_parse(&policy, text, text_len, &line),
				 extra == 0 ? STATUS_OK : STATUS_INVALID);
	}
	assert_int_equal(line, POLICY_LOGS_MAX + 1);
	policy_free(policy);

	begin_with(POLICY_WITNESSES_MAX);
	add("group g0 all");
	for (size_t i = 0; i < POLICY_WITNESSES_MAX; i++)
		add(" w%zu", i);
	add("\n");
	for (size_t i = 1; i < POLICY_GROUPS_MAX; i++)
		add("group g%zu 1 g%zu\n", i, i - 1);
	size_t before = text_len;
	add("quorum g%d\n", POLICY_GROUPS_MAX - 1);
	policy = parsed();
	/* A note has room for 64 signatures, one of them the log's. */
	assert_int_equal(judge(policy, UINT64_MAX >> 1, &verdict), STATUS_PROOF);
	assert_int_equal(verdict.witness_count, 63);
	policy_free(policy);
	text_len = before;
	add("group one-more any g%d\nquorum none\n", POLICY_GROUPS_MAX - 1);
	expect_refused(text, text_len, 1 + POLICY_WITNESSES_MAX + POLICY_GROUPS_MAX + 1);
	begin_with(POLICY_WITNESSES_MAX + 1);
	expect_refused(text, text_len, POLICY_WITNESSES_MAX + 2);
}

/* ---- the text ---- */

static void blanks_comments_and_addresses_are_let_through(void **state)
{
	struct policy_verdict verdict;
	char key[NOTE_VKEY_MAX + 1];

	(void)state;
	begin();
	note_key_format(&witnesses[0], key);
	add("# \xff any bytes, any number of words \xe6\xa1\xa3\n\n \t \n\t #too\n"
	    "\t witness\t\xff\xfe   %s \t https://\xe6\xa1\xa3.example/ \n"
	    "log %s https://log.example/\n"
	    "group any any \xff\xfe\n quorum any\t\n# end\n",
	    key, vkey(&logs[0]));
	struct policy *policy = parsed();
	assert_int_equal(judge(policy, 1, &verdict), STATUS_OK);
	assert_string_equal(verdict.witnesses[0].name, "\xff\xfe");
	policy_free(policy);
}

static void what_is_no_policy_is_refused_at_its_line(void **state)
{
	/* Behind a log and the witnesses w0 to w2: what is wrong in the fifth line, or later. */
	static const struct {
		const char *lines;
		size_t line;
	} wrong[] = {
		{"", 0}, /* no quorum */
		{"quorum w0\nquorum w0\n", 6},
		{"quorum none\nquorum w0\n", 6},
		{"quorum w3\n", 5},
		{"quorum\n", 5},
		{"quorum w0 w1\n", 5},
		{"quorum w0", 5}, /* not ended */
		{"Quorum w0\n", 5},
		{"quorum g\ngroup g any w0\n", 5},
		{"group g any\n", 5},
		{"group g 0 w0\n", 5},
		{"group g 2 w0\n", 5},
		{"group g 01 w0\n", 5},
		{"group g -1 w0\n", 5},
		{"group g some w0\n", 5},
		{"group g any w0 w0\n", 5},
		{"group g any w0\ngroup h any w0\n", 6},
		{"group g any g\n", 5},
		{"group g any h\ngroup h any w0\n", 5},
		{"group g any none\n", 5},
		{"group none any w0\n", 5},
		{"group w0 any w1\n", 5},
		{"group g any w0\ngroup g any w1\n", 6},
		{"log\n", 5},
		{"log x\n", 5},
		{"witness w3\n", 5},
		{"witness w3 x\n", 5},
		{"quorum w0\r\n", 5},
		{"# \x01\n", 5},
		{"# \x7f\n", 5},
		{"quorum w0 # why\n", 5},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		begin_with(3);
		add("%s", wrong[i].lines);
		expect_refused(text, text_len, wrong[i].line);
	}
	begin_with(3);
	add("quorum w0\n");
	text[text_len - 2] = '\0';
	expect_refused(text, text_len, 5);
	expect_refused("", 0, 0);
}

static void keys_are_those_of_their_kind_and_not_there_twice(void **state)
{
	static const char *const taken[] = {"w0", "w9", "none"};
	struct note_key renamed;

	(void)state;
	begin_with(1);
	add("log %s\n", vkey(&logs[0]));
	expect_refused(text, text_len, 3);
	begin_with(1);
	assert_int_equal(note_key_make(&renamed, "x", NOTE_ED25519, logs[0].key), STATUS_OK);
	add("log %s\n", vkey(&renamed)); /* another name does not make it another key */
	expect_refused(text, text_len, 3);
	for (size_t i = 0; i < 3; i++) { /* name taken, key taken, name reserved */
		begin_with(1);
		add("witness %s %s\n", taken[i], vkey(&witnesses[i == 1 ? 0 : 1]));
		expect_refused(text, text_len, 3);
	}
	begin_with(1);
	add("witness w9 %s\n", vkey(&logs[9])); /* it would not say when */
	expect_refused(text, text_len, 3);
	begin_with(1);
	add("witness w9 %s a b\n", vkey(&witnesses[9]));
	expect_refused(text, text_len, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			two_levels_of_groups_are_counted_as_the_specification_s_example_says),
		cmocka_unit_test(the_verdict_names_who_cosigned_and_when),
		cmocka_unit_test(without_a_log_s_signature_no_quorum_helps),
		cmocka_unit_test(none_needs_no_witness_and_still_looks_at_those_there_are),
		cmocka_unit_test(as_many_as_the_limits_are_taken),
		cmocka_unit_test(blanks_comments_and_addresses_are_let_through),
		cmocka_unit_test(what_is_no_policy_is_refused_at_its_line),
		cmocka_unit_test(keys_are_those_of_their_kind_and_not_there_twice),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
