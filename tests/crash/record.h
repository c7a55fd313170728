/*
 * What a process did to its disk, in order: the functions of common/file.h are listened to (the
 * linker puts our __wrap_ versions in front) and every change below one root is written down,
 * together with the acknowledgements that the test made. One thread.
 */
#ifndef TESTS_CRASH_RECORD_H
#define TESTS_CRASH_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RECORD_NAME_LEN 160

enum change_kind {
	CHANGE_CREATE,  /* node appears under name */
	CHANGE_MKDIR,   /* name */
	CHANGE_RENAME,  /* name -> other */
	CHANGE_REMOVE,  /* name */
	CHANGE_DIRSYNC, /* names in directory name are durable */
	CHANGE_WRITE,   /* node: bytes at offset */
	CHANGE_SIZE,    /* node: at least offset long */
	CHANGE_SYNC,    /* node: what was written is durable */
	CHANGE_ACK,     /* the test was told that act number offset is done */
};

struct change {
	enum change_kind kind;
	int node;                   /* file, whatever its name is by now */
	char name[RECORD_NAME_LEN]; /* below the root */
	char other[RECORD_NAME_LEN];
	uint64_t offset;
	uint8_t *bytes; /* owned */
	size_t len;
};

struct record {
	struct change *changes; /* owned */
	size_t count;
	size_t capacity;
	int nodes;
};

/* Listens to what happens below root from now on, into record. */
void record_begin(struct record *record, const char *root);

/* Listens no more. */
void record_end(void);

/* The test was told that act number is done. */
void record_ack(uint64_t number);

void record_release(struct record *record);

#endif
