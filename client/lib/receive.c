/* The receiving half of client.h: frames to answers. */
#include "client/lib/inside.h"

#include <stdio.h>
#include <string.h>

#include "client/lib/text.h"
#include "common/bytes.h"
#include "common/date.h"

/* Fields that we do not know are skipped: the server may be newer. */
static enum status client_unpack(struct client *client,
				 const ProtobufCMessageDescriptor *descriptor, const uint8_t *bytes,
				 size_t len, ProtobufCMessage **message)
{
	*message = protobuf_c_message_unpack(descriptor, &client->arena.allocator, len, bytes);
	if (*message != NULL)
		return STATUS_OK;
	snprintf(client->link.why, sizeof(client->link.why), "the server's %s is not valid",
		 descriptor->short_name);
	return client_fail(client, STATUS_MESSAGE_INVALID, NULL);
}

/* What is wrong with an answer; the rest of it must not be believed. */
static void client_doubt(struct client_answer *answer, const char *why)
{
	answer->status = STATUS_PROOF;
	answer->why = why;
	answer->refusal = NULL;
}

/* Whether a header is of what was asked on this connection; key NULL: of a look, which has none. */
static bool client_entry_fits(struct client *client, const ProtobufCBinaryData *header,
			      const struct entry *expected, const uint8_t *key)
{
	struct entry entry;

	return entry_decode(&entry, client->subjects, header->data, header->len) == STATUS_OK &&
	       entry.class_ == expected->class_ && entry.status == expected->status &&
	       entry.rpc == expected->rpc && entry.actor == client->welcome->principal_id &&
	       (expected->class_ != ENTRY_REFUSAL || entry.sequence == expected->sequence) &&
	       (expected->class_ != ENTRY_ACCESS || entry.sequence >= client->begun) &&
	       (key == NULL || memcmp(entry.key, key, ENTRY_KEY_LEN) == 0);
}

/* An entry that came with an answer must be about the very request that it answers, and proven. */
static enum status client_judge(struct client *client, const ProtobufCBinaryData *header,
				const Pb__Proof *proof, const struct entry *expected,
				const uint8_t *key, struct client_answer *answer)
{
	struct checkpoint checkpoint;
	enum status status;

	if (!client_entry_fits(client, header, expected, key)) {
		client_doubt(answer, N_("the entry is not of what was asked"));
		return STATUS_OK;
	}
	if (client->trust == NULL)
		return STATUS_OK;
	status = trust_entry(client->trust, header, proof, &checkpoint);
	if (status == STATUS_OK)
		return STATUS_OK;
	if (status != STATUS_PROOF)
		return client_fail(client, status, NULL);
	client_doubt(answer, client->trust->why);
	return STATUS_OK;
}

static enum status client_unpack_refusal(struct client *client, const uint8_t *body, size_t len,
					 struct client_answer *answer)
{
	ProtobufCMessage *refusal;
	enum status status = client_unpack(client, &pb__refusal__descriptor, body, len, &refusal);

	if (status != STATUS_OK)
		return status;
	answer->refusal = (const Pb__Refusal *)refusal;
	answer->status = (enum status)answer->refusal->status;
	if (answer->status == STATUS_OK)
		return client_fail(client, STATUS_FRAME_INVALID,
				   N_("the server refused as if done"));
	return STATUS_OK;
}

/* A refusal that is said to be in the ledger is proven like an act. */
static enum status client_take_refusal(struct client *client, const struct flight *flight,
				       const uint8_t *body, size_t len,
				       struct client_answer *answer)
{
	struct entry expected = {.class_ = ENTRY_REFUSAL, .rpc = flight->rpc->number};
	bool act = flight->rpc->lane == LANE_WRITE;
	enum status status = client_unpack_refusal(client, body, len, answer);
	const Pb__Refusal *refusal = answer->refusal;

	if (status != STATUS_OK || !refusal->entered)
		return status;
	answer->receipt = refusal->receipt;
	if (answer->receipt == NULL) {
		if (client->trust != NULL && act)
			client_doubt(answer,
				     N_("there is no proof that the entry is in the ledger"));
		return STATUS_OK;
	}
	expected.status = (uint16_t)refusal->status;
	expected.sequence = refusal->sequence;
	return client_judge(client, &answer->receipt->entry, answer->receipt->proof, &expected,
			    act ? flight->key : NULL, answer);
}

