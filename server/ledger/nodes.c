#include "server/ledger/nodes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/file.h"
#include "common/merkle.h"
#include "common/path.h"

/* Address space, not memory: a thousand million entries. What is behind it is read by pread(). */
#define MAP_LEN ((uint64_t)64 << 30)
/* Space is reserved so much at a time: 64,000 entries. */
#define AHEAD ((uint64_t)4 << 20)
/* Leaves that are written with one call. */
#define BATCH 512
#define BATCH_NODES (2 * BATCH + MERKLE_PEAKS_MAX)

struct nodes {
	struct path path;
	int fd;                 /* owned; -1: readonly, and there is no file yet */
	const uint8_t *map;     /* owned; MAP_LEN bytes, or NULL */
	_Atomic uint64_t count; /* nodes that may be read */

	/* Of the writer. */
	bool is_readonly;
	uint64_t reserved; /* bytes */
	struct merkle tree;
	struct hash *hash;           /* owned */
	uint8_t (*buffer)[HASH_LEN]; /* owned; BATCH_NODES */
};

/* Nodes that are complete when there are so many leaves: each but the peaks has a parent. */
static uint64_t nodes_of(uint64_t leaves)
{
	return 2 * leaves - (uint64_t)__builtin_popcountll(leaves);
}

/* ---- reading ---- */

static enum status read_node(const struct nodes *nodes, uint64_t place, uint8_t *out)
{
	uint64_t offset = place * HASH_LEN;
	size_t got;
	enum status status;

	if (nodes->map != NULL && offset < MAP_LEN) {
		memcpy(out, nodes->map + offset, HASH_LEN);
		return STATUS_OK;
	}
	status = file_read_at(nodes->fd, out, HASH_LEN, offset, &got);
	if (status == STATUS_OK && got < HASH_LEN)
		return STATUS_CORRUPT;
	return status;
}

/* Space that was only reserved: no hash is zero. */
static bool is_nothing(const uint8_t *node)
{
	static const uint8_t nothing[HASH_LEN];

	return memcmp(node, nothing, HASH_LEN) == 0;
}

enum status nodes_get(void *context, unsigned level, uint64_t index, uint8_t out[static HASH_LEN])
{
	const struct nodes *nodes = context;
	uint64_t last = ((index + 1) << level) - 1;
	uint64_t place = nodes_of(last) + level;
	enum status status = STATUS_CORRUPT;

	if (place < atomic_load_explicit(&nodes->count, memory_order_acquire))
		status = read_node(nodes, place, out);
	return status == STATUS_OK && is_nothing(out) ? STATUS_CORRUPT : status;
}

/* ---- opening ---- */

/* Whole nodes in the file, reserved space included. */
static enum status file_nodes(const struct nodes *nodes, uint64_t *count)
{
	struct stat about;

	if (fstat(nodes->fd, &about) != 0)
		return STATUS_STORAGE;
	*count = (uint64_t)about.st_size / HASH_LEN;
	return STATUS_OK;
}

static enum status open_file(struct nodes *nodes)
{
	int flags = nodes->is_readonly ? O_RDONLY : O_RDWR | O_CREAT;
	enum status status = file_open(nodes->path.text, flags, &nodes->fd);
	void *map;

	if (status != STATUS_OK) {
		nodes->fd = -1;
		return nodes->is_readonly && errno == ENOENT ? STATUS_NOT_FOUND : status;
	}
	map = mmap(NULL, MAP_LEN, PROT_READ, MAP_SHARED | MAP_NORESERVE, nodes->fd, 0);
	nodes->map = map == MAP_FAILED ? NULL : map; /* without it reading is only slower */
	return STATUS_OK;
}

enum status nodes_refresh(struct nodes *nodes)
{
	uint64_t count = 0;
	enum status status = nodes->fd < 0 ? open_file(nodes) : STATUS_OK;

	if (status == STATUS_OK)
		status = file_nodes(nodes, &count);
	if (status == STATUS_OK)
		atomic_store_explicit(&nodes->count, count, memory_order_release);
	return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

enum status nodes_open(struct nodes **opened, const char *directory, bool is_readonly)
{
	struct nodes *nodes = calloc(1, sizeof(*nodes));
	enum status status = STATUS_MEMORY;

