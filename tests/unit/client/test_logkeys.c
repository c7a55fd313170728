#include "client/lib/logkeys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "common/certificate.h"
#include "common/file.h"
#include "common/path.h"
#include "tests/lib/cosigners.h"
#include "tests/unit/client/folder.h"

/* An Ed25519 SubjectPublicKeyInfo: what stands before the key (RFC 8410). */
static const uint8_t spki_head[] = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03,
				    0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};

#define SPKI_LEN (sizeof(spki_head) + ED25519_KEY_LEN)

static void spki_of(const struct cosigner *log, uint8_t der[static SPKI_LEN])
{
	memcpy(der, spki_head, sizeof(spki_head));
	memcpy(der + sizeof(spki_head), log->key.key, ED25519_KEY_LEN);
}

static void put(const char *folder, const char *name, const void *bytes, size_t len)
{
	struct path path;

	assert_int_equal(path_join(&path, folder, name), STATUS_OK);
	assert_int_equal(file_put(path.text, bytes, len), STATUS_OK);
}

static void what_is_saved_is_loaded(void **state)
{
	struct cosigner log;
	struct cosigner next;
	struct logkeys keys;
	struct logkeys found;

	cosigner_init(&log, COSIGNERS_ORIGIN, NOTE_ED25519);
	cosigner_init(&next, COSIGNERS_ORIGIN, NOTE_ED25519);
	assert_int_equal(logkeys_load(&found, *state), STATUS_NOT_FOUND);
	keys = (struct logkeys){.count = 2, .keys = {log.key, next.key}};
	assert_int_equal(logkeys_save(&keys, *state), STATUS_OK);
	assert_int_equal(logkeys_load(&found, *state), STATUS_OK);
	assert_int_equal(found.count, 2);
	assert_string_equal(logkeys_origin(&found), COSIGNERS_ORIGIN);
	assert_true(logkeys_has(&found, &log.key));
	assert_true(logkeys_has(&found, &next.key));
	assert_memory_equal(found.keys[1].key, next.key.key, ED25519_KEY_LEN);
	cosigner_release(&log);
	cosigner_release(&next);
}

static void what_is_no_key_of_one_ledger_is_refused(void **state)
{
	struct cosigner log;
	struct cosigner other;
	struct cosigner witness;
	struct logkeys keys;
	char text[3 * (NOTE_VKEY_MAX + 2)];
	char vkey[NOTE_VKEY_MAX + 1];
	char second[NOTE_VKEY_MAX + 1];

	(void)state;
	cosigner_init(&log, COSIGNERS_ORIGIN, NOTE_ED25519);
	cosigner_init(&other, "other.example/ledger", NOTE_ED25519);
	cosigner_init(&witness, COSIGNERS_ORIGIN, NOTE_COSIGNATURE);
	note_key_format(&log.key, vkey);
	assert_int_equal(logkeys_parse(&keys, vkey, strlen(vkey)), STATUS_OK);
	assert_int_equal(logkeys_parse(&keys, "", 0), STATUS_INVALID);
	assert_int_equal(keys.count, 0);
	assert_int_equal(logkeys_parse(&keys, "\n", 1), STATUS_INVALID);
	assert_int_equal(logkeys_parse(&keys, "nonsense", 8), STATUS_INVALID);
	note_key_format(&other.key, second);
	snprintf(text, sizeof(text), "%s\n%s\n", vkey, second);
	assert_int_equal(logkeys_parse(&keys, text, strlen(text)), STATUS_INVALID);
	note_key_format(&witness.key, second);
	snprintf(text, sizeof(text), "%s\n", second);
	assert_int_equal(logkeys_parse(&keys, text, strlen(text)), STATUS_INVALID);
	snprintf(text, sizeof(text), "%s\n\n", vkey);
	assert_int_equal(logkeys_parse(&keys, text, strlen(text)), STATUS_INVALID);
	cosigner_release(&log);
	cosigner_release(&other);
	cosigner_release(&witness);
}

static void more_keys_than_there_is_room_for_are_refused(void **state)
{
	struct cosigner log;
	struct logkeys keys;
	char vkey[NOTE_VKEY_MAX + 2];
	struct buf text = BUF_EMPTY;

	(void)state;
	cosigner_init(&log, COSIGNERS_ORIGIN, NOTE_ED25519);
	note_key_format(&log.key, vkey);
	strncat(vkey, "\n", 2);
	for (size_t i = 0; i < LOGKEYS_MAX; i++)
		assert_int_equal(buf_append(&text, vkey, strlen(vkey)), STATUS_OK);
	assert_int_equal(logkeys_parse(&keys, (const char *)buf_head(&text), text.len), STATUS_OK);
	assert_int_equal(buf_append(&text, vkey, strlen(vkey)), STATUS_OK);
	assert_int_equal(logkeys_parse(&keys, (const char *)buf_head(&text), text.len),
			 STATUS_INVALID);
	buf_release(&text);
	cosigner_release(&log);
}

static void a_profile_from_before_has_the_key_in_another_file(void **state)
{
	struct cosigner log;
	struct logkeys keys;
	uint8_t der[SPKI_LEN];
	struct buf pem = BUF_EMPTY;

	cosigner_init(&log, COSIGNERS_ORIGIN, NOTE_ED25519);
	spki_of(&log, der);
	assert_int_equal(certificate_key_pem(der, sizeof(der), &pem), STATUS_OK);
	assert_int_equal(logkeys_adopt(&keys, COSIGNERS_ORIGIN, *state), STATUS_NOT_FOUND);
	put(*state, LOGKEYS_OLD_FILE, buf_head(&pem), pem.len);
	assert_int_equal(logkeys_adopt(&keys, COSIGNERS_ORIGIN, *state), STATUS_OK);
	assert_int_equal(keys.count, 1);
	assert_memory_equal(keys.keys[0].id, log.key.id, NOTE_ID_LEN);
	assert_int_equal(logkeys_adopt(&keys, "no name", *state), STATUS_INVALID);
	assert_int_equal(keys.count, 0);
	put(*state, LOGKEYS_OLD_FILE, "-----BEGIN PUBLIC KEY-----\n", 27);
	assert_int_equal(logkeys_adopt(&keys, COSIGNERS_ORIGIN, *state), STATUS_INVALID);
	put(*state, LOGKEYS_OLD_FILE, "", 0);
	assert_int_equal(logkeys_adopt(&keys, COSIGNERS_ORIGIN, *state), STATUS_INVALID);
	buf_release(&pem);
	cosigner_release(&log);
}

#define in_folder(test) cmocka_unit_test_setup_teardown(test, folder_make, folder_drop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_folder(what_is_saved_is_loaded),
		cmocka_unit_test(what_is_no_key_of_one_ledger_is_refused),
		cmocka_unit_test(more_keys_than_there_is_room_for_are_refused),
		in_folder(a_profile_from_before_has_the_key_in_another_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
