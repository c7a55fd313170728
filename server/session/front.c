#include "server/session/front.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/log.h"
#include "server/session/desk.h"
#include "server/session/gate.h"

struct front {
	struct gate *gate; /* owned */
	unsigned count;
	struct desk *desks[];
};

static unsigned loops_wanted(const struct config *config)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	if (config->server_loops > 0)
		return (unsigned)config->server_loops;
	return cores > 0 ? (unsigned)cores : 1;
}

/* What the configuration says, or what the limit of open files leaves. */
static uint64_t connections_allowed(const struct config *config)
{
	struct rlimit files;

	if (config->server_connections > 0)
		return (uint64_t)config->server_connections;
	if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur <= 2 * FRONT_OTHER_FILES)
		return FRONT_OTHER_FILES;
	return files.rlim_cur - FRONT_OTHER_FILES;
}

/* The first desk finds the port, the others share it. */
static enum status front_open(struct front *front, const struct front_options *options,
			      unsigned loops, char *why)
{
	struct desk_options desk = {
		.config = options->config,
		.tls = options->tls,
		.shared = options->shared,
		.gate = front->gate,
		.port = (uint16_t)options->config->server_port,
		.connections_max = connections_allowed(options->config),
	};
	enum status status = STATUS_OK;

	while (front->count < loops && status == STATUS_OK) {
		status = desk_new(&front->desks[front->count], &desk, why);
		if (status != STATUS_OK)
			break;
		desk.port = loop_port(front->desks[0]->loop);
		desk.shares_port = true;
		front->count++;
	}
	return status;
}

enum status front_start(struct front **out, const struct front_options *options,
			char why[static FRONT_WHY_LEN])
{
	unsigned loops = loops_wanted(options->config);
	struct front *front = calloc(1, sizeof(*front) + loops * sizeof(front->desks[0]));
	enum status status = STATUS_MEMORY;

	(void)snprintf(why, FRONT_WHY_LEN, "%s", status_text(STATUS_MEMORY));
	if (front == NULL)
		return status;
	front->gate = gate_new(options->config, options->shared.metrics);
	if (front->gate != NULL)
		status = front_open(front, options, loops, why);
	for (unsigned i = 0; i < front->count && status == STATUS_OK; i++) {
		status = desk_start(front->desks[i]);
		if (status != STATUS_OK)
			(void)snprintf(why, FRONT_WHY_LEN, "a loop thread cannot be started");
	}
	if (status != STATUS_OK) {
		front_stop(front);
		return status;
	}
	log_event(LOG_LEVEL_INFO, "listening", "address=%s port=%u loops=%u",
		  options->config->server_address, (unsigned)front_port(front), loops);
	*out = front;
	return STATUS_OK;
}

enum status front_reload(struct front *front, struct config *config, struct tls_context *tls)
{
	struct reload **reloads = calloc(front->count, sizeof(struct reload *));
	enum status status = reloads == NULL ? STATUS_MEMORY : STATUS_OK;

	for (unsigned i = 0; i < front->count && status == STATUS_OK; i++) {
		reloads[i] = reload_new(front->desks[i], config, tls);
		status = reloads[i] == NULL ? STATUS_MEMORY : STATUS_OK;
	}
	if (status == STATUS_OK)
		gate_use(front->gate, config);
	for (unsigned i = 0; i < front->count && reloads != NULL; i++) {
		if (status == STATUS_OK)
			reload_post(reloads[i]);
		else
			reload_free(reloads[i]);
	}
	free(reloads);
	return status;
}

void front_stop(struct front *front)
{
	if (front == NULL)
		return;
	for (unsigned i = 0; i < front->count; i++)
		desk_stop(front->desks[i]);
	for (unsigned i = 0; i < front->count; i++)
		desk_free(front->desks[i]);
	gate_free(front->gate);
	free(front);
}

uint16_t front_port(const struct front *front)
{
	return loop_port(front->desks[0]->loop);
}
