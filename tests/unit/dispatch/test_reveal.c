/* Looks from outside: nothing is shown without its entry, and where it is entered it is judged. */
#include "server/service/look.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "server/dispatch/writer.h"
#include "tests/unit/dispatch/lanes.h"

#define ITEMS 5
#define MANY 1500 /* more than one slice */
#define LOOKS 120 /* of the largest kind: more than one group */

struct fixture {
	struct lanes lanes;
	uint64_t lawyer;
	char *items[ITEMS];
};

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	lanes_open(&fixture->lanes);
	office_add_items(&fixture->lanes.office, fixture->items, ITEMS);
	fixture->lawyer = office_add_lawyer(&fixture->lanes.office, "zhou");
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;
	lanes_close(&fixture->lanes);
	for (unsigned i = 0; i < ITEMS; i++)
		free(fixture->items[i]);
	free(fixture);
	return 0;
}

static uint64_t ledger_end(struct fixture *fixture)
{
	return ledger_size(engine_ledger(fixture->lanes.office.engine));
}

static void list_items(struct fixture *fixture, uint32_t limit)
{
	Pb__ItemListRequest request = PB__ITEM_LIST_REQUEST__INIT;
	request.limit = limit;
	lanes_ask(&fixture->lanes, fixture->lawyer, RPC_item_list, &request.base);
}

static struct lanes_count shown_to_lawyer(struct fixture *fixture)
{
	return lanes_count(&fixture->lanes, fixture->lawyer, ENTRY_ACCESS, SUBJECT_ITEM);
}

static struct lanes_count refused_to_lawyer(struct fixture *fixture)
{
	return lanes_count(&fixture->lanes, fixture->lawyer, ENTRY_REFUSAL, SUBJECT_ITEM);
}

static uint64_t views_of(struct fixture *fixture, uint64_t grant)
{
	struct arena arena;
	struct txn *txn = NULL;
	arena_init(&arena, 64 * 1024);
	assert_int_equal(store_read(engine_store(fixture->lanes.office.engine), &txn), STATUS_OK);
	const Pb__GrantUse *use = grant_use_get(txn, grant, &arena);
	uint64_t views = use == NULL ? 0 : use->views;
	txn_end(txn);
	arena_release(&arena);
	return views;
}

static Pb__Usage usage_of(struct fixture *fixture, uint64_t principal)
{
	struct arena arena;
	struct txn *txn = NULL;
	Pb__Usage usage = PB__USAGE__INIT;
	arena_init(&arena, 64 * 1024);
	assert_int_equal(store_read(engine_store(fixture->lanes.office.engine), &txn), STATUS_OK);
	const Pb__Usage *row = usage_get(txn, principal, &arena);
	if (row != NULL)
		usage = *row;
	txn_end(txn);
	arena_release(&arena);
	return usage;
}

/* ---- entered first ---- */

static void a_look_from_outside_waits_for_its_entry_whatever_the_policy(void **state)
{
	struct fixture *fixture = *state;
	struct lanes *lanes = &fixture->lanes;
	struct entry entry;
	struct subject subjects[4];
	(void)lanes_grant(lanes, fixture->lawyer, LANES_EVER);
	snprintf(lanes->office.config->ledger_access, sizeof(lanes->office.config->ledger_access),
		 "sensitive");
	uint64_t size = ledger_end(fixture);
	lanes_look(lanes, fixture->lawyer, fixture->items[0]);
	assert_int_equal(lanes->done, 0);
	assert_int_equal(ledger_end(fixture), size);
	lanes_await(lanes, 1);
	assert_int_equal(lanes->status, STATUS_OK);
	assert_int_equal(lanes->size_then, size + 1);
	assert_int_equal(lanes->marks, 1);
	assert_int_equal(lanes->mark->n_grants, 1);
	assert_string_equal(lanes->mark->grants[0], "SQ-1");
	assert_true(lanes->mark->entry.len <=
		    entry_header_len(&(struct entry){.subject_count = 4}));
	assert_int_equal(
		entry_decode(&entry, subjects, lanes->mark->entry.data, lanes->mark->entry.len),
		STATUS_OK);
	assert_int_equal(entry.sequence, size);
	assert_int_equal(entry.class_, ENTRY_ACCESS);
	assert_int_equal(entry.actor, fixture->lawyer);
	assert_int_equal(shown_to_lawyer(fixture).subjects, 1);
}

