/* What a look uses up, and when there is nothing left to use. */
#include "server/service/look.h"

#include <stdlib.h>

#include "tests/unit/service/desk.h"

#define OUTSIDER 77
#define STAFF_MEMBER DESK_CLERK_CD
#define DAY INT64_C(86400000000)

static const struct rpc unmask = {.name = "unmask", .permission = PERMISSION_UNMASK};
static const struct rpc unseal = {.name = "unseal", .permission = PERMISSION_UNSEAL};
static const struct rpc show = {.name = "show", .permission = PERMISSION_ITEM_READ};
static const struct rpc grants = {.name = "grants", .permission = PERMISSION_GRANT_READ};
static const struct rpc approvals = {.name = "approvals", .permission = PERMISSION_APPROVAL_READ};

struct fixture {
	struct desk desk;
	struct txn *txn;
	struct arena arena;
	Pb__Principal who;
	struct call call;
};

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	desk_open(&fixture->desk);
	arena_init(&fixture->arena, 1024 * 1024);
	assert_int_equal(store_write(fixture->desk.store, &fixture->txn), STATUS_OK);
	pb__principal__init(&fixture->who);
	fixture->call = (struct call){
		.txn = fixture->txn,
		.arena = &fixture->arena,
		.config = fixture->desk.config,
		.now = fixture->desk.now,
		.principal = &fixture->who,
		.refusal = PB__REFUSAL__INIT,
	};
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(txn_status(fixture->txn), STATUS_OK);
	txn_end(fixture->txn);
	arena_release(&fixture->arena);
	desk_close(&fixture->desk);
	free(fixture);
	return 0;
}

static void is_looking(struct fixture *fixture, uint64_t who, bool outsider)
{
	fixture->who.id = who;
	fixture->call.outsider = outsider;
}

/* Judges a look, and enters it when it may be shown. */
static enum status look(struct fixture *fixture, const struct rpc *rpc, struct subject *subjects,
			size_t count)
{
	struct call *call = &fixture->call;
	struct entry entry = {.class_ = ENTRY_ACCESS,
			      .time = call->now,
			      .actor = fixture->who.id,
			      .subjects = subjects,
			      .subject_count = count};
	enum status status;

	call->rpc = rpc;
	call->subjects = subjects;
	call->subject_count = count;
	status = look_judge(call);
	if (status == STATUS_OK)
		look_apply(fixture->txn, &entry, rpc);
	return status;
}

static void put_approval(struct fixture *fixture, uint64_t id, uint64_t asked_by)
{
	Pb__Approval approval = PB__APPROVAL__INIT;

	approval.id = id;
	approval.number = "SP-1";
	approval.state = PB__APPROVAL_STATE__APPROVED;
	approval.asked_by = asked_by;
	approval.usable_until = fixture->call.now + DAY;
	approval_put(fixture->txn, &approval);
}

static void staff_and_outsiders_unmask_a_day_as_often_as_the_settings_say(void **state)
{
	struct fixture *fixture = *state;
	struct subject customer = {SUBJECT_CUSTOMER, 1};

	fixture->desk.config->limits_unmasks_per_day = 3;
	fixture->desk.config->limits_outsider_unmasks_per_day = 1;
	is_looking(fixture, STAFF_MEMBER, false);
	for (int i = 0; i < 3; i++)
		assert_int_equal(look(fixture, &unmask, &customer, 1), STATUS_OK);
	assert_int_equal(look(fixture, &unmask, &customer, 1), STATUS_LIMIT);
	assert_string_equal(fixture->call.refusal.reason, "unmasks_used_up");
	assert_int_equal(fixture->call.refusal.limit, 3);
	assert_int_equal(fixture->call.refusal.until, fixture->call.now + DAY);
	is_looking(fixture, OUTSIDER, true);
	assert_int_equal(look(fixture, &unmask, &customer, 1), STATUS_OK);
	assert_int_equal(look(fixture, &unmask, &customer, 1), STATUS_LIMIT);
	assert_int_equal(fixture->call.refusal.limit, 1);
	fixture->call.now += DAY;
	assert_int_equal(look(fixture, &unmask, &customer, 1), STATUS_OK);
}

static void what_was_refused_uses_nothing_up(void **state)
{
	struct fixture *fixture = *state;
	struct subject customer = {SUBJECT_CUSTOMER, 1};
	const Pb__Usage *usage;

	fixture->desk.config->limits_unmasks_per_day = 1;
	is_looking(fixture, STAFF_MEMBER, false);
	assert_int_equal(look(fixture, &unmask, &customer, 1), STATUS_OK);
	assert_int_equal(look(fixture, &unmask, &customer, 1), STATUS_LIMIT);
	usage = usage_get(fixture->txn, STAFF_MEMBER, &fixture->arena);
	assert_non_null(usage);
	assert_int_equal(usage->unmasks, 1);
	assert_int_equal(usage->records, 0);
}

static void an_approval_is_used_by_one_look(void **state)
{
	struct fixture *fixture = *state;
	struct subject subjects[] = {{SUBJECT_ITEM, 1}, {SUBJECT_APPROVAL, 9}};
	const Pb__Approval *row;

	put_approval(fixture, 9, STAFF_MEMBER);
	is_looking(fixture, STAFF_MEMBER, false);
	assert_int_equal(look(fixture, &unseal, subjects, 2), STATUS_OK);
	row = approval_get(fixture->txn, 9, &fixture->arena);
	assert_int_equal(row->state, PB__APPROVAL_STATE__USED);
	assert_int_equal(row->used_at, fixture->call.now);
	assert_int_equal(look(fixture, &unseal, subjects, 2), STATUS_BLOCKED);
	assert_string_equal(fixture->call.refusal.reason, "approval_used");
}

