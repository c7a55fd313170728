#include "client/lib/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/lib/inside.h"
#include "client/lib/text.h"
#include "common/bytes.h"
#include "common/date.h"

#define PROTOCOL_VERSION_MIN 3 /* the first with proofs */
#define PROTOCOL_VERSION_MAX 3
#define KEY_TIME_LEN 6 /* milliseconds, at the front of a key */
#define TIMEOUT_MS 30000
#define ARENA_MAX ((size_t)16 * 1024 * 1024) /* of one unpacked answer */
#define GREETING_MAX ((size_t)128 * 1024)    /* of the unpacked welcome with all its proofs */

enum status client_fail(struct client *client, enum status status, const char *why)
{
	if (why != NULL)
		snprintf(client->link.why, sizeof(client->link.why), "%s", why);
	client->failed = status;
	return status;
}

/* ---- sending ---- */

enum status client_put_empty(struct client *client, enum frame_kind kind, uint16_t rpc,
			     uint64_t request_id)
{
	struct frame frame = {.kind = (uint8_t)kind, .rpc = rpc, .request_id = request_id};
	uint8_t *body;

	return link_put(&client->link, &frame, &body);
}

/* Takes a place and puts header and key; *message is room for len bytes of the message. */
static enum status client_begin(struct client *client, const struct rpc *rpc, size_t len,
				const uint8_t *key, enum frame_flags flags, uint64_t *request_id,
				uint8_t **message)
{
	size_t key_len = key != NULL ? FRAME_KEY_LEN : 0;
	struct frame frame = {.kind = FRAME_REQUEST, .flags = (uint8_t)flags, .rpc = rpc->number};
	struct flight *flight;
	enum status status;

	if (client->failed != STATUS_OK)
		return client->failed;
	if ((rpc->lane == LANE_WRITE) != (key != NULL))
		return STATUS_KEY_INVALID;
	if (len + key_len > client->welcome->request_max)
		return STATUS_FRAME_TOO_LARGE;
	status = flights_add(&client->flights, rpc, &flight);
	if (status != STATUS_OK)
		return status;
	frame.length = (uint32_t)(len + key_len);
	frame.request_id = flight->request_id;
	status = link_put(&client->link, &frame, message);
	if (status != STATUS_OK) {
		flights_remove(&client->flights, flight);
		return status;
	}
	if (client->flights.count == 1) {
		client->heard = clock_monotonic();
		client->pinged = false;
	}
	flight->dry_run = (flags & FRAME_DRY_RUN) != 0;
	if (key != NULL) {
		memcpy(flight->key, key, FRAME_KEY_LEN);
		memcpy(*message, key, FRAME_KEY_LEN);
		*message += FRAME_KEY_LEN;
	}
	*request_id = flight->request_id;
	return STATUS_OK;
}

enum status client_send(struct client *client, enum rpc_number number,
			const ProtobufCMessage *request, const uint8_t *key, enum frame_flags flags,
			uint64_t *request_id)
{
	const struct rpc *rpc = rpc_find((uint16_t)number);
	uint8_t *message;
	enum status status;

	if (rpc == NULL)
		return STATUS_RPC_UNKNOWN;
	status = client_begin(client, rpc, protobuf_c_message_get_packed_size(request), key, flags,
			      request_id, &message);
	if (status == STATUS_OK)
		protobuf_c_message_pack(request, message);
	return status;
}

enum status client_send_packed(struct client *client, enum rpc_number number,
			       const uint8_t *request, size_t len, const uint8_t *key,
			       enum frame_flags flags, uint64_t *request_id)
{
	const struct rpc *rpc = rpc_find((uint16_t)number);
	uint8_t *message;
	enum status status;

	if (rpc == NULL)
		return STATUS_RPC_UNKNOWN;
	status = client_begin(client, rpc, len, key, flags, request_id, &message);
	if (status == STATUS_OK && len > 0)
		memcpy(message, request, len);
	return status;
}

