#include "tests/unit/service/desk.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/date.h"
#include "common/frame.h"
#include "common/message.h"

#define DESK_ARENA (16u * 1024 * 1024)
#define DESK_MAP (UINT64_C(1) << 30)

/* ---- the functions behind an RPC, by number ---- */

struct deed {
	enum status (*decide)(struct call *call, const ProtobufCMessage *request,
			      ProtobufCMessage *reply);
	void (*apply)(struct txn *txn, const struct entry *entry, const ProtobufCMessage *request,
		      const ProtobufCMessage *reply);
	enum status (*scan)(struct call *call, const ProtobufCMessage *request, struct scan *scan);
};

#define ASKED(Messages) ((const Pb__##Messages##Request *)(const void *)request)
#define TOLD(Messages) ((Pb__##Messages##Reply *)(void *)(uintptr_t)reply)

#define DEED_DECIDE(prefix, name, Messages)                                                        \
	static enum status decide_##name(struct call *call, const ProtobufCMessage *request,       \
					 ProtobufCMessage *reply)                                  \
	{                                                                                          \
		return prefix##_##name(call, ASKED(Messages), TOLD(Messages));                     \
	}
#define DEED_POINT(name, Messages) DEED_DECIDE(serve, name, Messages)
#define DEED_WRITE(name, Messages)                                                                 \
	DEED_DECIDE(check, name, Messages)                                                         \
	static void do_##name(struct txn *txn, const struct entry *entry,                          \
			      const ProtobufCMessage *request, const ProtobufCMessage *reply)      \
	{                                                                                          \
		apply_##name(txn, entry, ASKED(Messages), TOLD(Messages));                         \
	}
#define DEED_SCAN(name, Messages)                                                                  \
	static enum status list_##name(struct call *call, const ProtobufCMessage *request,         \
				       struct scan *scan)                                          \
	{                                                                                          \
		return scan_##name(call, ASKED(Messages), scan);                                   \
	}
#define DEED_ISSUE(name, Messages) /* has none in the service */
#define RPC(number, name, Messages, lane, ...) DEED_##lane(name, Messages)
#include "proto/rpc.def"
#undef RPC

#define DEEDS_POINT(name) .decide = decide_##name
#define DEEDS_WRITE(name) .decide = decide_##name, .apply = do_##name
#define DEEDS_SCAN(name) .scan = list_##name
#define DEEDS_ISSUE(name) .scan = NULL
#define RPC(number, name, Messages, lane, ...) [number] = {DEEDS_##lane(name)},
static const struct deed deeds[] = {
#include "proto/rpc.def"
};
#undef RPC

/* ---- the company ---- */

static void add_office(struct desk *desk, const char *code, const char *name)
{
	Pb__OfficeAddRequest request = PB__OFFICE_ADD_REQUEST__INIT;

	request.code = code;
	request.name = name;
	assert_int_equal(desk_act(desk, DESK_OFFICER, RPC_office_add, &request.base, NULL),
			 STATUS_OK);
}

static void add_person(struct desk *desk, const char *login, const char *name, const char *office,
		       Pb__Role role)
{
	Pb__PrincipalAddRequest request = PB__PRINCIPAL_ADD_REQUEST__INIT;

	request.login = login;
	request.name = name;
	request.office = office;
	request.role = role;
	assert_int_equal(desk_act(desk, DESK_OFFICER, RPC_principal_add, &request.base, NULL),
			 STATUS_OK);
}

static void found(struct desk *desk)
{
	Pb__GenesisRequest request = PB__GENESIS_REQUEST__INIT;

	request.origin = "archive.example/dossier";
	request.office_code = "HQ";
	request.office_name = "总部";
	request.login = "officer";
	request.name = "Officer";
	assert_int_equal(desk_act(desk, DESK_SYSTEM, RPC_genesis, &request.base, NULL), STATUS_OK);
	add_office(desk, "CD", "成都分公司");
	add_office(desk, "SH", "上海分公司");
	add_person(desk, "anna", "Anna", "HQ", PB__ROLE__ARCHIVIST);
	add_person(desk, "chen", "陈晨", "CD", PB__ROLE__CLERK);
	add_person(desk, "shen", "沈思", "SH", PB__ROLE__CLERK);
	add_person(desk, "audit", "Audit", "HQ", PB__ROLE__AUDITOR);
	add_person(desk, "wang.fang", "王芳", "CD", PB__ROLE__CLERK);
	add_person(desk, "li.na", "李娜", "CD", PB__ROLE__CLERK);
	add_person(desk, "li.na.2", "李娜", "SH", PB__ROLE__CLERK);
}

