/* New keys in the place of old ones, and lists of revoked certificates. */
#include "server/pki_rotate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <time.h>

#include "tests/lib/certificates.h"
#include "tests/unit/server/identity.h"

static void issue_as(struct place *place, const char *name)
{
	struct pki_order order = order_for(place);
	snprintf(place->out, NAME_LEN, "%s/%s", place->root, name);
	if (pki_issue(place->identity, &order, place->why) != STATUS_OK)
		fail_msg("%s", place->why);
}

static void rotate_ca(struct place *place, bool outsider)
{
	if (pki_rotate_ca(place->identity, outsider, place->why) != STATUS_OK)
		fail_msg("%s", place->why);
	assert_string_equal(place->why, "");
}

/* The file whose name begins so, but is not NAME itself; for free(). */
static char *kept(const struct place *place, const char *stem, const char *name)
{
	DIR *directory = opendir(place->identity);
	const struct dirent *entry;
	char *found = NULL;
	while ((entry = readdir(directory)) != NULL)
		if (strncmp(entry->d_name, stem, strlen(stem)) == 0 &&
		    strcmp(entry->d_name, name) != 0) {
			assert_null(found);
			assert_mode(inside(place->identity, entry->d_name), 0600);
			found = contents(inside(place->identity, entry->d_name));
		}
	closedir(directory);
	assert_non_null(found);
	return found;
}

static void expect_kept(const struct place *place, const char *stem, const char *name, char *before)
{
	char *old = kept(place, stem, name);
	char *now = contents(inside(place->identity, name));
	assert_string_equal(old, before);
	assert_string_not_equal(now, before);
	assert_mode(inside(place->identity, name), 0600);
	free(now);
	free(old);
	free(before);
}

static void expect(const struct place *place, const char *command, bool good)
{
	if ((run(place, command) == 0) != good) {
		char *said = contents(inside(place->root, "out.txt"));
		fail_msg("%s: %s", command, said);
	}
}

#define VERIFY "openssl verify -x509_strict "

static void a_rotated_server_keeps_its_hosts_and_gets_more(void **state)
{
	struct place *place = *state;
	static const char *const more[] = {"new.example.com"};
	char *key = contents(inside(place->identity, PKI_SERVER_KEY));
	char *certificate = contents(inside(place->identity, PKI_SERVER_CERTIFICATE));
	assert_int_equal(pki_rotate_server(place->identity, more, 1, place->why), STATUS_OK);
	expect_kept(place, "server-key", PKI_SERVER_KEY, key);
	expect_kept(place, "server-cert", PKI_SERVER_CERTIFICATE, certificate);
	static const char *const hosts_now[] = {
		"-verify_hostname archive.example.com", "-verify_hostname new.example.com",
		"-verify_hostname localhost", "-verify_ip 10.1.2.3", "-verify_ip ::1"};
	for (size_t i = 0; i < sizeof(hosts_now) / sizeof(hosts_now[0]); i++) {
		char command[256];
		snprintf(command, sizeof(command),
			 VERIFY "-purpose sslserver %s -CAfile identity/ca-cert.pem "
				"identity/server-cert.pem",
			 hosts_now[i]);
		expect(place, command, true);
	}
	expect(place,
	       "openssl pkey -in identity/server-key.pem -pubout >a && openssl x509 -in "
	       "identity/server-cert.pem -noout -pubkey >b && cmp a b",
	       true);
	expect(place,
	       "openssl x509 -noout -subject -in identity/server-cert.pem | grep -q "
	       "archive.example.com",
	       true);
}

static void a_bad_host_changes_nothing(void **state)
{
	struct place *place = *state;
	static const char *const bad[] = {"a b"};
	char *before = contents(inside(place->identity, PKI_SERVER_KEY));
	assert_int_equal(pki_rotate_server(place->identity, bad, 1, place->why), STATUS_INVALID);
	char *after = contents(inside(place->identity, PKI_SERVER_KEY));
	assert_string_equal(before, after);
	free(before);
	free(after);
}

