/*
 * A dispatch that does what the test wants, in place of server/dispatch/dispatch.c, and a front
 * that runs on it. One program, one stub: it is found through dispatch_options.shared.engine.
 *
 *   whoami      POINT  answered within dispatch_submit(), with the request's bytes
 *   status      POINT  held until stub_release()
 *   any WRITE          noted, answered by mail with the request's bytes behind the key
 *   any SCAN           slices of one ITEM of SLICE bytes: as many as the request has bytes; a
 *                      request of 0 bytes goes on until it is cancelled
 */
#ifndef TESTS_UNIT_SESSION_STUB_H
#define TESTS_UNIT_SESSION_STUB_H

#include <pthread.h>
#include <stdatomic.h>

#include "common/log.h"
#include "common/rpc.h"
#include "proto/request.pb-c.h"
#include "server/dispatch/dispatch.h"
#include "server/metrics.h"
#include "server/session/front.h"
#include "server/session/session.h"
#include "tests/lib/peer.h"

#define SLICE (32 * 1024)
#define STRANGER 0 /* stub.principal: dispatch knows nobody */

struct stub {
	struct certificates certificates;
	struct config *config;
	struct metrics *metrics;
	struct tls_context *tls;
	struct front *front;
	atomic_uint_least64_t connections;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	uint64_t principal; /* who every certificate belongs to */
	const char *role;
	bool suspended;    /* whoever speaks may not any more */
	uint64_t accounts; /* see dispatch_accounts() */
	uint8_t identity[HASH_LEN];
	struct job *held;
	unsigned submitted;
	unsigned slices;
	unsigned jobs; /* with dispatch */
	bool marks;    /* whoami's answers and the slices of streams have marks */
	/* of the WRITE that came last */
	uint8_t key[FRAME_KEY_LEN];
	size_t request_len;
	uint64_t act_principal;
	uint16_t act_rpc;
	bool dry_run;
};

struct dispatch {
	struct dispatch_options options;
	struct stub *stub;
	uint64_t under_way;
};

CERTIFICATES_HERE void stub_changed(struct stub *stub)
{
	pthread_cond_broadcast(&stub->changed);
	pthread_mutex_unlock(&stub->lock);
}

/* Waits until a number of the stub's is at least that. */
CERTIFICATES_HERE void stub_await(struct stub *stub, const unsigned *number, unsigned least)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += PEER_WAIT_MS / 1000;
	pthread_mutex_lock(&stub->lock);
	while (*number < least)
		assert_int_equal(pthread_cond_timedwait(&stub->changed, &stub->lock, &until), 0);
	pthread_mutex_unlock(&stub->lock);
}

/* Waits until no connection is left. */
CERTIFICATES_HERE void stub_await_nobody(struct stub *stub)
{
	for (int i = 0; i < PEER_WAIT_MS && atomic_load(&stub->connections) > 0; i++)
		poll(NULL, 0, 1);
	assert_int_equal(atomic_load(&stub->connections), 0);
}

static void stub_put_into(struct buf *frames, const struct job *job, enum frame_kind kind,
			  const void *body, size_t len)
{
	struct frame frame = job->frame;
	uint8_t header[FRAME_HEADER_LEN];

	frame.kind = (uint8_t)kind;
	frame.flags = 0;
	frame.length = (uint32_t)len;
	frame_encode(header, &frame);
	assert_int_equal(buf_append(frames, header, sizeof(header)), STATUS_OK);
	if (len > 0)
		assert_int_equal(buf_append(frames, body, len), STATUS_OK);
}

CERTIFICATES_HERE void stub_put(struct job *job, enum frame_kind kind, const void *body, size_t len)
{
	stub_put_into(&job->out, job, kind, body, len);
}

CERTIFICATES_HERE void stub_mark(const struct stub *stub, struct job *job)
{
	buf_clear(&job->mark);
	if (stub->marks)
		stub_put_into(&job->mark, job, FRAME_MARK, "mark", 4);
}

CERTIFICATES_HERE void stub_slice(struct stub *stub, struct job *job)
{
	static const uint8_t item[SLICE];
	bool cancelled = atomic_load(&job->cancelled);

	/* act.key counts the slices of this job. */
	job->final = cancelled || (job->body_len > 0 && job->act.key[0] == job->body_len);
	job->act.key[0]++;
	if (job->final)
		stub_put(job, FRAME_END, NULL, 0);
	else
		stub_put(job, FRAME_ITEM, item, sizeof(item));
	stub_mark(stub, job);
	pthread_mutex_lock(&stub->lock);
	stub->slices++;
	stub_changed(stub);
}

