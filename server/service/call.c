#include "server/service/call.h"

#define SUBJECTS_FIRST 8 /* most acts concern fewer */

#define MICROSECONDS INT64_C(1000000)

static bool certificate_speaks(struct call *call, uint64_t principal, uint64_t id)
{
	const Pb__Certificate *certificate = certificate_get(call->txn, id, call->arena);

	return certificate != NULL && certificate->principal_id == principal &&
	       certificate->revoked_at == 0 && certificate->not_after > call->now / MICROSECONDS;
}

enum status call_identify(struct call *call, uint64_t principal, uint64_t certificate)
{
	const Pb__Principal *who;
	const Pb__Office *office;

	call->principal = NULL;
	call->office = NULL;
	call->role = NULL;
	call->certificate = 0;
	call->outsider = false;
	call->scope = SCOPE_ALL;
	if (principal == 0)
		return STATUS_OK;
	who = principal_get(call->txn, principal, call->arena);
	if (who == NULL || who->state != PB__PRINCIPAL_STATE__ACTIVE)
		return call_refuse(call, STATUS_IDENTITY, REASON_account_inactive, NULL);
	office = office_get(call->txn, who->office_id, call->arena);
	if (office == NULL)
		return call_refuse(call, STATUS_IDENTITY, REASON_account_inactive, NULL);
	if (certificate != 0 && !certificate_speaks(call, principal, certificate))
		return call_refuse(call, STATUS_IDENTITY, REASON_certificate_ended, NULL);
	call->principal = who;
	call->office = office;
	call->role = role_find((int)who->role);
	call->certificate = certificate;
	call->outsider = call->role != NULL && call->role->kind == ROLE_OUTSIDER;
	call->scope = SCOPE_NONE;
	return STATUS_OK;
}

enum status call_permit(struct call *call)
{
	if (call->principal == NULL)
		return STATUS_OK;
	call->scope = role_scope(call->role, call->rpc->permission);
	if (call->scope != SCOPE_NONE)
		return STATUS_OK;
	return call_refuse(call, STATUS_DENIED,
			   call->rpc->permission == PERMISSION_SYSTEM ? REASON_not_for_people
								      : REASON_role_forbids,
			   NULL);
}

enum status call_refuse(struct call *call, enum status status, enum reason_id reason,
			const char *subject)
{
	pb__refusal__init(&call->refusal);
	call->refusal.status = (uint32_t)status;
	call->refusal.reason = reason_name(reason);
	if (subject != NULL)
		call->refusal.subject = subject;
	return status;
}

enum status call_refuse_field(struct call *call, enum reason_id reason, const char *field,
			      uint64_t limit)
{
	enum status status = call_refuse(call, STATUS_INVALID, reason, NULL);

	call->refusal.field = field;
	call->refusal.limit = limit;
	return status;
}

enum status call_refuse_taken(struct call *call, const char *field, const char *value)
{
	enum status status = call_refuse(call, STATUS_CONFLICT, REASON_taken, value);

	call->refusal.field = field;
	return status;
}

enum status call_refuse_stale(struct call *call, const char *subject, uint32_t version)
{
	enum status status = call_refuse(call, STATUS_STALE, REASON_changed_meanwhile, subject);

	call->refusal.limit = version;
	return status;
}

static bool subjects_grow(struct call *call)
{
	size_t capacity = call->subject_capacity == 0 ? SUBJECTS_FIRST : 2 * call->subject_capacity;
	struct subject *subjects;

	subjects = arena_calloc(call->arena, capacity, sizeof(*subjects));
	if (subjects == NULL)
		return false;
	for (size_t i = 0; i < call->subject_count; i++)
		subjects[i] = call->subjects[i];
	call->subjects = subjects;
	call->subject_capacity = capacity;
	return true;
}

bool call_subject(struct call *call, enum subject_kind kind, uint64_t id)
{
	for (size_t i = 0; i < call->subject_count; i++)
		if (call->subjects[i].id == id && call->subjects[i].kind == kind)
			return true;
	if (call->subject_count == ENTRY_SUBJECTS_MAX)
		return false;
	if (call->subject_count == call->subject_capacity && !subjects_grow(call))
		return false;
	call->subjects[call->subject_count].kind = (uint8_t)kind;
	call->subjects[call->subject_count].id = id;
	call->subject_count++;
	return true;
}

uint64_t call_new_id(struct call *call, enum table table)
{
	call->new_ids[table]++;
	return table_last(call->txn, table) + call->new_ids[table];
}

bool call_has_room(const struct call *call)
{
	return call->arena->used < call->arena->cap / 2;
}
