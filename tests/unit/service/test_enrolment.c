/* Codes are used once, by one key, in their time; certificates end when what they rest on ends. */
#include "server/service/enrolment.h"

#include "tests/unit/service/mandate.h"

#define SECOND INT64_C(1000000)
#define HOUR (3600 * SECOND)
#define DAYS(count) ((count)*INT64_C(86400))

static const uint8_t key[HASH_LEN] = {1};
static const uint8_t other_key[HASH_LEN] = {2};

static ProtobufCBinaryData bytes_of(const uint8_t *hash)
{
	return (ProtobufCBinaryData){HASH_LEN, (uint8_t *)(uintptr_t)hash};
}

/* A code's hash that no other has, of keep. */
static const uint8_t *new_hash(struct desk *desk)
{
	uint8_t *hash = arena_alloc(&desk->keep, HASH_LEN);

	assert_non_null(hash);
	random_bytes(hash, HASH_LEN);
	return hash;
}

static const uint8_t *give_code(struct desk *desk, const char *login, bool lost,
				Pb__PrincipalCodeReply **reply)
{
	Pb__PrincipalCodeRequest request = PB__PRINCIPAL_CODE_REQUEST__INIT;
	const uint8_t *hash = new_hash(desk);

	request.login = login;
	request.code_hash = bytes_of(hash);
	request.lost = lost;
	assert_int_equal(desk_act(desk, DESK_OFFICER, RPC_principal_code, &request.base,
				  (ProtobufCMessage **)(void *)reply),
			 STATUS_OK);
	return hash;
}

/* What a code allows now; not_after is in seconds from now. */
static enum status judge(struct desk *desk, const uint8_t *hash, const uint8_t *by,
			 struct warrant *warrant)
{
	struct txn *txn;
	enum status status;
	struct call call = {
		.arena = &desk->keep,
		.config = desk->config,
		.now = desk->now,
		.refusal = PB__REFUSAL__INIT,
	};

	assert_int_equal(store_read(desk->store, &txn), STATUS_OK);
	call.txn = txn;
	status = enrolment_by_code(&call, hash, by, warrant);
	warrant->not_after -= desk->now / SECOND;
	if (status != STATUS_OK)
		assert_string_equal(call.refusal.reason, "code_invalid");
	txn_end(txn);
	return status;
}

static enum status enter(struct desk *desk, const struct warrant *warrant, const uint8_t *by,
			 Pb__CertificateIssueRequest *request)
{
	static const uint8_t der[] = "certificate";

	request->principal_id = warrant->principal->id;
	request->der = (ProtobufCBinaryData){sizeof(der), (uint8_t *)(uintptr_t)der};
	request->identity = bytes_of(new_hash(desk));
	request->key_hash = bytes_of(by);
	request->not_after = desk->now / SECOND + warrant->not_after;
	return desk_act(desk, DESK_SYSTEM, RPC_certificate_issue, &request->base, NULL);
}

static enum status issue(struct desk *desk, const struct warrant *warrant, const uint8_t *hash,
			 const uint8_t *by)
{
	Pb__CertificateIssueRequest request = PB__CERTIFICATE_ISSUE_REQUEST__INIT;

	request.code_hash = bytes_of(hash);
	return enter(desk, warrant, by, &request);
}

static enum status renew(struct desk *desk, const struct warrant *warrant, uint64_t certificate)
{
	Pb__CertificateIssueRequest request = PB__CERTIFICATE_ISSUE_REQUEST__INIT;

	request.renews = certificate;
	return enter(desk, warrant, key, &request);
}

static void a_code_is_for_one_key_and_the_same_key_gets_the_same_again(void **state)
{
	struct desk *desk = &((struct shelf *)*state)->desk;
	const uint8_t *hash = give_code(desk, "wang.fang", false, NULL);
	struct warrant warrant;

	assert_int_equal(judge(desk, hash, key, &warrant), STATUS_OK);
	assert_int_equal(warrant.principal->id, DESK_WANG);
	assert_int_equal(warrant.not_after, DAYS(90));
	assert_false(warrant.outsider);
	assert_null(warrant.again);
	assert_int_equal(issue(desk, &warrant, hash, key), STATUS_OK);
	assert_int_equal(judge(desk, hash, key, &warrant), STATUS_OK);
	assert_non_null(warrant.again);
	assert_int_equal(judge(desk, hash, other_key, &warrant), STATUS_DENIED);
	assert_non_null(warrant.principal);
}