CERTIFICATES_HERE void stub_note_act(struct stub *stub, struct job *job)
{
	pthread_mutex_lock(&stub->lock);
	memcpy(stub->key, job->act.key, FRAME_KEY_LEN);
	stub->request_len = job->act.request_len;
	stub->act_principal = job->act.principal;
	stub->act_rpc = job->act.rpc;
	stub->dry_run = job->act.dry_run;
	stub_changed(stub);
	stub_put(job, FRAME_ANSWER, job->act.request, job->act.request_len);
	job->final = true;
}

/* Answers the job that waits. */
CERTIFICATES_HERE void stub_release(struct stub *stub)
{
	struct job *job;

	pthread_mutex_lock(&stub->lock);
	job = stub->held;
	stub->held = NULL;
	stub_changed(stub);
	assert_non_null(job);
	stub_put(job, FRAME_ANSWER, "held", 4);
	job->final = true;
	mailbox_post(job->home, &job->mail, &job->mail);
}

/* ---- in place of dispatch.c ---- */

enum status dispatch_new(struct dispatch **dispatch, const struct dispatch_options *options)
{
	*dispatch = calloc(1, sizeof(**dispatch));
	assert_non_null(*dispatch);
	(*dispatch)->options = *options;
	(*dispatch)->stub = (struct stub *)(void *)options->shared.engine;
	return STATUS_OK;
}

void dispatch_free(struct dispatch *dispatch)
{
	assert_true(dispatch == NULL || dispatch->under_way == 0);
	free(dispatch);
}

static void stub_home(struct dispatch *dispatch, struct job *job)
{
	job->home = dispatch->options.home;
	mailbox_post(job->home, &job->mail, &job->mail);
}

void dispatch_submit(struct dispatch *dispatch, struct job *job)
{
	struct stub *stub = dispatch->stub;
	enum lane lane = rpc_find(job->frame.rpc)->lane;

	dispatch->under_way++;
	job->home = dispatch->options.home;
	if (lane == LANE_WRITE)
		stub_note_act(stub, job);
	else if (lane == LANE_SCAN)
		stub_slice(stub, job);
	pthread_mutex_lock(&stub->lock);
	stub->submitted++;
	if (job->frame.rpc == RPC_status)
		stub->held = job;
	stub_changed(stub);
	if (lane != LANE_POINT) {
		stub_home(dispatch, job);
	} else if (job->frame.rpc != RPC_status) {
		stub_put(job, FRAME_ANSWER, job->act.request, job->act.request_len);
		stub_mark(stub, job);
		job->final = true;
		dispatch_arrived(dispatch, &job->mail);
	}
}

void dispatch_continue(struct dispatch *dispatch, struct job *job)
{
	dispatch->under_way++;
	buf_clear(&job->out);
	stub_slice(dispatch->stub, job);
	stub_home(dispatch, job);
}

void dispatch_flush(struct dispatch *dispatch)
{
	(void)dispatch;
}

void dispatch_arrived(struct dispatch *dispatch, struct mail *mail)
{
	mail->next = NULL;
	dispatch->under_way--;
	dispatch->options.done(dispatch->options.context, (struct job *)(void *)mail);
}

void dispatch_nudge(struct dispatch *dispatch)
{
	(void)dispatch;
}

uint64_t dispatch_under_way(const struct dispatch *dispatch)
{
	return dispatch->under_way;
}

enum status dispatch_identify(struct dispatch *dispatch, const uint8_t identity[static HASH_LEN],
			      struct identity *who)
{
	memcpy(dispatch->stub->identity, identity, HASH_LEN);
	who->principal = dispatch->stub->principal;
	return who->principal == STRANGER ? STATUS_IDENTITY : STATUS_OK;
}

enum status dispatch_welcome(struct dispatch *dispatch, struct identity *who, Pb__Welcome *welcome,
			     const char **reason)
{
	(void)reason;
	welcome->principal_id = who->principal;
	welcome->login = "li.na";
	welcome->role = dispatch->stub->role;
	welcome->server = "stub/1";
	return STATUS_OK;
}

enum status dispatch_show_heads(struct dispatch *dispatch, const uint64_t *seen, size_t count,
				Pb__Welcome *to)
{
	to->checkpoint = (ProtobufCBinaryData){4, (uint8_t *)(uintptr_t) "head"};
	return dispatch != NULL && (count == 0 || seen != NULL) ? STATUS_OK : STATUS_MEMORY;
}

