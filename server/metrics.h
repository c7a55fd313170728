/*
 * What the server counts: requests by RPC and outcome, how long they took by lane, and a few values
 * of the whole. Numbers only, nothing about people. Counting never waits. Threads: any.
 */
#ifndef SERVER_METRICS_H
#define SERVER_METRICS_H

#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/status.h"

/* Values of the whole. COUNTER: only metrics_add(). GAUGE: set, or added to and taken from.
 *     kind     id                    name in the text      help */
#define METRICS_VALUES(VALUE)                                                                      \
	VALUE(GAUGE, CONNECTIONS, "connections", "Connections that are open")                      \
	VALUE(COUNTER, ACCEPTED, "accepted", "Connections that were accepted")                     \
	VALUE(COUNTER, REFUSED, "refused", "Connections ended before the greeting")                \
	VALUE(COUNTER, RECEIVED_BYTES, "received_bytes", "Bytes of frames received")               \
	VALUE(COUNTER, SENT_BYTES, "sent_bytes", "Bytes of frames sent")                           \
	VALUE(GAUGE, IN_FLIGHT, "in_flight", "Requests under way")                                 \
	VALUE(COUNTER, GROUPS, "groups", "Groups made durable since the start")                    \
	VALUE(COUNTER, ENTRIES, "entries", "Entries made durable since the start")                 \
	VALUE(GAUGE, LEDGER_SIZE, "ledger_entries", "Entries in the ledger")                       \
	VALUE(GAUGE, LEDGER_BYTES, "ledger_bytes", "Bytes of the ledger that hold entries")        \
	VALUE(GAUGE, SNAPSHOT, "snapshot_entries", "Entries in the newest snapshot")               \
	VALUE(COUNTER, LIMIT_HANDSHAKES, "limit_handshakes",                                       \
	      "Connections closed at once: too many were not yet greeted")                         \
	VALUE(COUNTER, LIMIT_ADDRESS, "limit_address",                                             \
	      "Connections closed at once: too many came from one address")                        \
	VALUE(COUNTER, LIMIT_CERTIFICATE, "limit_certificate",                                     \
	      "Connections refused: too many with one certificate")                                \
	VALUE(COUNTER, LIMIT_REQUESTS, "limit_requests",                                           \
	      "Requests refused: too many of one principal")                                       \
	VALUE(COUNTER, LIMIT_CODES, "limit_codes",                                                 \
	      "Enrolment codes not tried: too many wrong ones")                                    \
	VALUE(GAUGE, FENCED, "fenced", "1 after a storage failure")

enum metrics_value {
#define METRICS_ID(kind, id, name, help) METRICS_##id,
	METRICS_VALUES(METRICS_ID)
#undef METRICS_ID
		METRICS_VALUE_COUNT
};

struct metrics;

/* All zero. NULL when memory is out. */
struct metrics *metrics_new(void);
void metrics_free(struct metrics *metrics);

/* One request was answered, micros after it came. A number that is no RPC counts as unknown. */
void metrics_count(struct metrics *metrics, uint16_t rpc, enum status status, uint64_t micros);

/* Changes a value, also downwards; sets it; reads it. */
void metrics_add(struct metrics *metrics, enum metrics_value value, int64_t change);
void metrics_set(struct metrics *metrics, enum metrics_value value, int64_t to);
int64_t metrics_get(const struct metrics *metrics, enum metrics_value value);

/* Appends everything as OpenMetrics text. What is counted meanwhile is in it or not. */
MUST_CHECK enum status metrics_render(const struct metrics *metrics, struct buf *to);

#endif