static void prepare(struct desk *desk, bool with_ledger)
{
	char path[96];
	char why[512];

	memset(desk, 0, sizeof(*desk));
	arena_init(&desk->arena, DESK_ARENA);
	arena_init(&desk->keep, 8 * DESK_ARENA);
	desk->hash = hash_new();
	assert_non_null(desk->hash);
	merkle_init(&desk->mark.tree);
	desk->now = DESK_TODAY * DESK_DAY + DESK_DAY / 8; /* 11:00 in the office's zone */
	desk->refusals_entered = true;
	(void)snprintf(desk->directory, sizeof(desk->directory), "/tmp/desk-XXXXXX");
	assert_non_null(mkdtemp(desk->directory));
	assert_int_equal(config_load(&desk->config, NULL, 0, why), STATUS_OK);
	(void)snprintf(path, sizeof(path), "%s/state", desk->directory);
	assert_int_equal(store_create(path), STATUS_OK);
	assert_int_equal(store_open(&desk->store, path, STORE_WRITE, DESK_MAP, why), STATUS_OK);
	if (!with_ledger)
		return;
	(void)snprintf(path, sizeof(path), "%s/ledger", desk->directory);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(ledger_create(path, "archive.example/dossier", 0), STATUS_OK);
	assert_int_equal(ledger_open(&desk->ledger, path, why), STATUS_OK);
	assert_int_equal(ledger_reader_new(&desk->reader, desk->ledger), STATUS_OK);
}

void desk_open(struct desk *desk)
{
	prepare(desk, false);
	found(desk);
}

void desk_open_ledger(struct desk *desk)
{
	prepare(desk, true);
	found(desk);
}

static void complain(void *context, const char *text)
{
	(void)context;
	print_error("%s\n", text);
}

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *walk)
{
	(void)about;
	(void)kind;
	(void)walk;
	return remove(path);
}

