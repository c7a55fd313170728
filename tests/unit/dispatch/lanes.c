#include "tests/unit/dispatch/lanes.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/date.h"
#include "server/dispatch/scanner.h"
#include "server/dispatch/writer.h"
#include "server/metrics.h"

/* Tests cannot go on without it. */
#define NEED(condition)                                                                            \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: needed: %s\n", __FILE__, __LINE__, #condition);    \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

#define LONG INT64_C(3600000000) /* an hour */

/* ---- what comes home ---- */

static void take_frame(struct lanes *lanes, const struct frame *frame, const uint8_t *body)
{
	if (frame->kind == FRAME_ITEM)
		lanes->items++;
	if (frame->kind == FRAME_ERROR) {
		if (lanes->refusal != NULL)
			pb__refusal__free_unpacked(lanes->refusal, NULL);
		lanes->refusal = pb__refusal__unpack(NULL, frame->length, body);
		NEED(lanes->refusal != NULL);
	}
	if (frame->kind == FRAME_MARK) {
		lanes->marks++;
		if (lanes->mark != NULL)
			pb__mark__free_unpacked(lanes->mark, NULL);
		lanes->mark = pb__mark__unpack(NULL, frame->length, body);
		NEED(lanes->mark != NULL);
	}
}

static void take_frames(struct lanes *lanes, struct buf *frames)
{
	while (frames->len > 0) {
		struct frame frame;
		NEED(frames->len >= FRAME_HEADER_LEN);
		frame_decode(&frame, buf_head(frames));
		NEED(frames->len >= FRAME_HEADER_LEN + frame.length);
		take_frame(lanes, &frame, buf_head(frames) + FRAME_HEADER_LEN);
		buf_consume(frames, FRAME_HEADER_LEN + frame.length);
	}
}

static void on_done(void *context, struct job *job)
{
	struct lanes *lanes = context;
	lanes->status = job->status;
	lanes->bytes = job->out.len;
	lanes->size_then = ledger_size(engine_ledger(lanes->office.engine));
	take_frames(lanes, &job->mark);
	take_frames(lanes, &job->out);
	if (!job->final) {
		dispatch_continue(lanes->dispatch, job);
		return;
	}
	lanes->done++;
	lanes->shown += job->status == STATUS_OK;
	job_free(job);
}

static void on_fence(void *context)
{
	(void)context;
	fprintf(stderr, "the engine fenced itself\n");
	abort();
}

/* ---- life ---- */

void lanes_open(struct lanes *lanes)
{
	*lanes = (struct lanes){0};
	office_open(&lanes->office, 0);
	mailbox_init(&lanes->home, NULL, NULL);
	settings_init(&lanes->settings, lanes->office.config);
	lanes->metrics = metrics_new();
	struct writer_options writer = {
		.engine = lanes->office.engine,
		.settings = &lanes->settings,
		.metrics = lanes->metrics,
		.fenced = on_fence,
	};
	NEED(writer_start(&lanes->writer, &writer) == STATUS_OK);
	struct scanner_options scanner = {
		.engine = lanes->office.engine,
		.settings = &lanes->settings,
		.writer = lanes->writer,
		.metrics = lanes->metrics,
		.threads = 1,
	};
	NEED(scanner_start(&lanes->scanner, &scanner) == STATUS_OK);
	writer_set_scanner(lanes->writer, lanes->scanner);
	struct dispatch_options options = {
		.shared = {.engine = lanes->office.engine,
			   .settings = &lanes->settings,
			   .writer = lanes->writer,
			   .scanner = lanes->scanner,
			   .metrics = lanes->metrics,
			   .connections = &lanes->connections},
		.home = &lanes->home,
		.done = on_done,
		.context = lanes,
	};
	NEED(dispatch_new(&lanes->dispatch, &options) == STATUS_OK);
}

void lanes_stop(struct lanes *lanes)
{
	scanner_stop(lanes->scanner);
	writer_stop(lanes->writer);
	lanes->scanner = NULL;
	lanes->writer = NULL;
}

void lanes_close(struct lanes *lanes)
{
	dispatch_free(lanes->dispatch);
	lanes_stop(lanes);
	mailbox_release(&lanes->home);
	settings_release(&lanes->settings);
	metrics_free(lanes->metrics);
	if (lanes->refusal != NULL)
		pb__refusal__free_unpacked(lanes->refusal, NULL);
	if (lanes->mark != NULL)
		pb__mark__free_unpacked(lanes->mark, NULL);
	office_close(&lanes->office);
}

