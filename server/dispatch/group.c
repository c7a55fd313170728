#include "server/dispatch/group.h"

#include <string.h>

#include "common/date.h"
#include "common/message.h"
#include "server/dispatch/answer.h"
#include "server/dispatch/apply.h"
#include "server/dispatch/decided.h"
#include "server/dispatch/handler.h"
#include "server/service/look.h"

void act_fail(struct act *act, enum status status, const char *reason)
{
	act->entered = false;
	act->unproven = false;
	act->status = status;
	if (answer_failure(&act->answer, status, reason) != STATUS_OK)
		buf_clear(&act->answer); /* no memory for the body: the status alone has to do */
}

/* ---- answers ---- */

/* Refusals that an auditor would ask for; what is merely malformed is not. */
static bool refusal_is_entered(enum status status)
{
	switch (status) {
	case STATUS_NOT_FOUND:
	case STATUS_DENIED:
	case STATUS_CONFLICT:
	case STATUS_STALE:
	case STATUS_ON_LOAN:
	case STATUS_NOT_ON_LOAN:
	case STATUS_LIMIT:
	case STATUS_BLOCKED:
		return true;
	default:
		return false;
	}
}

/* ---- one act ---- */

/* reply: packed, or NULL; refusal: or NULL. */
static enum status pack_payload(struct engine *engine, const struct act *act,
				const struct buf *reply, Pb__Refusal *refusal)
{
	Pb__Act payload = PB__ACT__INIT;
	payload.request.data = (uint8_t *)(uintptr_t)act->request;
	payload.request.len = act->request_len;
	if (reply != NULL) {
		payload.reply.data = (uint8_t *)(uintptr_t)buf_head(reply);
		payload.reply.len = reply->len;
	}
	payload.refusal = refusal;
	buf_clear(&engine->payload);
	return message_pack(&payload.base, &engine->payload);
}

/* Stages the entry of an act; *entry gets its sequence, *header points at its bytes. */
static enum status stage(struct group *group, struct entry *entry, const uint8_t **header,
			 size_t *header_len)
{
	struct engine *engine = group->engine;
	uint8_t leaf[HASH_LEN];
	enum status status = ledger_stage(engine->disk.ledger, entry, buf_head(&engine->payload),
					  engine->payload.len, leaf, header, header_len);
	if (status != STATUS_OK)
		return status;
	engine->mark.time = entry->time;
	return STATUS_OK;
}

static struct entry entry_of(const struct group *group, const struct act *act,
			     const struct call *call)
{
	struct entry entry = {
		.class_ = act->status == STATUS_OK ? ENTRY_CHANGE : ENTRY_REFUSAL,
		.rpc = act->rpc,
		.status = (uint16_t)act->status,
		.time = group->now,
		.actor = act->principal,
		.office = call->office != NULL ? call->office->id : 0,
		.subjects = call->subjects,
		.subject_count = call->subject_count,
	};
	memcpy(entry.key, act->key, ENTRY_KEY_LEN);
	return entry;
}

/* A group that is full takes the act up again from the start; one that is empty never will. */
static enum step full_or_failed(const struct group *group, struct act *act, enum status status)
{
	if (status == STATUS_LIMIT && ledger_staged(group->engine->disk.ledger) > 0)
		return STEP_GROUP_FULL;
	act_fail(act, status, status == STATUS_LIMIT ? reason_name(REASON_too_many) : "");
	return STEP_DONE;
}

static enum table table_of(enum subject_kind kind)
{
	static const enum table tables[] = {
		[SUBJECT_OFFICE] = TABLE_office,
		[SUBJECT_PRINCIPAL] = TABLE_principal,
		[SUBJECT_CUSTOMER] = TABLE_customer,
		[SUBJECT_ITEM] = TABLE_item,
		[SUBJECT_LOAN] = TABLE_loan,
		[SUBJECT_GRANT] = TABLE_grant,
		[SUBJECT_APPROVAL] = TABLE_approval,
		[SUBJECT_DEPARTMENT] = TABLE_department,
		[SUBJECT_DELEGATION] = TABLE_delegation,
		[SUBJECT_CONFIDENTIAL] = TABLE_confidential,
	};

	return tables[kind];
}

static bool exists(const struct group *group, const struct subject *subject)
{
	return subject->id <= table_last(group->txn, table_of((enum subject_kind)subject->kind));
}

/* What a look shows, and who looks. */
struct sight {
	uint64_t office;
	struct subject *subjects;
	size_t count;
	Pb__Refusal *refusal; /* when it is not shown after all, else NULL */
};

