#include "server/service/deciding.h"

#include "common/approval.h"

#define SCRATCH_MAX (64 * 1024) /* one delegation with who gave it */

static bool has_seat(Pb__Role role)
{
	return role == PB__ROLE__APPROVER || role == PB__ROLE__GENERAL_MANAGER ||
	       role == PB__ROLE__OFFICER;
}

static void take_seat(struct deciding *deciding, const Pb__Principal *person)
{
	if (deciding->count == DECIDING_SEATS_MAX || !has_seat(person->role) ||
	    person->state != PB__PRINCIPAL_STATE__ACTIVE)
		return;
	deciding->seats[deciding->count++] = (struct seat){
		.person = person->id, .role = person->role, .office = person->office_id};
}

bool delegation_is_active(const Pb__Delegation *delegation, int32_t date)
{
	return !delegation->ended && delegation->from_date <= date &&
	       date <= delegation->until_date;
}

bool delegation_suits(const Pb__Principal *delegate)
{
	const struct role *role = role_find((int)delegate->role);

	return delegate->state == PB__PRINCIPAL_STATE__ACTIVE &&
	       role_may(role, PERMISSION_APPROVAL_ASK) && !role_may(role, PERMISSION_ACCOUNT_WRITE);
}

void deciding_init(struct deciding *deciding, struct call *call)
{
	const Pb__Delegation *delegation;
	const Pb__Principal *giver;
	struct key key = {.len = 0};
	struct arena scratch;
	struct walk *walk;
	uint64_t id;

	*deciding = (struct deciding){.call = call};
	if (call->principal == NULL)
		return;
	take_seat(deciding, call->principal);
	if (!delegation_suits(call->principal))
		return;
	arena_init(&scratch, SCRATCH_MAX);
	key_u64(&key, call->principal->id);
	walk = index_walk(call->txn, INDEX_delegation_by_to, &key);
	while (walk_next(walk, &id)) {
		delegation = delegation_get(call->txn, id, &scratch);
		giver = delegation == NULL || !delegation_is_active(delegation, call->today)
				? NULL
				: principal_get(call->txn, delegation->from_id, &scratch);
		if (giver != NULL)
			take_seat(deciding, giver);
		arena_reset(&scratch);
	}
	walk_end(walk);
	arena_release(&scratch);
}

Pb__ApprovalLevel deciding_level(const Pb__Approval *row)
{
	if (row->state != PB__APPROVAL_STATE__WAITING || row->n_decisions >= row->n_levels)
		return PB__APPROVAL_LEVEL__APPROVAL_LEVEL_NONE;
	return row->levels[row->n_decisions];
}

static bool is_of_level(const struct seat *seat, const Pb__Approval *row)
{
	switch (deciding_level(row)) {
	case PB__APPROVAL_LEVEL__HEAD:
		return seat->role == PB__ROLE__APPROVER && seat->office == row->office_id;
	case PB__APPROVAL_LEVEL__MANAGER:
		return seat->role == PB__ROLE__GENERAL_MANAGER;
	case PB__APPROVAL_LEVEL__OFFICER_LEVEL:
		return seat->role == PB__ROLE__OFFICER;
	default:
		return false;
	}
}

static bool asked(const Pb__Approval *row, uint64_t person)
{
	for (size_t i = 0; i < row->n_asked_before; i++)
		if (row->asked_before[i] == person)
			return true;
	return row->asked_by == person;
}

/* For whom it is asked: he asked himself, also before it was handed over, or the grant is his. */
static bool is_concerned(struct call *call, const Pb__Approval *row, uint64_t person)
{
	const Pb__Grant *grant;

	if (asked(row, person))
		return true;
	if (row->kind != APPROVAL_GRANT)
		return false;
	grant = grant_get(call->txn, row->subject_id, call->arena);
	return grant != NULL && grant->principal_id == person;
}

static bool took_part(const Pb__Approval *row, uint64_t person)
{
	for (size_t i = 0; i < row->n_decisions; i++)
		if (row->decisions[i]->by == person || row->decisions[i]->on_behalf_of == person)
			return true;
	return false;
}

bool deciding_may(const struct deciding *deciding, const Pb__Approval *row, uint64_t *on_behalf_of,
		  enum reason_id *why)
{
	struct call *call = deciding->call;
	uint64_t self = call->principal == NULL ? 0 : call->principal->id;

	*on_behalf_of = 0;
	*why = REASON_approval_not_yours;
	if (is_concerned(call, row, self)) {
		*why = REASON_approval_own;
		return false;
	}
	for (size_t i = 0; i < deciding->count; i++) {
		const struct seat *seat = &deciding->seats[i];

		if (!is_of_level(seat, row))
			continue;
		if (is_concerned(call, row, seat->person)) {
			*why = REASON_approval_own;
			continue;
		}
		if (took_part(row, self) || took_part(row, seat->person)) {
			*why = REASON_approval_twice;
			continue;
		}
		*on_behalf_of = seat->person == self ? 0 : seat->person;
		return true;
	}
	return false;
}