static void a_new_ca_issues_and_the_old_one_stays_trusted(void **state)
{
	struct place *place = *state;
	issue_as(place, "before");
	char *key = contents(inside(place->identity, PKI_CA_KEY));
	char *certificate = contents(inside(place->identity, PKI_CA_CERTIFICATE));
	rotate_ca(place, false);
	issue_as(place, "after");
	expect(place, VERIFY "-purpose sslclient -CAfile identity/ca-cert.pem before/cert.pem",
	       true);
	expect(place, VERIFY "-purpose sslclient -CAfile identity/ca-cert.pem after/cert.pem",
	       true);
	expect(place, VERIFY "-CAfile before/ca.pem after/cert.pem", false);
	expect(place, VERIFY "-CAfile after/ca.pem identity/server-cert.pem", true);
	expect(place,
	       "openssl x509 -in identity/ca-cert.pem >first.pem && " VERIFY
	       "-CAfile first.pem after/cert.pem && ! " VERIFY "-CAfile first.pem before/cert.pem",
	       true);
	assert_int_equal(pki_rotate_server(place->identity, NULL, 0, place->why), STATUS_OK);
	expect(place, VERIFY "-CAfile first.pem identity/server-cert.pem", true);
	expect_kept(place, "ca-key", PKI_CA_KEY, key);
	expect_kept(place, "ca-cert", PKI_CA_CERTIFICATE, certificate);
}

static void a_ca_that_has_ended_is_dropped(void **state)
{
	struct place *place = *state;
	struct certificates all;
	certificates_begin(&all);
	certificates_make(&all, &(struct certificate_options){
					.name = "ended", .ca = true, .begins = -200, .ends = -100});
	char *ended = contents(certificates_path(&all, "ended", "pem"));
	char *good = contents(inside(place->identity, PKI_CA_CERTIFICATE));
	char both[8192];
	snprintf(both, sizeof(both), "%s%s", good, ended);
	assert_int_equal(file_put(inside(place->identity, PKI_CA_CERTIFICATE), both, strlen(both)),
			 STATUS_OK);
	rotate_ca(place, false);
	char *now = contents(inside(place->identity, PKI_CA_CERTIFICATE));
	assert_non_null(strstr(now, good));
	assert_null(strstr(now, ended));
	free(now);
	free(good);
	free(ended);
	certificates_end(&all);
}

static void a_rotation_cut_off_behind_the_key_does_no_harm(void **state)
{
	struct place *place = *state;
	char from[2 * NAME_LEN];
	rotate_ca(place, true);
	snprintf(from, sizeof(from), "%s", inside(place->identity, PKI_CA_KEY));
	assert_int_equal(
		rename(from, inside(place->identity, "ca-key-20260101T000000.000000Z.pem")), 0);
	char *other = contents(inside(place->identity, PKI_OUTSIDER_CA_KEY));
	assert_int_equal(file_put(from, other, strlen(other)), STATUS_OK);
	free(other);
	issue_as(place, "after");
	expect(place, VERIFY "-CAfile identity/ca-cert.pem after/cert.pem", true);
}

static void the_ca_for_outsiders_is_made_where_there_was_none(void **state)
{
	struct place *place = *state;
	assert_int_equal(unlink(inside(place->identity, PKI_OUTSIDER_CA_KEY)), 0);
	assert_int_equal(unlink(inside(place->identity, PKI_OUTSIDER_CA_CERTIFICATE)), 0);
	rotate_ca(place, true);
	expect(place,
	       "openssl x509 -noout -subject -in identity/outsider-ca-cert.pem | grep -q "
	       "'O = archive.example.com, CN = Dossier outsider CA'",
	       true);
	expect(place,
	       "openssl x509 -noout -ext basicConstraints -in "
	       "identity/outsider-ca-cert.pem | grep -q 'CA:TRUE, pathlen:0'",
	       true);
	assert_int_equal(unlink(inside(place->identity, PKI_CA_CERTIFICATE)), 0);
	assert_int_equal(pki_rotate_ca(place->identity, false, place->why), STATUS_NOT_FOUND);
}

/* ---- lists ---- */

static struct pki_revoked revoked_of(struct place *place)
{
	struct pki_revoked revoked = {.at = time(NULL) - 5};
	struct pki_issued issued;
	uint8_t identity[HASH_LEN];
	assert_int_equal(
		pki_certificate_identity(inside(place->out, "cert.pem"), identity, place->why),
		STATUS_OK);
	assert_int_equal(pki_issued(place->identity, identity, &issued), STATUS_OK);
	assert_true(issued.has_serial);
	memcpy(revoked.serial, issued.serial, PKI_SERIAL_LEN);
	return revoked;
}

