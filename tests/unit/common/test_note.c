#include "common/note.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "common/base64.h"
#include "common/bytes.h"

/* The example of Go's sumdb/note, whose private key is public too. */
#define PETER "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
#define PETER_SEED "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
#define TEXT                                                                                       \
	"If you think cryptography is the answer to your problem,\n"                               \
	"then you don't know what your problem is.\n"
#define PETER_LINE                                                                                  \
	"— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdng" \
	"otpRZb6KE6RyyBwJnAM=\n"

/* A checkpoint of the world outside, cosigned by witnesses. */
#define ARCHE                                                                                       \
	"arche2025h1.staging.ct.transparency.dev\n1432088532\n"                                     \
	"U7WM79jrzyhGZ5/GUBTpM7NzwdyfFx61t3RovgcC4Ro=\n\n"                                          \
	"— arche2025h1.staging.ct.transparency.dev zTM8sQAAAZ5W0WdjBAMARjBEAiBjW5IQf9pvsYLfQFX6h" \
	"oGREPMHbdQ3urbllzalApkptQIgIpwtEroeW2BXaHAI4kJXFbon5Ch9MNL5zRNZ55lvGt0=\n"                 \
	"— arche2025h1.staging.ct.transparency.dev ui8GwCF1+kWqZrxGdhj4aX3gcw7XUlXQQabg/27lefwhU" \
	"kzbC3NygNI75MdhL1bfTW9g8Ei59RA23oHP7Ry1k3ZFWwQ=\n"                                         \
	"— witness1.smartit.nu/witness1 pIyCDwAAAABqEiEghIp82KWebrw7/oHQwlTAm3g2RKS4+eebl8eO0WH+" \
	"/iEcxZ75W3u5hNI7TOQtmJbqmNWVuE0tgh0XwzdZsDsUAQ==\n"                                        \
	"— remora.n621.de 2net5wAAAABqEiEgPlfF3V06o0Y+fHM+J5J9s27wgxxcOVSpZ/2g/KSiXCg9DEZI+aVCIo" \
	"bWX9sXTynk5XeU/zZ0WBxtqB0DrAWfBw==\n"

static struct note_key key_of(const char *vkey)
{
	struct note_key key;

	assert_int_equal(note_key_parse(&key, vkey, strlen(vkey)), STATUS_OK);
	return key;
}

/* Go's private keys are a type and the seed in base64. */
static struct ed25519 *private_of(const char *seed)
{
	uint8_t der[49] = {0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06,
			   0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20};
	uint8_t typed[33];
	char base64[BASE64_LEN(48) + 1], pem[160];
	struct ed25519 *key = NULL;
	size_t len;

	assert_int_equal(base64_decode(seed, strlen(seed), typed, sizeof(typed), &len), STATUS_OK);
	memcpy(der + 16, typed + 1, 32);
	base64_encode(der, 48, base64);
	int pem_len = snprintf(pem, sizeof(pem),
			       "-----BEGIN PRIVATE KEY-----\n%s\n"
			       "-----END PRIVATE KEY-----\n",
			       base64);
	assert_int_equal(ed25519_load(&key, pem, (size_t)pem_len), STATUS_OK);
	return key;
}

static enum status verify(const char *text, const char *vkey, uint64_t *time)
{
	struct note_key key = key_of(vkey);
	struct note note;

	assert_int_equal(note_parse(&note, text, strlen(text)), STATUS_OK);
	return note_verify(&note, &key, time);
}

static void the_keys_of_others_are_read_and_written_back(void **state)
{
	static const char *const vkeys[] = {
		PETER,
		"EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop",
		"example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
		"TEST+7997405c+AQcC+FTVKf0jlTdHDY3rbevmnKxxPjigCXlVtGe6RIr6",
		"remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2",
	};
	char text[NOTE_VKEY_MAX + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(vkeys) / sizeof(vkeys[0]); i++) {
		struct note_key key = key_of(vkeys[i]), made;
		note_key_format(&key, text);
		assert_string_equal(text, vkeys[i]);
		assert_int_equal(note_key_make(&made, key.name, key.type, key.key), STATUS_OK);
		assert_memory_equal(&made, &key, sizeof(key));
	}
}

