#include "server/pki.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/date.h"
#include "common/file.h"
#include "common/tls.h"
#include "common/ed25519.h"
#include "common/note.h"
#include "tests/unit/server/identity.h"

static void everything_founded_is_for_the_owner_alone(void **state)
{
	struct place *place = *state;
	static const char *const names[] = {
		PKI_CA_KEY,          PKI_CA_CERTIFICATE,
		PKI_OUTSIDER_CA_KEY, PKI_OUTSIDER_CA_CERTIFICATE,
		PKI_SERVER_KEY,      PKI_SERVER_CERTIFICATE,
		PKI_LOG_KEY,
	};
	assert_mode(place->identity, 0700);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_mode(inside(place->identity, names[i]), 0600);
	issue(place);
	assert_mode(place->out, 0700);
	static const char *const given[] = {"key.pem", "cert.pem", "ca.pem", "log.vkey",
					    "dossier.conf"};
	for (size_t i = 0; i < 4; i++)
		assert_mode(inside(place->out, given[i]), 0600);
}

static void founding_never_overwrites(void **state)
{
	struct place *place = *state;
	char *before = contents(inside(place->identity, PKI_CA_KEY));
	assert_int_equal(unlink(inside(place->identity, PKI_LOG_KEY)), 0);
	assert_int_equal(pki_found(place->identity, "other", NULL, 0, place->why), STATUS_CONFLICT);
	assert_non_null(strstr(place->why, PKI_CA_KEY));
	assert_int_equal(access(inside(place->identity, PKI_LOG_KEY), F_OK), -1);
	char *after = contents(inside(place->identity, PKI_CA_KEY));
	assert_string_equal(before, after);
	free(before);
	free(after);
}

static void a_bad_host_is_refused_and_nothing_is_made(void **state)
{
	struct place *place = *state;
	static const char *const bad[] = {"", "a b", "x,URI:evil", "-a", ".a", "a*"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(pki_found(place->out, "x", &bad[i], 1, place->why),
				 STATUS_INVALID);
		assert_int_equal(access(place->out, F_OK), -1);
	}
}

