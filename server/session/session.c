#include "server/session/session.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/log.h"
#include "common/message.h"
#include "common/role.h"
#include "server/metrics.h"
#include "server/session/desk.h"

#define HELLO_ARENA_MAX (16 * 1024) /* of a stranger's message, unpacked */

/* The moves that the picture in session.h allows: a bit for each state that may follow. */
static const uint8_t moves[] = {
	[SESSION_HANDSHAKE] = 1 << SESSION_HELLO | 1 << SESSION_STRANGER | 1 << SESSION_CLOSED,
	[SESSION_HELLO] = 1 << SESSION_READY | 1 << SESSION_CLOSING | 1 << SESSION_CLOSED,
	[SESSION_READY] = 1 << SESSION_CLOSING | 1 << SESSION_CLOSED,
	[SESSION_STRANGER] = 1 << SESSION_CLOSING | 1 << SESSION_CLOSED,
	[SESSION_CLOSING] = 1 << SESSION_CLOSED,
	[SESSION_CLOSED] = 0,
};

static void session_move(struct session *session, enum session_state to)
{
	assert((moves[session->state] >> to & 1) == 1);
	session->state = to;
}

/* ---- what is sent ---- */

static void session_count(struct session *session, enum metrics_value value, size_t bytes)
{
	metrics_add(session->desk->metrics, value, (int64_t)bytes);
}

static void session_send(struct session *session, const struct frame *head, const void *body)
{
	uint8_t header[FRAME_HEADER_LEN];

	frame_encode(header, head);
	session_count(session, METRICS_SENT_BYTES, sizeof(header) + head->length);
	conn_send(session->conn, header, sizeof(header));
	if (head->length > 0)
		conn_send(session->conn, body, head->length);
}

/* A message that cannot be packed has no memory to be packed in, so the connection ends. */
static void session_send_message(struct session *session, struct frame head,
				 const ProtobufCMessage *message)
{
	struct buf body = BUF_EMPTY;

	if (message_pack(message, &body) == STATUS_OK) {
		head.length = (uint32_t)body.len;
		session_send(session, &head, body.bytes == NULL ? NULL : buf_head(&body));
	} else {
		conn_close(session->conn);
	}
	buf_release(&body);
}

static void session_error(struct session *session, const struct frame *frame,
			  const Pb__Refusal *refusal)
{
	struct frame head = {.kind = FRAME_ERROR};

	if (frame != NULL && frame->kind == FRAME_REQUEST) {
		head.rpc = frame->rpc;
		head.request_id = frame->request_id;
	}
	session_send_message(session, head, &refusal->base);
}

void session_refuse(struct session *session, const struct frame *frame, enum status status,
		    const char *reason, uint64_t limit)
{
	Pb__Refusal refusal = PB__REFUSAL__INIT;

	refusal.status = (uint32_t)status;
	refusal.reason = reason;
	refusal.limit = limit;
	session_error(session, frame, &refusal);
}

void session_limit(struct session *session, const struct frame *frame, enum status status,
		   const char *reason, uint64_t limit)
{
	if (loop_may_log(session->desk->loop))
		log_event(LOG_LEVEL_WARN, "limit_reached", "principal=%llu why=%s limit=%llu",
			  (unsigned long long)session->principal, reason,
			  (unsigned long long)limit);
	session_refuse(session, frame, status, reason, limit);
}

/* ---- ends ---- */

/* Streams that rest are ours and go; what dispatch has comes home to find nobody. */
static void session_abandon(struct session *session)
{
	struct inflight *inflight = &session->inflight;

	for (size_t i = 0; i < inflight->count; i++) {
		struct flight *flight = &inflight->flights[i];

		if (flight->resting)
			job_free(flight->job);
		else
			atomic_store(&flight->job->cancelled, true);
	}
	if (inflight->count > 0)
		dispatch_nudge(session->desk->dispatch);
	metrics_add(session->desk->metrics, METRICS_IN_FLIGHT, -(int64_t)inflight->count);
	inflight_release(inflight);
}