static void what_is_no_key_is_refused(void **state)
{
	static const char *const wrong[] = {
		"",
		"PeterNeumann",
		"PeterNeumann+c74f20a3",
		"PeterNeumann+c74f20a3+",
		"+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
		"PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", /* the id */
		"PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
		"PeterNeumanm+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", /* the name */
		"PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TX", /* the key */
		"PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10",
		"PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW\n",
		"PeterNeumann+c74f20a3 ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
		"example.com/foo+00000000+++++++++++++++++++++++++++++++++++++++++++++",
	};
	struct note_key key;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(note_key_parse(&key, wrong[i], strlen(wrong[i])), STATUS_INVALID);
}

static void names_have_no_spaces_of_any_kind_and_no_plus(void **state)
{
	static const char *const wrong[] = {
		"",
		"a b",
		"a+b",
		" ",
		"a\tb",
		"a\nb",
		"a\xc2\xa0",
		"\xe3\x80\x80",
		"\xe2\x80\x82z",
		"\xe2\x80\x8az",
		"\xe1\x9a\x80",
		"a\xff",
	};
	static const char *const right[] = {"a", "\xe6\xa1\xa3\xe6\xa1\x88/x", "\xe2\x80\x94",
					    "\xc2\xa1"};
	char long_name[NOTE_NAME_MAX + 2];
	struct note_key key;
	uint8_t bytes[ED25519_KEY_LEN] = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(note_key_make(&key, wrong[i], NOTE_ED25519, bytes),
				 STATUS_INVALID);
	for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++)
		assert_int_equal(note_key_make(&key, right[i], NOTE_ED25519, bytes), STATUS_OK);
	assert_int_equal(note_key_make(&key, "a", (enum note_type)2, bytes), STATUS_INVALID);
	memset(long_name, 'a', sizeof(long_name));
	long_name[NOTE_NAME_MAX + 1] = '\0';
	assert_int_equal(note_key_make(&key, long_name, NOTE_ED25519, bytes), STATUS_INVALID);
	long_name[NOTE_NAME_MAX] = '\0';
	assert_int_equal(note_key_make(&key, long_name, NOTE_ED25519, bytes), STATUS_OK);
}

static void the_notes_of_others_are_verified(void **state)
{
	uint64_t time = 1;

	(void)state;
	assert_int_equal(verify(TEXT "\n" PETER_LINE, PETER, &time), STATUS_OK);
	assert_int_equal(time, 0);
	assert_int_equal(verify("This is an example message.\n\n— example.com/foo "
				"Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOB"
				"H3mFXmRKuwHjG1Yu72IneyaQM=\n",
				"example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3"
				"U2k",
				NULL),
			 STATUS_OK);
	assert_int_equal(
		verify(ARCHE,
		       "arche2025h1.staging.ct.transparency.dev+ba2f06c0+AU0vHmlGCS/PdN8b2O"
		       "aGmKprLI8HKM+dJ472xgFYh15f",
		       &time),
		STATUS_OK);
	assert_int_equal(verify(ARCHE,
				"remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmt"
				"w2",
				&time),
			 STATUS_OK);
	assert_int_equal(time, 0x6a122120);
	assert_int_equal(verify(ARCHE,
				"witness1.smartit.nu/witness1+a48c820f+BPSFWg9G6KPiO7QPryYO5Xq4oYJJ"
				"+kAvLKLSimDhoxMO",
				&time),
			 STATUS_OK);
	assert_int_equal(verify(ARCHE, PETER, &time), STATUS_NOT_FOUND);
}

