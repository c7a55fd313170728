/*
 * The ledger for who verifies it elsewhere: common/bundle.h, record by record. Shows what the state
 * has applied and no more. An item's standing is that of the same txn as the entries before it, so
 * that entries and inventory agree while others work: when a slice has caught up with the ledger,
 * it goes on with items.
 */
#include <string.h>

#include "common/bundle.h"
#include "common/checkpoint.h"
#include "common/frame.h"
#include "server/ledger/anchors.h"
#include "server/ledger/ledger.h"
#include "server/ledger/signer.h"
#include "server/service/cover.h"
#include "server/service/scope.h"
#include "server/service/service.h"
#include "server/service/slice.h"
#include "server/service/trace.h"
#include "server/service/tree.h"

#define PART_MAX SCAN_BYTES_MAX         /* of records in one reply, but for one large one */
#define SCRATCH_MAX (16u * 1024 * 1024) /* one entry, unpacked, with all that it is about */
#define ITEMS_AT_LEAST 200              /* a slice that has caught up: so that it ends */

/* What an export keeps between slices; the next entry is scan->sequence. */
enum export_word { WORD_ITEM, WORD_ITEMS };

/* One slice. */
struct export
{
	struct call *call;
	struct scan *scan;
	const Pb__LedgerExportRequest *request;
	uint64_t size;        /* entries there are for this slice */
	uint64_t items;       /* the last item's id */
	struct arena scratch; /* of one entry, or one item */
	struct buf part;      /* records that were not emitted yet */
	size_t emitted;       /* bytes of this slice */
};

/* ---- parts ---- */

static enum status emit(struct export *export, size_t len)
{
	Pb__LedgerExportReply reply = PB__LEDGER_EXPORT_REPLY__INIT;

	reply.part.data = (uint8_t *)(uintptr_t)buf_head(&export->part);
	reply.part.len = len;
	reply.done =
		export->scan->sequence - export->request->from + export->scan->words[WORD_ITEM];
	reply.all = export->size - export->request->from + export->items;
	scan_emit(export->scan, &reply.base);
	buf_consume(&export->part, len);
	export->emitted += len;
	return export->scan->status;
}

static enum status put(struct export *export, const struct bundle_record *record)
{
	size_t before = export->part.len;
	enum status status = bundle_put(&export->part, record);

	if (status == STATUS_OK && before > 0 && export->part.len > PART_MAX)
		status = emit(export, before);
	return status;
}

static bool has_room(struct export *export)
{
	return export->emitted + export->part.len < SCAN_BYTES_MAX &&
	       slice_more(export->call, export->scan);
}

/* The call with an arena that ends with the record at hand. */
static struct call scratch_call(struct export *export)
{
	struct call inner = *export->call;

	arena_reset(&export->scratch);
	inner.arena = &export->scratch;
	return inner;
}

/* ---- entries ---- */

static void fill_entry(struct bundle_record *record, const struct ledger_record *from,
		       enum trace_depth depth)
{
	record->kind = depth == TRACE_HEADER ? BUNDLE_HEADER
		       : from->redacted      ? BUNDLE_ERASED
					     : BUNDLE_FULL;
	record->entry = (struct bundle_entry){
		.header = from->header,
		.header_len = from->header_len,
		.salt = from->salt,
		.payload = from->payload,
		.payload_len = from->stored_len,
	};
}

static enum status put_entry(struct export *export, struct hash *hash)
{
	struct call inner = scratch_call(export);
	struct bundle_record record;
	struct ledger_record entry;
	uint8_t leaf[HASH_LEN];
	enum trace_depth depth;
	enum status status = ledger_reader_next(inner.reader, &entry);

	if (status == STATUS_OK)
		status = trace_depth(&inner, &entry, &depth);
	if (status != STATUS_OK)
		return status == STATUS_NOT_FOUND ? STATUS_CORRUPT : status;
	if (depth == TRACE_LEAF) {
		merkle_leaf(hash, entry.header, entry.header_len, leaf);
		record.kind = BUNDLE_LEAF;
		record.entry = (struct bundle_entry){.leaf = leaf};
	} else {
		fill_entry(&record, &entry, depth);
	}
	export->scan->sequence++;
	return put(export, &record);
}

static enum status put_entries(struct export *export)
{
	struct scan *scan = export->scan;
	struct hash *hash = hash_new();
	enum status status = hash == NULL ? STATUS_MEMORY : STATUS_OK;

