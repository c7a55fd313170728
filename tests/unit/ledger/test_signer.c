/* The signer: what it signs, what it never signs, and what it remembers whatever happens. */
#include "server/ledger/signer.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/file.h"

#define ORIGIN "archive.example/dossier"
#define TIME INT64_C(1700000000000000)
#define LEAVES 40
#define SLOT_LEN 512
#define SLOT_APART 4096

struct fixture {
	char parent[64];
	char directory[80];
	char head[96];
	char log[96];
	struct buf pem;
	struct signer *signer;
	char why[SIGNER_WHY_LEN];
};

/* A disk that fails: at the n-th call from now on. */
static struct {
	unsigned writes; /* until one fails; 0: never */
	unsigned syncs;
	bool room; /* none is left to reserve */
	enum status status;
	unsigned synced;
} disk;

enum status __real_file_write_at(int fd, const void *bytes, size_t len, uint64_t offset);
enum status __wrap_file_write_at(int fd, const void *bytes, size_t len, uint64_t offset);
enum status __wrap_file_sync(int fd);
enum status __real_file_preallocate(int fd, uint64_t size);
enum status __wrap_file_preallocate(int fd, uint64_t size);

enum status __wrap_file_write_at(int fd, const void *bytes, size_t len, uint64_t offset)
{
	if (disk.writes > 0 && --disk.writes == 0)
		return disk.status;
	return __real_file_write_at(fd, bytes, len, offset);
}

enum status __wrap_file_sync(int fd)
{
	(void)fd;
	if (disk.syncs > 0 && --disk.syncs == 0)
		return disk.status;
	disk.synced++;
	return STATUS_OK;
}

enum status __wrap_file_preallocate(int fd, uint64_t size)
{
	return disk.room ? STATUS_STORAGE_FULL : __real_file_preallocate(fd, size);
}

/* ---- a log that grows ---- */

/* Hash of the perfect subtree over leaves that follow from their numbers and the seed. */
static enum status get(void *context, unsigned level, uint64_t index, uint8_t out[static HASH_LEN])
{
	struct merkle tree;
	struct hash *hash = hash_new();
	merkle_init(&tree);
	for (uint64_t i = index << level; i < (index + 1) << level; i++) {
		uint8_t leaf[HASH_LEN];
		uint64_t both[] = {i, *(uint64_t *)context};
		merkle_leaf(hash, both, sizeof(both), leaf);
		merkle_append(&tree, hash, leaf);
	}
	merkle_root(&tree, hash, out);
	hash_free(hash);
	return STATUS_OK;
}

struct head {
	uint8_t root[HASH_LEN];
	struct merkle_proof proof;
};

/* The head at size with its proof from an earlier size. */
static struct head grown(uint64_t seed, uint64_t from, uint64_t size)
{
	struct merkle_nodes nodes = {.get = get, .context = &seed};
	struct merkle_edge edge;
	struct head head;
	struct hash *hash = hash_new();
	assert_int_equal(merkle_edge_init(&edge, &nodes, size, hash), STATUS_OK);
	assert_int_equal(merkle_prove_consistency(&edge, from, &head.proof), STATUS_OK);
	memcpy(head.root, merkle_edge_root(&edge), HASH_LEN);
	hash_free(hash);
	return head;
}

static enum status sign(struct fixture *fixture, uint64_t seed, uint64_t from, uint64_t size)
{
	struct head head = grown(seed, from, size);
	return signer_sign(fixture->signer, size, head.root, &head.proof, TIME + (int64_t)size);
}

/* ---- fixture ---- */

static enum status try_open(struct fixture *fixture)
{
	return signer_open(&fixture->signer, fixture->directory, ORIGIN, buf_head(&fixture->pem),
			   fixture->pem.len, fixture->why);
}

