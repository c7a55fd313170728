#include "tests/unit/dispatch/office.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/bytes.h"
#include "common/ed25519.h"
#include "common/file.h"
#include "common/message.h"
#include "proto/wire.pb-c.h"
#include "server/dispatch/founding.h"
#include "server/pki.h"

/* Tests cannot go on without it. */
#define NEED(condition)                                                                            \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: needed: %s\n", __FILE__, __LINE__, #condition);    \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

static void need_ok(enum status status, const char *why)
{
	if (status == STATUS_OK)
		return;
	fprintf(stderr, "%s: %s\n", status_name(status), why);
	abort();
}

/* ---- acts ---- */

struct act *act_make(struct office *office, uint64_t principal, enum rpc_number rpc,
		     const ProtobufCMessage *request)
{
	size_t len = protobuf_c_message_get_packed_size(request);
	struct act *act = calloc(1, sizeof(*act));
	uint8_t *packed = malloc(len + 1);
	NEED(act != NULL && packed != NULL);
	protobuf_c_message_pack(request, packed);
	act->rpc = (uint16_t)rpc;
	act->principal = principal;
	act->request = packed;
	act->request_len = len;
	bytes_put64(act->key + 8, ++office->next_key);
	return act;
}

void act_free(struct act *act)
{
	free((void *)(uintptr_t)act->request);
	buf_release(&act->answer);
	free(act);
}

struct act *act_run(struct office *office, uint64_t principal, enum rpc_number rpc,
		    const ProtobufCMessage *request)
{
	struct act *act = act_make(office, principal, rpc, request);
	engine_run(office->engine, &act, 1);
	return act;
}

ProtobufCMessage *act_reply(const struct act *act)
{
	NEED(act->status == STATUS_OK && act->answer.len >= 4);
	const uint8_t *answer = buf_head(&act->answer);
	size_t receipt = bytes_get32(answer);
	ProtobufCMessage *reply =
		protobuf_c_message_unpack(rpc_find(act->rpc)->reply, NULL,
					  act->answer.len - 4 - receipt, answer + 4 + receipt);
	NEED(reply != NULL);
	return reply;
}

uint64_t act_sequence(const struct act *act)
{
	const uint8_t *answer = buf_head(&act->answer);
	Pb__Receipt *receipt = pb__receipt__unpack(NULL, bytes_get32(answer), answer + 4);
	NEED(receipt != NULL && receipt->entry.len >= ENTRY_FIXED_LEN);
	uint64_t sequence = bytes_get64(receipt->entry.data + 8);
	pb__receipt__free_unpacked(receipt, NULL);
	return sequence;
}

/* ---- receipts ---- */

/* What an answer says, without its proof; owned by the caller. The proof goes to *proof. */
static struct buf say(const struct act *act, Pb__Receipt **proof)
{
	struct buf said = BUF_EMPTY;
	const uint8_t *answer = buf_head(&act->answer);
	Pb__Refusal *refusal = NULL;
	*proof = NULL;
	if (act->status == STATUS_OK) {
		size_t len = bytes_get32(answer);
		*proof = pb__receipt__unpack(NULL, len, answer + 4);
		need_ok(buf_append(&said, answer + 4 + len, act->answer.len - 4 - len), "reply");
	} else {
		refusal = pb__refusal__unpack(NULL, act->answer.len, answer);
		NEED(refusal != NULL);
		*proof = refusal->receipt;
		refusal->receipt = NULL;
		need_ok(message_pack(&refusal->base, &said), "refusal");
		pb__refusal__free_unpacked(refusal, NULL);
	}
	if (*proof != NULL)
		need_ok(buf_append(&said, (*proof)->entry.data, (*proof)->entry.len), "entry");
	return said;
}