void desk_close(struct desk *desk)
{
	struct txn *txn;

	assert_int_equal(store_read(desk->store, &txn), STATUS_OK);
	assert_int_equal(store_check(txn, complain, NULL), 0);
	assert_int_equal(txn_status(txn), STATUS_OK);
	txn_end(txn);
	ledger_reader_free(desk->reader);
	ledger_close(desk->ledger);
	store_close(desk->store);
	config_free(desk->config);
	hash_free(desk->hash);
	buf_release(&desk->out);
	arena_release(&desk->arena);
	arena_release(&desk->keep);
	assert_int_equal(nftw(desk->directory, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

void desk_sleep(struct desk *desk, int32_t days)
{
	desk->now += days * DESK_DAY;
}

/* ---- acting ---- */

static void begin(struct desk *desk, struct txn *txn, enum rpc_number rpc)
{
	arena_reset(&desk->arena);
	memset(&desk->call, 0, sizeof(desk->call));
	pb__refusal__init(&desk->call.refusal);
	desk->call.rpc = rpc_find((uint16_t)rpc);
	desk->call.txn = txn;
	desk->call.arena = &desk->arena;
	desk->call.config = desk->config;
	desk->call.origin = "archive.example/dossier";
	desk->call.ledger = desk->ledger;
	desk->call.signer = desk->signer;
	desk->call.anchors = desk->anchors;
	desk->call.now = desk->now;
	desk->call.today = date_of_time(desk->now, (int)desk->config->office_zone_minutes);
}

static enum status decide(struct desk *desk, uint64_t who, const ProtobufCMessage *request,
			  ProtobufCMessage **reply)
{
	struct call *call = &desk->call;
	enum status status = call_identify(call, who, 0);

	*reply = message_new(call->rpc->reply, &desk->arena);
	assert_non_null(*reply);
	if (status == STATUS_OK)
		status = call_permit(call);
	if (status == STATUS_OK)
		status = deeds[call->rpc->number].decide(call, request, *reply);
	assert_int_equal(txn_status(call->txn), STATUS_OK);
	if (status != STATUS_OK)
		assert_int_equal(call->refusal.status, status);
	return status;
}

/* Puts the entry into the ledger as the writer does. */
static void enter(struct desk *desk, struct entry *entry, const ProtobufCMessage *request,
		  const ProtobufCMessage *reply)
{
	Pb__Act act = PB__ACT__INIT;
	struct buf parts[3] = {BUF_EMPTY, BUF_EMPTY, BUF_EMPTY};
	uint8_t leaf[HASH_LEN];

	assert_int_equal(message_pack(request, &parts[0]), STATUS_OK);
	assert_int_equal(message_pack(reply, &parts[1]), STATUS_OK);
	act.request.data = parts[0].bytes;
	act.request.len = parts[0].len;
	if (entry->class_ == ENTRY_REFUSAL) {
		act.refusal = &desk->call.refusal;
	} else {
		act.reply.data = parts[1].bytes;
		act.reply.len = parts[1].len;
	}
	assert_int_equal(message_pack(&act.base, &parts[2]), STATUS_OK);
	assert_int_equal(
		ledger_stage(desk->ledger, entry, parts[2].bytes, parts[2].len, leaf, NULL, NULL),
		STATUS_OK);
	assert_int_equal(ledger_commit(desk->ledger), STATUS_OK);
	merkle_append(&desk->mark.tree, desk->hash, leaf);
	for (size_t i = 0; i < 3; i++)
		buf_release(&parts[i]);
}

static void settle(struct desk *desk, uint64_t who, enum status status,
		   const ProtobufCMessage *request, const ProtobufCMessage *reply)
{
	struct call *call = &desk->call;
	struct entry entry = {.class_ = status == STATUS_OK ? ENTRY_CHANGE : ENTRY_REFUSAL,
			      .rpc = call->rpc->number,
			      .status = (uint16_t)status,
			      .sequence = desk->sequence,
			      .time = desk->now,
			      .actor = who,
			      .office = call->office == NULL ? 0 : call->office->id,
			      .subjects = call->subjects,
			      .subject_count = call->subject_count};

	if (status != STATUS_OK && (desk->ledger == NULL || !desk->refusals_entered))
		return;
	if (call->rpc->lane == LANE_POINT)
		entry.class_ = ENTRY_ACCESS;
	if (desk->ledger != NULL)
		enter(desk, &entry, request, reply);
	if (entry.class_ == ENTRY_CHANGE)
		deeds[call->rpc->number].apply(call->txn, &entry, request, reply);
	for (size_t i = 0; i < call->subject_count; i++)
		trail_add(call->txn, &call->subjects[i], desk->sequence);
	desk->mark.time = desk->now;
	mark_put(call->txn, &desk->mark);
	desk->sequence++;
	desk->now++;
}

enum status desk_act(struct desk *desk, uint64_t who, enum rpc_number rpc,
		     const ProtobufCMessage *request, ProtobufCMessage **reply)
{
	ProtobufCMessage *decided;
	enum status status;
	struct txn *txn;

	assert_int_equal(store_write(desk->store, &txn), STATUS_OK);
	begin(desk, txn, rpc);
	status = decide(desk, who, request, &decided);
	settle(desk, who, status, request, decided);
	assert_int_equal(txn_commit(txn), STATUS_OK);
	desk->call.txn = NULL;
	if (reply != NULL)
		*reply = decided;
	return status;
}

enum status desk_look(struct desk *desk, uint64_t who, enum rpc_number rpc,
		      const ProtobufCMessage *request, ProtobufCMessage **reply)
{
	enum status status;
	struct txn *txn;

	assert_int_equal(store_read(desk->store, &txn), STATUS_OK);
	begin(desk, txn, rpc);
	status = decide(desk, who, request, reply);
	txn_end(txn);
	if (desk->ledger == NULL)
		return status;
	assert_int_equal(store_write(desk->store, &txn), STATUS_OK);
	desk->call.txn = txn;
	settle(desk, who, status, request, *reply);
	assert_int_equal(txn_commit(txn), STATUS_OK);
	return status;
}

/* ---- lists ---- */

enum status desk_list_on(struct desk *desk, uint64_t who, enum rpc_number rpc,
			 const ProtobufCMessage *request)
{
	struct scan *scan = &desk->scan;
	enum status status = STATUS_OK;
	struct txn *txn;

	while (status == STATUS_OK) {
		assert_int_equal(store_read(desk->store, &txn), STATUS_OK);
		begin(desk, txn, rpc);
		desk->call.reader = desk->reader;
		status = call_identify(&desk->call, who, 0);
		if (status == STATUS_OK)
			status = call_permit(&desk->call);
		scan->looked = desk->slice_rows;
		if (status == STATUS_OK)
			status = deeds[rpc].scan(&desk->call, request, scan);
		scan->started = true;
		desk->slices++;
		assert_int_equal(txn_status(txn), STATUS_OK);
		assert_int_equal(scan->status, STATUS_OK);
		txn_end(txn);
	}
	return status == STATUS_NOT_FOUND && desk->call.refusal.status == 0 ? STATUS_OK : status;
}

enum status desk_list(struct desk *desk, uint64_t who, enum rpc_number rpc,
		      const ProtobufCMessage *request)
{
	buf_clear(&desk->out);
	desk->scan = (struct scan){
		.out = &desk->out, .hash = desk->hash, .arena = &desk->arena, .request_id = 7};
	desk->slices = 0;
	hash_begin(desk->hash);
	return desk_list_on(desk, who, rpc, request);
}

ProtobufCMessage *desk_row(struct desk *desk, size_t index)
{
	const uint8_t *at = buf_head(&desk->out);
	const uint8_t *end = at + desk->out.len;
	struct frame frame;

	for (; at < end; at += FRAME_HEADER_LEN + frame.length) {
		frame_decode(&frame, at);
		assert_int_equal(frame.kind, FRAME_ITEM);
		assert_int_equal(frame.request_id, 7);
		if (index-- == 0)
			return protobuf_c_message_unpack(rpc_find(frame.rpc)->reply,
							 &desk->keep.allocator, frame.length,
							 at + FRAME_HEADER_LEN);
	}
	return NULL;
}

const char *desk_reason(const struct desk *desk)
{
	return desk->call.refusal.reason;
}
