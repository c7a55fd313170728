#include "tests/unit/service/model.h"

static const struct verdict fine = {STATUS_OK, ""};

bool model_holds(Pb__ItemKind outer, Pb__ItemKind inner)
{
	return outer < inner; /* box, volume, piece */
}

bool model_is_in(const struct model *model, int thing, int outer)
{
	for (; thing != NOBODY; thing = model->things[thing].parent)
		if (thing == outer)
			return true;
	return false;
}

bool model_container_is_out(const struct model *model, int thing)
{
	for (thing = model->things[thing].parent; thing != NOBODY;
	     thing = model->things[thing].parent)
		if (model->things[thing].holder != NOBODY)
			return true;
	return false;
}

static struct verdict judge_one_content(const struct model *model, int content, const bool *taken)
{
	if (model->things[content].holder != NOBODY)
		return (struct verdict){STATUS_ON_LOAN, "content_on_loan"};
	if (model->things[content].secret)
		return (struct verdict){STATUS_BLOCKED, "item_secret"};
	if (taken[content])
		return (struct verdict){STATUS_INVALID, "repeated_item"};
	return fine;
}

/* What is directly in the thing comes before what is deeper, older before newer. */
static struct verdict judge_contents(const struct model *model, int thing, const bool *taken)
{
	int queue[ITEMS] = {thing};
	struct verdict verdict = fine;
	unsigned count = 1;

	for (unsigned at = 0; at < count && verdict.status == STATUS_OK; at++) {
		if (at > 0)
			verdict = judge_one_content(model, queue[at], taken);
		for (int i = 0; i < ITEMS; i++)
			if (model->things[i].parent == queue[at])
				queue[count++] = i;
	}
	return verdict;
}

struct verdict model_judge_loan(const struct model *model, int thing, const bool *named,
				const bool *taken)
{
	if (thing == UNKNOWN)
		return (struct verdict){STATUS_NOT_FOUND, "item_unknown"};
	if (named[thing])
		return (struct verdict){STATUS_INVALID, "repeated_item"};
	if (model->things[thing].electronic)
		return (struct verdict){STATUS_BLOCKED, "item_electronic"};
	if (model->things[thing].secret)
		return (struct verdict){STATUS_BLOCKED, "item_secret"};
	if (model->things[thing].holder != NOBODY)
		return (struct verdict){STATUS_ON_LOAN, "item_on_loan"};
	if (model_container_is_out(model, thing))
		return (struct verdict){STATUS_ON_LOAN, "container_on_loan"};
	for (int i = 0; i < ITEMS; i++)
		if (taken[i] && model_is_in(model, thing, i))
			return (struct verdict){STATUS_INVALID, "repeated_item"};
	return judge_contents(model, thing, taken);
}

struct verdict model_judge_return(const struct model *model, int thing, const bool *named)
{
	if (thing == UNKNOWN)
		return (struct verdict){STATUS_NOT_FOUND, "item_unknown"};
	if (named[thing])
		return (struct verdict){STATUS_INVALID, "repeated_item"};
	if (model->things[thing].holder != NOBODY)
		return fine;
	if (model_container_is_out(model, thing))
		return (struct verdict){STATUS_NOT_ON_LOAN, "lent_as_content"};
	return (struct verdict){STATUS_NOT_ON_LOAN, "item_not_on_loan"};
}

struct verdict model_judge_renewal(const struct model *model, int thing, const bool *named)
{
	struct verdict verdict = model_judge_return(model, thing, named);

	if (verdict.status != STATUS_OK)
		return verdict;
	if (model->things[thing].due < model->today)
		return (struct verdict){STATUS_BLOCKED, "borrower_overdue"};
	if (model->things[thing].renewals >= 1)
		return (struct verdict){STATUS_LIMIT, "renewals_used"};
	return fine;
}

bool model_is_overdue(const struct model *model, int person)
{
	for (unsigned i = 0; i < ITEMS; i++)
		if (model->things[i].holder == person && model->things[i].due < model->today)
			return true;
	return false;
}
