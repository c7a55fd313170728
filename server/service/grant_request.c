#include <stddef.h>
#include <string.h>

#include "common/date.h"
#include "common/text.h"
#include "server/service/approval.h"
#include "server/service/field.h"
#include "server/service/find.h"
#include "server/service/grant.h"
#include "server/service/make.h"
#include "server/service/number.h"
#include "server/service/service.h"

#define CUSTOMERS_MAX 100
#define ITEMS_MAX 500
#define SERIES_MAX 20
#define WORDS_MAX 8 /* kinds, actions */

/* Of a person, that have not ended: so that closing the account can end them all in one act. */
#define GRANTS_MAX 200
#define GRANT_ARENA_MAX (1024 * 1024) /* of one, with all that it names */
#define BEGINS_WITHIN 366             /* days */

/* ---- for whom ---- */

static bool may_be_granted(const Pb__Principal *who)
{
	const struct role *role = role_find((int)who->role);

	return who->role == PB__ROLE__AUDITOR || (role != NULL && role->kind == ROLE_OUTSIDER);
}

/* One's own, or what a clerk records for somebody who came or wrote. */
static enum status find_grantee(struct call *call, const Pb__GrantRequestRequest *request,
				const Pb__Principal **grantee)
{
	Pb__Principal *found;
	enum status status;

	*grantee = call->principal;
	if (call->principal == NULL)
		return call_refuse_field(call, REASON_required, "principal", 0);
	if (!text_empty(request->principal) &&
	    strcmp(request->principal, call->principal->login) != 0) {
		if (call->scope == SCOPE_SELF)
			return call_refuse(call, STATUS_NOT_FOUND, REASON_login_unknown,
					   request->principal);
		status = find_login(call, request->principal, &found);
		if (status != STATUS_OK)
			return status;
		*grantee = found;
	}
	if (!may_be_granted(*grantee))
		return call_refuse(call, STATUS_BLOCKED, REASON_grant_not_for, (*grantee)->login);
	return STATUS_OK;
}

static enum status take_channel(struct call *call, const Pb__GrantRequestRequest *request,
				Pb__Grant *row)
{
	bool own = row->principal_id == call->principal->id;
	Pb__Channel channel = request->channel;

	if (own && channel == PB__CHANNEL__CHANNEL_NONE)
		channel = PB__CHANNEL__ONLINE;
	if (channel == PB__CHANNEL__CHANNEL_NONE)
		return call_refuse_field(call, REASON_required, "channel", 0);
	if ((unsigned)channel > PB__CHANNEL__LETTER || own != (channel == PB__CHANNEL__ONLINE))
		return call_refuse_field(call, REASON_malformed, "channel", 0);
	row->channel = channel;
	return STATUS_OK;
}

/* ---- what for ---- */

static const struct stated {
	Pb__Role role;
	const char *field;
	size_t at; /* of the text in a Pb__Grant */
} stated[] = {
#define STATED(role, field) {PB__ROLE__##role, #field, offsetof(Pb__Grant, field)},
#include "common/paper.def"
#undef STATED
};

/* What the class must say besides the matter. */
static enum status judge_stated(struct call *call, Pb__Role role, const Pb__Grant *row)
{
	for (size_t i = 0; i < sizeof(stated) / sizeof(stated[0]); i++) {
		const char *text =
			*(const char *const *)(const void *)((const char *)row + stated[i].at);

		if (stated[i].role == role && field_blank(text))
			return call_refuse_field(call, REASON_required, stated[i].field, 0);
	}
	return STATUS_OK;
}

static enum status take_texts(struct call *call, const Pb__GrantRequestRequest *request,
			      Pb__Role role, Pb__Grant *row)
{
	enum status status = field_required(call, "matter", request->matter, TITLE_MAX_LEN);

	row->matter = request->matter;
	row->case_number = request->case_number;
	row->represented = request->represented;
	row->purpose = request->purpose;
	if (status == STATUS_OK)
		status = field_required(call, "purpose", request->purpose, PURPOSE_MAX_LEN);
	if (status == STATUS_OK)
		status = field_text(call, "case_number", request->case_number, NAME_MAX_LEN);
	if (status == STATUS_OK)
		status = field_text(call, "represented", request->represented, NAME_MAX_LEN);
	return status == STATUS_OK ? judge_stated(call, role, row) : status;
}

/* ---- what ---- */

static enum status judge_names(struct call *call, const char *field, const char **names,
			       size_t count, size_t max)
{
	enum status status = STATUS_OK;

	if (count > max)
		return call_refuse_field(call, REASON_too_many, field, max);
	for (size_t i = 0; status == STATUS_OK && i < count; i++)
		status = field_required(call, field, names[i], ASKED_MAX_LEN);
	return status;
}

