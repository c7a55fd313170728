#include "server/dispatch/dispatch.h"

#include <stdlib.h>

#include "common/date.h"
#include "common/log.h"
#include "common/message.h"
#include "common/role.h"
#include "proto/request.pb-c.h"
#include "server/dispatch/heads.h"
#include "server/dispatch/issuing.h"
#include "server/dispatch/point.h"
#include "server/dispatch/scanner.h"
#include "server/dispatch/settings.h"
#include "server/dispatch/writer.h"
#include "server/metrics.h"
#include "server/pki.h"
#include "server/service/cover.h"

struct dispatch {
	struct dispatch_options options;
	struct point point;
	struct job *first; /* for the writer at the next flush */
	struct job *last;
	unsigned count;
	uint64_t under_way;
};

enum status dispatch_new(struct dispatch **out, const struct dispatch_options *options)
{
	struct dispatch *dispatch = calloc(1, sizeof(*dispatch));
	if (dispatch == NULL)
		return STATUS_MEMORY;
	dispatch->options = *options;
	enum status status = point_init(&dispatch->point, options->shared.engine);
	if (status != STATUS_OK) {
		dispatch_free(dispatch);
		return status;
	}
	*out = dispatch;
	return STATUS_OK;
}

void dispatch_free(struct dispatch *dispatch)
{
	if (dispatch == NULL)
		return;
	point_release(&dispatch->point);
	free(dispatch);
}

/* ---- lanes ---- */

static void to_writer(struct dispatch *dispatch, struct job *job)
{
	job->mail.next = NULL;
	if (dispatch->first == NULL)
		dispatch->first = job;
	else
		dispatch->last->mail.next = &job->mail;
	dispatch->last = job;
	dispatch->count++;
}

static void done(struct dispatch *dispatch, struct job *job)
{
	dispatch->under_way--;
	dispatch->options.done(dispatch->options.context, job);
}

static void serve_point(struct dispatch *dispatch, struct job *job)
{
	const struct dispatch_shared *shared = &dispatch->options.shared;
	struct config *config = settings_get(shared->settings);
	struct health health = {
		.server = shared->server,
		.origin = engine_origin(shared->engine),
		.started_at = shared->started_at,
		.quarantine = engine_quarantine(shared->engine),
		.connections = atomic_load_explicit(shared->connections, memory_order_relaxed),
	};
	struct job *entry = NULL;
	point_serve(&dispatch->point, job, config, &health, writer_is_pressed(shared->writer),
		    &entry);
	config_free(config);
	if (entry != NULL)
		to_writer(dispatch, entry);
	if (entry == job) /* the writer counts it, and sends it home */
		return;
	metrics_count(shared->metrics, job->frame.rpc, job->status,
		      (uint64_t)(clock_monotonic() - job->began));
	done(dispatch, job);
}

static void serve_issue(struct dispatch *dispatch, struct job *job)
{
	const struct dispatch_shared *shared = &dispatch->options.shared;
	struct config *config = settings_get(shared->settings);
	dispatch_flush(dispatch); /* what came before is decided before */
	issuing_serve(&dispatch->point, shared, config, job);
	config_free(config);
	metrics_count(shared->metrics, job->frame.rpc, job->status,
		      (uint64_t)(clock_monotonic() - job->began));
	done(dispatch, job);
}

void dispatch_submit(struct dispatch *dispatch, struct job *job)
{
	const struct rpc *rpc = rpc_find(job->frame.rpc);
	dispatch->under_way++;
	job->home = dispatch->options.home;
	if (rpc == NULL) {
		job_fail(job, STATUS_RPC_UNKNOWN, "");
		done(dispatch, job);
	} else if (job->stranger != (rpc->permission == PERMISSION_STRANGER)) {
		job_fail(job, STATUS_DENIED, reason_name(REASON_role_forbids));
		done(dispatch, job);
	} else if (rpc->lane != LANE_SCAN && writer_is_busy(dispatch->options.shared.writer)) {
		job_fail(job, STATUS_BUSY, "");
		done(dispatch, job);
	} else if (rpc->lane == LANE_POINT) {
		serve_point(dispatch, job);
	} else if (rpc->lane == LANE_ISSUE) {
		serve_issue(dispatch, job);
	} else if (rpc->lane == LANE_WRITE) {
		to_writer(dispatch, job);
	} else {
		scanner_post(dispatch->options.shared.scanner, job);
	}
}

