/* The confidential dossier: for those who are named; for all others there is none. */
#include "tests/unit/service/consent.h"

#include <string.h>

#include "common/confidential.h"
#include "common/message.h"

struct fixture {
	struct desk desk;
	const char *with;    /* customers of CD: one with a dossier on which chen is named */
	const char *without; /* ... and one without */
	uint64_t manager;
};

static enum status name(struct fixture *fixture, uint64_t who, const char *login, bool remove)
{
	Pb__ConfidentialNameRequest request = PB__CONFIDENTIAL_NAME_REQUEST__INIT;

	request.customer = fixture->with;
	request.person = login;
	request.remove = remove;
	request.reason = "项目跟进";
	return desk_act(&fixture->desk, who, RPC_confidential_name, &request.base, NULL);
}

static enum status set(struct fixture *fixture, uint64_t who, const char *section,
		       const char *field, const char *value)
{
	Pb__ConfidentialSetRequest request = PB__CONFIDENTIAL_SET_REQUEST__INIT;

	request.customer = fixture->with;
	request.section = section;
	request.field = field;
	request.value = value;
	return desk_act(&fixture->desk, who, RPC_confidential_set, &request.base, NULL);
}

static enum status show(struct fixture *fixture, uint64_t who, const char *customer,
			const Pb__ConfidentialShowReply **shown)
{
	Pb__ConfidentialShowRequest request = PB__CONFIDENTIAL_SHOW_REQUEST__INIT;
	ProtobufCMessage *reply;
	enum status status;

	request.customer = customer;
	status = desk_look(&fixture->desk, who, RPC_confidential_show, &request.base, &reply);
	*shown = (Pb__ConfidentialShowReply *)(void *)reply;
	return status;
}

static int setup(void **state)
{
	static struct fixture fixture;
	struct desk *desk = &fixture.desk;

	desk_open_ledger(desk);
	fixture.manager = consent_person(desk, "gm", PB__ROLE__GENERAL_MANAGER);
	fixture.with = desk_add_customer(desk, DESK_CLERK_CD, "成都某某公司", "K1");
	fixture.without = desk_add_customer(desk, DESK_CLERK_CD, "成都其他公司", "K2");
	assert_int_equal(name(&fixture, fixture.manager, "chen", false), STATUS_OK);
	*state = &fixture;
	return 0;
}

static int teardown(void **state)
{
	desk_close(&((struct fixture *)*state)->desk);
	return 0;
}

static void who_is_named_writes_and_reads_it_in_the_order_of_the_table(void **state)
{
	struct fixture *fixture = *state;
	const Pb__ConfidentialShowReply *shown;

	assert_int_equal(set(fixture, DESK_CLERK_CD, "spouse", "name", "李芳"), STATUS_OK);
	assert_int_equal(set(fixture, DESK_CLERK_CD, "rank-1", "power", "90%"), STATUS_OK);
	assert_int_equal(set(fixture, DESK_CLERK_CD, "rank-1", "power", "80%"), STATUS_OK);
	assert_int_equal(show(fixture, DESK_CLERK_CD, fixture->with, &shown), STATUS_OK);
	assert_int_equal(shown->n_facts, 2);
	assert_string_equal(shown->facts[0]->section, "rank-1");
	assert_string_equal(shown->facts[0]->value, "80%");
	assert_string_equal(shown->facts[1]->value, "李芳");
	assert_int_equal(shown->n_named, 1);
	assert_string_equal(shown->named[0], "chen");
	assert_int_equal(fixture->desk.call.right, MASK_RIGHT_SECRET);
	assert_true(fixture->desk.call.sensitive);
	assert_int_equal(set(fixture, DESK_CLERK_CD, "spouse", "name", ""), STATUS_OK);
	assert_int_equal(show(fixture, DESK_CLERK_CD, fixture->with, &shown), STATUS_OK);
	assert_int_equal(shown->n_facts, 1);
}

static void only_what_the_table_has_is_written(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(set(fixture, DESK_CLERK_CD, "spouse", "power", "90%"), STATUS_INVALID);
	assert_string_equal(desk_reason(&fixture->desk), "field_unknown");
	assert_int_equal(set(fixture, DESK_CLERK_CD, "nothing", "name", "x"), STATUS_INVALID);
	assert_int_equal(set(fixture, DESK_CLERK_CD, "spouse", "name", "****"), STATUS_INVALID);
	assert_string_equal(desk_reason(&fixture->desk), "masked_value");
}

