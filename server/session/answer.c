/* What comes home from dispatch: from a job to frames, and on to a stream's next slice. */
#include "server/metrics.h"
#include "server/net/outbox.h"
#include "server/session/desk.h"
#include "server/session/session.h"

static void session_rest_or_go_on(struct session *session, struct flight *flight)
{
	flight->resting = conn_pending(session->conn) >= OUTBOX_LOW && !session->desk->stopping;
	if (!flight->resting)
		dispatch_continue(session->desk->dispatch, flight->job);
}

static void session_send_frames(struct session *session, struct buf *frames)
{
	metrics_add(session->desk->metrics, METRICS_SENT_BYTES, (int64_t)frames->len);
	conn_send_buf(session->conn, frames);
}

void session_done(struct session *session, struct job *job)
{
	struct flight *flight = inflight_find(&session->inflight, job->frame.request_id);

	if (flight == NULL) { /* closing: it was given up */
		job_free(job);
		return;
	}
	if (job->final && job->out.len == 0) { /* no memory even for the refusal */
		job_free(job);
		inflight_remove(&session->inflight, flight);
		metrics_add(session->desk->metrics, METRICS_IN_FLIGHT, -1);
		conn_close(session->conn);
		return;
	}
	if (job->stranger)
		session_stranger_done(session, job);
	if (session->version >= SESSION_VERSION_MARKS && job->mark.len > 0)
		session_send_frames(session, &job->mark);
	session_send_frames(session, &job->out);
	if (!job->final) {
		session_rest_or_go_on(session, flight);
		return;
	}
	inflight_remove(&session->inflight, flight);
	metrics_add(session->desk->metrics, METRICS_IN_FLIGHT, -1);
	job_free(job);
}

void session_drained(void *owner)
{
	struct session *session = owner;

	for (size_t i = 0; i < session->inflight.count; i++) {
		if (session->inflight.flights[i].resting)
			session_rest_or_go_on(session, &session->inflight.flights[i]);
	}
}

void session_end_streams(struct session *session)
{
	for (size_t i = 0; i < session->inflight.count; i++) {
		struct flight *flight = &session->inflight.flights[i];

		atomic_store(&flight->job->cancelled, true);
		if (flight->resting)
			session_rest_or_go_on(session, flight);
	}
}