/* An organisation needs to name nothing: it is its own records. */
static enum status judge_reach(struct call *call, const Pb__GrantRequestRequest *request,
			       const Pb__Principal *grantee)
{
	if (request->everything && grantee->role != PB__ROLE__AUDITOR)
		return call_refuse(call, STATUS_DENIED, REASON_grant_everything, NULL);
	if (grantee->role == PB__ROLE__ORGANISATION &&
	    (request->n_series > 0 || grantee->customer_id == 0))
		return call_refuse(call, STATUS_DENIED, REASON_grant_own_records, NULL);
	if (grantee->role != PB__ROLE__ORGANISATION && !request->everything &&
	    request->n_customers + request->n_items + request->n_series == 0)
		return call_refuse_field(call, REASON_required, "customers", 0);
	return STATUS_OK;
}

static enum status take_own(struct call *call, const Pb__Principal *grantee, Pb__Grant *row)
{
	if (grantee->role != PB__ROLE__ORGANISATION || row->n_named_items > 0)
		return STATUS_OK;
	row->customers = arena_calloc(call->arena, 1, sizeof(uint64_t));
	if (row->customers == NULL)
		return STATUS_MEMORY;
	row->customers[0] = grantee->customer_id;
	row->n_customers = 1;
	return STATUS_OK;
}

static enum status take_names(struct call *call, const Pb__GrantRequestRequest *request,
			      const Pb__Principal *grantee, Pb__Grant *row)
{
	enum status status = judge_reach(call, request, grantee);

	if (status == STATUS_OK)
		status = judge_names(call, "customers", request->customers, request->n_customers,
				     CUSTOMERS_MAX);
	if (status == STATUS_OK)
		status = judge_names(call, "items", request->items, request->n_items, ITEMS_MAX);
	if (status == STATUS_OK)
		status =
			judge_names(call, "series", request->series, request->n_series, SERIES_MAX);
	row->everything = request->everything;
	row->named_customers = request->customers;
	row->n_named_customers = request->n_customers;
	row->named_items = request->items;
	row->n_named_items = request->n_items;
	row->series = request->series;
	row->n_series = request->n_series;
	return status == STATUS_OK ? take_own(call, grantee, row) : status;
}

static enum status take_window(struct call *call, const Pb__GrantRequestRequest *request,
			       Pb__Grant *row)
{
	enum status status = field_range(call, "dated_from", request->dated_from, DATE_MAX);

	if (status == STATUS_OK)
		status = field_range(call, "dated_until", request->dated_until, DATE_MAX);
	if (status == STATUS_OK && request->dated_until != 0 &&
	    request->dated_until < request->dated_from)
		status = call_refuse_field(call, REASON_malformed, "dated_until", 0);
	row->dated_from = request->dated_from;
	row->dated_until = request->dated_until;
	return status;
}

static enum status take_kinds(struct call *call, const Pb__GrantRequestRequest *request,
			      Pb__Grant *row)
{
	if (request->n_kinds > WORDS_MAX)
		return call_refuse_field(call, REASON_too_many, "kinds", WORDS_MAX);
	for (size_t i = 0; i < request->n_kinds; i++)
		if (request->kinds[i] < PB__ITEM_KIND__BOX ||
		    request->kinds[i] > PB__ITEM_KIND__PIECE)
			return call_refuse_field(call, REASON_out_of_range, "kinds",
						 PB__ITEM_KIND__PIECE);
	row->kinds = request->kinds;
	row->n_kinds = request->n_kinds;
	return STATUS_OK;
}

static enum status take_actions(struct call *call, const Pb__GrantRequestRequest *request,
				Pb__Grant *row)
{
	if (request->n_actions > WORDS_MAX)
		return call_refuse_field(call, REASON_too_many, "actions", WORDS_MAX);
	for (size_t i = 0; i < request->n_actions; i++)
		if (request->actions[i] < PB__GRANT_ACTION__LIST ||
		    request->actions[i] > PB__GRANT_ACTION__COPY_OUT)
			return call_refuse_field(call, REASON_out_of_range, "actions",
						 PB__GRANT_ACTION__COPY_OUT);
	row->actions = request->actions;
	row->n_actions = request->n_actions;
	if (row->n_actions > 0)
		return STATUS_OK;
	row->actions = arena_calloc(call->arena, 2, sizeof(Pb__GrantAction));
	if (row->actions == NULL)
		return STATUS_MEMORY;
	row->actions[row->n_actions++] = PB__GRANT_ACTION__LIST;
	row->actions[row->n_actions++] = PB__GRANT_ACTION__READ;
	return STATUS_OK;
}

/* ---- when ---- */

static enum status take_times(struct call *call, const Pb__GrantRequestRequest *request,
			      Pb__Grant *row)
{
	int zone = (int)call->config->office_zone_minutes;
	int32_t days = (int32_t)call->config->grant_days;
	int32_t begin = request->from == 0 ? call->today : request->from;
	int32_t end = request->until == 0 ? begin + days : request->until;
	enum status status = field_until(call, "from", request->from);

	if (status == STATUS_OK)
		status = field_until(call, "until", request->until);
	if (status == STATUS_OK && begin > call->today + BEGINS_WITHIN)
		status = call_refuse_field(call, REASON_beyond_rule, "from", BEGINS_WITHIN);
	if (status == STATUS_OK && end > begin + days)
		status = call_refuse_field(call, REASON_beyond_rule, "until", (uint64_t)days);
	if (status == STATUS_OK && end < begin)
		status = call_refuse_field(call, REASON_malformed, "until", 0);
	if (status != STATUS_OK)
		return status;
	row->not_before = request->from == 0 ? call->now : date_to_time(begin, zone);
	row->not_after = date_to_time(end + 1, zone);
	row->asked_until = row->not_after;
	row->views_max = request->views_max;
	return STATUS_OK;
}