static void a_key_signs_as_another_implementation_did(void **state)
{
	struct ed25519 *private = private_of(PETER_SEED);
	struct note_key key = key_of(PETER);
	struct buf line = BUF_EMPTY;

	(void)state;
	assert_int_equal(note_sign(&line, &key, private, 7, TEXT, strlen(TEXT)), STATUS_OK);
	assert_int_equal(line.len, strlen(PETER_LINE));
	assert_memory_equal(buf_head(&line), PETER_LINE, line.len);
	buf_release(&line);
	ed25519_free(private);
}

static void a_cosignature_says_when_and_only_that(void **state)
{
	struct ed25519 *private = private_of(PETER_SEED);
	struct note_key plain = key_of(PETER), key;
	struct buf text = BUF_EMPTY;
	struct note note;
	uint64_t time;

	(void)state;
	assert_int_equal(note_key_make(&key, "w/1", NOTE_COSIGNATURE, plain.key), STATUS_OK);
	assert_int_equal(buf_append(&text, "a\n\nb\n\n", 6), STATUS_OK);
	assert_int_equal(note_sign(&text, &key, private, 1679315147, "a\n\nb\n", 5), STATUS_OK);
	assert_int_equal(note_sign(&text, &key, private, 1679315148, "a\n\nb\n", 5), STATUS_OK);
	assert_int_equal(note_parse(&note, buf_head(&text), text.len), STATUS_OK);
	assert_int_equal(note.text_len, 5); /* the text may have empty lines */
	assert_int_equal(note.count, 2);
	assert_int_equal(note_verify(&note, &key, &time), STATUS_OK);
	assert_int_equal(time, 1679315148);
	note.text_len--;
	assert_int_equal(note_verify(&note, &key, &time), STATUS_PROOF);
	/* The time is in the signature's first bytes: here another one. */
	size_t at = strlen("a\n\nb\n\n— w/1 ") + BASE64_LEN(NOTE_ID_LEN + 8) - 2;
	((char *)text.bytes)[text.start + at] ^= 1;
	assert_int_equal(note_parse(&note, buf_head(&text), text.len), STATUS_OK);
	assert_int_equal(note_verify(&note, &key, &time), STATUS_PROOF);
	/* No time of the format's. */
	buf_clear(&text);
	assert_int_equal(buf_append(&text, "a\n\n", 3), STATUS_OK);
	assert_int_equal(note_sign(&text, &key, private, UINT64_C(1) << 63, "a\n", 2), STATUS_OK);
	assert_int_equal(note_parse(&note, buf_head(&text), text.len), STATUS_OK);
	assert_int_equal(note_verify(&note, &key, &time), STATUS_PROOF);
	buf_release(&text);
	ed25519_free(private);
}

static void a_known_key_s_wrong_line_spoils_the_note(void **state)
{
	struct note note;
	char text[1024];
	struct note_key key = key_of(PETER);

	(void)state;
	assert_int_equal(verify("If" TEXT "\n" PETER_LINE, PETER, NULL), STATUS_PROOF);
	/* One right, one wrong; another name or id is a stranger's. */
	(void)snprintf(text, sizeof(text), "%s\n%s%s", TEXT, PETER_LINE, PETER_LINE);
	assert_int_equal(verify(text, PETER, NULL), STATUS_OK);
	memcpy(text + strlen(text) - 7, "A", 1);
	assert_int_equal(verify(text, PETER, NULL), STATUS_PROOF);
	(void)snprintf(text, sizeof(text), "%s\n%s", TEXT, PETER_LINE);
	text[strlen(TEXT) + 1 + strlen("— Peter")] = 'M';
	assert_int_equal(verify(text, PETER, NULL), STATUS_NOT_FOUND);
	(void)snprintf(text, sizeof(text), "%s\n%s", TEXT, PETER_LINE);
	text[strlen(TEXT) + 1 + strlen("— PeterNeumann ")] = 'y';
	assert_int_equal(verify(text, PETER, NULL), STATUS_NOT_FOUND);
	/* Too short and too long for its kind. */
	(void)snprintf(text, sizeof(text), "a\n\n— PeterNeumann x08gowAA\n");
	assert_int_equal(note_parse(&note, text, strlen(text)), STATUS_OK);
	assert_int_equal(note_verify(&note, &key, NULL), STATUS_PROOF);
}