enum status client_cancel(struct client *client, uint64_t request_id)
{
	struct flight *flight = flights_find(&client->flights, request_id);

	if (client->failed != STATUS_OK)
		return client->failed;
	if (flight == NULL)
		return STATUS_OK;
	return client_put_empty(client, FRAME_CANCEL, flight->rpc->number, request_id);
}

enum status client_flush(struct client *client, bool *want_write)
{
	enum status status = client->failed;

	if (status == STATUS_OK)
		status = link_flush(&client->link);
	*want_write = status == STATUS_OK && client->link.out.len > 0;
	return status == STATUS_OK ? status : client_fail(client, status, NULL);
}

enum status client_call(struct client *client, enum rpc_number rpc, const ProtobufCMessage *request,
			const uint8_t *key, enum frame_flags flags, struct client_answer *answer)
{
	uint64_t request_id;
	enum status status = client_send(client, rpc, request, key, flags, &request_id);

	if (status != STATUS_OK)
		return status;
	return client_receive(client, answer);
}

/* ---- the connection ---- */

static enum status client_say_hello(struct client *client, const struct client_options *options)
{
	Pb__Hello hello = PB__HELLO__INIT;
	struct frame frame = {.kind = FRAME_HELLO};
	uint8_t *body;
	enum status status;

	hello.version_min = PROTOCOL_VERSION_MIN;
	hello.version_max = PROTOCOL_VERSION_MAX;
	hello.client = options->name;
	hello.seen = (uint64_t *)(uintptr_t)options->seen;
	hello.n_seen = options->seen_count;
	frame.length = (uint32_t)pb__hello__get_packed_size(&hello);
	status = link_put(&client->link, &frame, &body);
	if (status == STATUS_OK)
		pb__hello__pack(&hello, body);
	return status;
}

static enum status client_next_frame(struct client *client, int64_t deadline, struct frame *frame,
				     const uint8_t **body)
{
	enum status status;

	for (;;) {
		status = link_next(&client->link, frame, body);
		if (status != STATUS_NOT_FOUND)
			return status;
		status = link_flush(&client->link);
		if (status == STATUS_OK)
			status = link_wait(&client->link, deadline);
		if (status != STATUS_OK)
			return status;
	}
}

/* A head that does not hold is for the caller to judge, who knows the past. */
static enum status client_take_head(struct client *client)
{
	const ProtobufCBinaryData *note = &client->welcome->checkpoint;
	struct checkpoint head = {.size = 0};
	enum status status = STATUS_OK;

	if (client->trust != NULL && note->len > 0)
		status = trust_checkpoint(client->trust, note->data, note->len, &head);
	client->begun = head.size;
	return status == STATUS_PROOF ? STATUS_OK : status;
}

static enum status client_greet(struct client *client, const struct client_options *options,
				int64_t deadline)
{
	struct frame frame;
	const uint8_t *body;
	enum status status = client_say_hello(client, options);

	if (status == STATUS_OK)
		status = client_next_frame(client, deadline, &frame, &body);
	/* In TLS 1.3 the server judges our certificate after our side of the handshake is done:
	 * its alert comes here. */
	if (status == STATUS_UNREACHABLE && strstr(client->link.why, "alert") != NULL)
		status = STATUS_TLS;
	if (status != STATUS_OK)
		return status;
	if (frame.kind != FRAME_WELCOME)
		return client_take_other(client, &frame, body);
	client->welcome = pb__welcome__unpack(&client->greeting.allocator, frame.length, body);
	if (client->welcome == NULL)
		return client_fail(client, STATUS_MESSAGE_INVALID,
				   N_("the server's greeting is not valid"));
	/* Whoever could talk us down to a version without proofs could tell us anything. */
	if (client->welcome->version < PROTOCOL_VERSION_MIN)
		return client_fail(client, STATUS_PROOF,
				   N_("the server speaks a version without proofs"));
	if (client->welcome->version > PROTOCOL_VERSION_MAX)
		return client_fail(client, STATUS_VERSION_UNSUPPORTED,
				   N_("the server speaks another version"));
	status = client_take_head(client);
	return status != STATUS_OK ? client_fail(client, status, NULL)
				   : flights_init(&client->flights, client->welcome->in_flight_max);
}

