/*
 * Shows the metrics over HTTP on the loopback address, for a monitoring system on the same machine:
 *   GET /metrics   OpenMetrics text
 *   GET /health    200 "ok", or 503 "fenced" after a storage failure
 * anything else 404 or 405. Has a thread of its own; knows nothing of the server but its metrics.
 */
#ifndef SERVER_EXPORTER_H
#define SERVER_EXPORTER_H

#include <stdint.h>

#include "common/status.h"
#include "server/metrics.h"

struct exporter;

/* Listens on 127.0.0.1:port (0: any free one) and answers from now on. metrics is borrowed.
 * STATUS_SYSTEM when the port cannot be had. */
MUST_CHECK enum status exporter_start(struct exporter **exporter, const struct metrics *metrics,
				      uint16_t port);

/* The port it listens on. */
uint16_t exporter_port(const struct exporter *exporter);

/* Stops and frees; when it returns metrics is used no more. NULL is fine. */
void exporter_stop(struct exporter *exporter);

#endif
