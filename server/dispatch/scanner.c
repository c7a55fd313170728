#include "server/dispatch/scanner.h"

#include <pthread.h>
#include <stdlib.h>

#include "common/date.h"
#include "server/dispatch/access.h"
#include "server/dispatch/answer.h"
#include "server/dispatch/handler.h"
#include "server/dispatch/stream.h"
#include "server/dispatch/writer.h"
#include "server/metrics.h"
#include "server/service/look.h"

#define SLICE_ARENA_MAX (16u * 1024 * 1024) /* of one slice's rows, unpacked */

struct scanner {
	struct scanner_options options;
	struct mailbox inbox;
	unsigned started;
	pthread_t threads[]; /* options.threads of them */
};

/* What one thread keeps from slice to slice. */
struct worker {
	struct scanner *scanner;
	struct txn *txn;
	struct ledger_reader *reader;
	struct arena arena;
};

/* ---- one slice ---- */

static void end_stream(struct job *job)
{
	uint8_t digest[HASH_LEN];
	uint8_t packed[64]; /* a varint and a hash are shorter */
	Pb__StreamEnd end = PB__STREAM_END__INIT;
	hash_end(job->stream->hash, digest);
	end.count = job->stream->scan.count;
	end.hash.data = digest;
	end.hash.len = sizeof(digest);
	size_t len = pb__stream_end__pack(&end, packed);
	job->final = true;
	job->status = STATUS_OK;
	if (answer_frame(&job->out, &job->frame, FRAME_END, packed, len) != STATUS_OK)
		job_fail(job, STATUS_MEMORY, "");
}

static void refuse(struct job *job, struct call *call, enum status status)
{
	struct buf body = BUF_EMPTY;
	call->refusal.status = (uint32_t)status;
	if (answer_refusal(&body, &call->refusal) == STATUS_OK)
		job_refuse(job, status, buf_head(&body), body.len);
	else
		job_fail(job, STATUS_MEMORY, "");
	buf_release(&body);
}

/* The request of the first slice, kept for the later ones. */
static enum status unpack_once(struct job *job, struct call *call)
{
	struct stream *stream = job->stream;
	if (stream->request != NULL)
		return STATUS_OK;
	return handler_unpack(call, job->body, job->body_len, &stream->arena, &stream->request);
}

/* Who asks is looked at anew for each slice: a right that was withdrawn ends the stream. */
static enum status scan_slice(struct job *job, struct call *call)
{
	struct scan *scan = &job->stream->scan;
	enum status status = call_identify(call, job->principal, job->certificate);
	if (status == STATUS_OK)
		status = call_permit(call);
	if (status == STATUS_OK)
		status = unpack_once(job, call);
	if (status == STATUS_OK)
		status = look_goes_on(call, job->stream->grants, job->stream->grant_count);
	if (status != STATUS_OK)
		return status;
	call->shown_max = look_room(call);
	scan->out = &job->out;
	scan->arena = call->arena;
	scan->looked = 0;
	scan->status = STATUS_OK;
	status = handler_find(call->rpc)->scan(call, job->stream->request, scan);
	if (scan->status != STATUS_OK)
		return scan->status;
	return txn_status(call->txn) != STATUS_OK ? txn_status(call->txn) : status;
}

/* Whether a slice is shown only when its look is entered: of what is seen by a grant or from
 * outside each that shows something, and the first; of what the staff sees the first with something
 * sensitive. */
static bool slice_waits(const struct job *job, const struct call *call, enum status outcome)
{
	const struct stream *stream = job->stream;
	bool shows = job->out.len > 0;
	if (access_judge(call, outcome, false) != ACCESS_BEFORE)
		return false;
	if (call->outsider || call->scope == SCOPE_GRANT)
		return shows || !stream->scan.started || outcome != STATUS_OK;
	return shows && !stream->sensitive;
}

static void keep_grants(struct stream *stream, const struct call *call)
{
	for (size_t i = 0; i < call->subject_count; i++) {
		bool known = call->subjects[i].kind != SUBJECT_GRANT;
		for (size_t j = 0; j < stream->grant_count && !known; j++)
			known = stream->grants[j] == call->subjects[i].id;
		if (!known && stream->grant_count < COVER_GRANTS_MAX)
			stream->grants[stream->grant_count++] = call->subjects[i].id;
	}
}

/* Enters the look: with the slices that wait for it, else once a stream. */
static enum status enter(struct worker *worker, struct job *job, const struct call *call,
			 enum status outcome)
{
	struct stream *stream = job->stream;
	if (slice_waits(job, call, outcome)) {
		stream->sensitive = true;
		job->waits = access_attach(job, call, outcome);
		keep_grants(stream, call);
		return job->waits ? STATUS_OK : STATUS_MEMORY;
	}
	if (access_judge(call, outcome, false) == ACCESS_NONE || stream->scan.started)
		return STATUS_OK;
	struct job *access = access_job(job, call, outcome);
	if (access == NULL)
		return STATUS_MEMORY;
	writer_post(worker->scanner->options.writer, access, access, 1);
	return STATUS_OK;
}

