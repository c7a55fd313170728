/* Certificates for keys that others made, and what a code pins. */
#include "server/pki.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <time.h>

#include "common/csr.h"
#include "common/tls.h"
#include "tests/unit/server/identity.h"

#define DAY 86400

static void sign(struct place *place, const struct pki_request *request, struct pki_signed *out)
{
	if (pki_sign(place->identity, request, out, place->why) != STATUS_OK)
		fail_msg("%s", place->why);
	assert_string_equal(place->why, "");
}

static struct pki_request request_of(const struct buf *csr, bool outsider)
{
	return (struct pki_request){
		.csr = buf_head(csr),
		.csr_len = csr->len,
		.outsider = outsider,
		.principal = 7,
		.login = "wang.fang",
		.not_after = time(NULL) + 90 * DAY,
	};
}

static void make_csr(struct place *place, struct buf *csr)
{
	struct buf key = BUF_EMPTY;
	assert_int_equal(csr_make(NULL, &key, csr), STATUS_OK);
	assert_int_equal(file_put(inside(place->root, "own.key"), buf_head(&key), key.len),
			 STATUS_OK);
	buf_release(&key);
}

static void save(struct place *place, const struct pki_signed *made)
{
	assert_int_equal(file_put(inside(place->root, "own.der"), buf_head(&made->certificate),
				  made->certificate.len),
			 STATUS_OK);
	assert_int_equal(run(place, "openssl x509 -inform DER -in own.der -out own.pem"), 0);
}

static void each_kind_is_signed_by_its_own_ca_for_its_own_key(void **state)
{
	struct place *place = *state;
	static const char *const cas[] = {"ca-cert.pem", "outsider-ca-cert.pem"};
	struct buf csr = BUF_EMPTY;
	char command[256];
	make_csr(place, &csr);
	for (int outsider = 0; outsider < 2; outsider++) {
		struct pki_request request = request_of(&csr, outsider);
		struct pki_signed made;
		sign(place, &request, &made);
		save(place, &made);
		for (int ca = 0; ca < 2; ca++) {
			snprintf(command, sizeof(command),
				 "openssl verify -x509_strict -purpose sslclient -CAfile "
				 "identity/%s own.pem",
				 cas[ca]);
			assert_int_equal(run(place, command) == 0, ca == outsider);
		}
		assert_int_equal(run(place, "openssl verify -purpose sslserver -CAfile "
					    "identity/ca-cert.pem own.pem") == 0,
				 0);
		assert_int_equal(run(place, "openssl x509 -noout -ext subjectAltName -in own.pem | "
					    "grep -qx ' *URI:dossier:principal:7'"),
				 0);
		assert_int_equal(run(place, "openssl x509 -noout -ext extendedKeyUsage -in own.pem "
					    "| grep -qx ' *TLS Web Client Authentication'"),
				 0);
		assert_int_equal(run(place, "openssl pkey -in own.key -pubout >a && "
					    "openssl x509 -noout -pubkey -in own.pem >b && "
					    "cmp a b"),
				 0);
		pki_signed_release(&made);
	}
	buf_release(&csr);
}

static void what_is_told_of_a_certificate_is_what_tls_will_see(void **state)
{
	struct place *place = *state;
	struct buf csr = BUF_EMPTY;
	struct pki_signed made;
	struct pki_signed second;
	uint8_t identity[HASH_LEN];
	uint8_t key_hash[HASH_LEN];
	struct buf key = BUF_EMPTY;
	make_csr(place, &csr);
	struct pki_request request = request_of(&csr, false);
	sign(place, &request, &made);
	sign(place, &request, &second);
	assert_int_equal(tls_certificate_identity(buf_head(&made.certificate), made.certificate.len,
						  identity),
			 STATUS_OK);
	assert_memory_equal(made.identity, identity, HASH_LEN);
	assert_memory_not_equal(made.identity, second.identity, HASH_LEN);
	assert_memory_not_equal(made.serial, second.serial, PKI_SERIAL_LEN);
	assert_int_equal(csr_public_key(request.csr, request.csr_len, &key), STATUS_OK);
	hash_of(buf_head(&key), key.len, key_hash);
	assert_memory_equal(made.key_hash, key_hash, HASH_LEN);
	assert_int_equal(made.not_after, request.not_after);
	buf_release(&key);
	pki_signed_release(&made);
	pki_signed_release(&second);
	buf_release(&csr);
}