/* Enters a look; *header points at the entry's bytes. */
static enum status enter_look(struct group *group, const struct act *act, const struct sight *sight,
			      const uint8_t **header, size_t *header_len)
{
	struct entry entry = {
		.class_ = act->status == STATUS_OK ? ENTRY_ACCESS : ENTRY_REFUSAL,
		.rpc = act->rpc,
		.status = (uint16_t)act->status,
		.time = group->now,
		.actor = act->principal,
		.office = sight->office,
		.subjects = sight->subjects,
		.subject_count = sight->count,
	};
	enum status status = pack_payload(group->engine, act, NULL, sight->refusal);
	if (status == STATUS_OK)
		status = stage(group, &entry, header, header_len);
	if (status == STATUS_OK)
		apply_act(group->txn, &entry, rpc_find(act->rpc), NULL, NULL);
	return status;
}

/* A dry run does nothing, but its answer shows something: where that is secret it is a look. What
 * the act would have made is not there to be looked at. */
static enum status enter_dry_run(struct group *group, const struct act *act, struct call *call)
{
	const uint8_t *header = NULL;
	size_t header_len = 0;
	struct sight sight = {.office = call->office == NULL ? 0 : call->office->id,
			      .subjects = call->subjects};
	if (!call->sensitive)
		return STATUS_OK;
	for (size_t i = 0; i < call->subject_count; i++)
		if (exists(group, &call->subjects[i]))
			call->subjects[sight.count++] = call->subjects[i];
	return enter_look(group, act, &sight, &header, &header_len);
}

static enum step refuse(struct group *group, struct act *act, struct call *call)
{
	struct engine *engine = group->engine;
	Pb__Refusal *refusal = &call->refusal;
	const uint8_t *header = NULL;
	size_t header_len = 0;
	refusal->status = (uint32_t)act->status;
	if (act->dry_run) {
		enum status status = enter_dry_run(group, act, call);
		if (status != STATUS_OK)
			return full_or_failed(group, act, status);
	} else if (refusal_is_entered(act->status)) {
		refusal->entered = true;
		refusal->sequence = ledger_next(engine->disk.ledger);
		struct entry entry = entry_of(group, act, call);
		enum status status = pack_payload(engine, act, NULL, refusal);
		if (status == STATUS_OK)
			status = stage(group, &entry, &header, &header_len);
		if (status != STATUS_OK)
			return full_or_failed(group, act, status);
		apply_act(group->txn, &entry, call->rpc, NULL, NULL);
	}
	if (decided_refusal(act, refusal, header, header_len) != STATUS_OK)
		act_fail(act, STATUS_MEMORY, "");
	return STEP_DONE;
}

static enum step accept_act(struct group *group, struct act *act, struct call *call,
			    const ProtobufCMessage *request, const ProtobufCMessage *reply)
{
	struct engine *engine = group->engine;
	buf_clear(&engine->reply);
	buf_clear(&act->answer);
	enum status status = message_pack(reply, &engine->reply);
	const uint8_t *header = NULL;
	size_t header_len = 0;
	if (status == STATUS_OK && act->dry_run)
		status = enter_dry_run(group, act, call);
	if (status == STATUS_OK && !act->dry_run) {
		struct entry entry = entry_of(group, act, call);
		status = pack_payload(engine, act, &engine->reply, NULL);
		if (status == STATUS_OK)
			status = stage(group, &entry, &header, &header_len);
		if (status == STATUS_OK)
			apply_act(group->txn, &entry, call->rpc, request, reply);
		decided_owe(act, entry.sequence);
		group->erases = status == STATUS_OK && act->rpc == RPC_erase;
	}
	if (status != STATUS_OK)
		return full_or_failed(group, act, status);
	ProtobufCBinaryData clear = {engine->reply.len,
				     (uint8_t *)(uintptr_t)buf_head(&engine->reply)};
	if (decided_reply(engine, act, header, header_len, clear) != STATUS_OK)
		act_fail(act, STATUS_OUTCOME_UNKNOWN, ""); /* done, but we cannot say so */
	return STEP_DONE;
}

static struct call begin_call(struct group *group, const struct act *act)
{
	struct engine *engine = group->engine;
	arena_reset(&engine->arena);
	return (struct call){
		.rpc = rpc_find(act->rpc),
		.txn = group->txn,
		.arena = &engine->arena,
		.config = engine->config,
		.origin = engine_origin(engine),
		.ledger = engine->disk.ledger,
		.signer = engine->signing.signer,
		.now = group->now,
		.today = date_of_time(group->now, (int)engine->config->office_zone_minutes),
		.refusal = PB__REFUSAL__INIT,
	};
}

/* Whether a guarded look may still be shown: much can happen between the read and here. */
static enum status judge_look(const struct act *act, const struct sight *sight, struct call *call)
{
	enum status status = call_identify(call, act->principal, act->certificate);
	call->subjects = sight->subjects;
	call->subject_count = sight->count;
	return status == STATUS_OK ? look_judge(call) : status;
}

