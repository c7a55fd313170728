/*
 * schema.def as tables: what each table and index is made of. Field types are checked when this is
 * compiled: a part of the wrong kind does not. Private to the store.
 */
#ifndef SERVER_STORE_SCHEMA_H
#define SERVER_STORE_SCHEMA_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/hash.h"
#include "server/store/key.h"
#include "server/store/store.h"

/* Most parts an index may have; at most two of them texts, see KEY_MAX. */
#define INDEX_PARTS_MAX 3

enum part_kind {
	PART_NONE, /* behind the last one */
	PART_TEXT,
	PART_BYTES,
	PART_U32,
	PART_U64,
	PART_S32,
	PART_S64,
};

struct part {
	enum part_kind kind;
	size_t offset; /* of the field in the row */
};

struct table_spec {
	const char *name;
	const ProtobufCMessageDescriptor *row;
	size_t id_offset;
};

struct index_spec {
	const char *name; /* "loan.open_by_item" */
	enum table table;
	bool unique;
	struct part parts[INDEX_PARTS_MAX + 1];
};

extern const struct table_spec table_specs[TABLE_COUNT];
extern const struct index_spec index_specs[INDEX_COUNT];

/* The id field of a row. */
uint64_t row_id(enum table table, const ProtobufCMessage *row);

/* Makes the key of a row's entry in the index; a MANY key ends in id. False: the row has no entry.
 */
bool index_key(enum index_id index, const ProtobufCMessage *row, uint64_t id, struct key *key);

/* SHA-256 of the declarations, so that a state made by others is noticed. */
void schema_hash(uint8_t out[static HASH_LEN]);

#endif