/* As an act of somebody else would, at any time. */
CERTIFICATES_HERE void stub_suspend(struct stub *stub)
{
	pthread_mutex_lock(&stub->lock);
	stub->suspended = true;
	stub->accounts++;
	stub_changed(stub);
}

enum status dispatch_judge(struct dispatch *dispatch, struct identity *who, const char **reason)
{
	struct stub *stub = dispatch->stub;
	bool suspended;

	assert_int_equal(who->principal, stub->principal);
	pthread_mutex_lock(&stub->lock);
	suspended = stub->suspended;
	pthread_mutex_unlock(&stub->lock);
	*reason = suspended ? "account_inactive" : "";
	return suspended ? STATUS_IDENTITY : STATUS_OK;
}

uint64_t dispatch_accounts(const struct dispatch *dispatch)
{
	uint64_t accounts;

	pthread_mutex_lock(&dispatch->stub->lock);
	accounts = dispatch->stub->accounts;
	pthread_mutex_unlock(&dispatch->stub->lock);
	return accounts;
}

/* ---- the front on top ---- */

CERTIFICATES_HERE int stub_set_up(void **state)
{
	struct stub *stub = calloc(1, sizeof(*stub));
	char why[CONFIG_WHY_LEN];

	assert_non_null(stub);
	certificates_usual(&stub->certificates);
	stub->tls = peer_context(&stub->certificates, TLS_SERVER, "server");
	stub->metrics = metrics_new();
	stub->principal = 42;
	stub->role = "clerk";
	pthread_mutex_init(&stub->lock, NULL);
	pthread_cond_init(&stub->changed, NULL);
	assert_int_equal(config_load(&stub->config, NULL, 0, why), STATUS_OK);
	stub->config->server_port = 0;
	stub->config->server_loops = 1;
	stub->config->limits_in_flight = 4;
	log_set_level(LOG_LEVEL_ERROR); /* what is refused here is refused on purpose */
	*state = stub;
	return 0;
}

CERTIFICATES_HERE void stub_start(struct stub *stub)
{
	struct front_options options = {
		.config = stub->config,
		.tls = stub->tls,
		.shared = {.engine = (struct engine *)(void *)stub,
			   .metrics = stub->metrics,
			   .connections = &stub->connections},
	};
	char why[FRONT_WHY_LEN];

	assert_int_equal(front_start(&stub->front, &options, why), STATUS_OK);
}

CERTIFICATES_HERE int stub_tear_down(void **state)
{
	struct stub *stub = *state;

	front_stop(stub->front);
	assert_int_equal(atomic_load(&stub->connections), 0);
	assert_int_equal(metrics_get(stub->metrics, METRICS_CONNECTIONS), 0);
	assert_int_equal(metrics_get(stub->metrics, METRICS_IN_FLIGHT), 0);
	config_free(stub->config);
	metrics_free(stub->metrics);
	tls_context_free(stub->tls);
	certificates_end(&stub->certificates);
	free(stub);
	return 0;
}

/* ---- what a client says ---- */

CERTIFICATES_HERE void stub_connect(struct stub *stub, struct peer *peer)
{
	peer_connect(peer, &stub->certificates, front_port(stub->front));
}

CERTIFICATES_HERE void stub_hello(struct peer *peer, uint32_t least, uint32_t most,
				  const char *client)
{
	Pb__Hello hello = PB__HELLO__INIT;
	struct buf body = BUF_EMPTY;

	hello.version_min = least;
	hello.version_max = most;
	hello.client = client;
	assert_int_equal(message_pack(&hello.base, &body), STATUS_OK);
	peer_send(peer, (struct frame){.kind = FRAME_HELLO, .length = (uint32_t)body.len},
		  buf_head(&body));
	buf_release(&body);
}

CERTIFICATES_HERE void stub_open(struct stub *stub, struct peer *peer)
{
	stub_connect(stub, peer);
	stub_hello(peer, 1, 1, "test/1");
	peer_expect(peer, FRAME_WELCOME, 0);
}

CERTIFICATES_HERE void stub_ask(struct peer *peer, enum rpc_number rpc, uint64_t id,
				const void *body, size_t len)
{
	peer_send(peer,
		  (struct frame){.kind = FRAME_REQUEST,
				 .rpc = (uint16_t)rpc,
				 .request_id = id,
				 .length = (uint32_t)len},
		  body);
}

/* The session is alive and has nothing else to say. */
CERTIFICATES_HERE void stub_expect_silence(struct peer *peer)
{
	peer_send(peer, (struct frame){.kind = FRAME_PING, .request_id = 4711}, NULL);
	peer_expect(peer, FRAME_PONG, 4711);
}

#endif
