/*
 * Makes bundles for tests and the benchmark: a ledger that exists only in its bundle, signed with a
 * key of its own. What head office would do, from the headers' contracts.
 */
#ifndef TESTS_LIB_PRESS_H
#define TESTS_LIB_PRESS_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "common/bundle.h"
#include "common/ed25519.h"
#include "common/entry.h"
#include "common/hash.h"
#include "common/merkle.h"
#include "common/note.h"

#define PRESS_ORIGIN "ledger.example"
#define PRESS_TIME INT64_C(1772328600000000) /* of the first entry; one a second follows */

struct press {
	FILE *to; /* borrowed */
	struct hash *hash;
	struct merkle tree;
	uint8_t (*levels[64])[HASH_LEN]; /* every node */
	size_t capacity[64];
	struct ed25519 *secret;
	struct note_key key;
	struct buf record;
	struct buf act;
	uint64_t from;
	uint8_t root_from[HASH_LEN];
	uint64_t end;
	uint64_t items;
};

/* All functions end the program when memory is out or a file is full. */
void press_init(struct press *press, FILE *to);
void press_release(struct press *press);

/* Writes what begins a bundle: the entries so far are before it. */
void press_begin(struct press *press);

/* Adds an entry with an act of this request and reply (NULL: none), and writes it as kind. 0: it is
 * not written. */
void press_entry(struct press *press, int kind, struct entry *entry,
		 const ProtobufCMessage *request, const ProtobufCMessage *reply);

/* An entry about an item that is lent (open 1) or comes back (open 0). */
void press_loan(struct press *press, int kind, uint64_t item, uint64_t loan, uint32_t open);

/* The item as press_loan() left it: loan 0: here. */
void press_item(struct press *press, uint64_t item, uint64_t loan, int64_t since);

/* The entries so far are all that the bundle has; heads may be of more. */
void press_close(struct press *press);

/* The head of the first size entries; time (seconds) 0: no heartbeat. */
void press_note(struct press *press, uint64_t size, uint64_t time, struct buf *note);
void press_head(struct press *press, uint64_t size, uint64_t time);
void press_signed(struct press *press, uint64_t size, const struct buf *note);
void press_root(struct press *press, uint64_t size, uint8_t root[static HASH_LEN]);
void press_end(struct press *press, bool whole);

/* Time of an entry. */
int64_t press_time(uint64_t sequence);

#endif