static void settle(struct worker *worker, struct job *job, struct call *call, enum status status)
{
	struct stream *stream = job->stream;
	bool ended = status == STATUS_NOT_FOUND && call->refusal.reason[0] == '\0';
	if (ended)
		status = STATUS_OK;
	enum status entered = enter(worker, job, call, status);
	stream->scan.started = true;
	if (entered != STATUS_OK)
		refuse(job, call, entered);
	else if (status != STATUS_OK)
		refuse(job, call, status);
	else if (ended && !stream->scan.following)
		end_stream(job);
	else
		job->parked = ended && job->out.len == 0;
}

static void serve(struct worker *worker, struct job *job)
{
	struct scanner *scanner = worker->scanner;
	struct config *config = settings_get(scanner->options.settings);
	struct call call = {
		.rpc = rpc_find(job->frame.rpc),
		.txn = worker->txn,
		.arena = &worker->arena,
		.config = config,
		.reader = worker->reader,
		.ledger = engine_ledger(scanner->options.engine),
		.signer = engine_signer(scanner->options.engine),
		.anchors = engine_anchors(scanner->options.engine),
		.now = clock_now(),
		.refusal = PB__REFUSAL__INIT,
	};
	call.today = date_of_time(call.now, (int)config->office_zone_minutes);
	arena_reset(&worker->arena);
	if (job->stream == NULL)
		job->stream = stream_new(job->frame.request_id);
	if (job->stream == NULL) {
		job_fail(job, STATUS_MEMORY, "");
	} else if (atomic_load(&job->cancelled)) {
		job_fail(job, STATUS_CANCELLED, "");
	} else {
		enum status status = txn_renew(worker->txn);
		if (status == STATUS_OK)
			status = scan_slice(job, &call);
		settle(worker, job, &call, status);
		txn_reset(worker->txn);
	}
	config_free(config);
}

static void dispose(struct scanner *scanner, struct job *job)
{
	if (job->parked) {
		writer_post(scanner->options.writer, job, job, 1);
		return;
	}
	if (job->final && !job->waits)
		metrics_count(scanner->options.metrics, job->frame.rpc, job->status,
			      (uint64_t)(clock_monotonic() - job->began));
	if (job->waits) {
		job->waits = false;
		writer_post(scanner->options.writer, job, job, 1);
		return;
	}
	job_go_home(job);
}

/* ---- threads ---- */

static void *run(void *context)
{
	struct scanner *scanner = context;
	struct worker worker = {.scanner = scanner};
	(void)pthread_setname_np(pthread_self(), "scanner"); /* for top and perf only */
	arena_init(&worker.arena, SLICE_ARENA_MAX);
	enum status status = store_read(engine_store(scanner->options.engine), &worker.txn);
	if (status == STATUS_OK)
		txn_reset(worker.txn);
	if (status == STATUS_OK)
		status = ledger_reader_new(&worker.reader, engine_ledger(scanner->options.engine));
	struct mail *mail = NULL;
	while ((mail = mailbox_wait_one(&scanner->inbox)) != NULL) {
		struct job *job = (struct job *)(void *)mail;
		job->mail.next = NULL;
		if (status == STATUS_OK)
			serve(&worker, job);
		else
			job_fail(job, status, "");
		dispose(scanner, job);
	}
	ledger_reader_free(worker.reader);
	txn_end(worker.txn);
	arena_release(&worker.arena);
	return NULL;
}

enum status scanner_start(struct scanner **out, const struct scanner_options *options)
{
	struct scanner *scanner =
		calloc(1, sizeof(*scanner) + options->threads * sizeof(pthread_t));
	if (scanner == NULL)
		return STATUS_MEMORY;
	scanner->options = *options;
	mailbox_init(&scanner->inbox, NULL, NULL);
	while (scanner->started < options->threads) {
		if (pthread_create(&scanner->threads[scanner->started], NULL, run, scanner) != 0) {
			scanner_stop(scanner);
			return STATUS_SYSTEM;
		}
		scanner->started++;
	}
	*out = scanner;
	return STATUS_OK;
}

void scanner_stop(struct scanner *scanner)
{
	if (scanner == NULL)
		return;
	mailbox_close(&scanner->inbox);
	for (unsigned i = 0; i < scanner->started; i++)
		pthread_join(scanner->threads[i], NULL);
	mailbox_release(&scanner->inbox);
	free(scanner);
}

void scanner_post(struct scanner *scanner, struct job *job)
{
	job->parked = false;
	mailbox_post(&scanner->inbox, &job->mail, &job->mail);
}