static void session_close(struct session *session)
{
	if (session->state == SESSION_CLOSING)
		return;
	session_move(session, SESSION_CLOSING);
	session_abandon(session);
	conn_close(session->conn);
}

void session_fault(struct session *session, const struct frame *frame, enum status status,
		   const char *reason)
{
	if (loop_may_log(session->desk->loop))
		log_event(LOG_LEVEL_WARN, "peer_refused", "principal=%llu status=%s",
			  (unsigned long long)session->principal, status_name(status));
	session_refuse(session, frame, status, reason, 0);
	session_close(session);
}

void session_farewell(struct session *session)
{
	if (session->state == SESSION_CLOSING)
		return;
	session_refuse(session, NULL, STATUS_SHUTTING_DOWN, "", 0);
	session_close(session);
}

static void on_closed(void *owner)
{
	struct session *session = owner;

	session_move(session, SESSION_CLOSED);
	session_abandon(session);
	gate_leave(session->desk->gate, &session->visit);
	metrics_add(session->desk->metrics, METRICS_CONNECTIONS, -1);
	metrics_add(session->desk->metrics, METRICS_REFUSED,
		    session->principal == 0 && session->asked == 0 ? 1 : 0);
	desk_leave(session->desk, session->name);
	free(session);
}

/* ---- greeting ---- */

static void session_welcome(struct session *session, const Pb__Hello *hello)
{
	Pb__Welcome welcome = PB__WELCOME__INIT;
	const char *reason = "";
	enum status status = session_identify(session, &welcome, &reason);
	const struct role *role;
	uint64_t limit;

	if (status == STATUS_OK && session->version >= SESSION_VERSION_HEADS)
		status = dispatch_show_heads(session->desk->dispatch, hello->seen, hello->n_seen,
					     &welcome);
	if (status != STATUS_OK) {
		session_fault(session, NULL, status, reason);
		return;
	}
	if (!gate_know(session->desk->gate, &session->visit, session->certificate, &limit)) {
		session_limit(session, NULL, STATUS_LIMIT, reason_name(REASON_too_many_connections),
			      limit);
		session_close(session);
		return;
	}
	role = role_find_word(welcome.role);
	session->outsider = role == NULL || role->kind != ROLE_STAFF;
	welcome.version = session->version;
	welcome.request_max = FRAME_BODY_MAX_REQUEST;
	welcome.in_flight_max = (uint32_t)session->desk->config->limits_in_flight;
	session_move(session, SESSION_READY);
	conn_admit(session->conn);
	session_send_message(session, (struct frame){.kind = FRAME_WELCOME}, &welcome.base);
}

/* The highest that both speak; false when there is none. */
static bool session_choose_version(struct session *session, const Pb__Hello *hello)
{
	session->version =
		hello->version_max < SESSION_VERSION_MAX ? hello->version_max : SESSION_VERSION_MAX;
	return session->version >= SESSION_VERSION_MIN && session->version >= hello->version_min;
}

/* NULL when all is well. */
static const char *hello_fault(const Pb__Hello *hello)
{
	if (strlen(hello->client) > SESSION_CLIENT_MAX)
		return reason_name(REASON_too_long);
	if (hello->n_seen > SESSION_SEEN_MAX)
		return reason_name(REASON_too_many);
	for (size_t i = 0; i < hello->n_seen; i++)
		if (hello->seen[i] == 0)
			return reason_name(REASON_malformed);
	return NULL;
}

static void on_hello(struct session *session, const struct frame *frame, const uint8_t *body)
{
	struct message_fault fault = {.reason = ""};
	ProtobufCMessage *message = NULL;
	const Pb__Hello *hello;
	struct arena arena;
	enum status status;

	if (session->state != SESSION_HELLO) {
		session_fault(session, frame, STATUS_FRAME_INVALID, "");
		return;
	}
	arena_init(&arena, HELLO_ARENA_MAX);
	status = message_unpack(&pb__hello__descriptor, body, frame->length, &arena, &message,
				&fault);
	hello = (const Pb__Hello *)message;
	if (status != STATUS_OK)
		session_fault(session, frame, status, fault.reason);
	else if (hello_fault(hello) != NULL)
		session_fault(session, frame, STATUS_MESSAGE_INVALID, hello_fault(hello));
	else if (!session_choose_version(session, hello))
		session_fault(session, frame, STATUS_VERSION_UNSUPPORTED, "");
	else
		session_welcome(session, hello);
	arena_release(&arena);
}