bool act_same_answer(const struct act *left, const struct act *right)
{
	Pb__Receipt *proofs[2];
	struct buf said[] = {say(left, &proofs[0]), say(right, &proofs[1])};
	bool same = left->status == right->status && said[0].len == said[1].len &&
		    memcmp(buf_head(&said[0]), buf_head(&said[1]), said[0].len) == 0;
	for (int i = 0; i < 2; i++) {
		buf_release(&said[i]);
		if (proofs[i] != NULL)
			pb__receipt__free_unpacked(proofs[i], NULL);
	}
	return same;
}

bool act_is_proven(const struct office *office, const struct act *act)
{
	Pb__Receipt *receipt = NULL;
	struct checkpoint head;
	struct note_key key;
	uint8_t leaf[HASH_LEN];
	struct buf said = say(act, &receipt);
	buf_release(&said);
	if (receipt == NULL || receipt->proof == NULL)
		return false;
	const Pb__Proof *proof = receipt->proof;
	struct hash *hash = hash_new();
	signer_key(engine_signer(office->engine), &key);
	merkle_leaf(hash, receipt->entry.data, receipt->entry.len, leaf);
	hash_free(hash);
	bool proven = receipt->entry.len >= ENTRY_FIXED_LEN &&
		      bytes_get64(receipt->entry.data + 8) == proof->index &&
		      checkpoint_verify(&head, NULL, proof->checkpoint.data, proof->checkpoint.len,
					&key, 1) == STATUS_OK &&
		      merkle_verify_inclusion(proof->index, head.size, leaf,
					      (const uint8_t(*)[HASH_LEN])proof->hashes.data,
					      proof->hashes.len / HASH_LEN, head.root) == STATUS_OK;
	pb__receipt__free_unpacked(receipt, NULL);
	return proven;
}

/* ---- the office ---- */

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *walk)
{
	(void)info;
	(void)kind;
	(void)walk;
	return remove(path);
}

static void add_archivist(struct office *office)
{
	Pb__PrincipalAddRequest request = PB__PRINCIPAL_ADD_REQUEST__INIT;
	request.login = "archivist";
	request.name = "王芳";
	request.office = "HQ";
	request.role = PB__ROLE__ARCHIVIST;
	struct act *act = act_run(office, OFFICE_OFFICER, RPC_principal_add, &request.base);
	Pb__PrincipalAddReply *reply = (Pb__PrincipalAddReply *)(void *)act_reply(act);
	office->archivist = reply->principal->id;
	pb__principal_add_reply__free_unpacked(reply, NULL);
	act_free(act);
}

uint64_t office_add_lawyer(struct office *office, const char *login)
{
	Pb__PrincipalAddRequest request = PB__PRINCIPAL_ADD_REQUEST__INIT;
	request.login = login;
	request.name = "周明";
	request.office = "HQ";
	request.role = PB__ROLE__LAWYER;
	request.unit = "锦城律师事务所";
	struct act *act = act_run(office, OFFICE_OFFICER, RPC_principal_add, &request.base);
	Pb__PrincipalAddReply *reply = (Pb__PrincipalAddReply *)(void *)act_reply(act);
	uint64_t id = reply->principal->id;
	pb__principal_add_reply__free_unpacked(reply, NULL);
	act_free(act);
	return id;
}

static void add_customer(struct office *office)
{
	Pb__CustomerDraft draft = PB__CUSTOMER_DRAFT__INIT;
	Pb__CustomerAddRequest request = PB__CUSTOMER_ADD_REQUEST__INIT;
	draft.name = "成都宏达商贸有限公司";
	draft.ref = OFFICE_CUSTOMER;
	request.draft = &draft;
	struct act *act = act_run(office, office->archivist, RPC_customer_add, &request.base);
	NEED(act->status == STATUS_OK);
	act_free(act);
}

void office_prepare(struct office *office)
{
	char why[CONFIG_WHY_LEN] = "";
	*office = (struct office){0};
	const char *parent = getenv("TMPDIR");
	if (parent == NULL)
		parent = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
	int len = snprintf(office->directory, sizeof(office->directory), "%s/dossier-test-XXXXXX",
			   parent);
	NEED(len > 0 && (size_t)len < sizeof(office->directory));
	NEED(mkdtemp(office->directory) != NULL);
	snprintf(office->data, sizeof(office->data), "%s/data", office->directory);
	need_ok(config_load(&office->config, NULL, 0, why), why);
}

