#include "server/net/loop.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/log.h"

static struct conn *first_of(struct link *list, size_t member)
{
	return (struct conn *)(void *)((char *)list->next - member);
}

/* ---- new connections ---- */

static bool has_room(void *context)
{
	struct loop *loop = context;

	return atomic_load_explicit(loop->connections, memory_order_relaxed) <
	       loop->connections_max;
}

static void on_accepted(void *context, int fd, const struct sockaddr *from)
{
	struct loop *loop = context;
	struct conn *conn;
	uint64_t number = 0;

	if (!loop->calls->admits(loop->owner, from, &number))
		close(fd);
	else if (conn_new(&conn, loop, fd) == STATUS_OK)
		loop->calls->accepted(loop->owner, conn, number);
	else
		log_event(LOG_LEVEL_WARN, "connection_refused", "why=%s",
			  status_text(STATUS_MEMORY));
}

/* ---- stopping ---- */

static void loop_close_handles(struct loop *loop)
{
	listener_close(&loop->listener);
	uv_close((uv_handle_t *)&loop->before_wait, NULL);
	uv_close((uv_handle_t *)&loop->no_wait, NULL);
	uv_close((uv_handle_t *)&loop->sweep, NULL);
	uv_close((uv_handle_t *)&loop->mail_came, NULL);
	uv_close((uv_handle_t *)&loop->task_came, NULL);
}

static void loop_begin_stop(struct loop_task *task)
{
	struct loop *loop = LIST_OF(task, struct loop, stop);

	loop->stopping = true;
	listener_close(&loop->listener);
	loop->calls->stopping(loop->owner);
}

/* Those with whom we speak hear the owner's last words. Who is sending its last bytes may. */
static void loop_say_farewell(struct loop *loop)
{
	struct link *next;

	loop->farewell = true;
	for (struct link *link = loop->all.next; link != &loop->all; link = next) {
		struct conn *conn = LIST_OF(link, struct conn, all);

		next = link->next;
		if (conn->state == CONN_GREETING || conn->state == CONN_OPEN)
			loop->calls->stopped(loop->owner, conn);
		else if (conn->state != CONN_FLUSHING)
			conn_drop(conn);
	}
}

static void loop_go_on_stopping(struct loop *loop)
{
	if (!loop->farewell && !loop->calls->busy(loop->owner))
		loop_say_farewell(loop);
	if (loop->farewell && list_empty(&loop->all))
		loop_close_handles(loop);
}

/* ---- a turn ---- */

static void on_mail(uv_async_t *wake)
{
	struct loop *loop = wake->data;
	struct mail *next;

	for (struct mail *mail = mailbox_take(&loop->mailbox); mail != NULL; mail = next) {
		next = mail->next;
		loop->calls->mail(loop->owner, mail);
	}
}

static void on_task(uv_async_t *wake)
{
	struct loop *loop = wake->data;
	struct mail *next;

	for (struct mail *mail = mailbox_take(&loop->tasks); mail != NULL; mail = next) {
		struct loop_task *task = LIST_OF(mail, struct loop_task, mail);

		next = mail->next;
		task->run(task);
	}
}

static void on_sweep(uv_timer_t *timer)
{
	struct loop *loop = timer->data;
	struct link *next;

	for (struct link *link = loop->all.next; link != &loop->all; link = next) {
		next = link->next;
		conn_check(LIST_OF(link, struct conn, all), loop_now(loop));
	}
}

static void on_no_wait(uv_idle_t *idle)
{
	(void)idle; /* that it is there keeps libuv from waiting */
}

static void on_before_wait(uv_prepare_t *prepare)
{
	struct loop *loop = prepare->data;
	struct link now;

	loop->shakes = 0;
	list_move(&now, &loop->more);
	while (!list_empty(&now))
		conn_read(first_of(&now, offsetof(struct conn, more)));
	loop->calls->turn(loop->owner);
	if (loop->stopping)
		loop_go_on_stopping(loop);
	list_move(&now, &loop->dirty);
	while (!list_empty(&now))
		conn_flush(first_of(&now, offsetof(struct conn, dirty)));
	if (uv_is_closing((uv_handle_t *)&loop->no_wait))
		return;
	if (list_empty(&loop->more) && list_empty(&loop->dirty))
		(void)uv_idle_stop(&loop->no_wait); /* never fails */
	else
		(void)uv_idle_start(&loop->no_wait, on_no_wait); /* never fails with a callback */
}

/* ---- birth and end ---- */

/* Fails only while closing, and then nobody listens. */
static void wake_up(void *handle)
{
	(void)uv_async_send(handle);
}

