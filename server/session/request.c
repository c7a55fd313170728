/* REQUEST and CANCEL: from a frame to a job. */
#include <stdlib.h>
#include <string.h>

#include "common/rpc.h"
#include "server/metrics.h"
#include "server/session/desk.h"
#include "server/session/session.h"

static bool is_zero(const uint8_t *bytes, size_t len)
{
	uint8_t any = 0;

	for (size_t i = 0; i < len; i++)
		any |= bytes[i];
	return any == 0;
}

/* A flag without a meaning, or no name for the answer. */
static bool is_malformed(const struct frame *frame, const struct rpc *rpc)
{
	bool dry_run = (frame->flags & FRAME_DRY_RUN) != 0;

	return frame->request_id == 0 || (dry_run && rpc != NULL && rpc->lane != LANE_WRITE);
}

/* False when the request goes no further: it was answered here. */
static bool request_admitted(struct session *session, const struct frame *frame,
			     const struct rpc *rpc, const uint8_t *body)
{
	uint64_t limit = (uint64_t)session->desk->config->limits_in_flight;
	uint64_t rate;

	if (is_malformed(frame, rpc))
		session_fault(session, frame, STATUS_FRAME_INVALID, "");
	else if (!gate_request(session->desk->gate, session->principal, session->outsider,
			       desk_now(session->desk), &rate))
		/* Not LIMIT, which is a decision: an earlier try of the act may have been done. */
		session_limit(session, frame, STATUS_TOO_MANY_REQUESTS,
			      reason_name(REASON_too_fast), rate);
	else if (rpc == NULL)
		session_refuse(session, frame, STATUS_RPC_UNKNOWN, "", 0);
	else if (rpc->permission == PERMISSION_SYSTEM)
		session_refuse(session, frame, STATUS_DENIED, reason_name(REASON_not_for_people),
			       0);
	else if (inflight_find(&session->inflight, frame->request_id) != NULL)
		session_fault(session, frame, STATUS_REQUEST_ID_IN_USE, "");
	else if (session->inflight.count >= limit)
		session_refuse(session, frame, STATUS_TOO_MANY_REQUESTS,
			       reason_name(REASON_too_many), limit);
	else if (session->desk->stopping)
		session_refuse(session, frame, STATUS_SHUTTING_DOWN, "", 0);
	else if (rpc->lane == LANE_WRITE &&
		 (frame->length < FRAME_KEY_LEN || is_zero(body, FRAME_KEY_LEN)))
		session_refuse(session, frame, STATUS_KEY_INVALID, "", 0);
	else
		return true;
	return false;
}

static void fill_act(struct job *job, const struct rpc *rpc)
{
	size_t key_len = rpc->lane == LANE_WRITE ? FRAME_KEY_LEN : 0;

	job->act.rpc = rpc->number;
	job->act.dry_run = (job->frame.flags & FRAME_DRY_RUN) != 0;
	job->act.principal = job->principal;
	job->act.certificate = job->certificate;
	memcpy(job->act.key, job->body, key_len);
	job->act.request = job->body + key_len;
	job->act.request_len = job->body_len - key_len;
}

void session_submit(struct session *session, const struct frame *frame, const uint8_t *body)
{
	struct job *job = job_new(frame, body);

	if (job == NULL || inflight_add(&session->inflight, frame->request_id, job) != STATUS_OK) {
		job_free(job);
		session_refuse(session, frame, STATUS_MEMORY, "", 0);
		return;
	}
	job->session = session->name;
	job->principal = session->principal;
	job->certificate = session->certificate;
	job->stranger = session->state == SESSION_STRANGER;
	fill_act(job, rpc_find(frame->rpc));
	metrics_add(session->desk->metrics, METRICS_IN_FLIGHT, 1);
	dispatch_submit(session->desk->dispatch, job);
}

void session_request(struct session *session, const struct frame *frame, const uint8_t *body)
{
	if (request_admitted(session, frame, rpc_find(frame->rpc), body))
		session_submit(session, frame, body);
}

void session_cancel(struct session *session, const struct frame *frame)
{
	struct flight *flight = inflight_find(&session->inflight, frame->request_id);

	if (flight == NULL)
		return; /* the answer was faster */
	atomic_store(&flight->job->cancelled, true);
	if (flight->resting) {
		flight->resting = false;
		dispatch_continue(session->desk->dispatch, flight->job);
	} else {
		dispatch_nudge(session->desk->dispatch);
	}
}