static void what_is_not_there_for_him_is_entered_before_he_is_told(void **state)
{
	struct fixture *fixture = *state;
	struct lanes *lanes = &fixture->lanes;
	uint64_t size = ledger_end(fixture);
	lanes_look(lanes, fixture->lawyer, fixture->items[0]);
	assert_int_equal(lanes->done, 0);
	lanes_await(lanes, 1);
	assert_int_equal(lanes->status, STATUS_NOT_FOUND);
	assert_int_equal(lanes->size_then, size + 1);
	assert_int_equal(lanes->marks, 0);
	assert_int_equal(refused_to_lawyer(fixture).entries, 1);
	assert_int_equal(refused_to_lawyer(fixture).subjects, 0);
}

static void an_empty_list_is_entered_before_he_is_told(void **state)
{
	struct fixture *fixture = *state;
	uint64_t size = ledger_end(fixture);
	list_items(fixture, 0);
	lanes_await(&fixture->lanes, 1);
	assert_int_equal(fixture->lanes.status, STATUS_OK);
	assert_int_equal(fixture->lanes.items, 0);
	assert_int_equal(fixture->lanes.size_then, size + 1);
	assert_int_equal(shown_to_lawyer(fixture).entries, 1);
}

static void every_slice_of_a_list_has_an_entry_with_the_rows_it_shows(void **state)
{
	struct fixture *fixture = *state;
	struct lanes *lanes = &fixture->lanes;
	char **more = calloc(MANY, sizeof(*more));
	assert_non_null(more);
	office_add_items(&lanes->office, more, MANY);
	lanes->office.config->limits_outsider_records_per_day = 100000;
	uint64_t grant = lanes_grant(lanes, fixture->lawyer, LANES_EVER);
	list_items(fixture, 0);
	lanes_await(lanes, 1);
	assert_int_equal(lanes->status, STATUS_OK);
	assert_int_equal(lanes->items, ITEMS + MANY);
	struct lanes_count shown = shown_to_lawyer(fixture);
	assert_int_equal(shown.subjects, ITEMS + MANY);
	assert_true(shown.entries > 1);
	assert_int_equal(lanes->marks, shown.entries);
	assert_int_equal(views_of(fixture, grant), shown.entries);
	assert_int_equal(usage_of(fixture, fixture->lawyer).records, ITEMS + MANY);
	for (unsigned i = 0; i < MANY; i++)
		free(more[i]);
	free(more);
}

static void what_the_staff_looks_at_is_neither_marked_nor_counted(void **state)
{
	struct fixture *fixture = *state;
	struct lanes *lanes = &fixture->lanes;
	lanes_look(lanes, lanes->office.archivist, fixture->items[0]);
	assert_int_equal(lanes->done, 1);
	lanes_await(lanes, 1);
	lanes_stop(lanes);
	assert_int_equal(lanes->marks, 0);
	assert_int_equal(usage_of(fixture, lanes->office.archivist).records, 0);
	assert_int_equal(
		lanes_count(lanes, lanes->office.archivist, ENTRY_ACCESS, SUBJECT_ITEM).subjects,
		1);
}

/* ---- judged where they are entered ---- */

static void of_two_looks_at_once_under_the_last_view_one_is_shown(void **state)
{
	struct fixture *fixture = *state;
	struct lanes *lanes = &fixture->lanes;
	uint64_t grant = lanes_grant(lanes, fixture->lawyer, 1);
	lanes_look(lanes, fixture->lawyer, fixture->items[0]);
	lanes_look(lanes, fixture->lawyer, fixture->items[1]);
	lanes_await(lanes, 2);
	assert_int_equal(lanes->shown, 1);
	assert_int_equal(lanes->marks, 1);
	assert_int_equal(lanes->status, STATUS_LIMIT);
	assert_string_equal(lanes->refusal->reason, reason_name(REASON_grant_used_up));
	assert_string_equal(lanes->refusal->subject, "SQ-1");
	assert_int_equal(lanes->refusal->limit, 1);
	assert_true(lanes->refusal->entered);
	assert_int_equal(views_of(fixture, grant), 1);
	assert_int_equal(shown_to_lawyer(fixture).entries, 1);
	assert_int_equal(refused_to_lawyer(fixture).entries, 1);
}

