/* A ledger in a directory of its own, with entries that follow from their sequence. */
#ifndef TESTS_UNIT_LEDGER_FIXTURE_H
#define TESTS_UNIT_LEDGER_FIXTURE_H

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "server/ledger/ledger.h"

#define FIXTURE_ORIGIN "archive.example/dossier"
#define FIXTURE_TIME INT64_C(1700000000000000)

struct fixture {
	char directory[64];
	struct ledger *ledger;
	char why[LEDGER_WHY_LEN];
};

static inline void fixture_open(struct fixture *fixture)
{
	assert_int_equal(ledger_open(&fixture->ledger, fixture->directory, fixture->why),
			 STATUS_OK);
	assert_string_equal(fixture->why, "");
}

static inline void fixture_close(struct fixture *fixture)
{
	ledger_close(fixture->ledger);
	fixture->ledger = NULL;
}

static inline void fixture_reopen(struct fixture *fixture)
{
	fixture_close(fixture);
	fixture_open(fixture);
}

static inline int fixture_setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	(void)snprintf(fixture->directory, sizeof(fixture->directory), "/tmp/ledger-test-XXXXXX");
	assert_non_null(mkdtemp(fixture->directory));
	assert_int_equal(ledger_create(fixture->directory, FIXTURE_ORIGIN, LEDGER_SEGMENT_MIN),
			 STATUS_OK);
	fixture_open(fixture);
	*state = fixture;
	return 0;
}

static inline void fixture_path(const struct fixture *fixture, const char *name,
				char path[static 160])
{
	(void)snprintf(path, 160, "%s/%s", fixture->directory, name);
}

static inline void fixture_segment(const struct fixture *fixture, uint64_t first,
				   char path[static 160])
{
	(void)snprintf(path, 160, "%s/%020llu.seg", fixture->directory, (unsigned long long)first);
}

/* Names of the directory that end like that. */
static inline size_t fixture_count(const struct fixture *fixture, const char *ending)
{
	size_t count = 0;
	struct dirent *name;
	DIR *names = opendir(fixture->directory);

	assert_non_null(names);
	while ((name = readdir(names))) {
		size_t len = strlen(name->d_name);

		if (len >= strlen(ending) &&
		    strcmp(name->d_name + len - strlen(ending), ending) == 0)
			count++;
	}
	closedir(names);
	return count;
}

static inline int fixture_teardown(void **state)
{
	struct fixture *fixture = *state;
	struct dirent *name;
	char path[160];
	DIR *names = opendir(fixture->directory);

	ledger_close(fixture->ledger);
	while (names && (name = readdir(names))) {
		if (strlen(name->d_name) > 64)
			continue;
		(void)snprintf(path, sizeof(path), "%s/%.64s", fixture->directory, name->d_name);
		(void)unlink(path);
	}
	closedir(names);
	(void)rmdir(fixture->directory);
	free(fixture);
	return 0;
}

/* The payload of an entry: as many bytes as wanted that follow from its sequence. */
static inline const uint8_t *fixture_payload(uint64_t sequence)
{
	static uint8_t pattern[256 + LEDGER_GROUP_MAX + 1];

	if (pattern[1] == 0)
		for (size_t i = 0; i < sizeof(pattern); i++)
			pattern[i] = (uint8_t)i;
	return pattern + (uint8_t)(sequence * 31);
}

static inline enum status fixture_stage(struct ledger *ledger, size_t len, uint8_t leaf[HASH_LEN])
{
	uint64_t sequence = ledger_next(ledger);
	struct subject subjects[2] = {{SUBJECT_ITEM, sequence}, {SUBJECT_LOAN, sequence + 1}};
	struct entry entry = {
		.class_ = ENTRY_CHANGE,
		.rpc = 7,
		.time = FIXTURE_TIME + (int64_t)sequence,
		.actor = 3,
		.office = 1,
		.subject_count = sequence % 3,
		.subjects = subjects,
	};
	uint8_t ignored[HASH_LEN];

	return ledger_stage(ledger, &entry, fixture_payload(sequence), len, leaf ? leaf : ignored,
			    NULL, NULL);
}

/* Appends groups of that many entries with payloads of that length. */
static inline void fixture_append(struct ledger *ledger, size_t groups, size_t entries, size_t len)
{
	for (size_t i = 0; i < groups; i++) {
		for (size_t j = 0; j < entries; j++)
			assert_int_equal(fixture_stage(ledger, len, NULL), STATUS_OK);
		assert_int_equal(ledger_commit(ledger), STATUS_OK);
	}
}

/* That a record is the one that was staged under the sequence. */
static inline void fixture_expect(const struct ledger_record *record, uint64_t sequence)
{
	assert_int_equal(record->entry.sequence, sequence);
	assert_int_equal(record->entry.time, FIXTURE_TIME + (int64_t)sequence);
	assert_int_equal(record->entry.rpc, 7);
	assert_int_equal(record->entry.subject_count, sequence % 3);
	if (record->entry.subject_count > 0)
		assert_int_equal(record->entry.subjects[0].id, sequence);
	assert_memory_equal(record->payload, fixture_payload(sequence), record->payload_len);
}

/* Reads all entries from one on, each as it was staged; returns how many. */
static inline uint64_t fixture_read(const struct ledger *ledger, uint64_t from)
{
	struct ledger_reader *reader;
	struct ledger_record record;
	struct hash *hash = hash_new();
	uint64_t sequence = from;
	enum status status;

	assert_non_null(hash);
	assert_int_equal(ledger_reader_new(&reader, ledger), STATUS_OK);
	ledger_reader_seek(reader, from);
	while ((status = ledger_reader_next(reader, &record)) == STATUS_OK) {
		fixture_expect(&record, sequence++);
		assert_int_equal(ledger_record_verify(&record, hash), STATUS_OK);
	}
	assert_int_equal(status, STATUS_NOT_FOUND);
	ledger_reader_free(reader);
	hash_free(hash);
	return sequence - from;
}

/* Bytes of a file, changed behind the ledger's back. */
static inline void fixture_write(const char *path, uint64_t offset, const void *bytes, size_t len)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, bytes, len, (off_t)offset), len);
	close(fd);
}

static inline void fixture_bytes(const char *path, uint64_t offset, void *bytes, size_t len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(pread(fd, bytes, len, (off_t)offset), len);
	close(fd);
}

static inline void fixture_flip(const char *path, uint64_t offset)
{
	uint8_t byte;

	fixture_bytes(path, offset, &byte, 1);
	byte ^= 0x10;
	fixture_write(path, offset, &byte, 1);
}

#endif
