#include "server/service/enrolment.h"
#include "server/service/field.h"
#include "server/service/find.h"
#include "server/service/holding.h"
#include "server/service/make.h"
#include "server/service/post.h"
#include "server/service/service.h"

#define GRANT_ARENA_MAX (1024 * 1024) /* of one, with all that it names */

/* ---- may it be ---- */

static enum status judge_move(struct call *call, const Pb__Principal *principal,
			      Pb__PrincipalState to)
{
	if (to != PB__PRINCIPAL_STATE__ACTIVE && to != PB__PRINCIPAL_STATE__SUSPENDED &&
	    to != PB__PRINCIPAL_STATE__CLOSED)
		return call_refuse_field(call,
					 to == PB__PRINCIPAL_STATE__PRINCIPAL_STATE_NONE
						 ? REASON_required
						 : REASON_out_of_range,
					 "state", 0);
	if (principal->state == PB__PRINCIPAL_STATE__CLOSED)
		return call_refuse(call, STATUS_BLOCKED, REASON_account_closed, principal->login);
	if (principal->state == to)
		return call_refuse(call, STATUS_CONFLICT, REASON_state_same, principal->login);
	return STATUS_OK;
}

/* What must pass to somebody else first: all of it is counted, the first few are named. */
static enum status judge_hands(struct call *call, const Pb__Principal *principal)
{
	const char **names =
		arena_calloc(call->arena, HOLDING_HANDED * HOLDING_FIRST, sizeof(*names));
	size_t total = 0;
	size_t named = 0;

	if (names == NULL)
		return STATUS_MEMORY;
	for (unsigned holding = 0; holding < HOLDING_HANDED; holding++) {
		Pb__Holding *view = holding_view(call, (enum holding)holding, principal);

		if (view == NULL)
			return STATUS_MEMORY;
		for (size_t i = 0; i < view->n_first; i++)
			names[named++] = view->first[i];
		total += view->count;
	}
	if (total == 0)
		return STATUS_OK;
	(void)call_refuse(call, STATUS_BLOCKED, REASON_still_holds, principal->login);
	call->refusal.limit = total;
	call->refusal.others = names;
	call->refusal.n_others = named;
	return STATUS_BLOCKED;
}

/* ---- what closing takes away ---- */

/* The person's rows under an index; *ids of the arena. */
static enum status ids_of(struct call *call, enum index_id index, const Pb__Principal *principal,
			  uint64_t **ids, size_t *count)
{
	struct key key = {.len = 0};
	struct walk *walk;
	size_t room = 0;
	uint64_t id;

	key_u64(&key, principal->id);
	walk = index_walk(call->txn, index, &key);
	while (walk_next(walk, &id))
		room++;
	walk_end(walk);
	*ids = arena_calloc(call->arena, room + 1, sizeof(**ids));
	if (*ids == NULL)
		return STATUS_MEMORY;
	*count = 0;
	walk = index_walk(call->txn, index, &key);
	while (*count < room && walk_next(walk, &id))
		(*ids)[(*count)++] = id;
	walk_end(walk);
	return STATUS_OK;
}

static enum status withdraw_codes(struct call *call, Pb__PrincipalStateReply *reply)
{
	Pb__Enrolment *row;
	uint64_t *ids;
	size_t count;
	enum status status =
		ids_of(call, INDEX_enrolment_by_principal, reply->principal, &ids, &count);

	if (status != STATUS_OK)
		return status;
	reply->codes = arena_calloc(call->arena, count + 1, sizeof(struct Pb__Enrolment *));
	for (size_t i = 0; reply->codes != NULL && i < count; i++) {
		row = enrolment_get(call->txn, ids[i], call->arena);
		if (row == NULL)
			return STATUS_MEMORY;
		if (row->withdrawn || row->certificate_id != 0 || row->expires_at <= call->now)
			continue;
		row->withdrawn = true;
		reply->codes[reply->n_codes++] = row;
	}
	return reply->codes == NULL ? STATUS_MEMORY : STATUS_OK;
}

/* Also those that are not active yet, or wait for approval. Only ids stand in the reply: what
 * somebody asked for fills more than one act can have, and he must not escape by asking. */