static void certificates_stand_up_to_strict_verification(void **state)
{
	struct place *place = *state;
	static const char *const good[] = {
		"openssl verify -x509_strict -purpose sslserver -verify_hostname "
		"archive.example.com -CAfile identity/ca-cert.pem identity/server-cert.pem",
		"openssl verify -x509_strict -purpose sslserver -verify_ip 10.1.2.3 "
		"-CAfile identity/ca-cert.pem identity/server-cert.pem",
		"openssl verify -x509_strict -purpose sslserver -verify_ip ::1 "
		"-CAfile identity/ca-cert.pem identity/server-cert.pem",
		"openssl verify -x509_strict -purpose sslclient -CAfile wang/ca.pem wang/cert.pem",
		"openssl x509 -noout -ext subjectAltName -in wang/cert.pem | "
		"grep -q 'URI:dossier:principal:7$'",
		"openssl pkey -noout -text -in identity/log-key.pem | grep -q ED25519",
	};
	static const char *const bad[] = {
		"openssl verify -purpose sslserver -CAfile wang/ca.pem wang/cert.pem",
		"openssl verify -purpose sslclient -CAfile wang/ca.pem identity/server-cert.pem",
		"openssl verify -verify_ip ::2 -CAfile wang/ca.pem identity/server-cert.pem",
	};
	issue(place);
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (run(place, good[i]) != 0)
			fail_msg("failed: %s", good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (run(place, bad[i]) == 0)
			fail_msg("passed: %s", bad[i]);
}

static void a_profile_pins_the_key_of_its_ledger(void **state)
{
	struct place *place = *state;
	struct pki_facts facts;
	struct note_key key;
	uint8_t raw[ED25519_KEY_LEN];
	char *vkey;
	issue(place);
	vkey = contents(inside(place->out, "log.vkey"));
	assert_int_equal(vkey[strlen(vkey) - 1], '\n');
	assert_int_equal(note_key_parse(&key, vkey, strlen(vkey) - 1), STATUS_OK);
	assert_string_equal(key.name, "archive.example.com");
	assert_int_equal(key.type, NOTE_ED25519);
	assert_int_equal(pki_get_facts(place->identity, &facts, place->why), STATUS_OK);
	assert_int_equal(ed25519_from_spki(buf_head(&facts.log_key), facts.log_key.len, raw),
			 STATUS_OK);
	assert_memory_equal(key.key, raw, sizeof(raw));
	pki_facts_release(&facts);
	free(vkey);
}

static void a_ledger_whose_name_no_key_can_have_gets_no_profile(void **state)
{
	struct place *place = *state;
	struct pki_order order = order_for(place);
	order.origin = "two words";
	assert_int_equal(pki_issue(place->identity, &order, place->why), STATUS_INVALID);
	assert_non_null(strstr(place->why, "two words"));
	assert_int_not_equal(access(place->out, F_OK), 0);
}

static void an_issued_certificate_is_found_by_its_identity(void **state)
{
	struct place *place = *state;
	issue(place);
	uint8_t identity[HASH_LEN];
	struct pki_issued issued;
	assert_int_equal(
		pki_certificate_identity(inside(place->out, "cert.pem"), identity, place->why),
		STATUS_OK);
	assert_int_equal(pki_issued(place->identity, identity, &issued), STATUS_OK);
	assert_int_equal(issued.principal, 7);
	assert_true(issued.issued_at > clock_now() - 60000000 && issued.issued_at <= clock_now());
	int64_t expected = time(NULL) + 90 * 86400;
	assert_true(issued.not_after <= expected && issued.not_after > expected - 60);
	identity[31] ^= 1;
	assert_int_equal(pki_issued(place->identity, identity, &issued), STATUS_NOT_FOUND);
}

static void an_entry_that_is_not_exactly_right_is_damage(void **state)
{
	struct place *place = *state;
	issue(place);
	uint8_t identity[HASH_LEN];
	char name[2 * HASH_LEN + 16] = "issued/";
	struct pki_issued issued;
	assert_int_equal(
		pki_certificate_identity(inside(place->out, "cert.pem"), identity, place->why),
		STATUS_OK);
	hex_encode(identity, HASH_LEN, name + strlen(name));
	static const char *const bad[] = {
		"",
		"7",
		"7\n",
		"7 1",
		" 7 1\n",
		"7  1\n",
		"7 1 \n",
		"7 1\n\n",
		"-7 1\n",
		"7 -1\n",
		"0 1\n",
		"x 1\n",
		"7\t1\n",
		"+7 1\n",
		"7 0x1\n",
		"18446744073709551616 1\n",
		"7 9223372036854775808\n",
		"7 1 00\n",
		"7 1 0123456789abcdef0123456789abcdeg\n",
		"7 1 0123456789abcdef0123456789abcdef",
		"7 1 0123456789abcdef0123456789abcdef \n",
		"7 1  0123456789abcdef0123456789abcdef\n",
		"7 1 0123456789abcdef0123456789abcdef0\n",
		"7 1 0123456789abcdef0123456789abcdef -1\n",
		"7 1 0123456789abcdef0123456789abcdef 1 \n",
		"7 1 0123456789abcdef0123456789abcdef 1",
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(file_put(inside(place->identity, name), bad[i], strlen(bad[i])),
				 STATUS_OK);
		if (pki_issued(place->identity, identity, &issued) != STATUS_CORRUPT)
			fail_msg("'%s' was taken", bad[i]);
	}
	assert_int_equal(file_put(inside(place->identity, name), "18446744073709551615 0\n", 23),
			 STATUS_OK);
	assert_int_equal(pki_issued(place->identity, identity, &issued), STATUS_OK);
	assert_true(issued.principal == UINT64_MAX && issued.issued_at == 0);
}

static void issuing_needs_a_new_directory_and_a_sane_order(void **state)
{
	struct place *place = *state;
	struct pki_order order = order_for(place);
	order.days = 0;
	assert_int_equal(pki_issue(place->identity, &order, place->why), STATUS_INVALID);
	order.days = PKI_CLIENT_DAYS_MAX + 1;
	assert_int_equal(pki_issue(place->identity, &order, place->why), STATUS_INVALID);
	order = order_for(place);
	order.principal = 0;
	assert_int_equal(pki_issue(place->identity, &order, place->why), STATUS_INVALID);
	order = order_for(place);
	order.address = "x\n[other]";
	assert_int_equal(pki_issue(place->identity, &order, place->why), STATUS_INVALID);
	order = order_for(place);
	order.login = "a name that has very many more bytes than the 64 that X.520 gives one";
	assert_int_equal(pki_issue(place->identity, &order, place->why), STATUS_INVALID);
	assert_int_equal(access(place->out, F_OK), -1);
	issue(place);
	char *key = contents(inside(place->out, "key.pem"));
	order = order_for(place);
	assert_int_equal(pki_issue(place->identity, &order, place->why), STATUS_CONFLICT);
	char *same = contents(inside(place->out, "key.pem"));
	assert_string_equal(key, same);
	free(key);
	free(same);
}

static void nothing_is_delivered_that_could_not_be_entered(void **state)
{
	struct place *place = *state;
	/* A file in the place of the directory. */
	assert_int_equal(file_put(inside(place->identity, "issued"), "", 0), STATUS_OK);
	struct pki_order order = order_for(place);
	assert_int_not_equal(pki_issue(place->identity, &order, place->why), STATUS_OK);
	assert_int_equal(access(place->out, F_OK), -1);
}

static void a_certificate_that_is_none_is_refused(void **state)
{
	struct place *place = *state;
	uint8_t identity[HASH_LEN];
	assert_int_equal(
		pki_certificate_identity(inside(place->identity, PKI_CA_KEY), identity, place->why),
		STATUS_TLS);
	assert_int_equal(
		pki_certificate_identity(inside(place->identity, "none"), identity, place->why),
		STATUS_NOT_FOUND);
}

/* Both ends in turn until both are done. */
static void shake_hands(struct tls *client, struct tls *server)
{
	enum tls_result ours = TLS_WANT_READ;
	enum tls_result theirs = TLS_WANT_READ;
	for (int i = 0; i < 100 && (ours != TLS_DONE || theirs != TLS_DONE); i++) {
		ours = ours != TLS_DONE ? tls_handshake(client) : ours;
		theirs = theirs != TLS_DONE ? tls_handshake(server) : theirs;
	}
	assert_int_equal(ours, TLS_DONE);
	assert_int_equal(theirs, TLS_DONE);
}

static void server_and_client_meet_and_the_identity_is_the_one_entered(void **state)
{
	struct place *place = *state;
	char files[6][2 * NAME_LEN];
	issue(place);
	snprintf(files[0], sizeof(files[0]), "%s", inside(place->identity, PKI_SERVER_CERTIFICATE));
	snprintf(files[1], sizeof(files[1]), "%s", inside(place->identity, PKI_SERVER_KEY));
	snprintf(files[2], sizeof(files[2]), "%s", inside(place->identity, PKI_CA_CERTIFICATE));
	snprintf(files[3], sizeof(files[3]), "%s", inside(place->out, "cert.pem"));
	snprintf(files[4], sizeof(files[4]), "%s", inside(place->out, "key.pem"));
	snprintf(files[5], sizeof(files[5]), "%s", inside(place->out, "ca.pem"));
	struct tls_context *server_side;
	struct tls_context *client_side;
	char why[TLS_ERROR_LEN];
	struct tls_options options = {
		.side = TLS_SERVER, .certificate = files[0], .key = files[1], .ca = {files[2]}};
	assert_int_equal(tls_context_new(&server_side, &options, why), STATUS_OK);
	options = (struct tls_options){
		.side = TLS_CLIENT, .certificate = files[3], .key = files[4], .ca = {files[5]}};
	assert_int_equal(tls_context_new(&client_side, &options, why), STATUS_OK);
	int ends[2];
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
	struct tls *client = tls_new(client_side, ends[0], "127.0.0.1");
	struct tls *server = tls_new(server_side, ends[1], NULL);
	shake_hands(client, server);
	uint8_t seen[HASH_LEN];
	uint8_t expected[HASH_LEN];
	int64_t seen_end;
	struct pki_issued issued;
	assert_int_equal(tls_peer_identity(server, seen), STATUS_OK);
	assert_int_equal(pki_certificate_identity(files[3], expected, place->why), STATUS_OK);
	assert_memory_equal(seen, expected, HASH_LEN);
	assert_int_equal(pki_issued(place->identity, seen, &issued), STATUS_OK);
	assert_int_equal(tls_peer_not_after(server, &seen_end), STATUS_OK);
	assert_int_equal(seen_end, issued.not_after);
	tls_free(client);
	tls_free(server);
	tls_context_free(client_side);
	tls_context_free(server_side);
	close(ends[0]);
	close(ends[1]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, found, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(everything_founded_is_for_the_owner_alone),
		TEST(founding_never_overwrites),
		TEST(a_bad_host_is_refused_and_nothing_is_made),
		TEST(certificates_stand_up_to_strict_verification),
		TEST(a_profile_pins_the_key_of_its_ledger),
		TEST(a_ledger_whose_name_no_key_can_have_gets_no_profile),
		TEST(an_issued_certificate_is_found_by_its_identity),
		TEST(an_entry_that_is_not_exactly_right_is_damage),
		TEST(issuing_needs_a_new_directory_and_a_sane_order),
		TEST(nothing_is_delivered_that_could_not_be_entered),
		TEST(a_certificate_that_is_none_is_refused),
		TEST(server_and_client_meet_and_the_identity_is_the_one_entered),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
