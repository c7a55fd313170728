/* What an auditor brings and asks for: an old head, and whether the inventory is as the entries
 * say.
 */
#include "client/lib/bundle_replay.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/client/pressed.h"

static struct checkpoint old_head(struct sheet *sheet, uint64_t size)
{
	struct checkpoint since = {.origin = PRESS_ORIGIN, .size = size};

	press_root(&sheet->press, size, since.root);
	return since;
}

static void the_auditors_old_head_must_be_of_this_past(void **state)
{
	struct sheet *sheet = *state;
	struct bundle_ask ask = ask_of(sheet);
	struct bundle_findings found;
	struct checkpoint since;

	ask.since = &since;
	for (uint64_t size = FROM; size <= ENTRIES + 1; size++) {
		since = old_head(sheet, size);
		assert_int_equal(check_bytes(sheet->bytes, sheet->len, &ask, &found), STATUS_OK);
		assert_true(found.since_holds);
		since.root[0] ^= 1;
		assert_int_equal(check_bytes(sheet->bytes, sheet->len, &ask, &found), STATUS_PROOF);
		assert_int_equal(found.fault, BUNDLE_FAULT_FORKED);
	}
	since = old_head(sheet, FROM - 1);
	assert_int_equal(check_bytes(sheet->bytes, sheet->len, &ask, &found), STATUS_PROOF);
	assert_int_equal(found.fault, BUNDLE_FAULT_SINCE_EARLY);
	since.size = ENTRIES + 2;
	assert_int_equal(check_bytes(sheet->bytes, sheet->len, &ask, &found), STATUS_PROOF);
	assert_int_equal(found.fault, BUNDLE_FAULT_SINCE_LATE);
}

/* A policy that wants this witness. */
static void trust_witness(struct sheet *sheet, const struct note_key *witness)
{
	char vkey[NOTE_VKEY_MAX + 1];
	char text[2 * NOTE_VKEY_MAX];
	size_t line;

	note_key_format(witness, vkey);
	int len = snprintf(text, sizeof(text), "witness w1 %s\nquorum w1\n", vkey);
	policy_free(sheet->policy);
	assert_int_equal(policy_parse(&sheet->policy, text, (size_t)len, &line), STATUS_OK);
	assert_int_equal(policy_add_log(sheet->policy, &sheet->press.key), STATUS_OK);
}

/* The bundle with a cosignature on its newest head. */
static char *cosign(struct sheet *sheet, const struct note_key *as, const struct ed25519 *key,
		    size_t *len)
{
	const uint8_t *old = (const uint8_t *)sheet->bytes + sheet->at[AT_HEAD];
	struct bundle_record record;
	struct buf made = BUF_EMPTY;
	struct buf signed_note = BUF_EMPTY;
	struct note note;

	assert_int_equal(bundle_decode(&record, BUNDLE_HEAD, old + BUNDLE_PREFIX_LEN,
				       record_len(sheet, AT_HEAD) - BUNDLE_PREFIX_LEN),
			 STATUS_OK);
	assert_int_equal(buf_append(&signed_note, record.head.note, record.head.note_len),
			 STATUS_OK);
	assert_int_equal(note_parse(&note, record.head.note, record.head.note_len), STATUS_OK);
	assert_int_equal(note_sign(&signed_note, as, key, 1772330000, note.text, note.text_len),
			 STATUS_OK);
	record.head.note = (const char *)buf_head(&signed_note);
	record.head.note_len = signed_note.len;
	assert_int_equal(bundle_put(&made, &record), STATUS_OK);
	char *bytes = splice(sheet, sheet->at[AT_HEAD], record_len(sheet, AT_HEAD),
			     (const char *)buf_head(&made), made.len, len);
	buf_release(&signed_note);
	buf_release(&made);
	return bytes;
}

static void a_policy_wants_its_witnesses(void **state)
{
	struct sheet *sheet = *state;
	uint8_t public[ED25519_KEY_LEN];
	struct bundle_findings found;
	struct ed25519 *secret;
	struct note_key witness;
	struct buf pem = BUF_EMPTY;
	size_t len;

	assert_int_equal(ed25519_new(&secret, &pem), STATUS_OK);
	ed25519_public(secret, public);
	assert_int_equal(note_key_make(&witness, "witness.example", NOTE_COSIGNATURE, public),
			 STATUS_OK);
	trust_witness(sheet, &witness);
	assert_fault(sheet, sheet->bytes, sheet->len, BUNDLE_FAULT_WITNESSES);
	char *bytes = cosign(sheet, &witness, secret, &len);
	struct bundle_ask ask = ask_of(sheet);
	assert_int_equal(check_bytes(bytes, len, &ask, &found), STATUS_OK);
	assert_int_equal(found.witnesses, 1);
	assert_int_equal(found.witnessed_size, ENTRIES + 1);
	free(bytes);
	buf_release(&pem);
	ed25519_free(secret);
}