static void reopen(struct fixture *fixture)
{
	signer_close(fixture->signer);
	fixture->signer = NULL;
	assert_int_equal(try_open(fixture), STATUS_OK);
}

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	struct ed25519 *key;
	memset(&disk, 0, sizeof(disk));
	snprintf(fixture->parent, sizeof(fixture->parent), "/tmp/signer-test-XXXXXX");
	assert_non_null(mkdtemp(fixture->parent));
	snprintf(fixture->directory, sizeof(fixture->directory), "%s/signer", fixture->parent);
	snprintf(fixture->head, sizeof(fixture->head), "%s/head", fixture->directory);
	snprintf(fixture->log, sizeof(fixture->log), "%s/checkpoints", fixture->directory);
	assert_int_equal(ed25519_new(&key, &fixture->pem), STATUS_OK);
	ed25519_free(key);
	assert_int_equal(signer_create(fixture->directory), STATUS_OK);
	assert_int_equal(try_open(fixture), STATUS_OK);
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;
	signer_close(fixture->signer);
	(void)unlink(fixture->head);
	(void)unlink(fixture->log);
	(void)rmdir(fixture->directory);
	assert_int_equal(rmdir(fixture->parent), 0);
	buf_release(&fixture->pem);
	free(fixture);
	return 0;
}

static uint64_t remembered(const struct fixture *fixture)
{
	uint64_t size = UINT64_MAX;
	uint8_t root[HASH_LEN];
	assert_int_equal(signer_read(fixture->directory, &size, root), STATUS_OK);
	return size;
}

/* What is shown is signed by the key that is told, and says this size and root. */
static void assert_shows(const struct fixture *fixture, uint64_t size, const uint8_t *root)
{
	struct signed_head head;
	struct checkpoint checkpoint;
	struct note_key key;
	signer_head(fixture->signer, &head);
	signer_key(fixture->signer, &key);
	assert_int_equal(head.size, size);
	assert_memory_equal(head.root, root, HASH_LEN);
	assert_int_equal(
		checkpoint_verify(&checkpoint, NULL, head.checkpoint, head.checkpoint_len, &key, 1),
		STATUS_OK);
	assert_string_equal(checkpoint.origin, ORIGIN);
	assert_int_equal(checkpoint.size, size);
	assert_memory_equal(checkpoint.root, root, HASH_LEN);
}

/* Damages a slot, as a write that was cut off does. */
static void tear(const struct fixture *fixture, unsigned slot, size_t from, size_t len)
{
	uint8_t bytes[SLOT_LEN];
	int fd = open(fixture->head, O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0 && from + len <= SLOT_LEN);
	memset(bytes, 0x5a, sizeof(bytes));
	assert_int_equal(pwrite(fd, bytes, len, (off_t)(slot * SLOT_APART + from)), len);
	close(fd);
}

/* ---- what is signed ---- */

static void nothing_is_shown_before_the_first_head(void **state)
{
	struct fixture *fixture = *state;
	struct signed_head head;
	assert_int_equal(signer_beat(fixture->signer, TIME), STATUS_OK);
	signer_head(fixture->signer, &head);
	assert_int_equal(head.size, 0);
	assert_int_equal(head.checkpoint_len + head.heartbeat_len, 0);
	memset(&head, 1, sizeof(head));
	signer_head(NULL, &head);
	assert_int_equal(head.size + head.checkpoint_len + head.heartbeat_len, 0);
}

static void every_head_that_grew_is_signed_and_remembered(void **state)
{
	struct fixture *fixture = *state;
	for (uint64_t from = 0; from < LEAVES;) {
		uint64_t size = from + 1 + from % 5;
		assert_int_equal(sign(fixture, 1, from, size), STATUS_OK);
		assert_shows(fixture, size, grown(1, 0, size).root);
		assert_int_equal(remembered(fixture), size);
		if (from % 2 == 1)
			reopen(fixture);
		from = size;
	}
}

