#include "server/service/look.h"

#include "common/message.h"
#include "server/service/approval.h"
#include "server/service/cover.h"

#define DAY_LENGTH (INT64_C(24) * 60 * 60 * 1000000) /* microseconds */
#define SCRATCH_MAX (64 * 1024)                      /* one row at a time */

/* ---- what a look uses up ---- */

/* Shows records: by a grant where it has one for a subject. Other looks may be about grants. */
static bool is_of_records(const struct rpc *rpc)
{
	switch (rpc->permission) {
	case PERMISSION_CUSTOMER_READ:
	case PERMISSION_ITEM_READ:
	case PERMISSION_LOAN_READ:
	case PERMISSION_HISTORY_READ:
	case PERMISSION_UNMASK:
		return true;
	default:
		return false;
	}
}

/* Rests on an approval where it has one for a subject. Other looks may be about approvals. */
static bool is_by_approval(const struct rpc *rpc)
{
	return rpc->permission == PERMISSION_UNMASK || rpc->permission == PERMISSION_UNSEAL;
}

static bool is_record(const struct subject *subject)
{
	return subject->kind == SUBJECT_CUSTOMER || subject->kind == SUBJECT_ITEM;
}

/* What subjects and RPC say of one look. */
struct toll {
	uint64_t records; /* shown under a grant */
	bool unmasks;
	bool grants;    /* it stands under some */
	bool approvals; /* it rests on some */
};

static struct toll toll_of(const struct rpc *rpc, const struct subject *subjects, size_t count)
{
	struct toll toll = {.unmasks = rpc->permission == PERMISSION_UNMASK};

	for (size_t i = 0; i < count; i++) {
		toll.records += is_record(&subjects[i]);
		toll.grants = toll.grants || subjects[i].kind == SUBJECT_GRANT;
		toll.approvals = toll.approvals || subjects[i].kind == SUBJECT_APPROVAL;
	}
	toll.grants = toll.grants && is_of_records(rpc);
	toll.approvals = toll.approvals && is_by_approval(rpc);
	if (!toll.grants)
		toll.records = 0;
	return toll;
}

/* ---- days ---- */

/* A window of 24 hours begins with the first use after the one before. */
static bool window_is_over(int64_t since, int64_t now)
{
	return since == 0 || now - since >= DAY_LENGTH;
}

static uint64_t used_in_window(int64_t since, uint64_t used, int64_t now)
{
	return window_is_over(since, now) ? 0 : used;
}

static void use_in_window(int64_t *since, uint64_t *used, int64_t now, uint64_t more)
{
	if (window_is_over(*since, now)) {
		*since = now;
		*used = 0;
	}
	*used += more;
}

static enum status judge_day(struct call *call, enum reason_id reason, int64_t since, uint64_t used,
			     uint64_t more, int64_t limit)
{
	if (used_in_window(since, used, call->now) + more <= (uint64_t)limit)
		return STATUS_OK;
	(void)call_refuse(call, STATUS_LIMIT, reason, NULL);
	call->refusal.limit = (uint64_t)limit;
	call->refusal.until = window_is_over(since, call->now) ? 0 : since + DAY_LENGTH;
	return STATUS_LIMIT;
}

static enum status judge_usage(struct call *call, const struct toll *toll)
{
	const Pb__Usage *usage = usage_get(call->txn, call->principal->id, call->arena);
	const Pb__Usage none = PB__USAGE__INIT;
	enum status status = STATUS_OK;

	if (usage == NULL)
		usage = &none;
	if (call->outsider && toll->records > 0)
		status = judge_day(call, REASON_records_used_up, usage->records_since,
				   usage->records, toll->records,
				   call->config->limits_outsider_records_per_day);
	if (status == STATUS_OK && toll->unmasks)
		status = judge_day(call, REASON_unmasks_used_up, usage->unmasks_since,
				   usage->unmasks, 1,
				   call->outsider ? call->config->limits_outsider_unmasks_per_day
						  : call->config->limits_unmasks_per_day);
	return status;
}

uint32_t look_room(struct call *call)
{
	const Pb__Usage *usage;
	uint64_t limit = (uint64_t)call->config->limits_outsider_records_per_day;
	uint64_t used = 0;

	if (!call->outsider)
		return 0;
	usage = usage_get(call->txn, call->principal->id, call->arena);
	if (usage != NULL)
		used = used_in_window(usage->records_since, usage->records, call->now);
	return used + 1 < limit ? (uint32_t)(limit - used) : 1;
}

/* ---- grants and approvals ---- */

static enum status judge_grant(struct call *call, uint64_t id)
{
	const Pb__Grant *grant = grant_get(call->txn, id, call->arena);

	if (grant == NULL || grant->principal_id != call->principal->id)
		return call_refuse(call, STATUS_DENIED, REASON_grant_over, NULL);
	if (cover_is_active(call, grant))
		return STATUS_OK;
	if (!cover_is_used_up(call, grant))
		return call_refuse(call, STATUS_DENIED, REASON_grant_over, grant->number);
	(void)call_refuse(call, STATUS_LIMIT, REASON_grant_used_up, grant->number);
	call->refusal.limit = grant->views_max;
	return STATUS_LIMIT;
}