void dispatch_continue(struct dispatch *dispatch, struct job *job)
{
	dispatch->under_way++;
	buf_clear(&job->mark);
	buf_clear(&job->out);
	scanner_post(dispatch->options.shared.scanner, job);
}

void dispatch_flush(struct dispatch *dispatch)
{
	if (dispatch->first == NULL)
		return;
	writer_post(dispatch->options.shared.writer, dispatch->first, dispatch->last,
		    dispatch->count);
	dispatch->first = NULL;
	dispatch->last = NULL;
	dispatch->count = 0;
}

void dispatch_arrived(struct dispatch *dispatch, struct mail *mail)
{
	mail->next = NULL;
	done(dispatch, (struct job *)(void *)mail);
}

void dispatch_nudge(struct dispatch *dispatch)
{
	writer_nudge(dispatch->options.shared.writer);
}

uint64_t dispatch_under_way(const struct dispatch *dispatch)
{
	return dispatch->under_way;
}

/* ---- who is speaking ---- */

/* Whom a certificate is bound to; principal 0 when it is bound to nobody. */
static enum status find_bound(struct dispatch *dispatch, const uint8_t identity[static HASH_LEN],
			      struct identity *who)
{
	struct point *point = &dispatch->point;
	struct key key = {.len = 0};
	enum status status = point_begin(point);
	if (status != STATUS_OK)
		return status;
	key_bytes(&key, identity, HASH_LEN);
	uint64_t id = index_find(point->txn, INDEX_certificate_by_identity, &key);
	const Pb__Certificate *row =
		id == 0 ? NULL : certificate_get(point->txn, id, &point->arena);
	*who = (struct identity){.principal = row == NULL ? 0 : row->principal_id,
				 .certificate = row == NULL ? 0 : row->id};
	status = txn_status(point->txn);
	point_end(point);
	return status;
}

/* A certificate that `dossierd issue` made is bound by an act of the server at its first use. That
 * happens once in its life, so waiting for the writer here is fine. */
static enum status bind(struct dispatch *dispatch, const uint8_t identity[static HASH_LEN],
			struct identity *who)
{
	Pb__CertificateBindRequest request = PB__CERTIFICATE_BIND_REQUEST__INIT;
	struct pki_issued issued;
	enum status status = pki_issued(dispatch->options.shared.identity, identity, &issued);
	if (status != STATUS_OK)
		return STATUS_IDENTITY;
	request.principal_id = issued.principal;
	request.not_after = issued.not_after;
	request.issued_at = issued.issued_at;
	request.identity.data = (uint8_t *)(uintptr_t)identity;
	request.identity.len = HASH_LEN;
	struct buf packed = BUF_EMPTY;
	status = message_pack(&request.base, &packed);
	if (status == STATUS_OK) {
		struct act act = {
			.rpc = RPC_certificate_bind,
			.request = buf_head(&packed),
			.request_len = packed.len,
		};
		random_bytes(act.key, sizeof(act.key));
		writer_call(dispatch->options.shared.writer, &act);
		status = act.status;
		buf_release(&act.answer);
	}
	buf_release(&packed);
	if (status == STATUS_DENIED) /* it was lost before its first use */
		return STATUS_IDENTITY;
	/* Two connections may have met here: then the other one has bound it. */
	if (status == STATUS_OK || status == STATUS_CONFLICT)
		return find_bound(dispatch, identity, who);
	return status;
}

