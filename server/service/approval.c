#include "server/service/approval.h"

#include <string.h>

#include "common/text.h"
#include "server/service/make.h"
#include "server/service/number.h"
#include "server/service/view.h"

#define INPUTS 3
#define SCRATCH_MAX (64 * 1024) /* one row */
#define HOUR INT64_C(3600000000)
#define DAY (24 * HOUR)

/* ---- asking ---- */

static const char *rule_of_kind(const struct config *config, enum approval_kind kind)
{
	switch (kind) {
#define APPROVAL(number, name, word, title, setting, ...)                                          \
	case APPROVAL_##name:                                                                      \
		return config->setting;
#include "common/approval.def"
#undef APPROVAL
	case APPROVAL_NONE:
		break;
	}
	return "";
}

const char *approval_secrecy_word(Pb__Secrecy secrecy)
{
	static const char *const words[] = {
		[PB__SECRECY__PUBLIC] = "public",
		[PB__SECRECY__INTERNAL] = "internal",
		[PB__SECRECY__CONFIDENTIAL] = "confidential",
		[PB__SECRECY__SECRET] = "secret",
	};

	return (size_t)secrecy < sizeof(words) / sizeof(words[0]) ? words[secrecy] : NULL;
}

const char *approval_authenticity_word(Pb__Authenticity authenticity)
{
	return authenticity == PB__AUTHENTICITY__ORIGINAL ? "original"
	       : authenticity == PB__AUTHENTICITY__COPY   ? "copy"
							  : NULL;
}

static const char *asker_word(const struct call *call)
{
	if (call->principal == NULL)
		return NULL;
	return call->principal->role == PB__ROLE__APPROVER ? "head"
	       : call->outsider                            ? "outsider"
							   : "staff";
}

static enum status put_input(struct call *call, Pb__Approval *row, const char *name,
			     const char *value)
{
	Pb__ApprovalInput *input;

	if (value == NULL)
		return STATUS_OK;
	input = make_approval_input(call);
	if (input == NULL)
		return STATUS_MEMORY;
	input->name = name;
	input->value = value;
	row->inputs[row->n_inputs++] = input;
	return STATUS_OK;
}

/* Fills rule, inputs and levels. */
static enum status apply_rule(struct call *call, const struct approval_ask *ask, Pb__Approval *row)
{
	struct ruling ruling;
	enum status status;

	row->kind = (uint32_t)ask->kind;
	row->rule = rule_of_kind(call->config, ask->kind);
	row->rule_version = approval_find(row->kind)->version;
	row->inputs = arena_calloc(call->arena, INPUTS, sizeof(Pb__ApprovalInput *));
	if (row->inputs == NULL)
		return STATUS_MEMORY;
	status = put_input(call, row, "secrecy", approval_secrecy_word(ask->secrecy));
	if (status == STATUS_OK)
		status = put_input(call, row, "authenticity",
				   approval_authenticity_word(ask->authenticity));
	if (status == STATUS_OK)
		status = put_input(call, row, "asker", asker_word(call));
	if (status == STATUS_OK)
		status = ruling_levels(row->rule_version, row->rule, row->inputs, row->n_inputs,
				       &ruling);
	if (status != STATUS_OK || ruling.count == 0)
		return status;
	row->levels = arena_calloc(call->arena, ruling.count, sizeof(Pb__ApprovalLevel));
	if (row->levels == NULL)
		return STATUS_MEMORY;
	memcpy(row->levels, ruling.levels, ruling.count * sizeof(Pb__ApprovalLevel));
	row->n_levels = ruling.count;
	return STATUS_OK;
}

enum status approval_needed(struct call *call, const struct approval_ask *ask, bool *needed)
{
	Pb__Approval row = PB__APPROVAL__INIT;
	enum status status = apply_rule(call, ask, &row);

	*needed = row.n_levels > 0;
	return status;
}

