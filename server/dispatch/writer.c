#include "server/dispatch/writer.h"

#include <pthread.h>
#include <stdlib.h>

#include "common/date.h"
#include "common/log.h"
#include "common/rpc.h"
#include "server/dispatch/answer.h"
#include "server/dispatch/group.h"
#include "server/dispatch/scanner.h"
#include "server/dispatch/stream.h"
#include "server/metrics.h"

struct writer {
	struct writer_options options;
	pthread_t thread;
	struct mailbox inbox;
	atomic_uint waiting; /* jobs in the inbox */
	atomic_uint_least64_t accounts;
	struct scanner *scanner; /* borrowed */
	struct mail nudge;       /* the letter that only wakes */
	atomic_bool nudged;      /* it is in the inbox */
	atomic_bool beat_is_due;
	struct job *parked; /* followers, linked by mail.next */
	struct job **batch; /* jobs of the batch under way */
	struct act **acts;  /* their acts */
	size_t capacity;
	struct config *config; /* that the engine has; owned reference */
};

static struct job *job_of(struct mail *mail)
{
	return (struct job *)(void *)mail;
}

/* ---- followers ---- */

static void park(struct writer *writer, struct job *job)
{
	job->parked = false;
	job->mail.next = writer->parked == NULL ? NULL : &writer->parked->mail;
	writer->parked = job;
}

/* Sends followers back to scanning: those that were cancelled, or all when there is something new
 * for them. */
static void wake_followers(struct writer *writer)
{
	uint64_t size = ledger_size(engine_ledger(writer->options.engine));
	struct job *waiting = writer->parked;
	writer->parked = NULL;
	while (waiting != NULL) {
		struct job *job = waiting;
		waiting = waiting->mail.next == NULL ? NULL : job_of(waiting->mail.next);
		if (atomic_load(&job->cancelled) || job->stream->scan.sequence < size)
			scanner_post(writer->scanner, job);
		else
			park(writer, job);
	}
}

static void end_followers(struct writer *writer)
{
	while (writer->parked != NULL) {
		struct job *job = writer->parked;
		writer->parked = job->mail.next == NULL ? NULL : job_of(job->mail.next);
		job_fail(job, STATUS_SHUTTING_DOWN, "");
		job_go_home(job);
	}
}

/* ---- acts ---- */

/* A look is entered: its frames may go (of a stream: a slice, perhaps not its last), behind the
 * mark when there is one. What cannot be marked is not shown. */
static void show(struct job *job)
{
	struct act *act = &job->act;
	job->status = act->status;
	if (act->guarded && act->status == STATUS_OK &&
	    answer_frame(&job->mark, &job->frame, FRAME_MARK, buf_head(&act->answer),
			 act->answer.len) != STATUS_OK)
		job_fail(job, STATUS_MEMORY, "");
}

/* The engine's answer becomes the job's frame. A look has its frames already; without its entry
 * they are not shown. */
static void finish(struct writer *writer, struct job *job)
{
	struct act *act = &job->act;
	job->final = job->final || !act->access;
	if (act->access && job->home == NULL && act->status == STATUS_QUARANTINE)
		log_event(LOG_LEVEL_WARN, "look_not_entered", "principal=%llu rpc=%u",
			  (unsigned long long)act->principal, act->rpc);
	if (act->access && act->entered) {
		show(job);
	} else if (act->status != STATUS_OK || act->access) {
		job_refuse(job, act->status, buf_head(&act->answer), act->answer.len);
	} else {
		job->status = STATUS_OK;
		if (answer_frame(&job->out, &job->frame, FRAME_ANSWER, buf_head(&act->answer),
				 act->answer.len) != STATUS_OK)
			job_fail(job, STATUS_OUTCOME_UNKNOWN, "");
	}
	if (job->final && (!act->access || job->home != NULL))
		metrics_count(writer->options.metrics, job->frame.rpc, job->status,
			      (uint64_t)(clock_monotonic() - job->began));
}

/* Acts after which somebody may no longer be welcome, or has a grant to lose. */
static void count_accounts(struct writer *writer, const struct act *act)
{
	const struct rpc *rpc =
		act->status == STATUS_OK && !act->access ? rpc_find(act->rpc) : NULL;
	if (rpc != NULL && (rpc->permission == PERMISSION_ACCOUNT_WRITE ||
			    rpc->number == RPC_grant_revoke || rpc->number == RPC_approval_decide))
		atomic_fetch_add(&writer->accounts, 1);
}

/* Jobs of one home that follow each other go there with one letter. */
static void send_home(struct writer *writer, size_t count)
{
	for (size_t i = 0; i < count;) {
		struct job *first = writer->batch[i];
		struct job *last = first;
		if (first->home == NULL) {
			job_free(first);
			i++;
			continue;
		}
		for (i++; i < count && writer->batch[i]->home == first->home; i++) {
			last->mail.next = &writer->batch[i]->mail;
			last = writer->batch[i];
		}
		mailbox_post(first->home, &first->mail, &last->mail);
	}
}

static void take_settings(struct writer *writer)
{
	struct config *config = settings_get(writer->options.settings);
	if (config != writer->config) {
		engine_reconfigure(writer->options.engine, config);
		config_free(writer->config);
		writer->config = config_retain(config);
	}
	config_free(config);
}

