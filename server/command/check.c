#include "server/command/command.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/path.h"
#include "server/command/check_anchors.h"
#include "server/command/check_heads.h"
#include "server/command/check_keys.h"
#include "server/dispatch/erased.h"
#include "server/dispatch/recover.h"
#include "server/ledger/anchors.h"
#include "server/ledger/tree.h"

static const char help[] =
	"usage: dossierd check DATA\n"
	"\n"
	"Reads the whole ledger and the whole state, also beside a running server, and proves "
	"that\n"
	"every entry is intact (its group's checksum, the commitment to its payload), that every\n"
	"node of the Merkle tree's file is the hash of what is below it, that the state stands on\n"
	"exactly this ledger (the tree's root), that the ledger begins with all that was signed, "
	"and\n"
	"that every row has its index entries and every index entry its row. Every signed head "
	"that "
	"is\n"
	"kept, and every one that witnesses co-signed, must be whole, well signed, of this ledger, "
	"and\n"
	"not older than the entries that it has. Exit: 0 all is well, 5 something is wrong.\n";

#define NODES_TOLD_MAX 10 /* enough is known then; all are counted */

static const struct option options[] = {{"help", no_argument, NULL, 1}, {NULL, 0, NULL, 0}};

static void report(void *context, const char *text)
{
	(void)context;
	printf("WRONG  %s\n", text);
}

/* Progress for a person only. */
static void show_progress(uint64_t done, uint64_t total)
{
	if (isatty(STDERR_FILENO) && done % 65536 == 0)
		fprintf(stderr, "\rledger: %" PRIu64 " of %" PRIu64 " entries", done, total);
}

/* Whether the tree's file has the nodes that an entry completes. */
static void check_nodes(const struct ledger *ledger, uint64_t sequence,
			const uint8_t (*right)[HASH_LEN], size_t count, uint64_t *wrong)
{
	struct merkle_nodes nodes;
	uint8_t node[HASH_LEN];
	tree_nodes(ledger, &nodes);
	for (unsigned level = 0; level < count; level++) {
		enum status status = nodes.get(nodes.context, level, sequence >> level, node);
		if (status == STATUS_OK && memcmp(node, right[level], HASH_LEN) == 0)
			continue;
		if ((*wrong)++ >= NODES_TOLD_MAX)
			continue;
		printf("WRONG  ledger/tree: node %" PRIu64 " of level %u %s\n", sequence >> level,
		       level,
		       status == STATUS_OK ? "is not the hash of what is below it"
					   : "cannot be read");
	}
}

/* Tells redactions that no erase entry lists, and what is listed and not carried out. */
static void check_erasures(struct erased_list *erased, uint64_t *wrong)
{
	uint64_t sequence = 0;
	size_t at = 0;
	erased_sort(erased);
	for (; erased_unlisted(erased, &at, &sequence); (*wrong)++)
		printf("WRONG  entry %" PRIu64 " was overwritten, and no erasure says so\n",
		       sequence);
	for (at = 0; erased_undone(erased, &at, &sequence); (*wrong)++)
		printf("WRONG  entry %" PRIu64 " is to be erased, and is not: start dossierd run\n",
		       sequence);
	if (erased->erasures > 0)
		printf("ledger: %zu erasures, %zu entries redacted as they say\n", erased->erasures,
		       erased->seen_count);
}

/* An entry by itself, and that it is not older than the one before it, of that time. */
static void check_record(const struct ledger_record *record, int64_t *time, struct hash *hash,
			 uint64_t *wrong)
{
	if (!record->redacted && ledger_record_verify(record, hash) != STATUS_OK) {
		printf("WRONG  entry %" PRIu64 ": its payload is not what it commits to\n",
		       record->entry.sequence);
		(*wrong)++;
	}
	if (record->entry.time < *time) {
		printf("WRONG  entry %" PRIu64 ": it is older than the one before it\n",
		       record->entry.sequence);
		(*wrong)++;
	}
	*time = record->entry.time;
}

