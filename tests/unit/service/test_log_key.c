/* Another key for the ledger: who asks, who approves, what is entered. */
#include "tests/unit/service/desk.h"

#include <stdio.h>
#include <string.h>

#include "common/successor.h"
#include "server/ledger/signer.h"

#define ORIGIN "office.example/log"

struct fixture {
	struct desk desk;
	uint64_t second; /* another officer */
	struct ed25519 *key;
	struct ed25519 *next;
	struct buf statement;
};

static struct ed25519 *pair(struct buf *pem)
{
	struct ed25519 *key;

	buf_clear(pem);
	assert_int_equal(ed25519_new(&key, pem), STATUS_OK);
	return key;
}

static struct ed25519 *pair_again(const struct buf *pem)
{
	struct ed25519 *key;

	assert_int_equal(ed25519_load(&key, (const char *)buf_head(pem), pem->len), STATUS_OK);
	return key;
}

static int setup(void **state)
{
	static struct fixture fixture;
	struct desk *desk = &fixture.desk;
	struct buf pem = BUF_EMPTY;
	char why[SIGNER_WHY_LEN];
	char path[96];

	desk_open(desk);
	fixture.second = desk_add_person(desk, "second", "HQ", "", PB__ROLE__OFFICER);
	(void)snprintf(path, sizeof(path), "%s/signer", desk->directory);
	assert_int_equal(signer_create(path), STATUS_OK);
	fixture.key = pair(&pem);
	assert_int_equal(signer_open(&desk->signer, path, ORIGIN, buf_head(&pem), pem.len, why),
			 STATUS_OK);
	fixture.next = pair(&pem);
	assert_int_equal(signer_companions(desk->signer, NULL, pair_again(&pem)), STATUS_OK);
	buf_release(&pem);
	fixture.statement = BUF_EMPTY;
	assert_int_equal(successor_format(ORIGIN, fixture.key, fixture.next, &fixture.statement),
			 STATUS_OK);
	*state = &fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	signer_close(fixture->desk.signer);
	ed25519_free(fixture->key);
	ed25519_free(fixture->next);
	buf_release(&fixture->statement);
	desk_close(&fixture->desk);
	return 0;
}

static enum status rotate(struct fixture *fixture, uint64_t who, const char *approval,
			  const Pb__LogKeyRotateReply **reply)
{
	Pb__LogKeyRotateRequest request = PB__LOG_KEY_ROTATE_REQUEST__INIT;
	ProtobufCMessage *decided = NULL;
	enum status status;

	request.statement = (ProtobufCBinaryData){
		fixture->statement.len, (uint8_t *)(uintptr_t)buf_head(&fixture->statement)};
	request.approval = approval;
	request.reason = approval[0] == '\0' ? "年度换钥" : "";
	status = desk_act(&fixture->desk, who, RPC_log_key_rotate, &request.base, &decided);
	if (reply != NULL)
		*reply = (const Pb__LogKeyRotateReply *)(void *)decided;
	return status;
}

/* Asks; the approval's number, of keep. */
static const char *ask(struct fixture *fixture)
{
	const Pb__LogKeyRotateReply *reply;

	assert_int_equal(rotate(fixture, DESK_OFFICER, "", &reply), STATUS_OK);
	assert_non_null(reply->opened);
	assert_null(reply->key);
	const char *number = reply->opened->approval->number;
	return arena_copy(&fixture->desk.keep, number, strlen(number));
}

static enum status approve(struct fixture *fixture, uint64_t who, const char *number)
{
	Pb__ApprovalDecideRequest request = PB__APPROVAL_DECIDE_REQUEST__INIT;

	request.approval = number;
	request.approve = true;
	return desk_act(&fixture->desk, who, RPC_approval_decide, &request.base, NULL);
}

static void refused(struct fixture *fixture, enum status status, const char *reason)
{
	assert_int_not_equal(status, STATUS_OK);
	assert_string_equal(desk_reason(&fixture->desk), reason);
}