static void fill(struct call *call, const struct approval_ask *ask, Pb__Approval *row)
{
	row->id = call_new_id(call, TABLE_approval);
	row->state = PB__APPROVAL_STATE__WAITING;
	row->waiting = 1;
	row->office_id = ask->office;
	row->asked_by = call->principal == NULL ? 0 : call->principal->id;
	row->asked_at = call->now;
	row->reason = ask->reason;
	row->subject_kind = ask->subject.kind;
	row->subject_id = ask->subject.id;
	row->detail = ask->detail;
	if (row->n_levels == 0)
		approval_approve(call, row);
}

enum status approval_open(struct call *call, const struct approval_ask *ask,
			  Pb__ApprovalOpened **opened)
{
	const Pb__Office *office = office_get(call->txn, ask->office, call->arena);
	Pb__ApprovalOpened *made = make_approval_opened(call);
	Pb__Approval *row = make_approval(call);
	struct numbering numbering;
	enum status status;

	if (office == NULL || made == NULL || row == NULL)
		return STATUS_MEMORY;
	status = apply_rule(call, ask, row);
	if (status == STATUS_OK && ask->digest != NULL) {
		row->digest.data = (uint8_t *)arena_copy(call->arena, ask->digest, HASH_LEN);
		row->digest.len = HASH_LEN;
		status = row->digest.data == NULL ? STATUS_MEMORY : STATUS_OK;
	}
	if (status != STATUS_OK)
		return status;
	numbering_init(&numbering, call, call->config->number_approval, INDEX_approval_by_number);
	status = numbering_next(&numbering, office, &row->number);
	if (status != STATUS_OK)
		return status;
	fill(call, ask, row);
	made->approval = row;
	made->series = numbering.series[0];
	*opened = made;
	return call_subject(call, SUBJECT_APPROVAL, row->id) &&
			       call_subject(call, (enum subject_kind)ask->subject.kind,
					    ask->subject.id)
		       ? STATUS_OK
		       : STATUS_LIMIT;
}

void approval_opened_put(struct txn *txn, const Pb__ApprovalOpened *opened)
{
	series_put(txn, opened->series);
	approval_put(txn, opened->approval);
}

void approval_approve(const struct call *call, Pb__Approval *row)
{
	row->state = PB__APPROVAL_STATE__APPROVED;
	row->waiting = 0;
	if (approval_find(row->kind)->use == APPROVAL_ONCE)
		row->usable_until = call->now + call->config->approval_use_hours * HOUR;
}

/* ---- using ---- */

enum status approval_refuse_needed(struct call *call, const struct approval_ask *ask)
{
	enum status status = call_refuse(call, STATUS_BLOCKED, REASON_approval_needed, ask->number);

	call->refusal.field = approval_find((uint32_t)ask->kind)->word;
	return status;
}

bool approval_is_expired(const Pb__Approval *row, int64_t now)
{
	return row->state == PB__APPROVAL_STATE__APPROVED && row->usable_until != 0 &&
	       now >= row->usable_until;
}

bool approval_is_usable(const Pb__Approval *row, uint64_t principal, int64_t now)
{
	return row->state == PB__APPROVAL_STATE__APPROVED && row->usable_until != 0 &&
	       now < row->usable_until && row->asked_by == principal;
}

void approval_use(Pb__Approval *row, int64_t at)
{
	row->state = PB__APPROVAL_STATE__USED;
	row->used_at = at;
}

void approval_used_put(struct txn *txn, uint64_t id, int64_t at)
{
	struct arena scratch;
	Pb__Approval *row;

	arena_init(&scratch, SCRATCH_MAX);
	row = approval_get(txn, id, &scratch);
	if (row != NULL) { /* else a failure of the store, which sticks in the txn */
		approval_use(row, at);
		approval_put(txn, row);
	}
	arena_release(&scratch);
}

static bool is_for(const Pb__Approval *row, const struct approval_ask *ask)
{
	size_t len = ask->digest == NULL ? 0 : HASH_LEN;

	return row->kind == (uint32_t)ask->kind && row->subject_kind == ask->subject.kind &&
	       row->subject_id == ask->subject.id && row->digest.len == len &&
	       (len == 0 || memcmp(row->digest.data, ask->digest, len) == 0);
}