/* ---- frames ---- */

static void on_ping(struct session *session, const struct frame *frame, const uint8_t *body)
{
	(void)body;
	session_send(session, &(struct frame){.kind = FRAME_PONG, .request_id = frame->request_id},
		     NULL);
}

static void on_pong(struct session *session, const struct frame *frame, const uint8_t *body)
{
	(void)session;
	(void)frame;
	(void)body; /* that it came is what counts, and the connection has seen that */
}

static void on_cancel(struct session *session, const struct frame *frame, const uint8_t *body)
{
	(void)body;
	session_cancel(session, frame);
}

/* What a client may send. A kind that is not here, or has no function, is not for clients. */
static const struct {
	void (*take)(struct session *session, const struct frame *frame, const uint8_t *body);
	bool has_body;
	uint8_t flags;
} kinds[] = {
	[FRAME_HELLO] = {on_hello, true, 0},
	[FRAME_REQUEST] = {session_request, true, FRAME_DRY_RUN},
	[FRAME_CANCEL] = {on_cancel, false, 0},
	[FRAME_PING] = {on_ping, false, 0},
	[FRAME_PONG] = {on_pong, false, 0},
};

static bool frame_allowed(const struct frame *frame)
{
	return frame->kind < sizeof(kinds) / sizeof(kinds[0]) && kinds[frame->kind].take != NULL &&
	       (frame->flags & ~kinds[frame->kind].flags) == 0 &&
	       (frame->length == 0 || kinds[frame->kind].has_body);
}

static void on_frame(void *owner, const struct frame *frame, const uint8_t *body)
{
	struct session *session = owner;

	session_count(session, METRICS_RECEIVED_BYTES, FRAME_HEADER_LEN + frame->length);
	if (session->state == SESSION_STRANGER)
		session_stranger(session, frame, body);
	else if (!frame_allowed(frame))
		session_fault(session, frame, STATUS_FRAME_INVALID, "");
	else if (session->state == SESSION_HELLO && frame->kind != FRAME_HELLO)
		session_fault(session, frame, STATUS_NOT_WELCOME_YET, "");
	else
		kinds[frame->kind].take(session, frame, body);
}

static void on_too_large(void *owner, const struct frame *frame)
{
	session_fault(owner, frame, STATUS_FRAME_TOO_LARGE, "");
}

/* ---- deadlines, and the beginning ---- */

static void on_ready(void *owner)
{
	struct session *session = owner;

	session_move(session, conn_is_stranger(session->conn) ? SESSION_STRANGER : SESSION_HELLO);
}

static void on_idle(void *owner)
{
	session_send(owner, &(struct frame){.kind = FRAME_PING}, NULL);
}

static void on_expired(void *owner)
{
	session_fault(owner, NULL, STATUS_TIMEOUT, "");
}

static const struct conn_owner calls = {
	.ready = on_ready,
	.frame = on_frame,
	.too_large = on_too_large,
	.drained = session_drained,
	.idle = on_idle,
	.expired = on_expired,
	.closed = on_closed,
};

enum status session_new(struct session **out, struct desk *desk, struct conn *conn,
			uint64_t address)
{
	struct session *session = calloc(1, sizeof(*session));
	enum status status = STATUS_MEMORY;

	if (session == NULL)
		return STATUS_MEMORY;
	session->desk = desk;
	session->conn = conn;
	session->state = SESSION_HANDSHAKE;
	status = desk_enter(desk, session, &session->name);
	if (status != STATUS_OK) {
		free(session);
		return status;
	}
	gate_enter(desk->gate, &session->visit, address, desk_now(desk));
	conn_own(conn, &calls, session);
	metrics_add(desk->metrics, METRICS_CONNECTIONS, 1);
	metrics_add(desk->metrics, METRICS_ACCEPTED, 1);
	*out = session;
	return STATUS_OK;
}