static void a_grant_that_is_revoked_while_a_look_waits_shows_nothing(void **state)
{
	struct fixture *fixture = *state;
	struct lanes *lanes = &fixture->lanes;
	uint64_t grant = lanes_grant(lanes, fixture->lawyer, LANES_EVER);
	lanes_look(lanes, fixture->lawyer,
		   fixture->items[0]); /* read; with the writer at a flush */
	lanes_revoke(lanes, grant);
	lanes_await(lanes, 1);
	assert_int_equal(lanes->status, STATUS_DENIED);
	assert_string_equal(lanes->refusal->reason, reason_name(REASON_grant_over));
	assert_int_equal(lanes->marks, 0);
	assert_int_equal(shown_to_lawyer(fixture).entries, 0);
	assert_int_equal(refused_to_lawyer(fixture).entries, 1);
	assert_int_equal(views_of(fixture, grant), 0);
}

static void an_account_that_is_suspended_while_a_look_waits_is_shown_nothing(void **state)
{
	struct fixture *fixture = *state;
	struct lanes *lanes = &fixture->lanes;
	struct arena arena;
	(void)lanes_grant(lanes, fixture->lawyer, LANES_EVER);
	lanes_look(lanes, fixture->lawyer, fixture->items[0]);
	struct txn *txn = lanes_change(lanes);
	arena_init(&arena, 64 * 1024);
	Pb__Principal *lawyer = principal_get(txn, fixture->lawyer, &arena);
	lawyer->state = PB__PRINCIPAL_STATE__SUSPENDED;
	principal_put(txn, lawyer);
	arena_release(&arena);
	lanes_changed(txn);
	lanes_await(lanes, 1);
	assert_int_equal(lanes->status, STATUS_IDENTITY);
	assert_int_equal(lanes->marks, 0);
	assert_int_equal(shown_to_lawyer(fixture).entries, 0);
	assert_int_equal(refused_to_lawyer(fixture).entries, 1);
}

/* A group holds a few dozen of these: some are refused where it is full. */
static void of_many_looks_at_once_under_the_last_view_one_is_shown(void **state)
{
	struct fixture *fixture = *state;
	struct office *office = &fixture->lanes.office;
	Pb__ItemShowRequest request = PB__ITEM_SHOW_REQUEST__INIT;
	struct act **acts = calloc(LOOKS, sizeof(*acts));
	struct subject *subjects = calloc(ENTRY_SUBJECTS_MAX, sizeof(*subjects));
	unsigned shown = 0;
	assert_non_null(acts);
	assert_non_null(subjects);
	office->config->limits_outsider_records_per_day = 1000000;
	subjects[0] =
		(struct subject){SUBJECT_GRANT, lanes_grant(&fixture->lanes, fixture->lawyer, 1)};
	for (unsigned i = 1; i < ENTRY_SUBJECTS_MAX; i++)
		subjects[i] = (struct subject){SUBJECT_ITEM, i};
	for (unsigned i = 0; i < LOOKS; i++) {
		acts[i] = act_make(office, fixture->lawyer, RPC_item_show, &request.base);
		memset(acts[i]->key, 0, sizeof(acts[i]->key));
		acts[i]->access = true;
		acts[i]->guarded = true;
		acts[i]->subjects = subjects;
		acts[i]->subject_count = ENTRY_SUBJECTS_MAX;
	}
	engine_run(office->engine, acts, LOOKS);
	for (unsigned i = 0; i < LOOKS; i++) {
		shown += acts[i]->entered;
		assert_int_equal(acts[i]->status, i == 0 ? STATUS_OK : STATUS_LIMIT);
		act_free(acts[i]);
	}
	assert_int_equal(shown, 1);
	assert_int_equal(shown_to_lawyer(fixture).entries, 1);
	assert_int_equal(refused_to_lawyer(fixture).entries, LOOKS - 1);
	free(acts);
	free(subjects);
}