/* On failure no handle is left. */
static bool loop_init_handles(struct loop *loop)
{
	if (uv_async_init(&loop->uv, &loop->mail_came, on_mail) != 0)
		return false;
	if (uv_async_init(&loop->uv, &loop->task_came, on_task) != 0) {
		uv_close((uv_handle_t *)&loop->mail_came, NULL);
		(void)uv_run(&loop->uv, UV_RUN_DEFAULT);
		return false;
	}
	(void)uv_prepare_init(&loop->uv, &loop->before_wait); /* these three never fail */
	(void)uv_idle_init(&loop->uv, &loop->no_wait);
	(void)uv_timer_init(&loop->uv, &loop->sweep);
	loop->mail_came.data = loop;
	loop->task_came.data = loop;
	loop->before_wait.data = loop;
	loop->sweep.data = loop;
	return true;
}

static void loop_destroy(struct loop *loop)
{
	mailbox_release(&loop->mailbox);
	mailbox_release(&loop->tasks);
	tls_context_free(loop->tls);
	free(loop);
}

static enum status loop_go(struct loop *loop)
{
	if (listener_start(&loop->listener, &loop->uv) != STATUS_OK)
		return STATUS_SYSTEM;
	(void)uv_prepare_start(&loop->before_wait, on_before_wait); /* never fail with a callback */
	(void)uv_timer_start(&loop->sweep, on_sweep, LOOP_SWEEP_MS, LOOP_SWEEP_MS);
	return STATUS_OK;
}

enum status loop_new(struct loop **out, const struct loop_options *options,
		     char why[static LISTENER_WHY_LEN])
{
	struct loop *loop = calloc(1, sizeof(*loop));
	enum status status;

	(void)snprintf(why, LISTENER_WHY_LEN, "%s", status_text(STATUS_MEMORY));
	if (loop == NULL)
		return STATUS_MEMORY;
	loop->calls = options->calls;
	loop->owner = options->owner;
	loop->limits = options->limits;
	loop->connections = options->connections;
	loop->connections_max = options->connections_max;
	loop->tls = tls_context_retain(options->tls);
	loop->stop.run = loop_begin_stop;
	loop->listener.room = has_room;
	loop->listener.accepted = on_accepted;
	loop->listener.context = loop;
	list_init(&loop->all);
	list_init(&loop->dirty);
	list_init(&loop->more);
	mailbox_init(&loop->mailbox, wake_up, &loop->mail_came);
	mailbox_init(&loop->tasks, wake_up, &loop->task_came);
	status = listener_open(&loop->listener, options->address, options->port,
			       options->shares_port, why);
	if (status != STATUS_OK)
		goto destroy;
	status = STATUS_SYSTEM;
	if (uv_loop_init(&loop->uv) != 0)
		goto close_listener;
	if (!loop_init_handles(loop))
		goto close_uv;
	*out = loop;
	return STATUS_OK;
close_uv:
	(void)uv_loop_close(&loop->uv); /* no handle is open */
close_listener:
	listener_close(&loop->listener);
destroy:
	loop_destroy(loop);
	return status;
}

static void *loop_run(void *argument)
{
	struct loop *loop = argument;

	(void)uv_run(&loop->uv, UV_RUN_DEFAULT); /* returns when every handle is closed */
	return NULL;
}

enum status loop_start(struct loop *loop)
{
	enum status status = loop_go(loop);

	if (status != STATUS_OK)
		return status;
	loop->running = pthread_create(&loop->thread, NULL, loop_run, loop) == 0;
	return loop->running ? STATUS_OK : STATUS_SYSTEM;
}

void loop_post(struct loop *loop, struct loop_task *task)
{
	task->mail.next = NULL;
	mailbox_post(&loop->tasks, &task->mail, &task->mail);
}

void loop_stop(struct loop *loop)
{
	if (loop->running)
		loop_post(loop, &loop->stop);
}

void loop_free(struct loop *loop)
{
	int left;

	if (loop == NULL)
		return;
	if (loop->running) {
		(void)pthread_join(loop->thread, NULL); /* fails only for a thread that is none */
	} else {
		loop_close_handles(loop);
		(void)uv_run(&loop->uv, UV_RUN_DEFAULT);
	}
	left = uv_loop_close(&loop->uv);
	assert(left == 0);
	(void)left;
	loop_destroy(loop);
}

/* ---- small things ---- */

struct mailbox *loop_mailbox(struct loop *loop)
{
	return &loop->mailbox;
}

uint16_t loop_port(const struct loop *loop)
{
	return listener_port(&loop->listener);
}

void loop_use_tls(struct loop *loop, struct tls_context *tls)
{
	tls_context_free(loop->tls);
	loop->tls = tls_context_retain(tls);
}

void loop_use_limits(struct loop *loop, const struct limits *limits)
{
	loop->limits = *limits;
}

uint64_t loop_now(const struct loop *loop)
{
	return uv_now(&loop->uv);
}

bool loop_may_log(struct loop *loop)
{
	uint64_t second = loop_now(loop) / 1000;

	if (second != loop->log_second)
		loop->log_lines = 0;
	loop->log_second = second;
	return loop->log_lines++ < LOOP_LOG_LINES;
}