static void it_takes_two_officers(void **state)
{
	struct fixture *fixture = *state;
	const Pb__LogKeyRotateReply *reply;
	const char *number = ask(fixture);
	char vkey[NOTE_VKEY_MAX + 1];
	struct note_key next;

	refused(fixture, rotate(fixture, DESK_OFFICER, number, NULL), "approval_waits");
	refused(fixture, approve(fixture, DESK_OFFICER, number), "approval_own");
	refused(fixture, approve(fixture, DESK_CLERK_CD, number), "approval_unknown");
	assert_int_equal(approve(fixture, fixture->second, number), STATUS_OK);
	refused(fixture, rotate(fixture, fixture->second, number, NULL), "approval_unknown");
	assert_int_equal(rotate(fixture, DESK_OFFICER, number, &reply), STATUS_OK);
	assert_int_equal(signer_next(fixture->desk.signer, &next), STATUS_OK);
	note_key_format(&next, vkey);
	assert_string_equal(reply->key->vkey, vkey);
	assert_null(reply->opened);
	refused(fixture, rotate(fixture, DESK_OFFICER, number, NULL), "approval_used");
}

static void nobody_else_may_ask(void **state)
{
	struct fixture *fixture = *state;

	refused(fixture, rotate(fixture, DESK_CLERK_CD, "", NULL), "role_forbids");
	refused(fixture, rotate(fixture, DESK_AUDITOR, "", NULL), "role_forbids");
}

static void not_even_the_settings_let_one_do_it_alone(void **state)
{
	struct fixture *fixture = *state;
	struct config *config = fixture->desk.config;

	(void)snprintf(config->approval_log_key, sizeof(config->approval_log_key), "none");
	refused(fixture, rotate(fixture, DESK_OFFICER, ask(fixture), NULL), "approval_needed");
}

static void an_approval_is_for_the_key_that_was_asked_for(void **state)
{
	struct fixture *fixture = *state;
	const char *number = ask(fixture);
	struct buf pem = BUF_EMPTY;
	struct ed25519 *other = pair(&pem);

	assert_int_equal(approve(fixture, fixture->second, number), STATUS_OK);
	assert_int_equal(signer_companions(fixture->desk.signer, NULL, pair_again(&pem)),
			 STATUS_OK);
	buf_clear(&fixture->statement);
	assert_int_equal(successor_format(ORIGIN, fixture->key, other, &fixture->statement),
			 STATUS_OK);
	refused(fixture, rotate(fixture, DESK_OFFICER, number, NULL), "approval_other");
	ed25519_free(other);
	buf_release(&pem);
}

static void only_a_key_that_the_server_has_and_the_old_one_names_can_follow(void **state)
{
	struct fixture *fixture = *state;
	struct buf pem = BUF_EMPTY;
	struct ed25519 *other = pair(&pem);

	buf_clear(&fixture->statement);
	assert_int_equal(successor_format(ORIGIN, other, fixture->next, &fixture->statement),
			 STATUS_OK);
	refused(fixture, rotate(fixture, DESK_OFFICER, "", NULL), "log_key_statement");
	buf_clear(&fixture->statement);
	assert_int_equal(successor_format(ORIGIN, fixture->key, other, &fixture->statement),
			 STATUS_OK);
	refused(fixture, rotate(fixture, DESK_OFFICER, "", NULL), "log_key_absent");
	buf_clear(&fixture->statement);
	refused(fixture, rotate(fixture, DESK_OFFICER, "", NULL), "log_key_statement");
	ed25519_free(other);
	buf_release(&pem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(it_takes_two_officers, setup, teardown),
		cmocka_unit_test_setup_teardown(nobody_else_may_ask, setup, teardown),
		cmocka_unit_test_setup_teardown(not_even_the_settings_let_one_do_it_alone, setup,
						teardown),
		cmocka_unit_test_setup_teardown(an_approval_is_for_the_key_that_was_asked_for,
						setup, teardown),
		cmocka_unit_test_setup_teardown(
			only_a_key_that_the_server_has_and_the_old_one_names_can_follow, setup,
			teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
