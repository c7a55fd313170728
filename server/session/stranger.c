/* Who came without a certificate: may ask for one by a code, and for nothing else. */
#include "common/rpc.h"
#include "server/session/desk.h"
#include "server/session/session.h"

/* Who the server is, then the code; and once more should the answer to that be lost on its way. */
#define STRANGER_REQUESTS 3

static bool is_enrolment(const struct frame *frame)
{
	const struct rpc *rpc = rpc_find(frame->rpc);

	return frame->kind == FRAME_REQUEST && frame->flags == 0 && rpc != NULL &&
	       rpc->permission == PERMISSION_STRANGER;
}

/* A request without a body asks only who the server is. */
static bool may_try(struct session *session, const struct frame *frame, uint64_t *seconds)
{
	return frame->length == 0 || gate_code_allowed(session->desk->gate, session->visit.address,
						       desk_now(session->desk), seconds);
}

void session_stranger(struct session *session, const struct frame *frame, const uint8_t *body)
{
	uint64_t seconds = 0;

	if (!is_enrolment(frame))
		session_fault(session, frame, STATUS_NOT_WELCOME_YET, "");
	else if (frame->request_id == 0)
		session_fault(session, frame, STATUS_FRAME_INVALID, "");
	else if (++session->asked > STRANGER_REQUESTS)
		session_fault(session, frame, STATUS_TOO_MANY_REQUESTS, "");
	else if (session->desk->stopping)
		session_refuse(session, frame, STATUS_SHUTTING_DOWN, "", 0);
	else if (!may_try(session, frame, &seconds))
		session_limit(session, frame, STATUS_TOO_MANY_REQUESTS,
			      reason_name(seconds > 0 ? REASON_code_wait : REASON_code_stopped),
			      seconds);
	else
		session_submit(session, frame, body);
}

void session_stranger_done(struct session *session, const struct job *job)
{
	if (job->status == STATUS_DENIED)
		gate_code_wrong(session->desk->gate, session->visit.address,
				desk_now(session->desk));
}