struct seen_item {
	size_t count;
	bool missing;
	uint64_t id;
};

static void see_difference(void *context, const struct bundle_item *item,
			   const struct replay_item *replayed)
{
	struct seen_item *seen = context;

	seen->count++;
	seen->missing = item == NULL;
	seen->id = replayed->id;
}

static void an_inventory_that_lies_is_named_item_by_item(void **state)
{
	struct sheet *sheet = *state;
	struct bundle_ask ask = ask_of(sheet);
	struct bundle_findings found;
	struct seen_item seen = {0};
	/* Item 2 is said to be here: standing 0 and no loan behind it. */
	char here[BUNDLE_PREFIX_LEN + 9 + 3] = {BUNDLE_ITEM, 0, 0, 0, 12, 0,   0,   0,  0,
						0,           0, 0, 2, 0,  'a', 'b', 'c'};
	size_t len;
	char *bytes = splice(sheet, sheet->at[AT_ITEM_2], record_len(sheet, AT_ITEM_2), here,
			     sizeof(here), &len);

	ask.differs = see_difference;
	ask.context = &seen;
	assert_int_equal(check_bytes(bytes, len, &ask, &found), STATUS_OK);
	assert_int_equal(found.replayed.differ, 1);
	assert_int_equal(found.replayed.agree, 2);
	assert_int_equal(seen.count, 1);
	assert_int_equal(seen.id, 2);
	assert_false(seen.missing);
	free(bytes);
}

static void an_item_that_is_out_and_not_listed_is_named(void **state)
{
	struct sheet *sheet = *state;
	struct bundle_ask ask = ask_of(sheet);
	struct bundle_findings found;
	struct seen_item seen = {0};
	size_t items = sheet->at[AT_END] + BUNDLE_PREFIX_LEN + 8 + HASH_LEN + 7;
	size_t len;
	char *bytes;

	sheet->bytes[items] = 2;
	bytes = splice(sheet, sheet->at[AT_ITEM_2], record_len(sheet, AT_ITEM_2), NULL, 0, &len);
	ask.differs = see_difference;
	ask.context = &seen;
	assert_int_equal(check_bytes(bytes, len, &ask, &found), STATUS_OK);
	assert_int_equal(found.replayed.differ, 1);
	assert_int_equal(seen.id, 2);
	assert_true(seen.missing);
	free(bytes);
}

/* Item 105 was lent before the entry of which the hash alone is here. */
static void an_entry_that_is_hidden_may_have_moved_an_item(void **state)
{
	struct sheet *sheet = *state;
	struct bundle_ask ask = ask_of(sheet);
	struct bundle_findings found;
	struct seen_item seen = {0};
	char here[BUNDLE_PREFIX_LEN + 9 + 3] = {BUNDLE_ITEM, 0, 0, 0,   12, 0,   0,   0,  0,
						0,           0, 0, 105, 0,  'a', 'b', 'c'};
	size_t len;
	char *bytes = splice(sheet, sheet->at[AT_ITEM_105], record_len(sheet, AT_ITEM_105), here,
			     sizeof(here), &len);

	ask.differs = see_difference;
	ask.context = &seen;
	assert_int_equal(check_bytes(bytes, len, &ask, &found), STATUS_OK);
	assert_int_equal(found.leaves, 1);
	assert_int_equal(found.replayed.differ, 0);
	assert_int_equal(found.replayed.unknown, 1);
	assert_int_equal(seen.count, 0);
	free(bytes);
}

#define SHEET(name) cmocka_unit_test_setup_teardown(name, press_sheet, drop_sheet)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SHEET(the_auditors_old_head_must_be_of_this_past),
		SHEET(a_policy_wants_its_witnesses),
		SHEET(an_inventory_that_lies_is_named_item_by_item),
		SHEET(an_item_that_is_out_and_not_listed_is_named),
		SHEET(an_entry_that_is_hidden_may_have_moved_an_item),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
