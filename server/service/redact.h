/*
 * What an erasure leaves of an entry's payload, and of a row: every text and every run of bytes of
 * the erased ones is blanked, but for what is named in a short table (numbers, words of the
 * program); a field or message that is new is blanked by default. Numbers, ids, enums and dates
 * stay, and so do the rows of others in the same act. Acts on accounts stay as they are.
 *
 * Deterministic: an erase entry lists the SHA-256 of what is left, and the same has to come out
 * when a backup is brought back years later. So a change here is a new version beside the old one.
 * What is left of the acts makes, applied in order, the rows that are left of the state.
 */
#ifndef SERVER_SERVICE_REDACT_H
#define SERVER_SERVICE_REDACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/entry.h"
#include "proto/request.pb-c.h"

#define REDACTION_VERSION 1

/* Appends to out what is left of a payload, in at most room bytes; *changed tells whether anything
 * had to go, else out is as it was. erased: what an erase entry says. STATUS_INVALID for a version
 * that is not known; STATUS_CORRUPT, STATUS_MEMORY. */
MUST_CHECK enum status redact_payload(const Pb__EraseReply *erased, const struct entry *entry,
				      const uint8_t *payload, size_t len, size_t room,
				      struct arena *arena, struct buf *out, bool *changed);

/* Blanks a row likewise, if it is one of the erased; whether it is. */
bool redact_row(const Pb__EraseReply *erased, ProtobufCMessage *row);

/* Whether an id is among the sorted ones. */
bool redact_has(const uint64_t *ids, size_t count, uint64_t id);

#endif