static void the_same_head_again_is_fine_and_needs_no_second_write(void **state)
{
	struct fixture *fixture = *state;
	struct signed_head first;
	struct signed_head second;
	assert_int_equal(sign(fixture, 1, 0, 7), STATUS_OK);
	signer_head(fixture->signer, &first);
	unsigned synced = disk.synced;
	assert_int_equal(sign(fixture, 1, 7, 7), STATUS_OK);
	assert_int_equal(disk.synced, synced);
	/* A new process does not know whether what it reads is on the disk. */
	reopen(fixture);
	assert_int_equal(sign(fixture, 1, 7, 7), STATUS_OK);
	assert_int_equal(disk.synced, synced + 1);
	signer_head(fixture->signer, &second);
	assert_int_equal(second.checkpoint_len, first.checkpoint_len);
	assert_memory_equal(second.checkpoint, first.checkpoint, first.checkpoint_len);
}

static void a_shorter_or_forked_tree_is_never_signed(void **state)
{
	struct fixture *fixture = *state;
	struct head wrong = grown(1, 7, 9);
	assert_int_equal(sign(fixture, 1, 0, 7), STATUS_OK);
	for (int round = 0; round < 2; round++) {
		assert_int_equal(sign(fixture, 1, 0, 6), STATUS_QUARANTINE);  /* shorter */
		assert_int_equal(sign(fixture, 2, 7, 7), STATUS_QUARANTINE);  /* another root */
		assert_int_equal(sign(fixture, 2, 7, 12), STATUS_QUARANTINE); /* another past */
		assert_int_equal(sign(fixture, 1, 6, 12), STATUS_QUARANTINE); /* another proof */
		wrong.proof.hashes[0][3] ^= 1;
		assert_int_equal(signer_sign(fixture->signer, 9, wrong.root, &wrong.proof, TIME),
				 STATUS_QUARANTINE);
		wrong.proof.hashes[0][3] ^= 1;
		assert_int_equal(remembered(fixture), 7);
		reopen(fixture);
	}
	assert_int_equal(sign(fixture, 1, 7, 9), STATUS_OK);
	assert_shows(fixture, 9, grown(1, 0, 9).root);
}

static void a_heartbeat_is_the_same_head_with_a_time(void **state)
{
	struct fixture *fixture = *state;
	struct signed_head head;
	struct checkpoint checkpoint;
	struct note note;
	struct note_key key;
	struct note_key timed;
	uint64_t time = 0;
	assert_int_equal(sign(fixture, 1, 0, 7), STATUS_OK);
	assert_int_equal(signer_beat(fixture->signer, TIME + 5000000), STATUS_OK);
	assert_int_equal(sign(fixture, 1, 7, 8), STATUS_OK);
	signer_head(fixture->signer, &head);
	signer_key(fixture->signer, &key);
	assert_int_equal(
		checkpoint_verify(&checkpoint, &note, head.heartbeat, head.heartbeat_len, &key, 1),
		STATUS_OK);
	assert_int_equal(checkpoint.size, 7); /* of then */
	assert_int_equal(note_key_make(&timed, ORIGIN, NOTE_COSIGNATURE, key.key), STATUS_OK);
	assert_int_equal(note_verify(&note, &timed, &time), STATUS_OK);
	assert_int_equal(time, (TIME + 5000000) / 1000000);
}

/* ---- what is remembered ---- */

static void a_torn_slot_leaves_the_head_before(void **state)
{
	struct fixture *fixture = *state;
	for (uint64_t size = 1; size <= 6; size++) {
		/* Turn and slot of the newest head: one write a size. */
		assert_int_equal(sign(fixture, 1, size - 1, size), STATUS_OK);
		unsigned newest = (unsigned)size % 2;
		tear(fixture, newest, 8 * size, 16);
		assert_int_equal(remembered(fixture), size - 1);
		reopen(fixture);
		assert_int_equal(sign(fixture, 1, size - 1, size), STATUS_OK);
		assert_int_equal(remembered(fixture), size);
		reopen(fixture);
		tear(fixture, 1 - newest, 100, 1); /* where the next one goes */
		assert_int_equal(remembered(fixture), size);
	}
}

