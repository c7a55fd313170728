#include "server/session/desk.h"

#include <stdio.h>
#include <arpa/inet.h>
#include <stdlib.h>

#include "common/log.h"
#include "server/session/gate.h"
#include "server/session/session.h"

#define FIRST_PLACES 64

/* ---- names ---- */

static enum status desk_grow(struct desk *desk)
{
	uint32_t count = desk->count == 0 ? FIRST_PLACES : 2 * desk->count;
	struct place *places = reallocarray(desk->places, count, sizeof(*places));

	if (places == NULL)
		return STATUS_MEMORY;
	for (uint32_t i = desk->count; i < count; i++)
		places[i] = (struct place){.generation = 1, .next_free = i + 1};
	desk->places = places;
	desk->count = count;
	return STATUS_OK;
}

enum status desk_enter(struct desk *desk, struct session *session, uint64_t *name)
{
	enum status status = desk->free == desk->count ? desk_grow(desk) : STATUS_OK;
	struct place *place;

	if (status != STATUS_OK)
		return status;
	place = &desk->places[desk->free];
	*name = (uint64_t)place->generation << 32 | desk->free;
	place->session = session;
	desk->free = place->next_free;
	return STATUS_OK;
}

void desk_leave(struct desk *desk, uint64_t name)
{
	uint32_t number = (uint32_t)name;
	struct place *place = &desk->places[number];

	place->session = NULL;
	place->generation++;
	place->next_free = desk->free;
	desk->free = number;
}

struct session *desk_find(const struct desk *desk, uint64_t name)
{
	uint32_t number = (uint32_t)name;

	if (number >= desk->count || desk->places[number].generation != (uint32_t)(name >> 32))
		return NULL;
	return desk->places[number].session;
}

int64_t desk_now(const struct desk *desk)
{
	return (int64_t)loop_now(desk->loop) * 1000000;
}

/* ---- what the loop and dispatch tell ---- */

/* Nothing can be said to who is not let in: it would cost the handshake that is to be saved. */
static bool admits(void *owner, const struct sockaddr *from, uint64_t *address)
{
	static const char *const words[] = {
		[GATE_CROWDED] = "crowded",
		[GATE_TOO_FAST] = "too_fast",
	};
	struct desk *desk = owner;
	char name[INET6_ADDRSTRLEN] = "";
	enum gate_verdict verdict;

	*address = gate_address(desk->gate, from);
	verdict = gate_admit(desk->gate, *address, desk_now(desk));
	if (verdict == GATE_ADMITTED)
		return true;
	if (loop_may_log(desk->loop)) {
		(void)uv_ip_name(from, name, sizeof(name)); /* fails for no address: no name */
		log_event(LOG_LEVEL_WARN, "limit_reached", "address=%s why=%s", name,
			  words[verdict]);
	}
	return false;
}

static void on_accepted(void *owner, struct conn *conn, uint64_t address)
{
	struct session *session;

	if (session_new(&session, owner, conn, address) != STATUS_OK)
		conn_drop(conn);
}

static void on_mail(void *owner, struct mail *mail)
{
	struct desk *desk = owner;

	dispatch_arrived(desk->dispatch, mail);
}

static void on_turn(void *owner)
{
	struct desk *desk = owner;

	sweep_look(&desk->sweep);
	dispatch_flush(desk->dispatch);
}

static void on_stopping(void *owner)
{
	struct desk *desk = owner;

	desk->stopping = true;
	for (uint32_t i = 0; i < desk->count; i++) {
		if (desk->places[i].session != NULL)
			session_end_streams(desk->places[i].session);
	}
	dispatch_nudge(desk->dispatch);
}

static bool is_busy(void *owner)
{
	struct desk *desk = owner;

	return dispatch_under_way(desk->dispatch) > 0;
}

static void on_stopped(void *owner, struct conn *conn)
{
	(void)owner;
	session_farewell(conn->owner);
}

static void on_done(void *context, struct job *job)
{
	struct session *session = desk_find(context, job->session);

	if (session != NULL)
		session_done(session, job);
	else
		job_free(job);
}