/* ---- the act ---- */

static enum status take_all(struct call *call, const Pb__GrantRequestRequest *request,
			    const Pb__Principal *grantee, Pb__Grant *row)
{
	enum status status = take_channel(call, request, row);

	if (status == STATUS_OK)
		status = take_texts(call, request, grantee->role, row);
	if (status == STATUS_OK)
		status = take_names(call, request, grantee, row);
	if (status == STATUS_OK)
		status = take_window(call, request, row);
	if (status == STATUS_OK)
		status = take_kinds(call, request, row);
	if (status == STATUS_OK)
		status = take_actions(call, request, row);
	return status == STATUS_OK ? take_times(call, request, row) : status;
}

static enum status give_number(struct call *call, Pb__Grant *row, Pb__Series **series)
{
	struct numbering numbering;
	enum status status;

	numbering_init(&numbering, call, call->config->number_grant, INDEX_grant_by_number);
	status = numbering_next(&numbering, call->office, &row->number);
	if (status == STATUS_OK)
		*series = numbering.series[0];
	row->id = call_new_id(call, TABLE_grant);
	row->office_id = call->office->id;
	row->asked_by = call->principal->id;
	row->asked_at = call->now;
	return status;
}

/* Only what people of the house name is looked up at once. An auditor reads of every record in the
 * ledger, so what he names is looked for among all. */
static enum status settle_names(struct call *call, const Pb__Principal *grantee,
				Pb__GrantRequestReply *reply)
{
	enum scope scope = call->scope;
	enum status status;

	if (call->outsider)
		return STATUS_OK;
	if (scope == SCOPE_SELF)
		call->scope = SCOPE_ALL;
	status = grant_look_up(call, grantee, true, reply->grant);
	call->scope = scope;
	if (status == STATUS_OK)
		status = grant_ask_approval(call, grantee, reply->grant, &reply->opened);
	return status;
}

static bool has_ended(const struct call *call, const Pb__Grant *grant)
{
	return grant->revoked_at != 0 || grant->not_after <= call->now;
}

/* Whether there is room for one more of the grantee's. */
static enum status judge_count(struct call *call, const Pb__Principal *grantee)
{
	struct key key = {.len = 0};
	struct arena scratch;
	unsigned count = 0;
	bool whole = true;
	struct walk *walk;
	struct key since;
	uint64_t id;

	key_u64(&key, grantee->id);
	arena_init(&scratch, GRANT_ARENA_MAX);
	since = key;
	key_s64(&since, call->now);
	walk = index_walk(call->txn, INDEX_grant_by_end, &key);
	walk_after(walk, &since); /* however many have ended */
	while (whole && walk_next(walk, &id)) {
		const Pb__Grant *grant = grant_get(call->txn, id, &scratch);

		whole = grant != NULL;
		count += whole && !has_ended(call, grant);
		arena_reset(&scratch);
	}
	walk_end(walk);
	arena_release(&scratch);
	if (!whole)
		return STATUS_MEMORY;
	if (count < GRANTS_MAX)
		return STATUS_OK;
	(void)call_refuse(call, STATUS_LIMIT, REASON_grants_many, grantee->login);
	call->refusal.limit = GRANTS_MAX;
	return STATUS_LIMIT;
}

enum status check_grant_request(struct call *call, const Pb__GrantRequestRequest *request,
				Pb__GrantRequestReply *reply)
{
	Pb__Grant *row = make_grant(call);
	const Pb__Principal *grantee;
	enum status status = find_grantee(call, request, &grantee);

	if (row == NULL)
		return STATUS_MEMORY;
	if (status != STATUS_OK)
		return status;
	row->principal_id = grantee->id;
	reply->grant = row;
	status = take_all(call, request, grantee, row);
	if (status == STATUS_OK)
		status = judge_count(call, grantee);
	if (status == STATUS_OK)
		status = give_number(call, row, &reply->series);
	if (status != STATUS_OK)
		return status;
	if (!call_subject(call, SUBJECT_GRANT, row->id) ||
	    !call_subject(call, SUBJECT_PRINCIPAL, grantee->id))
		return STATUS_LIMIT;
	return settle_names(call, grantee, reply);
}

void apply_grant_request(struct txn *txn, const struct entry *entry,
			 const Pb__GrantRequestRequest *request, const Pb__GrantRequestReply *reply)
{
	(void)entry;
	(void)request;
	series_put(txn, reply->series);
	grant_put(txn, reply->grant);
	if (reply->opened != NULL)
		approval_opened_put(txn, reply->opened);
}
