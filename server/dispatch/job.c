#include "server/dispatch/job.h"

#include <stdlib.h>
#include <string.h>

#include "common/date.h"
#include "server/dispatch/answer.h"
#include "server/dispatch/stream.h"

struct job *job_new(const struct frame *frame, const uint8_t *body)
{
	struct job *job = calloc(1, sizeof(*job) + frame->length);
	if (job == NULL)
		return NULL;
	job->frame = *frame;
	job->began = clock_monotonic();
	job->body_len = frame->length;
	if (frame->length > 0)
		memcpy(job->body, body, frame->length);
	return job;
}

void job_free(struct job *job)
{
	if (job == NULL)
		return;
	stream_free(job->stream);
	buf_release(&job->act.answer);
	buf_release(&job->mark);
	buf_release(&job->out);
	free(job->subjects);
	free(job);
}

void job_refuse(struct job *job, enum status status, const uint8_t *refusal, size_t len)
{
	job->status = status;
	job->final = true;
	buf_clear(&job->mark);
	buf_clear(&job->out);
	/* Without memory for the frame the job comes home empty, and the session closes. */
	if (answer_frame(&job->out, &job->frame, FRAME_ERROR, refusal, len) != STATUS_OK)
		job->status = STATUS_MEMORY;
}

void job_fail(struct job *job, enum status status, const char *reason)
{
	buf_clear(&job->act.answer);
	if (answer_failure(&job->act.answer, status, reason) != STATUS_OK)
		buf_clear(&job->act.answer);
	job_refuse(job, status, buf_head(&job->act.answer), job->act.answer.len);
}

void job_go_home(struct job *job)
{
	if (job->home != NULL)
		mailbox_post(job->home, &job->mail, &job->mail);
	else
		job_free(job);
}
