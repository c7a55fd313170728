#include "server/dispatch/point.h"

#include "common/date.h"
#include "common/message.h"
#include "server/dispatch/answer.h"
#include "server/dispatch/handler.h"

#define POINT_ARENA_MAX (4u * 1024 * 1024) /* a request and a few dozen rows */

enum status point_init(struct point *point, struct engine *engine)
{
	*point = (struct point){.engine = engine};
	arena_init(&point->arena, POINT_ARENA_MAX);
	enum status status = store_read(engine_store(engine), &point->txn);
	if (status == STATUS_OK)
		txn_reset(point->txn);
	return status;
}

void point_release(struct point *point)
{
	txn_end(point->txn);
	arena_release(&point->arena);
	buf_release(&point->reply);
}

enum status point_begin(struct point *point)
{
	arena_reset(&point->arena);
	return txn_renew(point->txn);
}

void point_end(struct point *point)
{
	txn_reset(point->txn);
}

static enum status decide(struct point *point, const struct job *job, struct call *call)
{
	ProtobufCMessage *request = NULL;
	ProtobufCMessage *reply = message_new(call->rpc->reply, &point->arena);
	enum status status = reply == NULL ? STATUS_MEMORY
					   : call_identify(call, job->principal, job->certificate);
	if (status == STATUS_OK)
		status = call_permit(call);
	if (status == STATUS_OK)
		status = handler_unpack(call, job->body, job->body_len, &point->arena, &request);
	if (status == STATUS_OK)
		status = handler_find(call->rpc)->serve(call, request, reply);
	if (status == STATUS_OK)
		status = txn_status(call->txn);
	if (status == STATUS_OK)
		status = mask_message(reply, call->right, call->arena);
	buf_clear(&point->reply);
	return status == STATUS_OK ? message_pack(reply, &point->reply) : status;
}

void point_answer(struct point *point, struct job *job, struct call *call, enum status status)
{
	job->final = true;
	job->status = status;
	if (status == STATUS_OK) {
		if (answer_frame(&job->out, &job->frame, FRAME_ANSWER, buf_head(&point->reply),
				 point->reply.len) != STATUS_OK)
			job_fail(job, STATUS_MEMORY, "");
		return;
	}
	call->refusal.status = (uint32_t)status;
	if (answer_refusal(&point->reply, &call->refusal) == STATUS_OK)
		job_refuse(job, status, buf_head(&point->reply), point->reply.len);
	else
		job_fail(job, STATUS_MEMORY, "");
}

/* A look that cannot be entered is not shown. */
static struct job *entry_of(struct job *job, const struct call *call, enum access access)
{
	if (access == ACCESS_BEFORE)
		return access_attach(job, call, job->status) ? job : NULL;
	return access_job(job, call, job->status);
}

void point_serve(struct point *point, struct job *job, const struct config *config,
		 const struct health *health, bool pressed, struct job **entry)
{
	struct call call = {
		.rpc = rpc_find(job->frame.rpc),
		.txn = point->txn,
		.arena = &point->arena,
		.config = config,
		.health = health,
		.origin = health->origin,
		.ledger = engine_ledger(point->engine),
		.signer = engine_signer(point->engine),
		.anchors = engine_anchors(point->engine),
		.now = clock_now(),
		.refusal = PB__REFUSAL__INIT,
	};
	call.today = date_of_time(call.now, (int)config->office_zone_minutes);
	enum status status = point_begin(point);
	if (status == STATUS_OK)
		status = decide(point, job, &call);
	point_answer(point, job, &call, status);
	enum access access = access_judge(&call, job->status, pressed);
	*entry = access == ACCESS_NONE ? NULL : entry_of(job, &call, access);
	if (access != ACCESS_NONE && *entry == NULL)
		job_fail(job, STATUS_MEMORY, "");
	point_end(point);
}
