/* Which certificates of the state get into crl.pem: `dossierd crl` on a founded data directory. */
#include "server/command/command.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/file.h"
#include "common/hash.h"
#include "server/pki.h"
#include "server/store/store.h"

#define NAME_LEN 128
#define TEXT(text) ((char[]){text}) /* as main() gets them */

struct place {
	char root[64];
	char data[NAME_LEN];
	char text[NAME_LEN * 2]; /* of the last inside() */
};

static const char *inside(struct place *place, const char *name)
{
	snprintf(place->text, sizeof(place->text), "%s/%s", place->root, name);
	return place->text;
}

static int run_command(int (*command)(int, char **), char **arguments)
{
	int count = 0;
	while (arguments[count] != NULL)
		count++;
	optind = 0; /* begin anew */
	return command(count, arguments);
}

static int found(void **state)
{
	struct place *place = calloc(1, sizeof(*place));
	snprintf(place->root, sizeof(place->root), "/tmp/dossier-crl-XXXXXX");
	if (mkdtemp(place->root) == NULL)
		return -1;
	snprintf(place->data, sizeof(place->data), "%s/data", place->root);
	char profile[NAME_LEN];
	snprintf(profile, sizeof(profile), "%s/officer", place->root);
	char *arguments[] = {TEXT("init"), place->data, TEXT("--profile"), profile, NULL};
	*state = place;
	return run_command(command_init, arguments);
}

static int tear_down(void **state)
{
	struct place *place = *state;
	enum status status = command_remove_tree(place->root);
	free(place);
	return status == STATUS_OK ? 0 : -1;
}

static struct store *open_state(struct place *place)
{
	struct store *store = NULL;
	char why[STORE_WHY_LEN];
	assert_int_equal(store_open(&store, inside(place, "data/state"), STORE_WRITE, 0, why),
			 STATUS_OK);
	return store;
}

/* A certificate of the state as if it had been issued. */
struct made {
	uint64_t id;
	uint8_t serial; /* all of its bytes; 0: it has none there */
	bool revoked, ended, outsider;
	const uint8_t *identity; /* NULL: one of its own */
};

static void put(struct place *place, const struct made *made, size_t count)
{
	struct store *store = open_state(place);
	struct txn *txn = NULL;
	assert_int_equal(store_write(store, &txn), STATUS_OK);
	for (size_t i = 0; i < count; i++) {
		Pb__Certificate row = PB__CERTIFICATE__INIT;
		uint8_t serial[PKI_SERIAL_LEN];
		uint8_t identity[HASH_LEN];
		memset(serial, made[i].serial, sizeof(serial));
		memset(identity, (int)made[i].id, sizeof(identity));
		if (made[i].identity != NULL)
			memcpy(identity, made[i].identity, sizeof(identity));
		row.id = made[i].id;
		row.principal_id = 1;
		row.identity = (ProtobufCBinaryData){sizeof(identity), identity};
		if (made[i].serial != 0)
			row.serial = (ProtobufCBinaryData){sizeof(serial), serial};
		row.not_after = time(NULL) + (made[i].ended ? -100 : 100000);
		row.revoked_at = made[i].revoked ? (int64_t)(time(NULL) - 50) * 1000000 : 0;
		row.outsider = made[i].outsider;
		certificate_put(txn, &row);
	}
	assert_int_equal(txn_commit(txn), STATUS_OK);
	store_close(store);
}

static void write_list(struct place *place)
{
	char *arguments[] = {TEXT("crl"), place->data, TEXT("--days"), TEXT("7"), NULL};
	assert_int_equal(run_command(command_crl, arguments), EXIT_DONE);
}

/* How often a serial stands in the lists, and in which of the two it does. */
static int listed(struct place *place, const char *serial, bool outsider)
{
	char command[512];
	snprintf(command, sizeof(command),
		 "%s %s/data/identity/crl.pem %s | openssl crl -noout -text | "
		 "grep -c 'Serial Number: %s$' >%s/count",
		 outsider ? "tac" : "cat", place->root, outsider ? "| sed '/BEGIN/q' | tac" : "",
		 serial, place->root);
	(void)!system(command); /* grep fails when there is none */
	uint8_t *bytes;
	size_t len;
	assert_int_equal(file_get(inside(place, "count"), 64, &bytes, &len), STATUS_OK);
	int count = (int)strtol((const char *)bytes, NULL, 10);
	free(bytes);
	return count;
}

static void who_is_revoked_stands_in_the_list_of_his_ca_alone(void **state)
{
	static const struct made all[] = {
		{.id = 11, .serial = 0x11, .revoked = true},
		{.id = 12, .serial = 0x12},
		{.id = 13, .serial = 0x13, .revoked = true, .ended = true},
		{.id = 14, .serial = 0x14, .revoked = true, .outsider = true},
	};
	struct place *place = *state;
	put(place, all, sizeof(all) / sizeof(all[0]));
	write_list(place);
	assert_int_equal(listed(place, "11111111111111111111111111111111", false), 1);
	assert_int_equal(listed(place, ".*", false), 1);
	assert_int_equal(listed(place, "14141414141414141414141414141414", true), 1);
	assert_int_equal(listed(place, ".*", true), 1);
}

static void the_serial_of_one_that_the_operator_issued_is_found_with_its_entry(void **state)
{
	struct place *place = *state;
	uint8_t identity[HASH_LEN];
	struct pki_issued issued;
	char hex[2 * PKI_SERIAL_LEN + 1];
	char directory[NAME_LEN * 2];
	char why[PKI_WHY_LEN];
	snprintf(directory, sizeof(directory), "%s", inside(place, "data/identity"));
	assert_int_equal(pki_certificate_identity(inside(place, "officer/cert.pem"), identity, why),
			 STATUS_OK);
	assert_int_equal(pki_issued(directory, identity, &issued), STATUS_OK);
	hex_encode(issued.serial, PKI_SERIAL_LEN, hex);
	for (char *at = hex; *at != '\0'; at++)
		*at = (char)(*at >= 'a' ? *at - 'a' + 'A' : *at);
	put(place, &(struct made){.id = 21, .revoked = true, .identity = identity}, 1);
	put(place, &(struct made){.id = 22, .revoked = true}, 1); /* nobody knows its serial */
	write_list(place);
	assert_int_equal(listed(place, hex, false), 1);
	assert_int_equal(listed(place, ".*", false), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, found, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_is_revoked_stands_in_the_list_of_his_ca_alone),
		TEST(the_serial_of_one_that_the_operator_issued_is_found_with_its_entry),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