static void of_two_that_were_signed_one_is_entered(void **state)
{
	struct desk *desk = &((struct shelf *)*state)->desk;
	const uint8_t *hash = give_code(desk, "wang.fang", false, NULL);
	struct warrant warrant;

	assert_int_equal(judge(desk, hash, key, &warrant), STATUS_OK);
	assert_int_equal(issue(desk, &warrant, hash, key), STATUS_OK);
	assert_int_equal(issue(desk, &warrant, hash, other_key), STATUS_DENIED);
	assert_string_equal(desk_reason(desk), "code_invalid");
}

static void a_code_ends_after_a_day(void **state)
{
	struct desk *desk = &((struct shelf *)*state)->desk;
	const uint8_t *hash = give_code(desk, "wang.fang", false, NULL);
	int64_t made = desk->now;
	struct warrant warrant;

	desk->now = made + 24 * HOUR - 2 * SECOND;
	assert_int_equal(judge(desk, hash, key, &warrant), STATUS_OK);
	desk->now = made + 24 * HOUR;
	assert_int_equal(judge(desk, hash, key, &warrant), STATUS_DENIED);
	assert_int_equal(issue(desk, &warrant, hash, key), STATUS_DENIED);
}

static void a_new_code_takes_the_place_of_the_old_one(void **state)
{
	struct desk *desk = &((struct shelf *)*state)->desk;
	const uint8_t *first = give_code(desk, "wang.fang", false, NULL);
	Pb__PrincipalCodeReply *reply;
	const uint8_t *second = give_code(desk, "wang.fang", false, &reply);
	struct warrant warrant;

	assert_int_equal(reply->n_withdrawn, 1);
	assert_int_equal(judge(desk, first, key, &warrant), STATUS_DENIED);
	assert_int_equal(judge(desk, second, key, &warrant), STATUS_OK);
}

static void lost_revokes_what_the_person_has_and_nobody_elses(void **state)
{
	struct desk *desk = &((struct shelf *)*state)->desk;
	const uint8_t *mine = give_code(desk, "wang.fang", false, NULL);
	const uint8_t *theirs = give_code(desk, "li.na", false, NULL);
	struct warrant warrant;
	Pb__PrincipalCodeReply *reply;

	assert_int_equal(judge(desk, mine, key, &warrant), STATUS_OK);
	assert_int_equal(issue(desk, &warrant, mine, key), STATUS_OK);
	assert_int_equal(judge(desk, theirs, key, &warrant), STATUS_OK);
	assert_int_equal(issue(desk, &warrant, theirs, key), STATUS_OK);
	(void)give_code(desk, "wang.fang", true, &reply);
	assert_int_equal(reply->n_revoked, 1);
	assert_int_equal(reply->revoked[0]->principal_id, DESK_WANG);
	assert_true(reply->revoked[0]->revoked_at > 0);
	assert_int_equal(judge(desk, mine, key, &warrant), STATUS_DENIED);
	assert_int_equal(judge(desk, theirs, key, &warrant), STATUS_OK);
}

/* A machine that is stolen could renew without end. */
static void who_hoards_certificates_is_stopped_before_a_loss_could_not_be_one_act(void **state)
{
	struct desk *desk = &((struct shelf *)*state)->desk;
	const uint8_t *hash = give_code(desk, "wang.fang", false, NULL);
	struct warrant warrant;
	Pb__PrincipalCodeReply *reply;
	enum status status;
	unsigned count = 1;

	assert_int_equal(judge(desk, hash, key, &warrant), STATUS_OK);
	assert_int_equal(issue(desk, &warrant, hash, key), STATUS_OK);
	while ((status = renew(desk, &warrant, 1)) == STATUS_OK && count < 100)
		count++;
	assert_int_equal(status, STATUS_LIMIT);
	assert_string_equal(desk_reason(desk), "certificates_many");
	assert_int_equal(count, desk->call.refusal.limit);
	hash = give_code(desk, "wang.fang", true, &reply);
	assert_int_equal(reply->n_revoked, count);
	assert_int_equal(judge(desk, hash, other_key, &warrant), STATUS_OK);
	assert_int_equal(issue(desk, &warrant, hash, other_key), STATUS_OK);
	assert_int_equal(renew(desk, &warrant, 1), STATUS_DENIED);
}