/* The answer that was prepared is not shown: why not, goes out and is entered. */
static enum step refuse_look(struct group *group, struct act *act, struct sight *sight,
			     struct call *call, enum status status)
{
	const uint8_t *header = NULL;
	size_t header_len = 0;
	act->status = status;
	call->refusal.status = (uint32_t)status;
	call->refusal.entered = true;
	call->refusal.sequence = ledger_next(group->engine->disk.ledger);
	sight->refusal = &call->refusal;
	status = enter_look(group, act, sight, &header, &header_len);
	if (status != STATUS_OK) {
		act->status = STATUS_OK; /* as it came: the next group judges it again */
		return full_or_failed(group, act, status);
	}
	if (decided_refusal(act, &call->refusal, header, header_len) != STATUS_OK)
		act_fail(act, STATUS_MEMORY, "");
	return STEP_DONE;
}

/* A look: entered, nothing decided but whether it is shown. The act keeps its status; its answer is
 * the mark of what is shown. */
static enum step enter_access(struct group *group, struct act *act)
{
	struct call call = begin_call(group, act);
	uint64_t sequence = ledger_next(group->engine->disk.ledger);
	struct sight sight = {.office = act->office,
			      .subjects = (struct subject *)(uintptr_t)act->subjects,
			      .count = act->subject_count};
	const uint8_t *header = NULL;
	size_t header_len = 0;
	enum status status = STATUS_OK;
	if (act->guarded && act->status == STATUS_OK)
		status = judge_look(act, &sight, &call);
	if (status != STATUS_OK)
		return refuse_look(group, act, &sight, &call, status);
	status = enter_look(group, act, &sight, &header, &header_len);
	if (status != STATUS_OK)
		return full_or_failed(group, act, status);
	if (act->guarded && look_mark(&call, header, header_len, &act->answer) != STATUS_OK) {
		act_fail(act, STATUS_MEMORY, "");
		return STEP_DONE;
	}
	if (act->guarded && act->status == STATUS_OK)
		decided_owe(act, sequence);
	act->entered = true;
	return STEP_DONE;
}

/* An erasure reads what is committed, and is carried out before anything else is entered. */
static bool is_to_be_alone(const struct group *group, const struct act *act)
{
	return group->erases || (!act->access && act->rpc == RPC_erase &&
				 ledger_staged(group->engine->disk.ledger) > 0);
}

static enum step decide(struct group *group, struct act *act, struct call *call)
{
	struct engine *engine = group->engine;
	ProtobufCMessage *request = NULL;
	ProtobufCMessage *reply = message_new(call->rpc->reply, &engine->arena);
	if (reply == NULL) {
		act_fail(act, STATUS_MEMORY, "");
		return STEP_DONE;
	}
	act->status = call_permit(call);
	if (act->status == STATUS_OK)
		act->status = handler_unpack(call, act->request, act->request_len, &engine->arena,
					     &request);
	if (act->status == STATUS_OK)
		act->status = handler_find(call->rpc)->check(call, request, reply);
	if (act->status != STATUS_OK)
		return refuse(group, act, call);
	return accept_act(group, act, call, request, reply);
}

/* Whether the act was decided before; then its entry has this sequence. */
static bool was_seen(const struct group *group, const struct act *act, uint64_t *sequence)
{
	return !act->access && !act->dry_run &&
	       seen_get(group->txn, act->principal, act->key, sequence);
}

void group_refuse(struct group *group, struct act *act, enum status status, const char *reason)
{
	uint64_t sequence = 0;
	if (was_seen(group, act, &sequence))
		decided_again(group->engine, act, sequence);
	else
		act_fail(act, status, reason);
}

enum step group_act(struct group *group, struct act *act)
{
	uint64_t sequence = 0;
	if (is_to_be_alone(group, act))
		return STEP_GROUP_FULL;
	if (act->access)
		return enter_access(group, act);
	if (was_seen(group, act, &sequence)) {
		if (sequence >= group->first && ledger_staged(group->engine->disk.ledger) > 0)
			return STEP_GROUP_FULL; /* its answer is not on disk yet: next group */
		decided_again(group->engine, act, sequence);
		return STEP_DONE;
	}
	struct call call = begin_call(group, act);
	if (call.rpc == NULL || call.rpc->lane != LANE_WRITE) {
		act_fail(act, STATUS_RPC_UNKNOWN, "");
		return STEP_DONE;
	}
	enum status status = call_identify(&call, act->principal, act->certificate);
	if (status != STATUS_OK) {
		act->status = status;
		return refuse(group, act, &call);
	}
	return decide(group, act, &call);
}