	ledger_reader_seek(export->call->reader, scan->sequence);
	while (status == STATUS_OK && scan->sequence < export->size && has_room(export))
		status = put_entry(export, hash);
	hash_free(hash);
	return status;
}

/* ---- items ---- */

static enum status put_item(struct export *export, uint64_t id)
{
	struct call inner = scratch_call(export);
	struct bundle_record record = {.kind = BUNDLE_ITEM};
	const Pb__Item *item = item_get(inner.txn, id, inner.arena);
	const Pb__Loan *loan = NULL;

	if (item == NULL || !scope_item(&inner, item))
		return STATUS_OK;
	record.item = (struct bundle_item){
		.id = id, .number = item->number, .number_len = strlen(item->number)};
	if (tree_sealed(&inner, item) != NULL)
		record.item.standing = BUNDLE_SEALED;
	else
		loan = tree_open_loan(&inner, id);
	if (loan != NULL) {
		record.item.standing = BUNDLE_LENT;
		record.item.loan = loan->id;
		record.item.borrower = loan->borrower_id;
		record.item.since = loan->lent_at;
		record.item.due = loan->due;
	}
	export->scan->words[WORD_ITEMS]++;
	return put(export, &record);
}

/* Items are those whose loans he may see. */
static enum status put_items(struct export *export)
{
	struct call *call = export->call;
	uint64_t *last = &export->scan->words[WORD_ITEM];
	enum scope scope = call->scope;
	enum status status = STATUS_OK;
	unsigned count = 0;

	if (call->principal != NULL)
		call->scope = role_scope(call->role, PERMISSION_LOAN_READ);
	while (status == STATUS_OK && *last < export->items &&
	       (count++ < ITEMS_AT_LEAST || has_room(export)))
		status = put_item(export, ++*last);
	call->scope = scope;
	return status;
}

/* ---- begin and end ---- */

/* The peaks of a tree, largest first, from the nodes of a larger one. */
static enum status get_peaks(const struct merkle_edge *edge, uint64_t size,
			     uint8_t (*peaks)[HASH_LEN])
{
	enum status status = STATUS_OK;

	for (unsigned level = 64; status == STATUS_OK && level-- > 0;)
		if ((size >> level & 1) != 0)
			status = edge->nodes.get(edge->nodes.context, level, (size >> level) - 1,
						 *peaks++);
	return status;
}

static enum status put_begin(struct export *export)
{
	struct bundle_record record = {.kind = BUNDLE_BEGIN};
	uint8_t peaks[MERKLE_PEAKS_MAX][HASH_LEN];
	struct merkle_edge edge;
	enum status status = ledger_edge(export->call->ledger, export->size, &edge);

	if (status == STATUS_OK)
		status = get_peaks(&edge, export->request->from, peaks);
	if (status == STATUS_OK)
		status = buf_append(&export->part, BUNDLE_MAGIC, BUNDLE_MAGIC_LEN);
	if (status != STATUS_OK)
		return status;
	record.begin = (struct bundle_begin){export->request->from, peaks[0]};
	return put(export, &record);
}

/* That one of two sizes is the beginning of the other. */
static enum status prove(struct export *export, uint64_t one, uint64_t other,
			 struct merkle_proof *proof)
{
	uint64_t small = one < other ? one : other;
	struct merkle_edge edge;
	enum status status = ledger_edge(export->call->ledger, one < other ? other : one, &edge);

	return status == STATUS_OK ? merkle_prove_consistency(&edge, small, proof) : status;
}

static enum status put_head(struct export *export, const char *note, size_t len)
{
	struct bundle_record record = {.kind = BUNDLE_HEAD};
	struct checkpoint checkpoint;
	struct note parsed;
	enum status status = note_parse(&parsed, note, len);

	if (status == STATUS_OK)
		status = checkpoint_parse(&checkpoint, parsed.text, parsed.text_len);
	if (status != STATUS_OK)
		return STATUS_CORRUPT; /* it is our own */
	record.head.note = note;
	record.head.note_len = len;
	status = prove(export, export->size, checkpoint.size, &record.head.proof);
	return status == STATUS_OK ? put(export, &record) : status;
}

/* The newest head that enough witnesses have co-signed. */
static enum status put_anchored(struct export *export)
{
	struct anchors *anchors = export->call->anchors;
	struct buf note = BUF_EMPTY;
	uint64_t size;
	enum status status =
		anchors == NULL ? STATUS_NOT_FOUND : anchors_newest(anchors, &note, &size);