/* The refusal but for the number that was asked for, and what its entry is about. */
static void refused_alike(struct fixture *fixture, uint64_t who)
{
	struct desk *desk = &fixture->desk;
	const Pb__ConfidentialShowReply *shown;
	Pb__Refusal refusals[2];
	struct subject subjects[2];

	for (int i = 0; i < 2; i++) {
		assert_int_equal(
			show(fixture, who, i == 0 ? fixture->with : fixture->without, &shown),
			STATUS_NOT_FOUND);
		refusals[i] = desk->call.refusal;
		assert_int_equal(desk->call.subject_count, 1);
		subjects[i] = desk->call.subjects[0];
		assert_string_equal(refusals[i].subject, i == 0 ? fixture->with : fixture->without);
		refusals[i].subject = "";
		assert_true(desk->call.sensitive);
	}
	assert_int_equal(subjects[0].kind, SUBJECT_CUSTOMER);
	assert_int_equal(subjects[1].kind, SUBJECT_CUSTOMER);
	assert_string_equal(refusals[0].reason, refusals[1].reason);
	assert_int_equal(pb__refusal__get_packed_size(&refusals[0]),
			 pb__refusal__get_packed_size(&refusals[1]));
}

static void for_who_is_not_named_there_is_none(void **state)
{
	struct fixture *fixture = *state;

	refused_alike(fixture, DESK_ARCHIVIST);
	refused_alike(fixture, DESK_LI_1);
	refused_alike(fixture, fixture->manager);
	assert_int_equal(set(fixture, DESK_LI_1, "spouse", "name", "李芳"), STATUS_NOT_FOUND);
}

static void who_is_named_no_more_sees_it_no_more(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(name(fixture, fixture->manager, "chen", true), STATUS_OK);
	refused_alike(fixture, DESK_CLERK_CD);
}

static void only_the_general_manager_names_and_only_staff_that_may(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(name(fixture, DESK_CLERK_CD, "li.na", false), STATUS_DENIED);
	assert_int_equal(name(fixture, fixture->manager, "audit", false), STATUS_CONFLICT);
	assert_string_equal(desk_reason(&fixture->desk), "role_unfit");
	assert_int_equal(name(fixture, fixture->manager, "nobody", false), STATUS_NOT_FOUND);
	assert_int_equal(name(fixture, fixture->manager, "chen", false), STATUS_OK);
}

/* Rows of a customer's history that are about his dossier. */
static size_t told_in_history(struct fixture *fixture, uint64_t who)
{
	struct desk *desk = &fixture->desk;
	Pb__HistoryRequest request = PB__HISTORY_REQUEST__INIT;
	const Pb__HistoryReply *row;
	size_t told = 0;

	request.customer = fixture->with;
	assert_int_equal(desk_list(desk, who, RPC_history, &request.base), STATUS_OK);
	for (size_t i = 0; (row = (Pb__HistoryReply *)(void *)desk_row(desk, i)) != NULL; i++)
		told += row->entry->rpc / 10 == RPC_confidential_set / 10;
	return told;
}

static void the_customers_history_says_nothing_of_it(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(set(fixture, DESK_CLERK_CD, "spouse", "name", "李芳"), STATUS_OK);
	assert_int_equal(told_in_history(fixture, DESK_ARCHIVIST), 0);
	assert_int_equal(told_in_history(fixture, fixture->manager), 0);
}

static void the_log_tells_who_is_not_named_neither_whose_nor_what(void **state)
{
	struct fixture *fixture = *state;
	struct desk *desk = &fixture->desk;
	Pb__LogListRequest request = PB__LOG_LIST_REQUEST__INIT;
	const Pb__LogListReply *row;
	size_t found = 0;

	assert_int_equal(set(fixture, DESK_CLERK_CD, "spouse", "name", "李芳"), STATUS_OK);
	assert_int_equal(desk_list(desk, DESK_ARCHIVIST, RPC_log_list, &request.base), STATUS_OK);
	for (size_t i = 0; (row = (Pb__LogListReply *)(void *)desk_row(desk, i)) != NULL; i++) {
		if (row->rpc != RPC_confidential_set && row->rpc != RPC_confidential_name)
			continue;
		found++;
		assert_int_equal(row->n_subjects, 0);
		assert_int_equal(row->entry.len, 0);
		assert_null(row->act);
	}
	assert_int_equal(found, 2);
}

static void the_table_has_what_the_form_has(void **state)
{
	size_t count;
	const struct confidential_section *sections = confidential_all(&count);
	const struct confidential_section *rank = confidential_section_find("rank-1");

	(void)state;
	assert_int_equal(count, 15);
	assert_non_null(confidential_field_find(rank, "power"));
	assert_null(confidential_field_find(rank, "tobacco"));
	assert_null(confidential_section_find("rank-5"));
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(sections[i].word, sections[j].word);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_is_named_writes_and_reads_it_in_the_order_of_the_table),
		TEST(only_what_the_table_has_is_written),
		TEST(for_who_is_not_named_there_is_none),
		TEST(who_is_named_no_more_sees_it_no_more),
		TEST(only_the_general_manager_names_and_only_staff_that_may),
		TEST(the_customers_history_says_nothing_of_it),
		TEST(the_log_tells_who_is_not_named_neither_whose_nor_what),
		TEST(the_table_has_what_the_form_has),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
