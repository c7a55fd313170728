/* What a context is built from: several CAs, lists of revoked certificates, locked keys. */
#include "common/tls.h"

#include <setjmp.h>
#include <stdarg.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "tests/lib/tls_pair.h"

#define HOUR 3600L

static void append(struct pair *pair, const char *to, const char *from)
{
	X509 *certificate = certificates_read(&pair->certificates, from);
	FILE *file = certificates_open(&pair->certificates, to, "pem", "a");

	PEM_write_X509(file, certificate);
	fclose(file);
	X509_free(certificate);
}

static void enforce(struct pair *pair, const struct list_options *list)
{
	static char path[CERTIFICATES_PATH_LEN];

	if (list != NULL)
		certificates_list(&pair->certificates, list);
	(void)snprintf(path, sizeof(path), "%s",
		       certificates_path(&pair->certificates, "all", "crl"));
	pair->server_options = options_of(pair, TLS_SERVER, "server", "ca");
	pair->server_options.crl = path;
}

static void expect_let_in(struct pair *pair, const char *name)
{
	enum tls_result server, client;

	make_pair(pair, name, "127.0.0.1");
	shake(pair, &server, &client);
	assert_int_equal(server, TLS_DONE);
	assert_int_equal(client, TLS_DONE);
}

/* ---- lists of revoked certificates ---- */

static void a_list_that_does_not_name_the_client_lets_it_in(void **state)
{
	struct pair *pair = *state;

	certificates_make(&pair->certificates,
			  &(struct certificate_options){.name = "gone", .issuer = "ca"});
	enforce(pair,
		&(struct list_options){
			.name = "all", .ca = "ca", .revoked = "gone", .begins = -1, .ends = HOUR});
	expect_let_in(pair, "client");
}

static void a_revoked_client_is_refused(void **state)
{
	enforce(*state, &(struct list_options){.name = "all",
					       .ca = "ca",
					       .revoked = "client",
					       .begins = -1,
					       .ends = HOUR});
	expect_refused(*state, "client", "certificate revoked");
}

static void a_list_that_has_expired_refuses_all(void **state)
{
	enforce(*state,
		&(struct list_options){.name = "all", .ca = "ca", .begins = -HOUR, .ends = -1});
	expect_refused(*state, "client", "CRL has expired");
}

static void a_list_of_the_future_refuses_all(void **state)
{
	enforce(*state, &(struct list_options){
				.name = "all", .ca = "ca", .begins = HOUR, .ends = 2 * HOUR});
	expect_refused(*state, "client", "CRL is not yet valid");
}

static void a_list_signed_by_another_key_refuses_all(void **state)
{
	struct pair *pair = *state;

	certificates_make(&pair->certificates,
			  &(struct certificate_options){.name = "other", .ca = true});
	enforce(pair,
		&(struct list_options){
			.name = "all", .ca = "ca", .signer = "other", .begins = -1, .ends = HOUR});
	expect_refused(pair, "client", "CRL signature failure");
}

static void a_ca_without_a_list_is_refused_when_another_has_one(void **state)
{
	struct pair *pair = *state;

	certificates_make(&pair->certificates,
			  &(struct certificate_options){.name = "other", .ca = true});
	enforce(pair,
		&(struct list_options){.name = "all", .ca = "other", .begins = -1, .ends = HOUR});
	expect_refused(pair, "client", "unable to get certificate CRL");
}

static void no_list_is_fine_unless_one_is_required(void **state)
{
	struct pair *pair = *state;
	struct tls_context *context = NULL;
	char why[TLS_ERROR_LEN];

	enforce(pair, NULL);
	pair->server_options.crl_required = true;
	assert_int_equal(tls_context_new(&context, &pair->server_options, why), STATUS_TLS);
	assert_non_null(strstr(why, "all.crl"));
	pair->server_options.crl_required = false;
	expect_let_in(pair, "client");
}

static void a_file_that_is_no_list_gives_no_context(void **state)
{
	static const char *const bad[] = {
		"", "nonsense\n", "-----BEGIN X509 CRL-----\nMIIB\n-----END X509 CRL-----\n"};
	struct pair *pair = *state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		FILE *file = certificates_open(&pair->certificates, "all", "crl", "w");
		struct tls_context *context = NULL;
		char why[TLS_ERROR_LEN];

		(void)fputs(bad[i], file);
		fclose(file);
		enforce(pair, NULL);
		assert_int_equal(tls_context_new(&context, &pair->server_options, why), STATUS_TLS);
		assert_non_null(strstr(why, "CRL"));
	}
}

