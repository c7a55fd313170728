/* The words for enum values: what people type, also in Chinese, and what they read. */
#ifndef CLIENT_CLI_WORD_H
#define CLIENT_CLI_WORD_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>

struct word {
	const ProtobufCEnumDescriptor *type;
	int number;
	const char *text;    /* English, lower case; a msgid */
	const char *chinese; /* accepted on input: alternatives, each ended by '|' */
};

/* The word for a value; NULL for zero ("not given") and for values of a newer server. */
const struct word *word_find(const ProtobufCEnumDescriptor *type, int number);

/* Reads a word in English (any case, '-' or '_' for ' ') or Chinese. False when it is none. */
bool word_parse(const ProtobufCEnumDescriptor *type, const char *text, size_t len, int *number);

/* Goes through the words of a type: i from 0 until NULL. */
const struct word *word_of(const ProtobufCEnumDescriptor *type, size_t i);

#endif
