/* Random acts against the service and against a plain model of arrays: same outcomes, same shelves.
 * SEED=<number> in the environment repeats a run. */
#include "tests/unit/service/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/hash.h"

#define ACTS 40000

static const char *const logins[PEOPLE] = {"anna", "chen", "shen", "wang.fang", "li.na"};

static const struct verdict fine = {STATUS_OK, ""};

static unsigned below(struct model *model, unsigned limit)
{
	model->random ^= model->random << 13;
	model->random ^= model->random >> 7;
	model->random ^= model->random << 17;
	return (unsigned)(model->random >> 20) % limit;
}

/* ---- acts on several items ---- */

enum what { BORROW, RETURN, RENEW };

struct many {
	enum what what;
	int things[AT_ONCE];
	const char *numbers[AT_ONCE];
	unsigned count;
	bool each;
	int person;
};

static void change(struct model *model, const struct many *many, int thing)
{
	struct thing *changed = &model->things[thing];

	switch (many->what) {
	case BORROW:
		changed->holder = many->person;
		changed->due = model->today + 15;
		changed->renewals = 0;
		break;
	case RETURN:
		changed->holder = NOBODY;
		break;
	case RENEW:
		changed->due += 15;
		changed->renewals++;
		break;
	}
}

/* What the model expects of the whole act, which it then does. */
static struct verdict expect(struct model *model, const struct many *many)
{
	bool named[ITEMS] = {false};
	bool taken[ITEMS] = {false};
	struct verdict first = fine;
	unsigned done = 0;

	if (many->what == BORROW && model_is_overdue(model, many->person))
		return (struct verdict){STATUS_BLOCKED, "borrower_overdue"};
	for (unsigned i = 0; i < many->count; i++) {
		int thing = many->things[i];
		struct verdict verdict =
			many->what == BORROW   ? model_judge_loan(model, thing, named, taken)
			: many->what == RETURN ? model_judge_return(model, thing, named)
					       : model_judge_renewal(model, thing, named);

		if (thing != UNKNOWN)
			named[thing] = true;
		if (verdict.status == STATUS_OK) {
			taken[thing] = true;
			done++;
		} else if (first.status == STATUS_OK) {
			first = verdict;
		}
	}
	if (done == 0 || (done < many->count && !many->each))
		return first;
	for (int i = 0; i < ITEMS; i++)
		if (taken[i])
			change(model, many, i);
	return fine;
}

static enum status act(struct model *model, struct many *many)
{
	Pb__BorrowRequest borrow = PB__BORROW_REQUEST__INIT;
	Pb__ReturnRequest giving = PB__RETURN_REQUEST__INIT;
	Pb__RenewRequest renew = PB__RENEW_REQUEST__INIT;

	switch (many->what) {
	case BORROW:
		borrow.items = many->numbers;
		borrow.n_items = many->count;
		borrow.borrower = logins[many->person];
		borrow.purpose = "查阅";
		borrow.each = many->each;
		return desk_act(&model->desk, DESK_CLERK_CD, RPC_borrow, &borrow.base, NULL);
	case RETURN:
		giving.items = many->numbers;
		giving.n_items = many->count;
		giving.each = many->each;
		return desk_act(&model->desk, DESK_CLERK_CD, RPC_return, &giving.base, NULL);
	case RENEW:
		renew.items = many->numbers;
		renew.n_items = many->count;
		renew.each = many->each;
		return desk_act(&model->desk, DESK_CLERK_CD, RPC_renew, &renew.base, NULL);
	}
	return STATUS_INVALID;
}

static void agree(struct model *model, struct verdict expected, enum status status)
{
	model->counts[status]++;
	if (status != STATUS_OK)
		assert_string_equal(desk_reason(&model->desk), expected.reason);
	assert_int_equal(status, expected.status);
}

static void step_many(struct model *model, enum what what)
{
	struct many many = {.what = what,
			    .count = 1 + below(model, AT_ONCE),
			    .each = below(model, 3) == 0,
			    .person = (int)below(model, PEOPLE)};
	struct verdict expected;

	if (below(model, 2) == 0)
		many.count = 1;
	for (unsigned i = 0; i < many.count; i++) {
		int thing = below(model, 50) == 0 ? UNKNOWN : (int)below(model, ITEMS);

		many.things[i] = thing;
		many.numbers[i] =
			thing == UNKNOWN ? "CD-KH-2026-999999" : model->things[thing].number;
	}
	expected = expect(model, &many);
	agree(model, expected, act(model, &many));
}

/* ---- moving from container to container ---- */

static struct verdict expect_move(const struct model *model, int thing, int to)
{
	const struct thing *moved = &model->things[thing];