static void with_both_slots_damaged_nothing_is_opened(void **state)
{
	struct fixture *fixture = *state;
	uint64_t size;
	uint8_t root[HASH_LEN];
	assert_int_equal(sign(fixture, 1, 0, 7), STATUS_OK);
	signer_close(fixture->signer);
	fixture->signer = NULL;
	tear(fixture, 0, 300, 1);
	tear(fixture, 1, 508, 4);
	assert_int_equal(signer_read(fixture->directory, &size, root), STATUS_CORRUPT);
	assert_int_equal(try_open(fixture), STATUS_CORRUPT);
	assert_non_null(strstr(fixture->why, "head"));
	assert_int_equal(truncate(fixture->head, 0), 0);
	assert_int_equal(try_open(fixture), STATUS_CORRUPT);
	assert_int_equal(unlink(fixture->head), 0);
	assert_int_equal(signer_read(fixture->directory, &size, root), STATUS_NOT_FOUND);
	assert_int_equal(try_open(fixture), STATUS_NOT_FOUND);
}

static void what_is_not_durable_is_not_shown(void **state)
{
	struct fixture *fixture = *state;
	assert_int_equal(sign(fixture, 1, 0, 7), STATUS_OK);
	disk.status = STATUS_STORAGE;
	disk.syncs = 1;
	assert_int_equal(sign(fixture, 1, 7, 8), STATUS_STORAGE);
	assert_shows(fixture, 7, grown(1, 0, 7).root);
	reopen(fixture);
	assert_int_equal(remembered(fixture), 8); /* it was written after all */
	disk.writes = 1;
	assert_int_equal(sign(fixture, 1, 8, 9), STATUS_STORAGE);
	reopen(fixture);
	assert_int_equal(sign(fixture, 1, 8, 9), STATUS_OK);
	assert_shows(fixture, 9, grown(1, 0, 9).root);
}

static void a_full_disk_is_met_before_something_is_signed(void **state)
{
	struct fixture *fixture = *state;
	disk.room = true;
	assert_int_equal(signer_reserve(fixture->signer), STATUS_STORAGE_FULL);
	disk.room = false;
	assert_int_equal(signer_reserve(fixture->signer), STATUS_OK);
	disk.room = true;
	assert_int_equal(sign(fixture, 1, 0, 7), STATUS_OK);
	assert_int_equal(signer_reserve(fixture->signer), STATUS_OK); /* there is more than that */
}

/* ---- the key ---- */

static void a_key_or_name_that_cannot_sign_is_refused(void **state)
{
	struct fixture *fixture = *state;
	struct signer *other = NULL;
	assert_int_equal(signer_open(&other, fixture->directory, ORIGIN, "no key", 6, fixture->why),
			 STATUS_INVALID);
	assert_int_equal(signer_open(&other, fixture->directory, "an origin",
				     buf_head(&fixture->pem), fixture->pem.len, fixture->why),
			 STATUS_INVALID);
	assert_non_null(strstr(fixture->why, "name"));
	assert_null(other);
	assert_int_equal(signer_create(fixture->directory), STATUS_CONFLICT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_is_shown_before_the_first_head),
		TEST(every_head_that_grew_is_signed_and_remembered),
		TEST(the_same_head_again_is_fine_and_needs_no_second_write),
		TEST(a_shorter_or_forked_tree_is_never_signed),
		TEST(a_heartbeat_is_the_same_head_with_a_time),
		TEST(a_torn_slot_leaves_the_head_before),
		TEST(with_both_slots_damaged_nothing_is_opened),
		TEST(what_is_not_durable_is_not_shown),
		TEST(a_full_disk_is_met_before_something_is_signed),
		TEST(a_key_or_name_that_cannot_sign_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