/* Reads every entry up to size; counts what is wrong and makes the tree. */
static enum status check_entries(const struct ledger *ledger, uint64_t size, struct merkle *tree,
				 struct check_heads *heads, uint64_t *wrong, uint64_t *wrong_nodes)
{
	uint8_t nodes[MERKLE_PEAKS_MAX][HASH_LEN];
	struct ledger_reader *reader = NULL;
	struct ledger_record record;
	struct hash *hash = hash_new();
	enum status status = hash == NULL ? STATUS_MEMORY : ledger_reader_new(&reader, ledger);
	struct erased_list erased;
	enum status head_status = STATUS_OK;
	int64_t time = INT64_MIN;
	merkle_init(tree);
	erased_init(&erased);
	while (status == STATUS_OK && tree->size < size) {
		uint8_t leaf[HASH_LEN];
		status = ledger_reader_next(reader, &record);
		if (status == STATUS_OK)
			status = erased_note(&erased, &record, hash);
		if (status != STATUS_OK)
			break;
		check_record(&record, &time, hash, wrong);
		merkle_leaf(hash, record.header, record.header_len, leaf);
		size_t count = merkle_grow(tree, hash, leaf, nodes);
		check_nodes(ledger, tree->size - 1, (const uint8_t(*)[HASH_LEN])nodes, count,
			    wrong_nodes);
		head_status = check_heads_grow(heads, tree, hash, time);
		if (head_status != STATUS_OK)
			break;
		show_progress(tree->size, size);
	}
	if (status != STATUS_OK) {
		const char *why = reader == NULL ? "" : ledger_reader_why(reader);
		printf("WRONG  entry %" PRIu64 " cannot be read: %s\n", tree->size,
		       why[0] != '\0' ? why : status_text(status));
		(*wrong)++;
	}
	check_erasures(&erased, wrong);
	erased_release(&erased);
	ledger_reader_free(reader);
	hash_free(hash);
	return status == STATUS_MEMORY ? status : head_status;
}

static enum status compare_roots(const struct merkle *tree, const struct mark *mark,
				 uint64_t *wrong)
{
	uint8_t ours[HASH_LEN];
	uint8_t theirs[HASH_LEN];
	char hex[2 * HASH_LEN + 1];
	struct hash *hash = hash_new();
	if (hash == NULL)
		return STATUS_MEMORY;
	merkle_root(tree, hash, ours);
	merkle_root(&mark->tree, hash, theirs);
	hash_free(hash);
	hex_encode(ours, HASH_LEN, hex);
	printf("ledger: %" PRIu64 " entries, root %s\n", tree->size, hex);
	if (tree->size != mark->tree.size || memcmp(ours, theirs, HASH_LEN) != 0) {
		hex_encode(theirs, HASH_LEN, hex);
		printf("WRONG  the state stands on %" PRIu64 " entries, root %s\n", mark->tree.size,
		       hex);
		(*wrong)++;
	}
	return STATUS_OK;
}

/* Whether this is the ledger that was signed. */
static enum status check_signed(const struct recovered *disk, const struct remembered *remembered,
				uint64_t *wrong)
{
	char why[QUARANTINE_WHY_LEN] = "";
	enum status status = quarantine_judge(remembered, disk->ledger, why);
	if (status == STATUS_OK) {
		printf("signer: %" PRIu64 " entries are signed\n", remembered->size);
	} else if (status != STATUS_MEMORY) {
		printf("WRONG  %s\n", why);
		(*wrong)++;
	}
	return status == STATUS_MEMORY ? status : STATUS_OK;
}

/* All that is looked at; opened in this order, so that beside a running server each is never behind
 * what comes before it. */
struct checking {
	struct anchors_file anchors;
	struct check_heads heads;
	struct remembered remembered;
	struct recovered disk;
	struct check_keys keys;
};

static enum status check_state(struct checking *checking, struct txn *txn, uint64_t *wrong)
{
	*wrong += store_check(txn, report, NULL);
	for (int table = 0; table < TABLE_COUNT; table++)
		printf("state: %" PRIu64 " rows in %s\n", table_count(txn, (enum table)table),
		       table_name((enum table)table));
	enum status status = txn_status(txn);
	if (status != STATUS_OK)
		return status;
	return check_keys_load(&checking->keys, txn, checking->disk.data, checking->disk.origin);
}