	if (status == STATUS_OK)
		status = put_head(export, (const char *)buf_head(&note), note.len);
	buf_release(&note);
	return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

static enum status put_heads(struct export *export)
{
	struct signed_head head;
	enum status status;

	signer_head(export->call->signer, &head);
	status = put_head(export, head.checkpoint, head.checkpoint_len);
	if (status == STATUS_OK && head.heartbeat_len > 0)
		status = put_head(export, head.heartbeat, head.heartbeat_len);
	return status == STATUS_OK ? put_anchored(export) : status;
}

static enum status put_end(struct export *export)
{
	struct bundle_record record = {.kind = BUNDLE_END};
	struct merkle_edge edge;
	enum status status = ledger_edge(export->call->ledger, export->size, &edge);

	if (status == STATUS_OK)
		status = merkle_prove_consistency(&edge, export->request->from, &record.end.proof);
	if (status != STATUS_OK)
		return status;
	record.end.to = export->size;
	record.end.root = merkle_edge_root(&edge);
	record.end.items = export->scan->words[WORD_ITEMS];
	record.end.whole = export->request->to == 0;
	return put(export, &record);
}

/* ---- the stream ---- */

/* A head must reach as far as the entries: it is signed before they are applied. */
static enum status judge(struct export *export)
{
	const Pb__LedgerExportRequest *request = export->request;
	struct call *call = export->call;
	struct signed_head head;

	if (request->to > export->size)
		return call_refuse_field(call, REASON_out_of_range, "to", export->size);
	if (request->to != 0)
		export->size = request->to;
	if (request->from > export->size)
		return call_refuse_field(call, REASON_out_of_range, "from", export->size);
	if (export->scan->started)
		return STATUS_OK;
	signer_head(call->signer, &head);
	if (head.size < export->size || head.size > ledger_size(call->ledger))
		return call_refuse(call, STATUS_QUARANTINE, REASON_quarantine, NULL);
	export->scan->sequence = request->from;
	return STATUS_OK;
}

/* Under which grants he sees what others do not. Read here, they are read once a slice. */
static enum status name_grants(struct export *export)
{
	struct call *call = export->call;
	Pb__Grant *const *grants;
	size_t count;

	if (call->principal == NULL ||
	    role_scope(call->role, PERMISSION_HISTORY_READ) != SCOPE_GRANT)
		return STATUS_OK;
	grants = cover_grants(call, &count);
	for (size_t i = 0; i < count; i++)
		if (!call_subject(call, SUBJECT_GRANT, grants[i]->id))
			return STATUS_LIMIT;
	return STATUS_OK;
}

/* Returns what a scan function returns. */
static enum status put_slice(struct export *export)
{
	enum status status = STATUS_OK;

	if (!export->scan->started)
		status = put_begin(export);
	if (status == STATUS_OK)
		status = put_entries(export);
	if (status != STATUS_OK || export->scan->sequence < export->size)
		return status;
	if (export->request->to == 0) {
		status = put_items(export);
		if (status != STATUS_OK || export->scan->words[WORD_ITEM] < export->items)
			return status;
	}
	status = put_heads(export);
	if (status == STATUS_OK)
		status = put_end(export);
	return status == STATUS_OK ? STATUS_NOT_FOUND : status;
}

/* One look, which is entered before anything of it is shown. */
enum status scan_ledger_export(struct call *call, const Pb__LedgerExportRequest *request,
			       struct scan *scan)
{
	struct export export = {.call = call, .scan = scan, .request = request};
	enum status status;
	struct mark mark;

	mark_get(call->txn, &mark);
	call->sensitive = true;
	export.size = mark.tree.size;
	export.items = request->to == 0 ? table_last(call->txn, TABLE_item) : 0;
	status = judge(&export);
	if (status == STATUS_OK)
		status = name_grants(&export);
	if (status != STATUS_OK)
		return status;
	arena_init(&export.scratch, SCRATCH_MAX);
	status = put_slice(&export);
	if ((status == STATUS_OK || status == STATUS_NOT_FOUND) && export.part.len > 0) {
		enum status emitted = emit(&export, export.part.len);

		status = emitted == STATUS_OK ? status : emitted;
	}
	buf_release(&export.part);
	arena_release(&export.scratch);
	return status;
}
