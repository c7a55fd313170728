#include "server/service/witness_view.h"

#include "server/ledger/ledger.h"
#include "server/service/make.h"
#include "server/service/view.h"
#include "server/service/witness.h"

#define VIEWS_MAX 100 /* those who are no longer active count, too */
#define SECOND INT64_C(1000000)

static enum status copy(struct call *call, const void *bytes, size_t len, ProtobufCBinaryData *to)
{
	to->data = (uint8_t *)arena_copy(call->arena, bytes, len);
	to->len = len;
	return to->data == NULL ? STATUS_MEMORY : STATUS_OK;
}

/* The entry with what its commitment hides, so that nobody has to believe us. */
static enum status view_entry(struct call *call, struct ledger_reader *reader,
			      Pb__WitnessView *view)
{
	struct ledger_record record;
	enum status status;

	ledger_reader_seek(reader, view->witness->entry);
	status = ledger_reader_next(reader, &record);
	if (status == STATUS_OK)
		status = copy(call, record.header, record.header_len, &view->entry);
	if (status == STATUS_OK)
		status = copy(call, record.salt, ENTRY_SALT_LEN, &view->salt);
	return status == STATUS_OK ? copy(call, record.payload, record.payload_len, &view->payload)
				   : status;
}

static enum status view_of(struct call *call, uint64_t id, struct ledger_reader *reader,
			   Pb__WitnessView **out)
{
	Pb__WitnessView *view = make_witness_view(call);
	struct anchors_sight sight = {0, 0};
	struct note_key key;

	if (view == NULL)
		return STATUS_MEMORY;
	view->witness = witness_get(call->txn, id, call->arena);
	if (view->witness == NULL)
		return STATUS_MEMORY;
	view->login = view_login(call, id);
	view->active = witness_is_active(call, view->witness);
	if (call->anchors != NULL && witness_note_key(view->witness, &key) == STATUS_OK)
		anchors_seen(call->anchors, &key, &sight);
	view->size = sight.size;
	view->time = (int64_t)sight.time * SECOND;
	*out = view;
	return reader == NULL ? STATUS_OK : view_entry(call, reader, view);
}

static enum status view_all(struct call *call, struct ledger_reader *reader,
			    Pb__LedgerStatusReply *reply)
{
	struct key all = {.len = 0};
	enum status status = STATUS_OK;
	struct walk *walk;
	uint64_t id;

	reply->witnesses = arena_calloc(call->arena, VIEWS_MAX, sizeof(*reply->witnesses));
	if (reply->witnesses == NULL)
		return STATUS_MEMORY;
	walk = index_walk(call->txn, INDEX_witness_by_name, &all);
	while (status == STATUS_OK && reply->n_witnesses < VIEWS_MAX && walk_next(walk, &id)) {
		status = view_of(call, id, reader, &reply->witnesses[reply->n_witnesses]);
		reply->n_witnesses += status == STATUS_OK;
	}
	walk_end(walk);
	return status;
}

static enum status view_anchored(struct call *call, Pb__LedgerStatusReply *reply)
{
	struct buf note = BUF_EMPTY;
	enum status status;

	if (call->anchors == NULL)
		return STATUS_OK;
	status = anchors_newest(call->anchors, &note, &reply->anchored_size);
	if (status == STATUS_OK)
		status = copy(call, buf_head(&note), note.len, &reply->anchored);
	buf_release(&note);
	return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

enum status witness_status(struct call *call, bool entries, Pb__LedgerStatusReply *reply)
{
	struct ledger_reader *reader = NULL;
	enum status status = view_anchored(call, reply);

	reply->needed = (uint32_t)call->config->ledger_witnesses;
	if (status == STATUS_OK && entries)
		status = ledger_reader_new(&reader, call->ledger);
	if (status == STATUS_OK)
		status = view_all(call, reader, reply);
	ledger_reader_free(reader);
	return status;
}
