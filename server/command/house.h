/*
 * The running server: everything wired together, and the main thread that waits for signals. Begins
 * from the bottom (engine, writer, scanners) to the top (front), and ends the other way round.
 */
#ifndef SERVER_COMMAND_HOUSE_H
#define SERVER_COMMAND_HOUSE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <uv.h>

#include "common/path.h"
#include "common/status.h"
#include "server/dispatch/dispatch.h"
#include "server/dispatch/settings.h"

#define HOUSE_WHY_LEN 1024
#define HOUSE_SIGNALS 3

struct house {
	const char *data;     /* borrowed */
	struct path config;   /* file of the settings */
	bool config_required; /* it was named, so it must be there */
	struct path identity;
	struct settings settings;
	struct dispatch_shared shared;
	struct front *front;
	struct exporter *exporter; /* NULL when not asked for */
	atomic_uint_least64_t connections;

	bool loop_is_open;
	uv_loop_t loop; /* of the main thread: signals, and snapshots now and then */
	uv_signal_t signals[HOUSE_SIGNALS];
	uv_timer_t snapshot_timer;
	uv_timer_t heartbeat_timer;
	uv_async_t fenced; /* from the writer's thread */
	uv_work_t snapshot;
	bool snapshot_under_way;
	atomic_uint_least64_t snapshot_at; /* entries at the last snapshot */
	bool storage_failed;
	bool is_open; /* it was ready once */
};

/* Opens the data directory and starts everything. On failure nothing is left running. */
MUST_CHECK enum status house_open(struct house *house, const char *data, const char *config,
				  char why[static HOUSE_WHY_LEN]);

/* Serves until a signal or a storage failure ends it. */
void house_run(struct house *house);

/* Stops everything in order. False when the storage failed, before or meanwhile: start again. */
bool house_close(struct house *house);

#endif