static struct client *client_new(unsigned timeout_ms)
{
	struct client *client = calloc(1, sizeof(*client));

	if (client == NULL)
		return NULL;
	link_init(&client->link);
	arena_init(&client->arena, ARENA_MAX);
	arena_init(&client->greeting, GREETING_MAX);
	client->timeout = (int64_t)(timeout_ms != 0 ? timeout_ms : TIMEOUT_MS) * 1000;
	client->subjects = calloc(ENTRY_SUBJECTS_MAX, sizeof(*client->subjects));
	if (client->subjects == NULL) {
		client_close(client);
		return NULL;
	}
	return client;
}

/* A stranger is not greeted: it may ask at once, within the limits of PROTOCOL.md. */
static enum status client_settle_as_stranger(struct client *client)
{
	client->welcome = arena_alloc(&client->greeting, sizeof(*client->welcome));
	if (client->welcome == NULL)
		return STATUS_MEMORY;
	pb__welcome__init(client->welcome);
	client->welcome->request_max = FRAME_BODY_MAX_HELLO;
	client->welcome->in_flight_max = 1;
	return flights_init(&client->flights, client->welcome->in_flight_max);
}

static enum status client_open(struct client *client, const struct client_options *options,
			       int64_t deadline)
{
	struct tls_options tls = {
		.side = TLS_CLIENT,
		.certificate = options->certificate,
		.key = options->key,
		.passphrase = options->passphrase,
		.ca = {options->ca},
		.enrol = options->stranger,
	};
	enum status status = link_identify(&client->link, &tls);

	client->trust = options->trust;
	if (status == STATUS_OK)
		status = link_open(&client->link, options->host, options->port, deadline);
	if (status != STATUS_OK)
		return status;
	return options->stranger ? client_settle_as_stranger(client)
				 : client_greet(client, options, deadline);
}

enum status client_verify(const struct client *client, const void *ca, size_t len, const char *host,
			  char why[static CLIENT_WHY_LEN])
{
	return tls_peer_chains_to(client->link.tls, ca, len, host, why);
}

enum status client_connect(struct client **out, const struct client_options *options,
			   char why[static CLIENT_WHY_LEN])
{
	struct client *client = client_new(options->timeout_ms);
	int64_t deadline;
	enum status status;

	why[0] = '\0';
	if (client == NULL)
		return STATUS_MEMORY;
	deadline = clock_monotonic() + client->timeout;
	status = client_open(client, options, deadline);
	if (status != STATUS_OK) {
		snprintf(why, CLIENT_WHY_LEN, "%s", client->link.why);
		client_close(client);
		return status;
	}
	*out = client;
	return STATUS_OK;
}

void client_close(struct client *client)
{
	if (client == NULL)
		return;
	link_release(&client->link);
	flights_release(&client->flights);
	arena_release(&client->arena);
	arena_release(&client->greeting);
	free(client->subjects);
	free(client);
}

const Pb__Welcome *client_welcome(const struct client *client)
{
	return client->welcome;
}

const char *client_why(const struct client *client)
{
	return client->link.why;
}

int client_fd(const struct client *client)
{
	return client->link.fd;
}

size_t client_in_flight(const struct client *client)
{
	return client->flights.count;
}

void client_new_key(uint8_t key[static FRAME_KEY_LEN])
{
	uint8_t milliseconds[sizeof(uint64_t)];

	bytes_put64(milliseconds, (uint64_t)clock_now() / 1000);
	memcpy(key, milliseconds + sizeof(milliseconds) - KEY_TIME_LEN, KEY_TIME_LEN);
	random_bytes(key + KEY_TIME_LEN, FRAME_KEY_LEN - KEY_TIME_LEN);
}
