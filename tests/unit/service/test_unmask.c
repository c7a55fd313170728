/* Unmasking: how much of a contact is clear, and what the look's entry is about. */
#include "tests/unit/service/consent.h"

#include <string.h>

struct fixture {
	struct desk desk;
	const char *customer; /* of CD */
};

static int setup(void **state)
{
	static struct fixture fixture;
	struct desk *desk = &fixture.desk;

	desk_open(desk);
	fixture.customer = desk_add_customer(desk, DESK_CLERK_CD, "成都某某公司", "K1");
	*state = &fixture;
	return 0;
}

static int teardown(void **state)
{
	desk_close(&((struct fixture *)*state)->desk);
	return 0;
}

static enum status unmask(struct fixture *fixture, uint64_t who, const char *reason,
			  const char *approval)
{
	Pb__UnmaskRequest request = PB__UNMASK_REQUEST__INIT;
	ProtobufCMessage *reply;

	request.customer = fixture->customer;
	request.reason = reason;
	request.approval = approval;
	return desk_look(&fixture->desk, who, RPC_unmask, &request.base, &reply);
}

static bool is_about(const struct desk *desk, enum subject_kind kind)
{
	for (size_t i = 0; i < desk->call.subject_count; i++)
		if (desk->call.subjects[i].kind == kind)
			return true;
	return false;
}

static void with_a_reason_what_is_personal_is_clear(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(unmask(fixture, DESK_CLERK_CD, "回访", ""), STATUS_OK);
	assert_int_equal(fixture->desk.call.right, MASK_RIGHT_PERSONAL);
	assert_true(fixture->desk.call.sensitive);
	assert_true(is_about(&fixture->desk, SUBJECT_CUSTOMER));
}

static void where_the_rule_asks_for_none_what_is_sensitive_is_clear_too(void **state)
{
	struct fixture *fixture = *state;

	memcpy(fixture->desk.config->approval_sensitive, "none", sizeof("none"));
	assert_int_equal(unmask(fixture, DESK_CLERK_CD, "回访", ""), STATUS_OK);
	assert_int_equal(fixture->desk.call.right, MASK_RIGHT_SENSITIVE);
}

static void without_a_reason_nothing_is(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(unmask(fixture, DESK_CLERK_CD, " ", ""), STATUS_INVALID);
	assert_string_equal(fixture->desk.call.refusal.field, "reason");
}

static void what_is_out_of_scope_is_not_there(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(unmask(fixture, DESK_CLERK_SH, "回访", ""), STATUS_NOT_FOUND);
	assert_string_equal(desk_reason(&fixture->desk), "customer_unknown");
	assert_true(fixture->desk.call.sensitive);
	assert_int_equal(unmask(fixture, DESK_AUDITOR, "回访", ""), STATUS_DENIED);
}

static void what_is_sensitive_needs_an_approval_for_this_customer(void **state)
{
	struct fixture *fixture = *state;
	struct desk *desk = &fixture->desk;
	struct subject subject = consent_customer(desk, fixture->customer);
	struct subject other = {SUBJECT_CUSTOMER, subject.id + 1};
	const char *number;

	number = consent_give(desk, DESK_CLERK_CD, APPROVAL_SENSITIVE, subject,
			      PB__APPROVAL_STATE__APPROVED);
	assert_int_equal(unmask(fixture, DESK_CLERK_CD, "核对", number), STATUS_OK);
	assert_int_equal(desk->call.right, MASK_RIGHT_SENSITIVE);
	assert_true(is_about(desk, SUBJECT_APPROVAL));
	assert_int_equal(unmask(fixture, DESK_LI_1, "核对", number), STATUS_NOT_FOUND);
	assert_string_equal(desk_reason(desk), "approval_unknown");
	number = consent_give(desk, DESK_CLERK_CD, APPROVAL_SENSITIVE, other,
			      PB__APPROVAL_STATE__APPROVED);
	assert_int_equal(unmask(fixture, DESK_CLERK_CD, "核对", number), STATUS_BLOCKED);
	assert_string_equal(desk_reason(desk), "approval_other");
	number = consent_give(desk, DESK_CLERK_CD, APPROVAL_SENSITIVE, subject,
			      PB__APPROVAL_STATE__USED);
	assert_int_equal(unmask(fixture, DESK_CLERK_CD, "核对", number), STATUS_BLOCKED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(with_a_reason_what_is_personal_is_clear),
		TEST(where_the_rule_asks_for_none_what_is_sensitive_is_clear_too),
		TEST(without_a_reason_nothing_is),
		TEST(what_is_out_of_scope_is_not_there),
		TEST(what_is_sensitive_needs_an_approval_for_this_customer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