static void what_is_no_note_is_refused(void **state)
{
	static const char *const wrong[] = {
		"",
		"\n",
		"\n\n",
		"text\n",
		"text\n\n",
		"text\n— a AAAAAAA=\n",
		"text\n\n— a AAAAAAA=", /* not ended */
		"text\n\n— a AAAAAAA=\n\n",
		"text\n\n— a AAAAAAA=\nmore\n",
		"text\n\n- a AAAAAAA=\n",
		"text\n\n—a AAAAAAA=\n",
		"text\n\n— a  AAAAAAA=\n",
		"text\n\n— a AAAAAAA= \n",
		"text\n\n—  AAAAAAA=\n",
		"text\n\n— AAAAAAA=\n",
		"text\n\n— a+b AAAAAAA=\n",
		"text\n\n— a\xc2\xa0z AAAAAAA=\n",
		"text\n\n— a AAAAAAB=\n", /* base64 that is not the shortest way */
		"text\n\n— a AAAAAA==\n", /* an id and nothing behind it */
		"text\n\n— a AAAAAAA\n",
		"te\rxt\n\n— a AAAAAAA=\n",
		"te\txt\n\n— a AAAAAAA=\n",
		"te\x7fxt\n\n— a AAAAAAA=\n",
		"te\xffxt\n\n— a AAAAAAA=\n",
	};
	struct note note;

	(void)state;
	assert_int_equal(note_parse(&note, "text\n\n— a AAAAAAA=\n", 21), STATUS_OK);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(note_parse(&note, wrong[i], strlen(wrong[i])), STATUS_INVALID);
	assert_int_equal(note_parse(&note, "t\0t\n\n— a AAAAAAA=\n", 20), STATUS_INVALID);
}

static void a_note_is_no_longer_than_its_limits(void **state)
{
	static char text[NOTE_MAX + 64];
	struct note note;
	size_t len = 3;

	(void)state;
	memcpy(text, "t\n\n", 3);
	for (size_t i = 0; i < NOTE_SIGNATURES_MAX; i++) {
		memcpy(text + len, "— a AAAAAAA=\n", 15);
		len += 15;
	}
	assert_int_equal(note_parse(&note, text, len), STATUS_OK);
	assert_int_equal(note.count, NOTE_SIGNATURES_MAX);
	memcpy(text + len, "— a AAAAAAA=\n", 15);
	assert_int_equal(note_parse(&note, text, len + 15), STATUS_INVALID);

	/* One signature as long as fits: of 4 times n characters, and the newline. */
	memset(text, 'x', sizeof(text));
	memcpy(text + 3, "\n\n— a ", 8);
	memset(text + 11, 'A', NOTE_MAX - 12);
	text[NOTE_MAX - 1] = '\n';
	assert_int_equal((NOTE_MAX - 12) % 4, 0);
	assert_int_equal(note_parse(&note, text, NOTE_MAX), STATUS_OK);
	memset(text, 'x', sizeof(text));
	memcpy(text + 4, "\n\n— a ", 8);
	memset(text + 12, 'A', NOTE_MAX - 12);
	text[NOTE_MAX] = '\n';
	assert_int_equal(note_parse(&note, text, NOTE_MAX + 1), STATUS_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_keys_of_others_are_read_and_written_back),
		cmocka_unit_test(what_is_no_key_is_refused),
		cmocka_unit_test(names_have_no_spaces_of_any_kind_and_no_plus),
		cmocka_unit_test(the_notes_of_others_are_verified),
		cmocka_unit_test(a_key_signs_as_another_implementation_did),
		cmocka_unit_test(a_cosignature_says_when_and_only_that),
		cmocka_unit_test(a_known_key_s_wrong_line_spoils_the_note),
		cmocka_unit_test(what_is_no_note_is_refused),
		cmocka_unit_test(a_note_is_no_longer_than_its_limits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
