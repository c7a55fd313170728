/*
 * The rules of lending once more, over plain arrays and as plainly as can be: what random acts are
 * compared with.
 */
#ifndef TESTS_UNIT_SERVICE_MODEL_H
#define TESTS_UNIT_SERVICE_MODEL_H

#include "tests/unit/service/desk.h"

#define BOXES 6
#define VOLUMES 14
#define ITEMS 60 /* in all */
#define PEOPLE 5
#define AT_ONCE 4
#define NOBODY -1
#define UNKNOWN ITEMS /* an item that is not there */

struct thing {
	const char *number;
	Pb__ItemKind kind;
	bool electronic;
	bool secret;
	int parent; /* NOBODY: none */
	int holder; /* NOBODY: on the shelf */
	int32_t due;
	unsigned renewals;
};

struct model {
	struct desk desk;
	struct thing things[ITEMS];
	int32_t today;
	uint64_t random;
	unsigned counts[64]; /* of outcomes, by status */
};

/* What the model says of an act. */
struct verdict {
	enum status status;
	const char *reason;
};

/* Whether something that the thing stands in is out. */
bool model_container_is_out(const struct model *model, int thing);

/* Whether thing is outer, or somewhere in it. */
bool model_is_in(const struct model *model, int thing, int outer);

/* Whether a container of the one kind may hold things of the other. */
bool model_holds(Pb__ItemKind outer, Pb__ItemKind inner);

/* Whether the person has overdue things. */
bool model_is_overdue(const struct model *model, int person);

/* One thing of an act: named are those before it, taken those of them that go out. */
struct verdict model_judge_loan(const struct model *model, int thing, const bool *named,
				const bool *taken);
struct verdict model_judge_return(const struct model *model, int thing, const bool *named);
struct verdict model_judge_renewal(const struct model *model, int thing, const bool *named);

#endif