/* The key that signs the ledger, as pki_found() makes it. */
static void make_log_key(const char *data)
{
	char path[128];
	struct ed25519 *key = NULL;
	struct buf pem = BUF_EMPTY;
	need_ok(ed25519_new(&key, &pem), "key");
	ed25519_free(key);
	snprintf(path, sizeof(path), "%s/identity", data);
	need_ok(directory_make(path), "identity");
	snprintf(path, sizeof(path), "%s/identity/" PKI_LOG_KEY, data);
	need_ok(file_put(path, buf_head(&pem), pem.len), "log key");
	buf_release(&pem);
}

void office_found(struct office *office, uint32_t segment_size)
{
	char why[ENGINE_WHY_LEN] = "";
	char building[96];
	struct founding founding = {
		.origin = "test.example/ledger",
		.office_code = "HQ",
		.office_name = "总部",
		.login = "officer",
		.name = "安全员",
		.segment_size = segment_size,
	};
	snprintf(building, sizeof(building), "%s.founding", office->data);
	need_ok(directory_make(building), "directory");
	make_log_key(building);
	need_ok(founding_run(building, &founding, office->config, why), why);
	need_ok(file_rename(building, office->data), "rename");
	need_ok(directory_sync(office->directory), "sync");
	need_ok(engine_open(&office->engine, office->data, office->config, why), why);
	add_archivist(office);
	add_customer(office);
}

void office_open(struct office *office, uint32_t segment_size)
{
	office_prepare(office);
	office_found(office, segment_size);
}

void office_reopen(struct office *office, bool clean)
{
	char why[ENGINE_WHY_LEN] = "";
	char running[128];
	uint8_t *mark = NULL;
	size_t len = 0;
	snprintf(running, sizeof(running), "%s/running", office->data);
	if (!clean)
		need_ok(file_get(running, 64, &mark, &len), "running");
	engine_close(office->engine);
	if (!clean)
		need_ok(file_put(running, mark, len), "running");
	free(mark);
	need_ok(engine_open(&office->engine, office->data, office->config, why), why);
}

void office_close(struct office *office)
{
	engine_close(office->engine);
	config_free(office->config);
	office_remove_directory(office->directory);
}

void office_remove_directory(const char *directory)
{
	NEED(nftw(directory, remove_one, 16, FTW_DEPTH | FTW_PHYS) == 0);
}

void office_add_items(struct office *office, char *numbers[], unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		Pb__ItemDraft draft = PB__ITEM_DRAFT__INIT;
		Pb__ItemAddRequest request = PB__ITEM_ADD_REQUEST__INIT;
		draft.title = "购销合同";
		draft.customer = OFFICE_CUSTOMER;
		draft.pages = 12;
		request.draft = &draft;
		struct act *act = act_run(office, office->archivist, RPC_item_add, &request.base);
		Pb__ItemAddReply *reply = (Pb__ItemAddReply *)(void *)act_reply(act);
		numbers[i] = strdup(reply->item->number);
		pb__item_add_reply__free_unpacked(reply, NULL);
		act_free(act);
	}
}

struct act *office_borrow(struct office *office, const char *item)
{
	Pb__BorrowRequest request = PB__BORROW_REQUEST__INIT;
	request.items = &item;
	request.n_items = 1;
	request.borrower = "archivist";
	request.purpose = "核对";
	return act_run(office, office->archivist, RPC_borrow, &request.base);
}

struct act *office_return(struct office *office, const char *item)
{
	Pb__ReturnRequest request = PB__RETURN_REQUEST__INIT;
	request.items = &item;
	request.n_items = 1;
	return act_run(office, office->archivist, RPC_return, &request.base);
}
