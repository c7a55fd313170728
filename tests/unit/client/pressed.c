#include "tests/unit/client/pressed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/bytes.h"

static void cut(struct sheet *sheet)
{
	size_t at = BUNDLE_MAGIC_LEN;

	for (sheet->count = 0; at < sheet->len; sheet->count++) {
		assert_true(sheet->count < RECORDS_MAX);
		sheet->at[sheet->count] = at;
		at += BUNDLE_PREFIX_LEN + bytes_get32((uint8_t *)sheet->bytes + at + 1);
	}
	sheet->at[sheet->count] = at;
	assert_int_equal(at, sheet->len);
}

/* Item 1 is lent and comes back, item 2 is lent; of each kind one entry at least. */
static void lend(struct press *press)
{
	static const int kinds[ENTRIES] = {
		[5] = BUNDLE_FULL, [6] = BUNDLE_HEADER, [7] = BUNDLE_LEAF, [8] = BUNDLE_ERASED,
		[9] = BUNDLE_FULL, [10] = BUNDLE_FULL,  [11] = BUNDLE_FULL};

	for (size_t i = 0; i < ENTRIES; i++) {
		if (i == FROM)
			press_begin(press);
		if (i < 9)
			press_loan(press, kinds[i], 100 + i, 100 + i, 1);
		else
			press_loan(press, kinds[i], i == 11 ? 2 : 1, i == 11 ? 3 : 2, i != 10);
	}
}

int press_sheet(void **state)
{
	struct sheet *sheet = calloc(1, sizeof(*sheet));
	FILE *to;

	if (sheet == NULL)
		return 1;
	to = open_memstream(&sheet->bytes, &sheet->len);
	press_init(&sheet->press, to);
	lend(&sheet->press);
	press_item(&sheet->press, 1, 0, 0);
	press_item(&sheet->press, 2, 3, press_time(11));
	press_item(&sheet->press, 105, 105, press_time(5));
	press_close(&sheet->press);
	press_loan(&sheet->press, 0, 3, 4, 1);
	press_head(&sheet->press, ENTRIES + 1, 0);
	press_head(&sheet->press, ENTRIES - 2, DATED);
	press_end(&sheet->press, true);
	trust_key(sheet, &sheet->press.key);
	fclose(to);
	cut(sheet);
	*state = sheet;
	return 0;
}

int drop_sheet(void **state)
{
	struct sheet *sheet = *state;

	press_release(&sheet->press);
	policy_free(sheet->policy);
	free(sheet->bytes);
	free(sheet);
	return 0;
}

void trust_key(struct sheet *sheet, const struct note_key *key)
{
	static const char nobody[] = "quorum none\n";
	size_t line;

	policy_free(sheet->policy);
	assert_int_equal(policy_parse(&sheet->policy, nobody, sizeof(nobody) - 1, &line),
			 STATUS_OK);
	assert_int_equal(policy_add_log(sheet->policy, key), STATUS_OK);
}

struct bundle_ask ask_of(const struct sheet *sheet)
{
	return (struct bundle_ask){.policy = sheet->policy, .replay = true, .size = sheet->len};
}

enum status check_bytes(const void *bytes, size_t len, const struct bundle_ask *ask,
			struct bundle_findings *findings)
{
	FILE *from = fmemopen((void *)(uintptr_t)bytes, len, "rb");

	assert_non_null(from);
	enum status status = bundle_check(from, ask, findings);
	fclose(from);
	return status;
}

void assert_fault(const struct sheet *sheet, const void *bytes, size_t len, enum bundle_fault fault)
{
	struct bundle_ask ask = ask_of(sheet);
	struct bundle_findings findings;

	assert_int_equal(check_bytes(bytes, len, &ask, &findings), STATUS_PROOF);
	assert_string_equal(bundle_fault_name(findings.fault), bundle_fault_name(fault));
}

size_t record_len(const struct sheet *sheet, size_t i)
{
	return sheet->at[i + 1] - sheet->at[i];
}

char *splice(const struct sheet *sheet, size_t at, size_t drop, const char *insert,
	     size_t insert_len, size_t *len)
{
	char *bytes = malloc(sheet->len + insert_len);

	assert_non_null(bytes);
	memcpy(bytes, sheet->bytes, at);
	if (insert_len > 0)
		memcpy(bytes + at, insert, insert_len);
	memcpy(bytes + at + insert_len, sheet->bytes + at + drop, sheet->len - at - drop);
	*len = sheet->len - drop + insert_len;
	return bytes;
}
