/*
 * Records in a file that only grows: each can be told from rubbish, so a torn end is noticed and
 * what comes after it is found again. Does not know what is in them.
 *
 *   offset  0  u32  mark, "dosr"     8  u32  CRC-32C of the payload
 *           4  u32  length           12      payload
 */
#ifndef CLIENT_LIB_RECORD_H
#define CLIENT_LIB_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/status.h"

#define RECORD_HEADER_LEN 12
#define RECORD_MAX (2u * 1024 * 1024) /* of a payload */

/* Where reading stands in bytes that somebody else owns. */
struct record_reader {
	const uint8_t *bytes;
	size_t len;
	size_t at;
};

/* Appends one record whose payload is head, then body. STATUS_MEMORY, STATUS_LIMIT. */
MUST_CHECK enum status record_append(struct buf *to, const void *head, size_t head_len,
				     const void *body, size_t body_len);

/* The record that begins where reading stands, and steps over it. False when there is no whole,
 * unharmed record there. */
bool record_next(struct record_reader *reader, const uint8_t **payload, size_t *len);

/* Steps forward to the next place that looks like a record. False at the end. */
bool record_seek(struct record_reader *reader);

#endif