	if (to == moved->parent)
		return fine;
	if (to != NOBODY && model_is_in(model, to, thing))
		return (struct verdict){STATUS_INVALID, "in_itself"};
	if (moved->holder != NOBODY)
		return (struct verdict){STATUS_ON_LOAN, "item_on_loan"};
	if (model_container_is_out(model, thing))
		return (struct verdict){STATUS_ON_LOAN, "container_on_loan"};
	if (to != NOBODY &&
	    (model->things[to].holder != NOBODY || model_container_is_out(model, to)))
		return (struct verdict){STATUS_ON_LOAN, "container_on_loan"};
	if (to != NOBODY && !model_holds(model->things[to].kind, moved->kind))
		return (struct verdict){STATUS_INVALID, "kind_order"};
	return fine;
}

static void step_move(struct model *model)
{
	Pb__ItemEditRequest request = PB__ITEM_EDIT_REQUEST__INIT;
	Pb__ItemDraft draft = PB__ITEM_DRAFT__INIT;
	int thing = (int)below(model, ITEMS);
	int to = below(model, 8) == 0 ? NOBODY : (int)below(model, BOXES + VOLUMES + 4);
	struct verdict expected = expect_move(model, thing, to);
	const char *field = "parent";

	request.item = model->things[thing].number;
	request.draft = &draft;
	request.fields = &field;
	request.n_fields = 1;
	draft.parent = to == NOBODY ? "" : model->things[to].number;
	agree(model, expected,
	      desk_act(&model->desk, DESK_CLERK_CD, RPC_item_edit, &request.base, NULL));
	if (expected.status == STATUS_OK)
		model->things[thing].parent = to;
}

/* ---- the run ---- */

static void sleep_a_day(struct model *model)
{
	desk_sleep(&model->desk, 1);
	model->today++;
}

static void add_things(struct model *model)
{
	const char *customer = desk_add_customer(&model->desk, DESK_CLERK_CD, "成都某某公司", "C1");
	Pb__ItemDraft draft = PB__ITEM_DRAFT__INIT;

	draft.title = "档案";
	draft.customer = customer;
	for (unsigned i = 0; i < ITEMS; i++) {
		struct thing *thing = &model->things[i];

		thing->kind = i < BOXES             ? PB__ITEM_KIND__BOX
			      : i < BOXES + VOLUMES ? PB__ITEM_KIND__VOLUME
						    : PB__ITEM_KIND__PIECE;
		thing->electronic = i == ITEMS - 1;
		thing->secret = i == ITEMS - 2;
		thing->parent = NOBODY;
		thing->holder = NOBODY;
		draft.kind = thing->kind;
		draft.medium = thing->electronic ? PB__MEDIUM__ELECTRONIC : PB__MEDIUM__PAPER;
		draft.secrecy = thing->secret ? PB__SECRECY__SECRET : PB__SECRECY__INTERNAL;
		thing->number = desk_add_item(&model->desk, DESK_CLERK_CD, &draft);
	}
}

static void shelves_agree(struct model *model)
{
	for (int i = 0; i < ITEMS; i++) {
		const struct thing *thing = &model->things[i];
		const Pb__ItemView *view = desk_show(&model->desk, DESK_CLERK_CD, thing->number);
		bool is_out = thing->holder != NOBODY || model_container_is_out(model, i);

		assert_int_equal(view->state == PB__ITEM_STATE__ON_LOAN, is_out);
		assert_string_equal(view->parent, thing->parent == NOBODY
							  ? ""
							  : model->things[thing->parent].number);
		if (thing->holder == NOBODY)
			continue;
		assert_string_equal(view->loan->item, thing->number);
		assert_int_equal(view->loan->loan->due, thing->due);
		assert_int_equal(view->loan->loan->renewals, thing->renewals);
	}
}

static void random_acts_end_as_a_plain_model_says(void **state)
{
	struct model *model = calloc(1, sizeof(*model));
	const char *seed = getenv("SEED");

	(void)state;
	assert_non_null(model);
	random_bytes(&model->random, sizeof(model->random));
	if (seed != NULL)
		model->random = strtoull(seed, NULL, 10);
	print_message("SEED=%llu\n", (unsigned long long)model->random);
	desk_open(&model->desk);
	add_things(model);
	model->today = DESK_TODAY;
	for (unsigned i = 0; i < ACTS; i++) {
		unsigned choice = below(model, 100);

		if (choice < 35)
			step_many(model, BORROW);
		else if (choice < 80)
			step_many(model, RETURN);
		else if (choice < 90)
			step_many(model, RENEW);
		else if (choice < 98)
			step_move(model);
		else
			sleep_a_day(model);
		if (i % 1000 == 0)
			shelves_agree(model);
	}
	shelves_agree(model);
	/* The run is worth something only if it met all that can happen. */
	assert_true(model->counts[STATUS_OK] > ACTS / 20);
	assert_true(model->counts[STATUS_ON_LOAN] > ACTS / 100);
	assert_true(model->counts[STATUS_NOT_ON_LOAN] > ACTS / 100);
	assert_true(model->counts[STATUS_BLOCKED] > 0);
	assert_true(model->counts[STATUS_LIMIT] > 0);
	assert_true(model->counts[STATUS_INVALID] > 0);
	desk_close(&model->desk);
	free(model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_acts_end_as_a_plain_model_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