static enum status bind(struct desk *desk, uint64_t principal, int64_t issued_at)
{
	Pb__CertificateBindRequest request = PB__CERTIFICATE_BIND_REQUEST__INIT;

	request.principal_id = principal;
	request.identity = bytes_of(new_hash(desk));
	request.not_after = desk->now / SECOND + DAYS(90);
	request.issued_at = issued_at;
	return desk_act(desk, DESK_SYSTEM, RPC_certificate_bind, &request.base, NULL);
}

/* The operator hands certificates out as files, which the ledger learns of at their first use. */
static void what_the_operator_issued_before_a_loss_is_not_bound_after_it(void **state)
{
	struct desk *desk = &((struct shelf *)*state)->desk;

	assert_int_equal(bind(desk, DESK_WANG, 0), STATUS_OK);
	assert_int_equal(bind(desk, DESK_WANG, desk->now), STATUS_OK);
	(void)give_code(desk, "wang.fang", true, NULL);
	assert_int_equal(bind(desk, DESK_WANG, desk->call.now), STATUS_DENIED);
	assert_int_equal(bind(desk, DESK_WANG, 0), STATUS_DENIED);
	assert_string_equal(desk_reason(desk), "certificate_ended");
	assert_int_equal(bind(desk, DESK_LI_1, 0), STATUS_OK);
	assert_int_equal(bind(desk, DESK_WANG, desk->now + SECOND), STATUS_OK);
}

static void what_never_was_a_code_is_nobodys(void **state)
{
	struct desk *desk = &((struct shelf *)*state)->desk;
	struct warrant warrant;

	assert_int_equal(judge(desk, new_hash(desk), key, &warrant), STATUS_DENIED);
	assert_null(warrant.principal);
}

static void an_outsiders_certificate_ends_with_the_last_approved_grant(void **state)
{
	struct shelf *shelf = *state;
	struct desk *desk = &shelf->desk;
	const uint8_t *hash = give_code(desk, "lin.hao", false, NULL);
	Pb__Grant *grant = mandate_make(shelf, MANDATE_LAWYER);
	struct warrant warrant;

	assert_int_equal(judge(desk, hash, key, &warrant), STATUS_OK);
	assert_true(warrant.outsider);
	assert_int_equal(warrant.not_after, DAYS(7));

	grant->not_before = desk->now + 5 * DESK_DAY;
	grant->not_after = desk->now + 10 * DESK_DAY;
	mandate_put(shelf, grant, PB__APPROVAL_STATE__WAITING);
	assert_int_equal(judge(desk, hash, key, &warrant), STATUS_OK);
	assert_int_equal(warrant.not_after, DAYS(7));
	mandate_put(shelf, grant, PB__APPROVAL_STATE__APPROVED);
	assert_int_equal(judge(desk, hash, key, &warrant), STATUS_OK);
	assert_int_equal(warrant.not_after, DAYS(10));

	grant->not_after = desk->now + 300 * DESK_DAY;
	mandate_put(shelf, grant, PB__APPROVAL_STATE__APPROVED);
	assert_int_equal(judge(desk, hash, key, &warrant), STATUS_OK);
	assert_int_equal(warrant.not_after, DAYS(30));
	grant->revoked_at = desk->now;
	mandate_put(shelf, grant, PB__APPROVAL_STATE__APPROVED);
	assert_int_equal(judge(desk, hash, key, &warrant), STATUS_OK);
	assert_int_equal(warrant.not_after, DAYS(7));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, mandate_setup, mandate_teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_code_is_for_one_key_and_the_same_key_gets_the_same_again),
		TEST(of_two_that_were_signed_one_is_entered),
		TEST(a_code_ends_after_a_day),
		TEST(a_new_code_takes_the_place_of_the_old_one),
		TEST(lost_revokes_what_the_person_has_and_nobody_elses),
		TEST(who_hoards_certificates_is_stopped_before_a_loss_could_not_be_one_act),
		TEST(what_the_operator_issued_before_a_loss_is_not_bound_after_it),
		TEST(what_never_was_a_code_is_nobodys),
		TEST(an_outsiders_certificate_ends_with_the_last_approved_grant),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
