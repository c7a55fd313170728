/* Peers that were let in once, judged by other CAs and lists. */
#include "common/tls.h"

#include <setjmp.h>
#include <stdarg.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "tests/lib/tls_pair.h"

#define HOUR 3600L

/* The verdict on "client" by that CA, and by that list when it is not NULL. */
static void expect(struct pair *pair, const char *ca, const struct list_options *list,
		   enum tls_verdict verdict)
{
	struct tls_options options = options_of(pair, TLS_SERVER, "server", ca);
	struct tls_context *context;

	if (list != NULL) {
		certificates_list(&pair->certificates, list);
		options.crl = certificates_path(&pair->certificates, list->name, "crl");
	}
	make_context_with(&context, &options);
	assert_int_equal(tls_judge_again(pair->server, context), verdict);
	tls_context_free(context);
}

static void who_is_by_a_trusted_ca_stays_trusted(void **state)
{
	connect_pair(*state);
	expect(*state, "ca", NULL, TLS_TRUSTED);
	expect(*state, "ca", &(struct list_options){.name = "a", .ca = "ca"}, TLS_TRUSTED);
}

static void who_is_by_another_ca_is_not(void **state)
{
	struct pair *pair = *state;
	struct certificates *all = &pair->certificates;

	certificates_make(all, &(struct certificate_options){.name = "other", .ca = true});
	connect_pair(pair);
	expect(pair, "other", NULL, TLS_UNTRUSTED);
	expect(pair, "other", &(struct list_options){.name = "a", .ca = "ca"}, TLS_UNTRUSTED);
}

static void who_is_named_on_a_list_is_over_even_when_the_list_is_too_old(void **state)
{
	connect_pair(*state);
	expect(*state, "ca", &(struct list_options){.name = "a", .ca = "ca", .revoked = "client"},
	       TLS_OVER);
	expect(*state, "ca",
	       &(struct list_options){
		       .name = "b", .ca = "ca", .revoked = "client", .begins = -HOUR, .ends = -1},
	       TLS_OVER);
}

static void whose_time_has_passed_is_over(void **state)
{
	struct pair *pair = *state;

	certificates_make(
		&pair->certificates,
		&(struct certificate_options){.name = "client", .issuer = "ca", .ends = 2});
	connect_pair(pair);
	expect(pair, "ca", NULL, TLS_TRUSTED);
	sleep(3); /* the only way to that moment */
	expect(pair, "ca", NULL, TLS_OVER);
}

static void a_list_that_proves_nothing_ends_nobody(void **state)
{
	struct pair *pair = *state;
	struct certificates *all = &pair->certificates;

	certificates_make(all, &(struct certificate_options){.name = "other", .ca = true});
	connect_pair(pair);
	expect(pair, "ca",
	       &(struct list_options){.name = "old", .ca = "ca", .begins = -HOUR, .ends = -1},
	       TLS_TRUSTED);
	expect(pair, "ca",
	       &(struct list_options){
		       .name = "later", .ca = "ca", .begins = HOUR, .ends = 2 * HOUR},
	       TLS_TRUSTED);
	expect(pair, "ca", &(struct list_options){.name = "none", .ca = "other"}, TLS_TRUSTED);
	expect(pair, "ca",
	       &(struct list_options){
		       .name = "forged", .ca = "ca", .signer = "other", .revoked = "client"},
	       TLS_TRUSTED);
}

static void who_came_by_this_very_context_is_not_judged_twice(void **state)
{
	struct pair *pair = *state;

	connect_pair(pair);
	assert_int_equal(tls_judge_again(pair->server, pair->server_context), TLS_TRUSTED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_is_by_a_trusted_ca_stays_trusted),
		TEST(who_is_by_another_ca_is_not),
		TEST(who_is_named_on_a_list_is_over_even_when_the_list_is_too_old),
		TEST(whose_time_has_passed_is_over),
		TEST(a_list_that_proves_nothing_ends_nobody),
		TEST(who_came_by_this_very_context_is_not_judged_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
