/* Rows of one message type by id, as schema.def declares them; part of store.h. */
#ifndef SERVER_STORE_TABLE_H
#define SERVER_STORE_TABLE_H

#include <stdint.h>

#include "common/arena.h"
#include "proto/record.pb-c.h"

struct txn;

enum table {
#define TABLE(name, Message) TABLE_##name,
#define INDEX(...)
#include "server/store/schema.def"
#undef TABLE
#undef INDEX
	TABLE_COUNT
};

/* For each TABLE(name, Message) a typed pair is declared below:
 *   name_get(txn, id, arena)       the row, or NULL when there is none; memory of the arena
 *   name_put(txn, row)             stores row under row->id and keeps the indexes up
 * They are thin covers of these two. */
ProtobufCMessage *table_get(struct txn *txn, enum table table, uint64_t id, struct arena *arena);
void table_put(struct txn *txn, enum table table, uint64_t id, const ProtobufCMessage *row);

#define TABLE(name, Message)                                                                       \
	static inline Pb__##Message *name##_get(struct txn *txn, uint64_t id, struct arena *arena) \
	{                                                                                          \
		return (Pb__##Message *)(void *)table_get(txn, TABLE_##name, id, arena);           \
	}                                                                                          \
	static inline void name##_put(struct txn *txn, const Pb__##Message *row)                   \
	{                                                                                          \
		table_put(txn, TABLE_##name, row->id, &row->base);                                 \
	}
#define INDEX(...)
#include "server/store/schema.def"
#undef TABLE
#undef INDEX

/* "loan". */
const char *table_name(enum table table);

/* The largest id in the table, 0 when it is empty. */
uint64_t table_last(struct txn *txn, enum table table);

/* Number of rows. */
uint64_t table_count(struct txn *txn, enum table table);

#endif