/* Of a WRITE's answer: u32 length and Receipt before the reply. */
static enum status client_take_receipt(struct client *client, const struct flight *flight,
				       const uint8_t **body, size_t *len,
				       struct client_answer *answer)
{
	struct entry expected = {.class_ = ENTRY_CHANGE, .rpc = flight->rpc->number};
	ProtobufCMessage *receipt;
	enum status status;
	size_t size;

	if (*len < sizeof(uint32_t) || bytes_get32(*body) > *len - sizeof(uint32_t))
		return client_fail(client, STATUS_FRAME_INVALID, N_("the server's answer is cut"));
	size = bytes_get32(*body);
	*body += sizeof(uint32_t);
	*len -= sizeof(uint32_t) + size;
	if (size > 0 && flight->dry_run) {
		client_doubt(answer, N_("it was done, though it was asked for as a dry run"));
	} else if (size > 0) {
		status = client_unpack(client, &pb__receipt__descriptor, *body, size, &receipt);
		if (status != STATUS_OK)
			return status;
		answer->receipt = (const Pb__Receipt *)receipt;
		status = client_judge(client, &answer->receipt->entry, answer->receipt->proof,
				      &expected, flight->key, answer);
		if (status != STATUS_OK)
			return status;
	} else if (!flight->dry_run) {
		client_doubt(answer, N_("there is no proof that the entry is in the ledger"));
	}
	*body += size;
	return STATUS_OK;
}

static enum status client_take_end(struct client *client, struct flight *flight,
				   const uint8_t *body, size_t len, struct client_answer *answer)
{
	ProtobufCMessage *end;
	uint8_t hash[HASH_LEN];
	enum status status = client_unpack(client, &pb__stream_end__descriptor, body, len, &end);

	if (status != STATUS_OK)
		return status;
	answer->end = (const Pb__StreamEnd *)end;
	if (flight->hash == NULL)
		return client_fail(client, STATUS_FRAME_INVALID, N_("an end of what is no stream"));
	hash_end(flight->hash, hash);
	if (answer->end->count != flight->items || answer->end->hash.len != HASH_LEN ||
	    memcmp(answer->end->hash.data, hash, HASH_LEN) != 0)
		client_doubt(answer, N_("not all came that was sent"));
	return STATUS_OK;
}

/* A mark waits for what it is about. */
static enum status client_take_mark(struct client *client, struct flight *flight,
				    const struct frame *frame, const uint8_t *body)
{
	enum status status;

	if (flight->rpc->lane == LANE_WRITE)
		return client_fail(client, STATUS_FRAME_INVALID,
				   N_("the server marked what it must not"));
	buf_clear(&flight->mark);
	status = buf_append(&flight->mark, body, frame->length);
	return status == STATUS_OK ? status : client_fail(client, status, NULL);
}

/* A mark must be about the very look that it precedes. */
static enum status client_use_mark(struct client *client, struct flight *flight,
				   struct client_answer *answer)
{
	struct entry expected = {.class_ = ENTRY_ACCESS, .rpc = flight->rpc->number};
	ProtobufCMessage *mark;
	enum status status;

	if (flight->mark.len == 0)
		return STATUS_OK;
	status = client_unpack(client, &pb__mark__descriptor, buf_head(&flight->mark),
			       flight->mark.len, &mark);
	if (status != STATUS_OK)
		return status;
	buf_clear(&flight->mark);
	answer->mark = (const Pb__Mark *)mark;
	return client_judge(client, &answer->mark->entry, answer->mark->proof, &expected, NULL,
			    answer);
}

static enum status client_take(struct client *client, struct flight *flight,
			       const struct frame *frame, const uint8_t *body,
			       struct client_answer *answer)
{
	size_t len = frame->length;
	bool stream = flight->rpc->lane == LANE_SCAN;
	enum status status = STATUS_OK;

	answer->rpc = flight->rpc;
	answer->dry_run = flight->dry_run;
	if (frame->kind == FRAME_ERROR)
		return client_take_refusal(client, flight, body, len, answer);
	if (stream != (frame->kind == FRAME_ITEM || frame->kind == FRAME_END))
		return client_fail(client, STATUS_FRAME_INVALID,
				   N_("the server mixed up streams and answers"));
	if (frame->kind == FRAME_END) {
		status = client_use_mark(client, flight, answer);
		return status == STATUS_OK ? client_take_end(client, flight, body, len, answer)
					   : status;
	}
	if (stream) {
		hash_add(flight->hash, body, len);
		flight->items++;
	} else if (flight->rpc->lane == LANE_WRITE) {
		status = client_take_receipt(client, flight, &body, &len, answer);
	}
	if (status == STATUS_OK)
		status = client_use_mark(client, flight, answer);
	if (status != STATUS_OK)
		return status;
	return client_unpack(client, flight->rpc->reply, body, len, &answer->reply);
}