static void write_crl(struct place *place, const struct pki_revoked *revoked, size_t count)
{
	if (pki_write_crl(place->identity, revoked, count, 7, place->why) != STATUS_OK)
		fail_msg("%s", place->why);
	assert_mode(inside(place->identity, PKI_CRL), 0600);
	assert_int_equal(run(place, "cat identity/*ca-cert.pem identity/crl.pem >all.pem"), 0);
}

#define CHECK "openssl verify -x509_strict -crl_check -CAfile all.pem "

static void a_list_for_each_ca_old_and_new_names_who_is_revoked(void **state)
{
	struct place *place = *state;
	struct pki_revoked revoked[2];
	issue_as(place, "leaver");
	revoked[0] = revoked_of(place);
	issue_as(place, "stays");
	rotate_ca(place, false);
	issue_as(place, "lost");
	revoked[1] = revoked_of(place);
	issue_as(place, "newer");
	write_crl(place, revoked, 2);
	expect(place, "test $(grep -c 'BEGIN X509 CRL' identity/crl.pem) = 3", true);
	expect(place, CHECK "stays/cert.pem", true);
	expect(place, CHECK "newer/cert.pem", true);
	expect(place, CHECK "leaver/cert.pem 2>&1 | grep -q 'certificate revoked'", true);
	expect(place, CHECK "lost/cert.pem 2>&1 | grep -q 'certificate revoked'", true);
	write_crl(place, NULL, 0);
	expect(place, CHECK "leaver/cert.pem", true);
}

static void a_list_is_good_for_as_long_as_was_said(void **state)
{
	struct place *place = *state;
	char command[256];
	issue_as(place, "stays");
	write_crl(place, NULL, 0);
	for (int day = 6; day <= 8; day += 2) {
		snprintf(command, sizeof(command), CHECK "-attime %lld stays/cert.pem",
			 (long long)time(NULL) + day * 86400LL);
		expect(place, command, day < 7);
	}
}

static void outsiders_are_listed_by_their_own_ca_alone(void **state)
{
	struct place *place = *state;
	struct pki_revoked revoked;
	issue_as(place, "stays");
	revoked = revoked_of(place);
	revoked.outsider = true;
	write_crl(place, &revoked, 1);
	expect(place, CHECK "stays/cert.pem", true);
	expect(place, "openssl crl -in identity/crl.pem -noout -text | grep -q 'No Revoked'", true);
	expect(place,
	       "tac identity/crl.pem | sed '/BEGIN/q' | tac | openssl crl -noout -text | "
	       "grep -q 'Serial Number'",
	       true);
}

static void a_ca_without_its_key_is_named_and_the_old_list_stays(void **state)
{
	struct place *place = *state;
	write_crl(place, NULL, 0);
	char *before = contents(inside(place->identity, PKI_CRL));
	assert_int_equal(unlink(inside(place->identity, PKI_OUTSIDER_CA_KEY)), 0);
	assert_int_not_equal(pki_write_crl(place->identity, NULL, 0, 7, place->why), STATUS_OK);
	assert_non_null(strstr(place->why, PKI_OUTSIDER_CA_CERTIFICATE));
	char *after = contents(inside(place->identity, PKI_CRL));
	assert_string_equal(before, after);
	free(before);
	free(after);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, found, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_rotated_server_keeps_its_hosts_and_gets_more),
		TEST(a_bad_host_changes_nothing),
		TEST(a_new_ca_issues_and_the_old_one_stays_trusted),
		TEST(a_ca_that_has_ended_is_dropped),
		TEST(a_rotation_cut_off_behind_the_key_does_no_harm),
		TEST(the_ca_for_outsiders_is_made_where_there_was_none),
		TEST(a_list_for_each_ca_old_and_new_names_who_is_revoked),
		TEST(a_list_is_good_for_as_long_as_was_said),
		TEST(outsiders_are_listed_by_their_own_ca_alone),
		TEST(a_ca_without_its_key_is_named_and_the_old_list_stays),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