/* ---- several CAs ---- */

static void all_certificates_of_all_files_are_trusted(void **state)
{
	static const char *const cas[] = {"newer", "outside"};

	for (int i = 0; i < 3; i++) {
		struct pair *pair = *state;

		certificates_make(&pair->certificates,
				  &(struct certificate_options){.name = "newer", .ca = true});
		certificates_make(&pair->certificates,
				  &(struct certificate_options){.name = "outside", .ca = true});
		if (i > 0)
			certificates_make(&pair->certificates,
					  &(struct certificate_options){.name = "client",
									.issuer = cas[i - 1]});
		append(pair, "both", "newer");
		append(pair, "both", "ca");
		pair->server_options = options_of(pair, TLS_SERVER, "server", "both");
		pair->server_options.ca[1] =
			certificates_path(&pair->certificates, "outside", "pem");
		expect_let_in(pair, "client");
		assert_int_equal(tear_down(state), 0);
		assert_int_equal(set_up(state), 0);
	}
}

static void two_cas_of_one_name_are_told_apart_by_their_keys(void **state)
{
	struct pair *pair = *state;

	append(pair, "both", "ca");
	certificates_make(&pair->certificates,
			  &(struct certificate_options){.name = "ca", .ca = true});
	append(pair, "both", "ca");
	pair->server_options = options_of(pair, TLS_SERVER, "server", "both");
	make_server(pair);
	make_context(pair, &pair->client_context, TLS_CLIENT, "client", "both");
	pair->client = tls_new(pair->client_context, pair->fds[1], "127.0.0.1");
	enum tls_result server, client;
	shake(pair, &server, &client);
	assert_int_equal(server, TLS_DONE);
	assert_int_equal(client, TLS_DONE);
}

/* ---- locked keys ---- */

static void lock_key(struct pair *pair, const char *name, const char *passphrase)
{
	EVP_PKEY *key = certificates_read_key(&pair->certificates, name);
	FILE *file = certificates_open(&pair->certificates, name, "key", "w");

	assert_int_equal(PEM_write_PKCS8PrivateKey(file, key, EVP_aes_256_cbc(), passphrase,
						   (int)strlen(passphrase), NULL, NULL),
			 1);
	fclose(file);
	EVP_PKEY_free(key);
}

static void a_locked_key_wants_its_passphrase_and_says_so(void **state)
{
	struct pair *pair = *state;
	struct tls_options options;
	struct tls_context *context = NULL;
	char why[TLS_ERROR_LEN];

	lock_key(pair, "client", "正确的口令");
	options = options_of(pair, TLS_CLIENT, "client", "ca");
	assert_int_equal(tls_context_new(&context, &options, why), STATUS_TLS);
	assert_non_null(strstr(why, "it is protected by a passphrase"));
	options.passphrase = "错误的口令";
	assert_int_equal(tls_context_new(&context, &options, why), STATUS_TLS);
	assert_non_null(strstr(why, "the passphrase is wrong"));
	options.passphrase = "";
	assert_int_equal(tls_context_new(&context, &options, why), STATUS_TLS);
	assert_non_null(strstr(why, "the passphrase is wrong"));
	options.passphrase = "正确的口令";
	assert_int_equal(tls_context_new(&context, &options, why), STATUS_OK);
	tls_context_free(context);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_list_that_does_not_name_the_client_lets_it_in),
		TEST(a_revoked_client_is_refused),
		TEST(a_list_that_has_expired_refuses_all),
		TEST(a_list_of_the_future_refuses_all),
		TEST(a_list_signed_by_another_key_refuses_all),
		TEST(a_ca_without_a_list_is_refused_when_another_has_one),
		TEST(no_list_is_fine_unless_one_is_required),
		TEST(a_file_that_is_no_list_gives_no_context),
		TEST(all_certificates_of_all_files_are_trusted),
		TEST(two_cas_of_one_name_are_told_apart_by_their_keys),
		TEST(a_locked_key_wants_its_passphrase_and_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