/* What a connection's end was for: a sentence that needs no facts, or the status. */
static const char *why_of(const Pb__Refusal *refusal)
{
	const struct reason *reason = reason_find(refusal->reason);

	if (reason != NULL && strchr(reason->text, '{') == NULL)
		return reason->text;
	return status_text((enum status)refusal->status);
}

enum status client_take_other(struct client *client, const struct frame *frame, const uint8_t *body)
{
	struct client_answer answer;
	enum status status;

	switch (frame->kind) {
	case FRAME_PING:
		return client_put_empty(client, FRAME_PONG, 0, frame->request_id);
	case FRAME_PONG:
		return STATUS_OK;
	case FRAME_ERROR:
		status = client_unpack_refusal(client, body, frame->length, &answer);
		if (status != STATUS_OK)
			return status;
		/* It is about no request, so nothing can be missing; and to who waits for answers
		 * it would say that there is none yet. */
		if (answer.status == STATUS_NOT_FOUND)
			return client_fail(client, STATUS_FRAME_INVALID,
					   N_("the server answered what was not asked"));
		return client_fail(client, answer.status, why_of(answer.refusal));
	default:
		return client_fail(client, STATUS_FRAME_INVALID,
				   N_("the server answered what was not asked"));
	}
}

static void client_heard(struct client *client, const struct frame *frame)
{
	/* A pong proves that the server lives, which is all that a quiet stream can show; what
	 * is no stream must be answered. */
	if (frame->kind == FRAME_PONG && client->flights.count > client->flights.streams)
		return;
	client->heard = clock_monotonic();
	client->pinged = false;
}

enum status client_poll(struct client *client, struct client_answer *answer)
{
	struct frame frame;
	const uint8_t *body;
	struct flight *flight;
	enum status status = client->failed;

	while (status == STATUS_OK) {
		status = link_next(&client->link, &frame, &body);
		if (status == STATUS_NOT_FOUND)
			return status;
		if (status != STATUS_OK)
			return client_fail(client, status, NULL);
		client_heard(client, &frame);
		arena_reset(&client->arena);
		flight = flights_find(&client->flights, frame.request_id);
		if (flight != NULL && frame.kind == FRAME_MARK) {
			status = client_take_mark(client, flight, &frame, body);
			continue;
		}
		if (flight == NULL || frame.kind < FRAME_ANSWER || frame.kind > FRAME_ERROR) {
			status = client_take_other(client, &frame, body);
			continue;
		}
		*answer = (struct client_answer){
			.request_id = frame.request_id,
			.kind = (enum frame_kind)frame.kind,
		};
		status = client_take(client, flight, &frame, body, answer);
		if (frame.kind != FRAME_ITEM)
			flights_remove(&client->flights, flight);
		return status;
	}
	return status;
}

enum status client_tick(struct client *client)
{
	int64_t now = clock_monotonic();

	if (client->failed != STATUS_OK || client->flights.count == 0)
		return client->failed;
	if (now >= client->heard + client->timeout)
		return client_fail(client, STATUS_TIMEOUT, N_("the server does not answer"));
	if (client->pinged || now < client->heard + client->timeout / 2)
		return STATUS_OK;
	client->pinged = true;
	return client_put_empty(client, FRAME_PING, 0, client->flights.counter);
}

static enum status client_wait(struct client *client)
{
	int64_t patience = client->pinged ? client->timeout : client->timeout / 2;
	enum status status = link_flush(&client->link);

	if (status == STATUS_OK)
		status = link_wait(&client->link, client->heard + patience);
	return status == STATUS_TIMEOUT ? client_tick(client) : status;
}

enum status client_receive(struct client *client, struct client_answer *answer)
{
	enum status status;

	while ((status = client_poll(client, answer)) == STATUS_NOT_FOUND) {
		status = client_wait(client);
		if (status != STATUS_OK)
			return client_fail(client, status, NULL);
	}
	return status;
}