/* What is signed, when the tree's file can be relied on. */
static enum status check_signatures(struct checking *checking, uint64_t *wrong)
{
	enum status status = check_signed(&checking->disk, &checking->remembered, wrong);
	return status == STATUS_OK ? check_anchors(&checking->anchors, checking->disk.ledger,
						   &checking->keys, wrong)
				   : status;
}

static enum status check(struct checking *checking, uint64_t *wrong,
			 char why[static ENGINE_WHY_LEN])
{
	struct recovered *disk = &checking->disk;
	struct txn *txn = NULL;
	struct mark mark = {0};
	struct merkle tree;
	uint64_t wrong_nodes = 0;
	enum status status = store_read(disk->store, &txn);
	if (status != STATUS_OK)
		return status;
	mark_get(txn, &mark);
	status = recover_look_again(disk, why);
	if (status == STATUS_OK)
		status = check_state(checking, txn, wrong);
	txn_end(txn);
	checking->heads.keys = &checking->keys;
	if (status == STATUS_OK)
		status = check_entries(disk->ledger, mark.tree.size, &tree, &checking->heads, wrong,
				       &wrong_nodes);
	if (wrong_nodes > 0)
		printf("The tree's file is computed from the entries: stop dossierd, remove "
		       "%s/ledger/tree, start it again.\n",
		       disk->data);
	*wrong += wrong_nodes;
	if (status == STATUS_OK)
		status = compare_roots(&tree, &mark, wrong);
	if (status == STATUS_OK)
		status = check_heads_end(&checking->heads, &checking->remembered, disk->data);
	*wrong += checking->heads.wrong;
	if (status == STATUS_OK && wrong_nodes == 0)
		status = check_signatures(checking, wrong);
	return status;
}

static enum status open_all(struct checking *checking, const char *data,
			    char why[static ENGINE_WHY_LEN])
{
	struct path path;
	snprintf(why, ENGINE_WHY_LEN, "%s: what was signed cannot be read", data);
	enum status status = path_join(&path, data, ANCHORS_FILE);
	if (status == STATUS_OK)
		status = anchors_file_look(&checking->anchors, path.text);
	if (status == STATUS_OK || status == STATUS_NOT_FOUND)
		status = check_heads_open(&checking->heads, data);
	if (status == STATUS_OK)
		status = quarantine_remember(&checking->remembered, data);
	return status == STATUS_OK ? recover_open_readonly(&checking->disk, data, why) : status;
}

static void close_all(struct checking *checking)
{
	check_keys_release(&checking->keys);
	recover_close(&checking->disk, false);
	check_heads_close(&checking->heads);
	anchors_file_close(&checking->anchors);
}

int command_check(int argc, char **argv)
{
	int option = getopt_long(argc, argv, "", options, NULL);
	if (option != -1) {
		fputs(help, option == 1 ? stdout : stderr);
		return option == 1 ? EXIT_DONE : EXIT_USAGE;
	}
	const char *data = command_data(argc, argv, optind, "check DATA");
	if (data == NULL)
		return EXIT_USAGE;
	char why[ENGINE_WHY_LEN];
	struct checking checking = {.anchors.fd = -1, .heads.log.fd = -1, .disk.lock = -1};
	uint64_t wrong = 0;
	enum status status = open_all(&checking, data, why);
	if (status == STATUS_OK) {
		snprintf(why, sizeof(why), "it cannot be checked to its end");
		status = check(&checking, &wrong, why);
	}
	close_all(&checking);
	if (status != STATUS_OK)
		return command_fail("check", status, why);
	if (wrong > 0) {
		printf("%" PRIu64 " things are wrong.\n", wrong);
		return EXIT_PROOF;
	}
	printf("Ledger, state and indexes agree.\n");
	return EXIT_DONE;
}
