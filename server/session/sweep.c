#include "server/session/sweep.h"

#include "common/date.h"
#include "server/session/desk.h"
#include "server/session/session.h"

#define LOOK_EVERY 1000000000 /* nanoseconds */
#define LAST_WORDS 2000000000 /* nanoseconds that an ended session has to be told why */
#define MICROSECONDS 1000000

/* What a turn may cost: about a millisecond. An empty place is only passed, a session is read from
 * the state in a few microseconds, its certificate takes a signature or two. */
#define TURN_COST 2000
#define COST_PLACE 1
#define COST_STATE 20
#define COST_TRUST 400

/* Who has not greeted yet is judged when he does. */
static unsigned judge(struct sweep *sweep, struct session *session)
{
	enum status status;

	if (session == NULL || session->state != SESSION_READY)
		return COST_PLACE;
	status = session_judge(session, sweep->trust);
	if (status != STATUS_OK && status != STATUS_IDENTITY)
		sweep->unsure = true;
	return sweep->trust ? COST_TRUST : COST_STATE;
}

static void on_task(struct loop_task *task)
{
	struct sweep *sweep = LIST_OF(task, struct sweep, task);
	struct desk *desk = sweep->desk;

	if (desk->stopping)
		return;
	for (unsigned cost = 0; sweep->left > 0 && cost < TURN_COST; sweep->left--) {
		sweep->next %= sweep->count;
		cost += judge(sweep, desk->places[sweep->next++].session);
	}
	if (sweep->left > 0)
		loop_post(desk->loop, &sweep->task);
}

void sweep_init(struct sweep *sweep, struct desk *desk)
{
	*sweep = (struct sweep){.desk = desk, .task.run = on_task};
}

/* One that is under way goes round once more from where it is, so that each place has its turn
 * however often this is called. */
void sweep_start(struct sweep *sweep, bool trust)
{
	bool under_way = sweep->left > 0;

	sweep->trust = trust || (under_way && sweep->trust);
	sweep->unsure = false;
	sweep->accounts = dispatch_accounts(sweep->desk->dispatch);
	sweep->count = sweep->desk->count;
	sweep->left = sweep->count;
	if (!under_way && sweep->left > 0)
		loop_post(sweep->desk->loop, &sweep->task);
}

static bool somebody_has_ended(const struct desk *desk)
{
	int64_t now = clock_now() / MICROSECONDS;

	for (uint32_t i = 0; i < desk->count; i++) {
		const struct session *session = desk->places[i].session;

		if (session != NULL && session->state == SESSION_READY && session->ends <= now)
			return true;
	}
	return false;
}

/* Who was sent away and does not read what he is told is not waited for. */
static void drop_the_deaf(const struct desk *desk, int64_t now)
{
	for (uint32_t i = 0; i < desk->count; i++) {
		const struct session *session = desk->places[i].session;

		if (session != NULL && session->sent_away != 0 &&
		    now - session->sent_away >= LAST_WORDS)
			conn_drop(session->conn);
	}
}

void sweep_look(struct sweep *sweep)
{
	struct desk *desk = sweep->desk;
	int64_t now = desk_now(desk);

	if (now - sweep->looked_at < LOOK_EVERY)
		return;
	sweep->looked_at = now;
	drop_the_deaf(desk, now);
	if (sweep->left > 0)
		return;
	if (sweep->unsure)
		sweep_start(sweep, sweep->trust);
	else if (sweep->accounts != dispatch_accounts(desk->dispatch) || somebody_has_ended(desk))
		sweep_start(sweep, false);
}
