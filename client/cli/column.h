/* How lists and records are shown: columns, each a field of the message or a text made of it. */
#ifndef CLIENT_CLI_COLUMN_H
#define CLIENT_CLI_COLUMN_H

#include <protobuf-c/protobuf-c.h>

#include "common/arena.h"

/* For whom a text is: people read words of their language, programs the same word always. */
enum style { STYLE_PEOPLE, STYLE_MACHINE };

enum column_flags {
	COLUMN_ZERO = 1,  /* 0 means 0, not "nothing" */
	COLUMN_CUT = 2,   /* may be cut on a narrow terminal */
	COLUMN_RIGHT = 4, /* figures: to the right */
};

/* One column. The last of a table has title NULL. */
struct column {
	const char *title; /* msgid */
	const char *key;   /* for programs: the head of a CSV column */
	const char *path;  /* of the field; NULL: text() makes it */
	enum column_flags flags;
	const char *(*text)(const ProtobufCMessage *message, enum style style, struct arena *arena);
};

/* Number of columns. */
size_t column_count(const struct column *columns);

/* What stands in the column for a message: never NULL but when the arena is full. Made
 * safe, so that nothing a server sends can steer a terminal. */
const char *column_text(const struct column *column, const ProtobufCMessage *message,
			enum style style, struct arena *arena);

#endif