static enum status judge_approval(struct call *call, uint64_t id)
{
	const Pb__Approval *approval = approval_get(call->txn, id, call->arena);

	if (approval == NULL)
		return call_refuse(call, STATUS_NOT_FOUND, REASON_approval_unknown, NULL);
	if (approval_is_usable(approval, call->principal->id, call->now))
		return STATUS_OK;
	return approval_refuse_settled(call, STATUS_BLOCKED, approval);
}

static enum status judge_subject(struct call *call, const struct toll *toll,
				 const struct subject *subject)
{
	if (subject->kind == SUBJECT_GRANT && toll->grants)
		return judge_grant(call, subject->id);
	if (subject->kind == SUBJECT_APPROVAL && toll->approvals)
		return judge_approval(call, subject->id);
	return STATUS_OK;
}

enum status look_judge(struct call *call)
{
	struct toll toll = toll_of(call->rpc, call->subjects, call->subject_count);
	enum status status = STATUS_OK;

	if (call->principal == NULL) /* the server itself */
		return STATUS_OK;
	for (size_t i = 0; status == STATUS_OK && i < call->subject_count; i++)
		status = judge_subject(call, &toll, &call->subjects[i]);
	return status == STATUS_OK ? judge_usage(call, &toll) : status;
}

enum status look_goes_on(struct call *call, const uint64_t *grants, size_t count)
{
	enum status status = STATUS_OK;

	if (!is_of_records(call->rpc))
		return STATUS_OK;
	for (size_t i = 0; status == STATUS_OK && i < count; i++)
		status = judge_grant(call, grants[i]);
	return status;
}

/* ---- what stays ---- */

static void use_grant(struct txn *txn, const struct entry *entry, uint64_t id, struct arena *arena)
{
	const Pb__GrantUse *before = grant_use_get(txn, id, arena);
	Pb__GrantUse use = PB__GRANT_USE__INIT;

	use.id = id;
	use.views = before == NULL ? 1 : before->views + 1;
	use.last_at = entry->time;
	grant_use_put(txn, &use);
}

static void use_approval(struct txn *txn, const struct entry *entry, uint64_t id,
			 struct arena *arena)
{
	Pb__Approval *approval = approval_get(txn, id, arena);

	if (approval == NULL)
		return;
	approval_use(approval, entry->time);
	approval_put(txn, approval);
}

static void use_day(struct txn *txn, const struct entry *entry, const struct toll *toll,
		    struct arena *arena)
{
	const Pb__Usage *before = usage_get(txn, entry->actor, arena);
	Pb__Usage usage = PB__USAGE__INIT;

	if (before != NULL)
		usage = *before;
	usage.id = entry->actor;
	if (toll->records > 0)
		use_in_window(&usage.records_since, &usage.records, entry->time, toll->records);
	if (toll->unmasks)
		use_in_window(&usage.unmasks_since, &usage.unmasks, entry->time, 1);
	usage_put(txn, &usage);
}

void look_apply(struct txn *txn, const struct entry *entry, const struct rpc *rpc)
{
	struct toll toll = toll_of(rpc, entry->subjects, entry->subject_count);
	struct arena scratch;

	if (!toll.grants && !toll.approvals && !toll.unmasks)
		return;
	arena_init(&scratch, SCRATCH_MAX);
	for (size_t i = 0; i < entry->subject_count; i++) {
		const struct subject *subject = &entry->subjects[i];

		if (subject->kind == SUBJECT_GRANT && toll.grants)
			use_grant(txn, entry, subject->id, &scratch);
		if (subject->kind == SUBJECT_APPROVAL && toll.approvals)
			use_approval(txn, entry, subject->id, &scratch);
		arena_reset(&scratch);
	}
	if (toll.records > 0 || toll.unmasks)
		use_day(txn, entry, &toll, &scratch);
	arena_release(&scratch);
}

enum status look_mark(struct call *call, const uint8_t *header, size_t len, struct buf *packed)
{
	Pb__Mark mark = PB__MARK__INIT;
	const char **numbers = arena_calloc(call->arena, COVER_GRANTS_MAX, sizeof(*numbers));

	if (numbers == NULL)
		return STATUS_MEMORY;
	for (size_t i = 0; i < call->subject_count && mark.n_grants < COVER_GRANTS_MAX; i++) {
		const Pb__Grant *grant =
			call->subjects[i].kind != SUBJECT_GRANT
				? NULL
				: grant_get(call->txn, call->subjects[i].id, call->arena);

		if (grant != NULL)
			numbers[mark.n_grants++] = grant->number;
	}
	mark.entry.data = (uint8_t *)(uintptr_t)header;
	mark.entry.len = len;
	mark.grants = numbers;
	buf_clear(packed);
	return message_pack(&mark.base, packed);
}