	if (nodes == NULL)
		return STATUS_MEMORY;
	nodes->fd = -1;
	nodes->is_readonly = is_readonly;
	merkle_init(&nodes->tree);
	nodes->hash = hash_new();
	nodes->buffer = calloc(BATCH_NODES, HASH_LEN);
	if (nodes->hash != NULL && nodes->buffer != NULL)
		status = path_join(&nodes->path, directory, NODES_NAME);
	if (status == STATUS_OK)
		status = is_readonly ? nodes_refresh(nodes) : open_file(nodes);
	if (status != STATUS_OK) {
		nodes_close(nodes);
		return status;
	}
	*opened = nodes;
	return STATUS_OK;
}

void nodes_close(struct nodes *nodes)
{
	if (nodes == NULL)
		return;
	if (nodes->map != NULL)
		(void)munmap((void *)(uintptr_t)nodes->map, MAP_LEN); /* fails for bad ones only */
	if (nodes->fd >= 0)
		(void)close(nodes->fd); /* what it lost is computed anew */
	hash_free(nodes->hash);
	free(nodes->buffer);
	free(nodes);
}

/* ---- what is there ---- */

/* Adds the next leaf to the tree when it is in the file with all nodes that it completes. If not,
 * *wrong is how many leaves are below the first that is not right. */
static enum status take_leaf(struct nodes *nodes, uint64_t there, uint64_t *wrong)
{
	uint8_t made[MERKLE_PEAKS_MAX][HASH_LEN], found[HASH_LEN];
	uint64_t place = nodes_of(nodes->tree.size);
	uint64_t end = nodes_of(nodes->tree.size + 1);
	enum status status;

	*wrong = 1;
	if (end > there)
		return STATUS_OK;
	status = read_node(nodes, place, found);
	if (status != STATUS_OK || is_nothing(found))
		return status;
	(void)merkle_grow(&nodes->tree, nodes->hash, found, made);
	for (uint64_t level = 1; place + level < end; level++) {
		*wrong = UINT64_C(1) << level;
		status = read_node(nodes, place + level, found);
		if (status != STATUS_OK || memcmp(found, made[level], HASH_LEN) != 0)
			return status;
	}
	*wrong = 0;
	return STATUS_OK;
}

/* Makes the tree from the peaks in the file. */
static enum status read_peaks(struct nodes *nodes, uint64_t size)
{
	enum status status = STATUS_OK;
	unsigned peak = 0;

	atomic_store_explicit(&nodes->count, nodes_of(size), memory_order_release);
	nodes->tree.size = size;
	for (unsigned bit = 64; bit-- > 0 && status == STATUS_OK;) {
		if (size >> bit & 1)
			status =
				nodes_get(nodes, bit, (size >> bit) - 1, nodes->tree.peaks[peak++]);
	}
	return status;
}

enum status nodes_keep(struct nodes *nodes, uint64_t trusted, uint64_t max)
{
	uint64_t there;
	uint64_t size = trusted;
	uint64_t wrong = 0;
	enum status status = file_nodes(nodes, &there);

	if (status == STATUS_OK)
		status = nodes_of(trusted) <= there ? read_peaks(nodes, trusted) : STATUS_CORRUPT;
	if (status == STATUS_CORRUPT) {
		size = 0;
		status = read_peaks(nodes, 0);
	}
	while (status == STATUS_OK && size < max) {
		status = take_leaf(nodes, there, &wrong);
		if (wrong > 0)
			break;
		size++;
	}
	if (wrong > 0) /* which of a node and what is below it is wrong cannot be told */
		size = size / wrong * wrong;
	size -= size & 1;
	return status == STATUS_OK ? read_peaks(nodes, size) : status;
}

uint64_t nodes_size(const struct nodes *nodes)
{
	return nodes->tree.size;
}

const struct merkle *nodes_tree(const struct nodes *nodes)
{
	return &nodes->tree;
}

/* ---- appending ---- */

enum status nodes_reserve(struct nodes *nodes, size_t count)
{
	uint64_t need = nodes_of(nodes->tree.size + count) * HASH_LEN;
	uint64_t size = (need + AHEAD - 1) / AHEAD * AHEAD;
	enum status status;

	if (need <= nodes->reserved)
		return STATUS_OK;
	status = file_preallocate(nodes->fd, size);
	if (status == STATUS_OK)
		nodes->reserved = size;
	return status;
}

enum status nodes_append(struct nodes *nodes, const uint8_t (*leaves)[HASH_LEN], size_t count)
{
	uint64_t place = nodes_of(nodes->tree.size);
	size_t gathered = 0;
	enum status status = STATUS_OK;

	for (size_t i = 0; i < count && status == STATUS_OK; i++) {
		gathered +=
			merkle_grow(&nodes->tree, nodes->hash, leaves[i], nodes->buffer + gathered);
		if (gathered < BATCH_NODES - MERKLE_PEAKS_MAX && i + 1 < count)
			continue;
		status = file_write_at(nodes->fd, nodes->buffer, gathered * HASH_LEN,
				       place * HASH_LEN);
		place += gathered;
		gathered = 0;
	}
	if (status == STATUS_OK)
		atomic_store_explicit(&nodes->count, place, memory_order_release);
	return status;
}

enum status nodes_sync(struct nodes *nodes)
{
	return file_sync(nodes->fd);
}