static bool grow(struct writer *writer)
{
	size_t capacity = writer->capacity == 0 ? 256 : writer->capacity * 2;
	struct job **batch = realloc(writer->batch, capacity * sizeof(struct job *));
	if (batch != NULL)
		writer->batch = batch;
	struct act **acts = realloc(writer->acts, capacity * sizeof(struct act *));
	if (acts != NULL)
		writer->acts = acts;
	if (batch == NULL || acts == NULL)
		return false;
	writer->capacity = capacity;
	return true;
}

/* Sorts letters into followers and the batch; returns the size of the batch. */
static size_t sort_letters(struct writer *writer, struct mail *mail)
{
	size_t count = 0;
	while (mail != NULL) {
		struct job *job = job_of(mail);
		struct mail *next = mail->next;
		if (mail == &writer->nudge) {
			atomic_store(&writer->nudged, false);
		} else if (job->parked) {
			park(writer, job);
			atomic_fetch_sub(&writer->waiting, 1);
		} else if (count == writer->capacity && !grow(writer)) {
			act_fail(&job->act, STATUS_MEMORY, "");
			finish(writer, job);
			job_go_home(job);
			atomic_fetch_sub(&writer->waiting, 1);
		} else {
			job->mail.next = NULL;
			writer->batch[count] = job;
			writer->acts[count++] = &job->act;
		}
		mail = next;
	}
	return count;
}

static void tell_of_fence(struct writer *writer, bool was_fenced)
{
	if (!was_fenced && engine_fenced(writer->options.engine))
		writer->options.fenced(writer->options.context);
}

static void beat(struct writer *writer)
{
	bool was_fenced = engine_fenced(writer->options.engine);
	engine_beat(writer->options.engine);
	tell_of_fence(writer, was_fenced);
}

static void run_batch(struct writer *writer, size_t count)
{
	struct engine *engine = writer->options.engine;
	bool was_fenced = engine_fenced(engine);
	take_settings(writer);
	engine_run(engine, writer->acts, count);
	atomic_fetch_sub(&writer->waiting, (unsigned)count);
	for (size_t i = 0; i < count; i++) {
		count_accounts(writer, writer->acts[i]);
		finish(writer, writer->batch[i]);
	}
	send_home(writer, count);
	tell_of_fence(writer, was_fenced);
}

static void *run(void *context)
{
	struct writer *writer = context;
	(void)pthread_setname_np(pthread_self(), "writer"); /* for top and perf only */
	struct mail *mail = NULL;
	while ((mail = mailbox_wait(&writer->inbox)) != NULL) {
		size_t count = sort_letters(writer, mail);
		if (count > 0)
			run_batch(writer, count);
		if (atomic_exchange(&writer->beat_is_due, false))
			beat(writer);
		wake_followers(writer);
	}
	end_followers(writer);
	return NULL;
}

/* ---- life ---- */

enum status writer_start(struct writer **out, const struct writer_options *options)
{
	struct writer *writer = calloc(1, sizeof(*writer));
	if (writer == NULL)
		return STATUS_MEMORY;
	writer->options = *options;
	mailbox_init(&writer->inbox, NULL, NULL);
	if (pthread_create(&writer->thread, NULL, run, writer) != 0) {
		mailbox_release(&writer->inbox);
		free(writer);
		return STATUS_SYSTEM;
	}
	*out = writer;
	return STATUS_OK;
}

void writer_stop(struct writer *writer)
{
	if (writer == NULL)
		return;
	mailbox_close(&writer->inbox);
	pthread_join(writer->thread, NULL);
	mailbox_release(&writer->inbox);
	config_free(writer->config);
	free(writer->batch);
	free(writer->acts);
	free(writer);
}

void writer_post(struct writer *writer, struct job *first, struct job *last, unsigned count)
{
	atomic_fetch_add(&writer->waiting, count);
	mailbox_post(&writer->inbox, &first->mail, &last->mail);
}

void writer_set_scanner(struct writer *writer, struct scanner *scanner)
{
	writer->scanner = scanner;
}

bool writer_is_pressed(const struct writer *writer)
{
	return atomic_load_explicit(&writer->waiting, memory_order_relaxed) >
	       WRITER_WAITING_PRESSED;
}

bool writer_is_busy(const struct writer *writer)
{
	return atomic_load_explicit(&writer->waiting, memory_order_relaxed) > WRITER_WAITING_MAX;
}

uint64_t writer_accounts(const struct writer *writer)
{
	return atomic_load(&writer->accounts);
}

void writer_call(struct writer *writer, struct act *act)
{
	struct mailbox home;
	struct frame frame = {.rpc = act->rpc};
	struct job *job = job_new(&frame, NULL);
	if (job == NULL) {
		act->status = STATUS_MEMORY;
		return;
	}
	mailbox_init(&home, NULL, NULL);
	job->home = &home;
	job->act = *act;
	writer_post(writer, job, job, 1);
	job = job_of(mailbox_wait(&home));
	act->status = job->act.status;
	act->answer = job->act.answer;
	job->act.answer = BUF_EMPTY;
	job_free(job);
	mailbox_release(&home);
}

void writer_beat(struct writer *writer)
{
	atomic_store(&writer->beat_is_due, true);
	writer_nudge(writer);
}

void writer_nudge(struct writer *writer)
{
	if (!atomic_exchange(&writer->nudged, true))
		mailbox_post(&writer->inbox, &writer->nudge, &writer->nudge);
}