enum status dispatch_identify(struct dispatch *dispatch, const uint8_t identity[static HASH_LEN],
			      struct identity *who)
{
	enum status status = find_bound(dispatch, identity, who);
	if (status == STATUS_OK && who->principal == 0)
		status = bind(dispatch, identity, who);
	return status == STATUS_OK && who->principal == 0 ? STATUS_IDENTITY : status;
}

static struct call call_without_rpc(struct point *point)
{
	return (struct call){
		.txn = point->txn,
		.arena = &point->arena,
		.now = clock_now(),
		.refusal = PB__REFUSAL__INIT,
	};
}

static struct post post_of(const Pb__Principal *principal)
{
	return (struct post){
		.role = (int)principal->role,
		.office = principal->office_id,
		.department = principal->department_id,
	};
}

/* Who has another post begins anew: what his lists had decided at their beginning would not hold.
 */
static bool has_moved(const Pb__Principal *principal, const struct post *was)
{
	struct post now = post_of(principal);
	return now.role != was->role || now.office != was->office ||
	       now.department != was->department;
}

/* The last end of his active grants; 0 when he has none, or needs none. */
static int64_t granted_until(struct call *call)
{
	size_t count = 0;
	Pb__Grant *const *grants = call->outsider ? cover_grants(call, &count) : NULL;
	int64_t until = 0;
	for (size_t i = 0; i < count; i++)
		until = grants[i]->not_after > until ? grants[i]->not_after : until;
	return until;
}

/* Whoever came for the sake of a grant has nothing to do here when it is over. */
static enum status judge_grants(struct call *call, struct identity *who)
{
	who->granted_until = granted_until(call);
	if (call->outsider && who->granted_until == 0 && cover_ended_since(call, who->since))
		return call_refuse(call, STATUS_IDENTITY, REASON_access_over, NULL);
	return STATUS_OK;
}

enum status dispatch_judge(struct dispatch *dispatch, struct identity *who, const char **reason)
{
	struct point *point = &dispatch->point;
	struct call call = call_without_rpc(point);
	enum status status = point_begin(point);
	if (status != STATUS_OK)
		return status;
	status = call_identify(&call, who->principal, who->certificate);
	if (txn_status(point->txn) != STATUS_OK)
		status = txn_status(point->txn);
	if (status == STATUS_OK && has_moved(call.principal, &who->post))
		status = call_refuse(&call, STATUS_IDENTITY, REASON_post_changed, NULL);
	if (status == STATUS_OK)
		status = judge_grants(&call, who);
	*reason = call.refusal.reason;
	point_end(point);
	return status;
}

uint64_t dispatch_accounts(const struct dispatch *dispatch)
{
	return writer_accounts(dispatch->options.shared.writer);
}

enum status dispatch_welcome(struct dispatch *dispatch, struct identity *who, Pb__Welcome *welcome,
			     const char **reason)
{
	struct point *point = &dispatch->point;
	struct call call = call_without_rpc(point);
	enum status status = point_begin(point);
	if (status != STATUS_OK)
		return status;
	status = call_identify(&call, who->principal, who->certificate);
	if (status == STATUS_OK) {
		who->post = post_of(call.principal);
		who->since = call.now;
		who->granted_until = granted_until(&call);
		welcome->principal_id = who->principal;
		welcome->login = call.principal->login;
		welcome->name = call.principal->name;
		welcome->office = call.office->code;
		welcome->role = call.role == NULL ? "" : call.role->word;
		welcome->server = dispatch->options.shared.server;
		welcome->origin = engine_origin(dispatch->options.shared.engine);
	}
	*reason = call.refusal.reason;
	point_end(point);
	return status;
}

enum status dispatch_show_heads(struct dispatch *dispatch, const uint64_t *seen, size_t count,
				Pb__Welcome *welcome)
{
	return heads_show(dispatch->options.shared.engine, &dispatch->point.arena, seen, count,
			  welcome);
}