static void a_list_beyond_the_days_records_stops_with_what_was_entered(void **state)
{
	struct fixture *fixture = *state;
	struct lanes *lanes = &fixture->lanes;
	(void)lanes_grant(lanes, fixture->lawyer, LANES_EVER);
	lanes->office.config->limits_outsider_records_per_day = 3;
	list_items(fixture, 0);
	lanes_await(lanes, 1);
	assert_int_equal(lanes->status, STATUS_LIMIT);
	assert_string_equal(lanes->refusal->reason, reason_name(REASON_records_used_up));
	assert_int_equal(lanes->refusal->limit, 3);
	assert_true(lanes->refusal->until > 0);
	assert_int_equal(lanes->items, 3);
	assert_int_equal(shown_to_lawyer(fixture).subjects, 3);
	assert_int_equal(usage_of(fixture, fixture->lawyer).records, 3);
	lanes_look(lanes, fixture->lawyer, fixture->items[0]);
	lanes_await(lanes, 2);
	assert_int_equal(lanes->status, STATUS_LIMIT);
}

static void a_list_that_just_fits_into_the_days_records_ends_in_order(void **state)
{
	struct fixture *fixture = *state;
	(void)lanes_grant(&fixture->lanes, fixture->lawyer, LANES_EVER);
	fixture->lanes.office.config->limits_outsider_records_per_day = ITEMS;
	list_items(fixture, 0);
	lanes_await(&fixture->lanes, 1);
	assert_int_equal(fixture->lanes.status, STATUS_OK);
	assert_int_equal(fixture->lanes.items, ITEMS);
}

static void a_list_whose_grant_ends_between_two_slices_says_so(void **state)
{
	struct fixture *fixture = *state;
	struct lanes *lanes = &fixture->lanes;
	(void)lanes_grant(lanes, fixture->lawyer, 1);
	lanes->office.config->limits_outsider_records_per_day = 3; /* then the slice ends */
	list_items(fixture, 0);
	lanes_await(lanes, 1);
	assert_int_equal(lanes->items, 3);
	assert_int_equal(lanes->status, STATUS_LIMIT);
	assert_string_equal(lanes->refusal->reason, reason_name(REASON_grant_used_up));
}

static void a_day_of_records_begins_with_the_first_use(void **state)
{
	struct fixture *fixture = *state;
	struct lanes *lanes = &fixture->lanes;
	const int64_t day = INT64_C(86400000000);
	Pb__Usage usage = PB__USAGE__INIT;
	(void)lanes_grant(lanes, fixture->lawyer, LANES_EVER);
	lanes->office.config->limits_outsider_records_per_day = 3;
	lanes_look(lanes, fixture->lawyer, fixture->items[0]);
	lanes_await(lanes, 1);
	usage = usage_of(fixture, fixture->lawyer);
	assert_int_equal(usage.records, 1);
	int64_t first = usage.records_since;
	lanes_look(lanes, fixture->lawyer, fixture->items[1]);
	lanes_await(lanes, 2);
	assert_int_equal(usage_of(fixture, fixture->lawyer).records_since, first);
	struct txn *txn = lanes_change(lanes);
	usage.id = fixture->lawyer;
	usage.records = 3;
	usage.records_since = first - day;
	usage_put(txn, &usage);
	lanes_changed(txn);
	lanes_look(lanes, fixture->lawyer, fixture->items[2]);
	lanes_await(lanes, 3);
	assert_int_equal(lanes->status, STATUS_OK);
	assert_int_equal(usage_of(fixture, fixture->lawyer).records, 1);
	assert_true(usage_of(fixture, fixture->lawyer).records_since >= first);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_look_from_outside_waits_for_its_entry_whatever_the_policy),
		TEST(what_is_not_there_for_him_is_entered_before_he_is_told),
		TEST(an_empty_list_is_entered_before_he_is_told),
		TEST(every_slice_of_a_list_has_an_entry_with_the_rows_it_shows),
		TEST(what_the_staff_looks_at_is_neither_marked_nor_counted),
		TEST(of_two_looks_at_once_under_the_last_view_one_is_shown),
		TEST(of_many_looks_at_once_under_the_last_view_one_is_shown),
		TEST(a_grant_that_is_revoked_while_a_look_waits_shows_nothing),
		TEST(an_account_that_is_suspended_while_a_look_waits_is_shown_nothing),
		TEST(a_list_beyond_the_days_records_stops_with_what_was_entered),
		TEST(a_list_that_just_fits_into_the_days_records_ends_in_order),
		TEST(a_list_whose_grant_ends_between_two_slices_says_so),
		TEST(a_day_of_records_begins_with_the_first_use),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