static void no_certificate_lives_longer_than_its_ca_or_is_dead_at_birth(void **state)
{
	struct place *place = *state;
	struct buf csr = BUF_EMPTY;
	struct pki_signed made;
	make_csr(place, &csr);
	struct pki_request request = request_of(&csr, true);
	request.not_after = time(NULL) + (PKI_CA_DAYS + 10) * (int64_t)DAY;
	sign(place, &request, &made);
	assert_true(made.not_after <= time(NULL) + PKI_CA_DAYS * (int64_t)DAY);
	pki_signed_release(&made);
	request.not_after = time(NULL) - 1;
	assert_int_equal(pki_sign(place->identity, &request, &made, place->why), STATUS_INVALID);
	assert_null(made.certificate.bytes);
	buf_release(&csr);
}

static void a_request_that_is_not_right_is_refused(void **state)
{
	struct place *place = *state;
	struct buf csr = BUF_EMPTY;
	struct pki_signed made;
	make_csr(place, &csr);
	struct pki_request request = request_of(&csr, false);
	request.csr_len--;
	assert_int_equal(pki_sign(place->identity, &request, &made, place->why), STATUS_INVALID);
	assert_non_null(strstr(place->why, "signing request"));
	request = request_of(&csr, false);
	request.login = "a name that has very many more bytes than the 64 that X.520 gives one";
	assert_int_equal(pki_sign(place->identity, &request, &made, place->why), STATUS_INVALID);
	buf_release(&csr);
}

static void without_a_ca_for_outsiders_staff_is_served_and_outsiders_are_told(void **state)
{
	struct place *place = *state;
	struct buf csr = BUF_EMPTY;
	struct pki_signed made;
	make_csr(place, &csr);
	assert_int_equal(unlink(inside(place->identity, PKI_OUTSIDER_CA_CERTIFICATE)), 0);
	struct pki_request request = request_of(&csr, true);
	assert_int_equal(pki_sign(place->identity, &request, &made, place->why), STATUS_NOT_FOUND);
	assert_non_null(strstr(place->why, "dossierd rotate DATA --outsider-ca"));
	request.outsider = false;
	sign(place, &request, &made);
	pki_signed_release(&made);
	buf_release(&csr);
}

static void the_pin_is_of_the_first_ca_and_of_the_log_key(void **state)
{
	struct place *place = *state;
	struct pki_facts facts;
	char hex[2 * PIN_LEN + 2];
	if (pki_get_facts(place->identity, &facts, place->why) != STATUS_OK)
		fail_msg("%s", place->why);
	assert_int_equal(facts.log_key.len, 44);
	/* By other means: OpenSSL's command line and the formula. */
	assert_int_equal(run(place, "openssl x509 -in identity/ca-cert.pem -outform DER | openssl "
				    "dgst -sha256 -binary >both && openssl pkey -in "
				    "identity/log-key.pem -pubout -outform DER | openssl dgst "
				    "-sha256 -binary >>both && openssl dgst -sha256 -r both | cut "
				    "-c1-20"),
			 0);
	char *expected = contents(inside(place->root, "out.txt"));
	hex_encode(facts.pin, PIN_LEN, hex);
	hex[sizeof(hex) - 2] = '\n';
	hex[sizeof(hex) - 1] = '\0';
	assert_string_equal(expected, hex);
	free(expected);
	pki_facts_release(&facts);
}

static void facts_need_a_log_key_that_is_one(void **state)
{
	struct place *place = *state;
	struct pki_facts facts;
	assert_int_equal(file_put(inside(place->identity, PKI_LOG_KEY), "x", 1), STATUS_OK);
	assert_int_equal(pki_get_facts(place->identity, &facts, place->why), STATUS_TLS);
	assert_int_equal(unlink(inside(place->identity, PKI_LOG_KEY)), 0);
	assert_int_equal(pki_get_facts(place->identity, &facts, place->why), STATUS_NOT_FOUND);
	assert_null(facts.ca_pem.bytes);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, found, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_kind_is_signed_by_its_own_ca_for_its_own_key),
		TEST(what_is_told_of_a_certificate_is_what_tls_will_see),
		TEST(no_certificate_lives_longer_than_its_ca_or_is_dead_at_birth),
		TEST(a_request_that_is_not_right_is_refused),
		TEST(without_a_ca_for_outsiders_staff_is_served_and_outsiders_are_told),
		TEST(the_pin_is_of_the_first_ca_and_of_the_log_key),
		TEST(facts_need_a_log_key_that_is_one),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