static void an_approval_is_of_use_to_who_asked_for_it_alone_and_in_its_time(void **state)
{
	struct fixture *fixture = *state;
	struct subject subjects[] = {{SUBJECT_ITEM, 1}, {SUBJECT_APPROVAL, 9}};
	struct subject unknown[] = {{SUBJECT_ITEM, 1}, {SUBJECT_APPROVAL, 10}};

	put_approval(fixture, 9, STAFF_MEMBER);
	is_looking(fixture, DESK_CLERK_SH, false);
	assert_int_not_equal(look(fixture, &unseal, subjects, 2), STATUS_OK);
	is_looking(fixture, STAFF_MEMBER, false);
	assert_int_equal(look(fixture, &unseal, unknown, 2), STATUS_NOT_FOUND);
	fixture->call.now += DAY;
	assert_int_not_equal(look(fixture, &unseal, subjects, 2), STATUS_OK);
	assert_int_equal(approval_get(fixture->txn, 9, &fixture->arena)->state,
			 PB__APPROVAL_STATE__APPROVED);
}

static void looks_about_grants_and_approvals_use_none(void **state)
{
	struct fixture *fixture = *state;
	struct subject subjects[] = {{SUBJECT_GRANT, 4}, {SUBJECT_APPROVAL, 9}};

	put_approval(fixture, 9, STAFF_MEMBER);
	is_looking(fixture, OUTSIDER, true);
	assert_int_equal(look(fixture, &grants, subjects, 1), STATUS_OK);
	assert_int_equal(look(fixture, &approvals, subjects, 2), STATUS_OK);
	assert_null(grant_use_get(fixture->txn, 4, &fixture->arena));
	assert_null(usage_get(fixture->txn, OUTSIDER, &fixture->arena));
	assert_int_equal(approval_get(fixture->txn, 9, &fixture->arena)->state,
			 PB__APPROVAL_STATE__APPROVED);
}

static void a_grant_of_somebody_else_shows_nothing(void **state)
{
	struct fixture *fixture = *state;
	struct subject subjects[] = {{SUBJECT_ITEM, 1}, {SUBJECT_GRANT, 4}};
	Pb__Grant grant = PB__GRANT__INIT;

	put_approval(fixture, 9, STAFF_MEMBER);
	grant.id = 4;
	grant.number = "SQ-4";
	grant.principal_id = OUTSIDER + 1;
	grant.approval_id = 9;
	grant.not_after = fixture->call.now + DAY;
	grant_put(fixture->txn, &grant);
	is_looking(fixture, OUTSIDER, true);
	assert_int_equal(look(fixture, &show, subjects, 2), STATUS_DENIED);
	grant.principal_id = OUTSIDER;
	grant_put(fixture->txn, &grant);
	assert_int_equal(look(fixture, &show, subjects, 2), STATUS_OK);
	grant.not_after = fixture->call.now;
	grant_put(fixture->txn, &grant);
	assert_int_equal(look(fixture, &show, subjects, 2), STATUS_DENIED);
	assert_string_equal(fixture->call.refusal.reason, "grant_over");
	assert_string_equal(fixture->call.refusal.subject, "SQ-4");
}

static void a_list_of_records_ends_with_its_grant_and_one_of_grants_does_not(void **state)
{
	struct fixture *fixture = *state;
	const uint64_t ended = 4;

	is_looking(fixture, OUTSIDER, true);
	fixture->call.rpc = &show;
	assert_int_equal(look_goes_on(&fixture->call, &ended, 1), STATUS_DENIED);
	assert_int_equal(look_goes_on(&fixture->call, &ended, 0), STATUS_OK);
	fixture->call.rpc = &grants;
	assert_int_equal(look_goes_on(&fixture->call, &ended, 1), STATUS_OK);
}

static void a_list_has_room_for_what_is_left_of_the_day_and_for_one_to_say_so(void **state)
{
	struct fixture *fixture = *state;
	Pb__Usage usage = PB__USAGE__INIT;

	fixture->desk.config->limits_outsider_records_per_day = 10;
	is_looking(fixture, STAFF_MEMBER, false);
	assert_int_equal(look_room(&fixture->call), 0);
	is_looking(fixture, OUTSIDER, true);
	assert_int_equal(look_room(&fixture->call), 10);
	usage.id = OUTSIDER;
	usage.records_since = fixture->call.now;
	for (uint64_t used = 1; used < 13; used++) {
		usage.records = used;
		usage_put(fixture->txn, &usage);
		assert_int_equal(look_room(&fixture->call), used < 10 ? 10 - used : 1);
	}
	fixture->call.now += DAY;
	assert_int_equal(look_room(&fixture->call), 10);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(staff_and_outsiders_unmask_a_day_as_often_as_the_settings_say),
		TEST(what_was_refused_uses_nothing_up),
		TEST(an_approval_is_used_by_one_look),
		TEST(an_approval_is_of_use_to_who_asked_for_it_alone_and_in_its_time),
		TEST(looks_about_grants_and_approvals_use_none),
		TEST(a_grant_of_somebody_else_shows_nothing),
		TEST(a_list_of_records_ends_with_its_grant_and_one_of_grants_does_not),
		TEST(a_list_has_room_for_what_is_left_of_the_day_and_for_one_to_say_so),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