/* ---- requests ---- */

void lanes_ask(struct lanes *lanes, uint64_t principal, enum rpc_number rpc,
	       const ProtobufCMessage *request)
{
	uint8_t packed[256];
	struct frame frame = {
		.kind = FRAME_REQUEST,
		.rpc = (uint16_t)rpc,
		.request_id = 1,
		.length = (uint32_t)protobuf_c_message_get_packed_size(request),
	};
	NEED(frame.length <= sizeof(packed));
	protobuf_c_message_pack(request, packed);
	struct job *job = job_new(&frame, packed);
	NEED(job != NULL);
	job->principal = principal;
	dispatch_submit(lanes->dispatch, job);
}

void lanes_await(struct lanes *lanes, unsigned done)
{
	dispatch_flush(lanes->dispatch);
	while (lanes->done < done) {
		struct mail *mail = mailbox_wait(&lanes->home);
		while (mail != NULL) {
			struct mail *next = mail->next;
			dispatch_arrived(lanes->dispatch, mail);
			mail = next;
		}
		dispatch_flush(lanes->dispatch);
	}
}

void lanes_look(struct lanes *lanes, uint64_t principal, const char *item)
{
	Pb__ItemShowRequest request = PB__ITEM_SHOW_REQUEST__INIT;
	request.item = item;
	lanes_ask(lanes, principal, RPC_item_show, &request.base);
}

/* ---- rows ---- */

struct txn *lanes_change(struct lanes *lanes)
{
	struct txn *txn = NULL;
	NEED(store_write(engine_store(lanes->office.engine), &txn) == STATUS_OK);
	return txn;
}

void lanes_changed(struct txn *txn)
{
	NEED(txn_commit(txn) == STATUS_OK);
}

uint64_t lanes_grant(struct lanes *lanes, uint64_t principal, uint32_t views_max)
{
	static Pb__GrantAction actions[] = {PB__GRANT_ACTION__LIST, PB__GRANT_ACTION__READ};
	Pb__Grant grant = PB__GRANT__INIT;
	Pb__Approval approval = PB__APPROVAL__INIT;
	char number[32];
	struct txn *txn = lanes_change(lanes);
	grant.id = table_last(txn, TABLE_grant) + 1;
	approval.id = table_last(txn, TABLE_approval) + 1;
	snprintf(number, sizeof(number), "SQ-%llu", (unsigned long long)grant.id);
	approval.number = number;
	approval.state = PB__APPROVAL_STATE__APPROVED;
	approval_put(txn, &approval);
	grant.number = number;
	grant.principal_id = principal;
	grant.approval_id = approval.id;
	grant.everything = true;
	grant.actions = actions;
	grant.n_actions = 2;
	grant.not_before = clock_now() - LONG;
	grant.not_after = clock_now() + LONG;
	grant.views_max = views_max;
	grant_put(txn, &grant);
	lanes_changed(txn);
	return grant.id;
}

void lanes_revoke(struct lanes *lanes, uint64_t id)
{
	struct arena arena;
	struct txn *txn = lanes_change(lanes);
	arena_init(&arena, 64 * 1024);
	Pb__Grant *grant = grant_get(txn, id, &arena);
	NEED(grant != NULL);
	grant->revoked_at = clock_now();
	grant_put(txn, grant);
	arena_release(&arena);
	lanes_changed(txn);
}

/* ---- what is in the ledger ---- */

struct lanes_count lanes_count(struct lanes *lanes, uint64_t actor, enum entry_class class_,
			       enum subject_kind kind)
{
	const struct ledger *ledger = engine_ledger(lanes->office.engine);
	struct lanes_count count = {0};
	struct ledger_reader *reader = NULL;
	struct ledger_record record;
	NEED(ledger_reader_new(&reader, ledger) == STATUS_OK);
	while (ledger_reader_next(reader, &record) == STATUS_OK) {
		if (record.entry.actor != actor || record.entry.class_ != class_)
			continue;
		count.entries++;
		for (size_t i = 0; i < record.entry.subject_count; i++)
			count.subjects += record.entry.subjects[i].kind == kind;
	}
	ledger_reader_free(reader);
	return count;
}
