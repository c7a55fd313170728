#include "server/dispatch/access.h"

#include <stdlib.h>
#include <string.h>

static bool outcome_is_entered(enum status outcome)
{
	return outcome == STATUS_OK || outcome == STATUS_DENIED || outcome == STATUS_NOT_FOUND ||
	       outcome == STATUS_LIMIT || outcome == STATUS_BLOCKED;
}

bool access_is_guarded(const struct call *call)
{
	return call->outsider || call->sensitive || call->scope == SCOPE_GRANT;
}

enum access access_judge(const struct call *call, enum status outcome, bool pressed)
{
	if (call->rpc->audit != AUDIT_ACCESS || !outcome_is_entered(outcome))
		return ACCESS_NONE;
	if (access_is_guarded(call))
		return ACCESS_BEFORE;
	if (strcmp(call->config->ledger_access, "all") != 0)
		return ACCESS_NONE;
	return pressed ? ACCESS_BEFORE : ACCESS_AFTER;
}

/* Fills act as the entry of a look; the subjects are copied to the end of the request's bytes by
 * whoever owns them. Of a stream's later slices the memory of the answer is used again. */
static void fill(struct act *act, const struct job *job, const struct call *call,
		 enum status outcome, const uint8_t *request, const struct subject *subjects)
{
	*act = (struct act){
		.rpc = job->frame.rpc,
		.access = true,
		.guarded = access_is_guarded(call),
		.principal = job->principal,
		.certificate = job->certificate,
		.office = call->office != NULL ? call->office->id : 0,
		.request = request,
		.request_len = job->body_len,
		.subjects = subjects,
		.subject_count = call->subject_count,
		.status = outcome,
		.answer = act->answer,
	};
}

struct job *access_job(const struct job *job, const struct call *call, enum status outcome)
{
	/* The subjects stand in the body behind the request, at an aligned place. */
	size_t align = _Alignof(struct subject);
	size_t subjects_len = call->subject_count * sizeof(struct subject);
	struct job *access = calloc(1, sizeof(*access) + job->body_len + align + subjects_len);
	if (access == NULL)
		return NULL;
	access->frame = job->frame;
	access->principal = job->principal;
	access->certificate = job->certificate;
	access->began = job->began;
	access->body_len = job->body_len;
	memcpy(access->body, job->body, job->body_len);
	uintptr_t behind = (uintptr_t)access->body + job->body_len;
	struct subject *subjects = (struct subject *)((behind + align - 1) / align * align);
	if (subjects_len > 0)
		memcpy(subjects, call->subjects, subjects_len);
	fill(&access->act, job, call, outcome, access->body, subjects);
	return access;
}

bool access_attach(struct job *job, const struct call *call, enum status outcome)
{
	struct subject *subjects = NULL;
	if (call->subject_count > 0) {
		subjects = calloc(call->subject_count, sizeof(*subjects));
		if (subjects == NULL)
			return false;
		memcpy(subjects, call->subjects, call->subject_count * sizeof(*subjects));
	}
	fill(&job->act, job, call, outcome, job->body, subjects);
	free(job->subjects);
	job->subjects = subjects;
	return true;
}
