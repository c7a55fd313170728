#include "server/dispatch/recover.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "common/file.h"
#include "common/log.h"
#include "common/path.h"
#include "common/rpc.h"
#include "proto/request.pb-c.h"
#include "proto/wire.pb-c.h"
#include "server/dispatch/erasure.h"
#include "server/dispatch/replay.h"
#include "server/dispatch/snapshot.h"
#include "server/ledger/tree.h"

#define BOOT_ID "/proc/sys/kernel/random/boot_id"
#define BOOT_ID_MAX 64

enum trust { TRUST_STATE, TRUST_LEDGER_ONLY };

static enum status lock(struct recovered *disk, char why[static ENGINE_WHY_LEN])
{
	disk->lock = open(disk->data, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (disk->lock < 0) {
		snprintf(why, ENGINE_WHY_LEN, "%s cannot be opened: %s", disk->data,
			 strerror(errno));
		return errno == ENOENT ? STATUS_NOT_FOUND : STATUS_STORAGE;
	}
	if (flock(disk->lock, LOCK_EX | LOCK_NB) == 0)
		return STATUS_OK;
	snprintf(why, ENGINE_WHY_LEN, "another process is using %s", disk->data);
	return STATUS_BUSY;
}

/* ---- the running mark ---- */

static enum status boot_id(char id[static BOOT_ID_MAX + 1])
{
	uint8_t *bytes = NULL;
	size_t len = 0;
	enum status status = file_get(BOOT_ID, BOOT_ID_MAX, &bytes, &len);
	if (status == STATUS_OK)
		snprintf(id, BOOT_ID_MAX + 1, "%s", (const char *)bytes);
	free(bytes);
	return status;
}

/* Whether the state on disk is what the last process left in its memory map. */
static enum status judge_state(const struct recovered *disk, enum trust *trust)
{
	struct path path;
	char now[BOOT_ID_MAX + 1];
	uint8_t *then = NULL;
	size_t len = 0;
	enum status status = boot_id(now);
	if (status == STATUS_OK)
		status = path_join(&path, disk->data, "running");
	if (status != STATUS_OK)
		return status;
	status = file_get(path.text, BOOT_ID_MAX, &then, &len);
	*trust = TRUST_STATE;
	if (status == STATUS_OK && strcmp(now, (const char *)then) != 0)
		*trust = TRUST_LEDGER_ONLY;
	free(then);
	return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

static enum status put_running(const struct recovered *disk)
{
	struct path path;
	char id[BOOT_ID_MAX + 1];
	enum status status = boot_id(id);
	if (status == STATUS_OK)
		status = path_join(&path, disk->data, "running");
	return status == STATUS_OK ? file_put(path.text, id, strlen(id)) : status;
}

static enum status remove_running(const struct recovered *disk)
{
	struct path path;
	enum status status = path_join(&path, disk->data, "running");
	if (status == STATUS_OK)
		status = file_remove(path.text);
	return status == STATUS_OK ? directory_sync(disk->data) : status;
}

/* ---- ledger and state ---- */

/* The ledger's name stands in its first entry. */
static enum status read_origin(struct recovered *disk)
{
	struct ledger_reader *reader = NULL;
	struct ledger_record record;
	enum status status = ledger_reader_new(&reader, disk->ledger);
	if (status == STATUS_OK)
		status = ledger_reader_next(reader, &record);
	if (status == STATUS_OK && record.entry.rpc == RPC_genesis) {
		Pb__Act *act = pb__act__unpack(NULL, record.payload_len, record.payload);
		Pb__GenesisRequest *request =
			act == NULL ? NULL
				    : pb__genesis_request__unpack(NULL, act->request.len,
								  act->request.data);
		disk->origin = request == NULL ? NULL : strdup(request->origin);
		pb__genesis_request__free_unpacked(request, NULL);
		pb__act__free_unpacked(act, NULL);
	} else if (status == STATUS_NOT_FOUND) {
		disk->origin = strdup("");
		status = STATUS_OK;
	}
	ledger_reader_free(reader);
	if (status == STATUS_OK && disk->origin == NULL)
		status = STATUS_CORRUPT;
	return status;
}

static bool is_unusable(enum status status)
{
	return status == STATUS_CORRUPT || status == STATUS_NOT_FOUND;
}

/* The state that is there, if it can be trusted; else the newest snapshot; else (none is whole, or
 * an older program made them) an empty one, and the whole ledger is replayed. */
static enum status open_state(struct recovered *disk, enum trust trust,
			      char why[static ENGINE_WHY_LEN])
{
	struct path path;
	char inner[STORE_WHY_LEN] = "another boot wrote it";
	enum status status = path_join(&path, disk->data, "state");
	if (status != STATUS_OK)
		return status;
	status = trust == TRUST_STATE ? store_open(&disk->store, path.text, STORE_WRITE, 0, inner)
				      : STATUS_CORRUPT;
	if (is_unusable(status)) {
		log_event(LOG_LEVEL_WARN, "state_rebuilt", "reason=%s", inner);
		status = snapshot_restore(disk->data, inner);
		if (status == STATUS_OK)
			status = store_open(&disk->store, path.text, STORE_WRITE, 0, inner);
	}
	if (is_unusable(status)) {
		status = snapshot_none(disk->data, inner);
		if (status == STATUS_OK)
			status = store_open(&disk->store, path.text, STORE_WRITE, 0, inner);
	}
	if (status != STATUS_OK)
		snprintf(why, ENGINE_WHY_LEN, "the state cannot be opened: %s", inner);
	return status;
}

static void report_progress(void *context, uint64_t done, uint64_t total)
{
	(void)context;
	log_event(LOG_LEVEL_INFO, "replaying", "done=%llu total=%llu", (unsigned long long)done,
		  (unsigned long long)total);
}

/* Whether the ledger's tree is the one that the state stands on. */
static enum status compare_trees(const struct recovered *disk, bool *same)
{
	uint8_t root[HASH_LEN];
	struct merkle_edge edge;
	struct mark mark = {0};
	struct txn *txn = NULL;
	struct hash *hash = hash_new();
	enum status status = hash == NULL ? STATUS_MEMORY : store_read(disk->store, &txn);
	*same = true;
	if (status == STATUS_OK) {
		mark_get(txn, &mark);
		status = txn_status(txn);
		txn_end(txn);
	}
	if (status == STATUS_OK && mark.tree.size > 0) {
		status = ledger_edge(disk->ledger, mark.tree.size, &edge);
		merkle_root(&mark.tree, hash, root);
		*same = status == STATUS_OK && memcmp(root, merkle_edge_root(&edge), HASH_LEN) == 0;
	}
	hash_free(hash);
	return status;
}

/* The tree's file is not synced while we run. What is whole in itself but not of these entries is
 * seen by its root. When the entries themselves have another root they are not what was applied:
 * whoever signed that tells (server/ledger/signer.h), and `dossierd check`. */
static enum status prove_tree(struct recovered *disk, char why[static ENGINE_WHY_LEN])
{
	char inner[LEDGER_WHY_LEN] = "";
	bool same = false;
	enum status status = compare_trees(disk, &same);
	if (status == STATUS_OK && !same) {
		log_event(LOG_LEVEL_WARN, "tree_rebuilt", "reason=root");
		status = tree_rebuild(disk->ledger, inner);
		if (status == STATUS_OK)
			status = compare_trees(disk, &same);
	}
	if (status == STATUS_OK && !same)
		log_event(LOG_LEVEL_ERROR, "state_of_other_entries",
			  "entries=%llu hint=run-dossierd-check",
			  (unsigned long long)ledger_size(disk->ledger));
	if (status != STATUS_OK)
		snprintf(why, ENGINE_WHY_LEN, "the ledger's tree cannot be made: %s", inner);
	return status;
}

/* A state that was made from a damaged ledger is not gone on with when that is mended. */
static void throw_away(struct recovered *disk)
{
	char why[SNAPSHOT_WHY_LEN];
	store_close(disk->store);
	disk->store = NULL;
	if (snapshot_none(disk->data, why) != STATUS_OK)
		log_event(LOG_LEVEL_ERROR, "state_not_removed", "why=\"%s\"", why);
}

static enum status catch_up(struct recovered *disk, char why[static ENGINE_WHY_LEN])
{
	bool in_quarantine = disk->quarantine[0] != '\0';
	char inner[REPLAY_WHY_LEN] = "";
	bool same = false;
	/* In quarantine the state may know more than what is left: then it is shown as it is. */
	if (in_quarantine && (compare_trees(disk, &same) != STATUS_OK || !same))
		return STATUS_OK;
	enum status status =
		replay_run(disk->store, disk->ledger, UINT64_MAX, report_progress, NULL, inner);
	if (status != STATUS_OK)
		snprintf(why, ENGINE_WHY_LEN, "the ledger cannot be replayed: %s", inner);
	if (status == STATUS_CORRUPT)
		throw_away(disk);
	if (status == STATUS_OK && !in_quarantine)
		status = prove_tree(disk, why);
	return status == STATUS_OK && !in_quarantine ? erasure_recover(disk, why) : status;
}

static enum status bring_up(struct recovered *disk, char why[static ENGINE_WHY_LEN])
{
	char inner[LEDGER_WHY_LEN] = "";
	enum trust trust = TRUST_LEDGER_ONLY;
	enum status status = judge_state(disk, &trust);
	snprintf(why, ENGINE_WHY_LEN, "%s cannot be read or written", disk->data);
	if (status != STATUS_OK)
		return status;
	status = quarantine_open(&disk->ledger, disk->data, trust == TRUST_STATE, disk->quarantine,
				 inner);
	if (status != STATUS_OK) {
		snprintf(why, ENGINE_WHY_LEN, "the ledger cannot be opened: %s", inner);
		return status;
	}
	status = read_origin(disk);
	if (status == STATUS_OK)
		status = open_state(disk, trust, why);
	if (status == STATUS_OK)
		status = put_running(disk);
	return status == STATUS_OK ? catch_up(disk, why) : status;
}

enum status recover_open(struct recovered *disk, const char *data, char why[static ENGINE_WHY_LEN])
{
	*disk = (struct recovered){.lock = -1, .data = strdup(data)};
	if (disk->data == NULL) {
		snprintf(why, ENGINE_WHY_LEN, "out of memory");
		return STATUS_MEMORY;
	}
	enum status status = lock(disk, why);
	if (status == STATUS_OK)
		status = bring_up(disk, why);
	if (status != STATUS_OK)
		recover_close(disk, false);
	return status;
}

void recover_close(struct recovered *disk, bool clean)
{
	enum status status = STATUS_OK;
	if (disk->store != NULL) {
		if (clean)
			status = store_sync(disk->store);
		store_close(disk->store);
	}
	if (disk->ledger != NULL) {
		if (clean && status == STATUS_OK)
			status = tree_sync(disk->ledger);
		ledger_close(disk->ledger);
	}
	if (clean && status == STATUS_OK)
		status = remove_running(disk);
	if (status != STATUS_OK)
		log_event(LOG_LEVEL_WARN, "stop_not_clean", "status=%s", status_name(status));
	if (disk->lock >= 0)
		close(disk->lock);
	free(disk->data);
	free(disk->origin);
	*disk = (struct recovered){.lock = -1};
}

enum status recover_open_readonly(struct recovered *disk, const char *data,
				  char why[static ENGINE_WHY_LEN])
{
	struct path path;
	char inner[LEDGER_WHY_LEN] = "out of memory";
	*disk = (struct recovered){.lock = -1, .data = strdup(data)};
	enum status status = disk->data == NULL ? STATUS_MEMORY : STATUS_OK;
	enum trust trust = TRUST_STATE;
	if (status == STATUS_OK)
		status = judge_state(disk, &trust);
	if (status == STATUS_OK && trust != TRUST_STATE) {
		snprintf(inner, sizeof(inner),
			 "the machine went down while it was in use; "
			 "start dossierd run once, which recovers it");
		status = STATUS_CORRUPT;
	}
	/* The state first: the ledger seen after it is never behind it. */
	if (status == STATUS_OK)
		status = path_join(&path, disk->data, "state");
	if (status == STATUS_OK)
		status = store_open(&disk->store, path.text, STORE_READONLY, 0, inner);
	if (status == STATUS_OK)
		status = path_join(&path, disk->data, "ledger");
	if (status == STATUS_OK)
		status = ledger_open_readonly(&disk->ledger, path.text, inner);
	if (status == STATUS_OK)
		status = read_origin(disk);
	if (status != STATUS_OK) {
		snprintf(why, ENGINE_WHY_LEN, "%s cannot be opened: %s", data, inner);
		recover_close(disk, false);
	}
	return status;
}

enum status recover_look_again(struct recovered *disk, char why[static ENGINE_WHY_LEN])
{
	struct path path;
	struct ledger *ledger = NULL;
	char inner[LEDGER_WHY_LEN] = "the name is too long";
	enum status status = path_join(&path, disk->data, "ledger");
	if (status == STATUS_OK)
		status = ledger_open_readonly(&ledger, path.text, inner);
	if (status != STATUS_OK) {
		snprintf(why, ENGINE_WHY_LEN, "%s cannot be opened: %s", disk->data, inner);
		return status;
	}
	ledger_close(disk->ledger);
	disk->ledger = ledger;
	return STATUS_OK;
}
