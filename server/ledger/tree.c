#include "server/ledger/tree.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "server/ledger/parts.h"

#define BATCH 1024
/* So many entries take a second: a person wants to know. */
#define WORTH_TELLING (UINT64_C(1) << 19)

/* ---- hashing what was read ---- */

enum status ledger_record_verify(const struct ledger_record *record, struct hash *hash)
{
	uint8_t commitment[HASH_LEN];

	entry_commit(hash, record->salt, record->payload, record->payload_len, commitment);
	if (memcmp(commitment, record->entry.commitment, HASH_LEN) != 0)
		return STATUS_CORRUPT;
	return STATUS_OK;
}

/* The leaf hashes of the next count entries. */
static enum status read_leaves(struct ledger_reader *reader, struct hash *hash, size_t count,
			       uint8_t (*leaves)[HASH_LEN])
{
	struct ledger_record record;
	enum status status = STATUS_OK;

	for (size_t i = 0; i < count; i++) {
		status = ledger_reader_next(reader, &record);
		if (status != STATUS_OK)
			break;
		merkle_leaf(hash, record.header, record.header_len, leaves[i]);
	}
	return status;
}

enum status ledger_tree(const struct ledger *ledger, struct merkle *tree, uint64_t size)
{
	struct ledger_reader *reader;
	uint8_t leaf[1][HASH_LEN];
	struct hash *hash;
	enum status status = ledger_reader_new(&reader, ledger);

	if (status != STATUS_OK)
		return status;
	hash = hash_new();
	if (!hash)
		status = STATUS_MEMORY;
	ledger_reader_seek(reader, tree->size);
	while (status == STATUS_OK && tree->size < size) {
		status = read_leaves(reader, hash, 1, leaf);
		if (status == STATUS_OK)
			merkle_append(tree, hash, leaf[0]);
	}
	hash_free(hash);
	ledger_reader_free(reader);
	return status;
}

/* ---- the file ---- */

static void tell(uint64_t done, uint64_t size)
{
	log_event(LOG_LEVEL_INFO, "tree_computing", "done=%" PRIu64 " total=%" PRIu64, done, size);
}

static enum status complete_from(struct ledger *ledger, struct ledger_reader *reader,
				 struct hash *hash)
{
	uint8_t leaves[BATCH][HASH_LEN];
	uint64_t size = ledger_size(ledger);
	uint64_t done = nodes_size(ledger->nodes);
	uint64_t told = done;
	enum status status = STATUS_OK;

	ledger_reader_seek(reader, done);
	while (done < size && status == STATUS_OK) {
		size_t count = size - done < BATCH ? (size_t)(size - done) : BATCH;

		status = read_leaves(reader, hash, count, leaves);
		if (status == STATUS_OK)
			status = nodes_reserve(ledger->nodes, count);
		if (status == STATUS_OK)
			status = nodes_append(ledger->nodes, (const uint8_t(*)[HASH_LEN])leaves,
					      count);
		done += count;
		if (done - told >= WORTH_TELLING) {
			tell(done, size);
			told = done;
		}
	}
	return status;
}

/* Computes what the file does not have. */
static enum status complete(struct ledger *ledger, char why[static LEDGER_WHY_LEN])
{
	struct ledger_reader *reader;
	struct hash *hash;
	enum status status = ledger_reader_new(&reader, ledger);

	if (status != STATUS_OK)
		return status;
	hash = hash_new();
	status = hash ? complete_from(ledger, reader, hash) : STATUS_MEMORY;
	if (status != STATUS_OK && ledger_reader_why(reader)[0] != '\0')
		(void)snprintf(why, LEDGER_WHY_LEN, "%s", ledger_reader_why(reader)); /* fits */
	hash_free(hash);
	ledger_reader_free(reader);
	return status == STATUS_NOT_FOUND ? STATUS_CORRUPT : status;
}

static const char *reason_of(enum status status)
{
	const char *error = strerrordesc_np(errno);

	switch (status) {
	case STATUS_MEMORY:
		return "memory is out";
	case STATUS_CORRUPT:
		return "does not hold what was written to it";
	default:
		return error ? error : "input or output failed";
	}
}

/* A sentence for a failure, unless there is one already. */
static enum status failed(enum status status, char why[static LEDGER_WHY_LEN])
{
	if (status != STATUS_OK && why[0] == '\0')
		(void)snprintf(why, LEDGER_WHY_LEN, "%s: %s", NODES_NAME,
			       reason_of(status)); /* fits */
	return status;
}

/* A process that dies may leave the nodes of its last group unwritten. */
static uint64_t trusted_size(const struct ledger *ledger)
{
	uint64_t size = ledger_size(ledger);

	return size > DRAFT_ENTRIES_MAX ? size - DRAFT_ENTRIES_MAX : 0;
}

enum status tree_open(struct ledger *ledger, bool trusting, char why[static LEDGER_WHY_LEN])
{
	enum status status = nodes_open(&ledger->nodes, ledger->directory, ledger->is_readonly);

	if (status == STATUS_OK && !ledger->is_readonly)
		status = nodes_keep(ledger->nodes, trusting ? trusted_size(ledger) : 0,
				    ledger_size(ledger));
	if (status == STATUS_OK && !ledger->is_readonly)
		status = complete(ledger, why);
	return failed(status, why);
}

enum status tree_rebuild(struct ledger *ledger, char why[static LEDGER_WHY_LEN])
{
	enum status status = nodes_keep(ledger->nodes, 0, 0);

	why[0] = '\0';
	if (status == STATUS_OK)
		status = complete(ledger, why);
	return failed(status, why);
}

enum status tree_sync(struct ledger *ledger)
{
	return ledger->is_readonly ? STATUS_OK : nodes_sync(ledger->nodes);
}

/* ---- proofs ---- */

void tree_nodes(const struct ledger *ledger, struct merkle_nodes *nodes)
{
	*nodes = (struct merkle_nodes){.get = nodes_get, .context = ledger->nodes};
}

enum status ledger_edge(const struct ledger *ledger, uint64_t size, struct merkle_edge *edge)
{
	struct merkle_nodes nodes;
	struct hash *hash;
	enum status status;

	if (size > ledger_size(ledger))
		return STATUS_INVALID;
	hash = hash_new();
	if (!hash)
		return STATUS_MEMORY;
	tree_nodes(ledger, &nodes);
	status = merkle_edge_init(edge, &nodes, size, hash);
	hash_free(hash);
	return status;
}