/* ---- birth and end ---- */

static const struct loop_owner calls = {
	.admits = admits,
	.accepted = on_accepted,
	.mail = on_mail,
	.turn = on_turn,
	.stopping = on_stopping,
	.busy = is_busy,
	.stopped = on_stopped,
};

static struct limits limits_of(const struct config *config)
{
	return (struct limits){
		.handshake = (uint64_t)config->limits_handshake_seconds * 1000,
		.hello = (uint64_t)config->limits_hello_seconds * 1000,
		.frame = (uint64_t)config->limits_frame_seconds * 1000,
		.stall = (uint64_t)config->limits_stall_seconds * 1000,
		.idle = (uint64_t)config->limits_idle_seconds * 1000,
		.session = (uint64_t)config->limits_session_seconds * 1000,
	};
}

static enum status desk_open(struct desk *desk, const struct desk_options *options, char *why)
{
	struct dispatch_options dispatch = {
		.shared = options->shared,
		.done = on_done,
		.context = desk,
	};
	enum status status = loop_new(&desk->loop,
				      &(struct loop_options){
					      .calls = &calls,
					      .owner = desk,
					      .tls = options->tls,
					      .limits = limits_of(options->config),
					      .address = options->config->server_address,
					      .port = options->port,
					      .shares_port = options->shares_port,
					      .connections_max = options->connections_max,
					      .connections = options->shared.connections,
				      },
				      why);

	if (status != STATUS_OK)
		return status;
	dispatch.home = loop_mailbox(desk->loop);
	status = dispatch_new(&desk->dispatch, &dispatch);
	if (status != STATUS_OK)
		(void)snprintf(why, LISTENER_WHY_LEN, "%s", status_text(status));
	return status;
}

enum status desk_new(struct desk **out, const struct desk_options *options,
		     char why[static LISTENER_WHY_LEN])
{
	struct desk *desk = calloc(1, sizeof(*desk));
	enum status status = STATUS_MEMORY;

	if (desk != NULL) {
		desk->config = config_retain(options->config);
		desk->metrics = options->shared.metrics;
		desk->gate = options->gate;
		sweep_init(&desk->sweep, desk);
		status = desk_open(desk, options, why);
	}
	if (status != STATUS_OK)
		desk_free(desk);
	else
		*out = desk;
	return status;
}

enum status desk_start(struct desk *desk)
{
	return loop_start(desk->loop);
}

void desk_stop(struct desk *desk)
{
	loop_stop(desk->loop);
}

void desk_free(struct desk *desk)
{
	if (desk == NULL)
		return;
	loop_free(desk->loop);
	dispatch_free(desk->dispatch);
	config_free(desk->config);
	free(desk->places);
	free(desk);
}

/* ---- reload ---- */

struct reload {
	struct loop_task task;
	struct desk *desk;     /* borrowed */
	struct config *config; /* owned: one reference each */
	struct tls_context *tls;
};

void reload_free(struct reload *reload)
{
	if (reload == NULL)
		return;
	config_free(reload->config);
	tls_context_free(reload->tls);
	free(reload);
}

static void on_reload(struct loop_task *task)
{
	struct reload *reload = LIST_OF(task, struct reload, task);
	struct desk *desk = reload->desk;
	struct limits limits = limits_of(reload->config);

	loop_use_tls(desk->loop, reload->tls);
	loop_use_limits(desk->loop, &limits);
	config_free(desk->config);
	desk->config = config_retain(reload->config);
	sweep_start(&desk->sweep, true);
	reload_free(reload);
}

struct reload *reload_new(struct desk *desk, struct config *config, struct tls_context *tls)
{
	struct reload *reload = calloc(1, sizeof(*reload));

	if (reload == NULL)
		return NULL;
	reload->task.run = on_reload;
	reload->desk = desk;
	reload->config = config_retain(config);
	reload->tls = tls_context_retain(tls);
	return reload;
}

void reload_post(struct reload *reload)
{
	loop_post(reload->desk->loop, &reload->task);
}
