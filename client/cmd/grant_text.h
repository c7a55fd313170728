/* How grants are told to people: what grant.c and papers.c share. NULL: the arena is full. */
#ifndef CLIENT_CMD_GRANT_TEXT_H
#define CLIENT_CMD_GRANT_TEXT_H

#include "client/cli/column.h"
#include "proto/request.pb-c.h"

/* The last day of access: the stored end is the moment behind it. */
const char *grant_until(const Pb__Grant *grant, struct arena *arena);

/* Papers that are missing: "letter of introduction of the law firm; work ID". */
const char *grant_missing(char *const *missing, size_t count, enum style style,
			  struct arena *arena);

/* Columns of a GrantShowReply or GrantListReply. */
const char *grant_shown_until(const ProtobufCMessage *message, enum style style,
			      struct arena *arena);
const char *grant_shown_missing(const ProtobufCMessage *message, enum style style,
				struct arena *arena);
const char *grant_shown_papers(const ProtobufCMessage *message, enum style style,
			       struct arena *arena);

#endif