/* No approval is given: is none needed? */
static enum status judge_none(struct call *call, const struct approval_ask *ask)
{
	bool needed;
	enum status status = approval_needed(call, ask, &needed);

	return status == STATUS_OK && needed ? approval_refuse_needed(call, ask) : status;
}

static enum status find_usable(struct call *call, const char *number,
			       const struct approval_ask *ask, Pb__Approval **found)
{
	Pb__Approval *row;
	enum status status;

	*found = NULL;
	if (text_empty(number))
		return judge_none(call, ask);
	row = approval_of_number(call, number);
	if (row == NULL || call->principal == NULL || row->asked_by != call->principal->id)
		return approval_refuse_unknown(call, number);
	if (!is_for(row, ask))
		return call_refuse(call, STATUS_BLOCKED, REASON_approval_other, row->number);
	if (row->state == PB__APPROVAL_STATE__WAITING) {
		status = call_refuse(call, STATUS_BLOCKED, REASON_approval_waits, row->number);
		call->refusal.since = row->asked_at;
		return status;
	}
	if (approval_is_expired(row, call->now)) {
		status = call_refuse(call, STATUS_BLOCKED, REASON_approval_expired, row->number);
		call->refusal.since = row->usable_until;
		return status;
	}
	if (!approval_is_usable(row, call->principal->id, call->now))
		return approval_refuse_settled(call, STATUS_BLOCKED, row);
	*found = row;
	return call_subject(call, SUBJECT_APPROVAL, row->id) ? STATUS_OK : STATUS_LIMIT;
}

enum status approval_take(struct call *call, const char *number, const struct approval_ask *ask,
			  Pb__Approval **row)
{
	enum status status = find_usable(call, number, ask, row);

	if (status == STATUS_OK && *row != NULL)
		approval_use(*row, call->now);
	return status;
}

enum status approval_look(struct call *call, const char *number, const struct approval_ask *ask,
			  const Pb__Approval **row)
{
	Pb__Approval *found = NULL;
	enum status status = find_usable(call, number, ask, &found);

	*row = found;
	return status;
}

/* ---- looking at one ---- */

bool approval_is_overdue(const struct call *call, const Pb__Approval *row)
{
	return row->state == PB__APPROVAL_STATE__WAITING &&
	       call->now - row->asked_at > call->config->approval_remind_days * DAY;
}

Pb__Approval *approval_of_number(struct call *call, const char *number)
{
	struct key key = {.len = 0};
	uint64_t id;

	key_text(&key, number);
	id = index_find(call->txn, INDEX_approval_by_number, &key);
	return id == 0 ? NULL : approval_get(call->txn, id, call->arena);
}

enum status approval_refuse_unknown(struct call *call, const char *number)
{
	return call_refuse(call, STATUS_NOT_FOUND, REASON_approval_unknown, number);
}

enum status approval_refuse_settled(struct call *call, enum status status, const Pb__Approval *row)
{
	const Pb__Decision *last =
		row->n_decisions == 0 ? NULL : row->decisions[row->n_decisions - 1];
	enum reason_id reason = REASON_approval_decided;
	const Pb__Principal *who;

	if (row->state == PB__APPROVAL_STATE__DECLINED)
		reason = REASON_approval_declined;
	else if (row->state == PB__APPROVAL_STATE__WITHDRAWN)
		reason = REASON_approval_withdrawn;
	else if (row->state == PB__APPROVAL_STATE__USED)
		reason = REASON_approval_used;
	status = call_refuse(call, status, reason, row->number);
	who = last == NULL ? NULL : principal_get(call->txn, last->by, call->arena);
	if (who != NULL) {
		call->refusal.holder = who->name;
		call->refusal.holder_office = view_office_code(call, who->office_id);
		call->refusal.since = last->at;
	}
	if (row->state == PB__APPROVAL_STATE__USED)
		call->refusal.since = row->used_at;
	return status;
}