static enum status revoke_grants(struct call *call, struct arena *scratch,
				 Pb__PrincipalStateReply *reply)
{
	const Pb__Grant *row;
	uint64_t *ids;
	size_t count;
	enum status status = ids_of(call, INDEX_grant_by_principal, reply->principal, &ids, &count);

	if (status != STATUS_OK)
		return status;
	reply->grants = arena_calloc(call->arena, count + 1, sizeof(struct Pb__Grant *));
	for (size_t i = 0; reply->grants != NULL && i < count; i++) {
		arena_reset(scratch);
		row = grant_get(call->txn, ids[i], scratch);
		if (row == NULL)
			return STATUS_MEMORY;
		if (row->revoked_at != 0 || row->not_after <= call->now)
			continue;
		reply->grants[reply->n_grants] = make_grant(call);
		if (reply->grants[reply->n_grants] == NULL)
			return STATUS_MEMORY;
		reply->grants[reply->n_grants++]->id = row->id;
		if (!call_subject(call, SUBJECT_GRANT, row->id))
			return STATUS_LIMIT;
	}
	return reply->grants == NULL ? STATUS_MEMORY : STATUS_OK;
}

static enum status take_away(struct call *call, Pb__PrincipalStateReply *reply)
{
	struct arena scratch;
	enum status status = enrolment_revoke(call, reply->principal, &reply->certificates,
					      &reply->n_certificates);

	if (status == STATUS_OK)
		status = withdraw_codes(call, reply);
	arena_init(&scratch, GRANT_ARENA_MAX);
	if (status == STATUS_OK)
		status = revoke_grants(call, &scratch, reply);
	arena_release(&scratch);
	if (status == STATUS_OK)
		status = holding_end_delegations(call, reply->principal, &reply->delegations,
						 &reply->n_delegations);
	return status;
}

/* ---- the act ---- */

enum status check_principal_state(struct call *call, const Pb__PrincipalStateRequest *request,
				  Pb__PrincipalStateReply *reply)
{
	enum status status = field_required(call, "reason", request->reason, PURPOSE_MAX_LEN);
	bool closes = request->state == PB__PRINCIPAL_STATE__CLOSED;

	if (status == STATUS_OK)
		status = find_login(call, request->login, &reply->principal);
	if (status != STATUS_OK)
		return status;
	if (!call_subject(call, SUBJECT_PRINCIPAL, reply->principal->id))
		return STATUS_LIMIT;
	status = post_judge(call, reply->principal);
	if (status == STATUS_OK)
		status = judge_move(call, reply->principal, request->state);
	if (status == STATUS_OK && closes)
		status = judge_hands(call, reply->principal);
	if (status == STATUS_OK && closes)
		status = take_away(call, reply);
	if (status != STATUS_OK)
		return status;
	reply->principal->state = request->state;
	reply->principal->state_since = call->now;
	reply->principal->state_reason = request->reason;
	return STATUS_OK;
}

static void revoke_grant(struct txn *txn, const struct entry *entry, uint64_t id,
			 const char *reason, struct arena *arena)
{
	Pb__Grant *row = grant_get(txn, id, arena);

	if (row == NULL)
		return;
	row->revoked_at = entry->time;
	row->revoked_reason = reason;
	grant_put(txn, row);
}

void apply_principal_state(struct txn *txn, const struct entry *entry,
			   const Pb__PrincipalStateRequest *request,
			   const Pb__PrincipalStateReply *reply)
{
	struct arena scratch;

	principal_put(txn, reply->principal);
	for (size_t i = 0; i < reply->n_certificates; i++)
		certificate_put(txn, reply->certificates[i]);
	for (size_t i = 0; i < reply->n_codes; i++)
		enrolment_put(txn, reply->codes[i]);
	arena_init(&scratch, GRANT_ARENA_MAX);
	for (size_t i = 0; i < reply->n_grants; i++) {
		revoke_grant(txn, entry, reply->grants[i]->id, request->reason, &scratch);
		arena_reset(&scratch);
	}
	arena_release(&scratch);
	for (size_t i = 0; i < reply->n_delegations; i++)
		delegation_put(txn, reply->delegations[i]);
}
