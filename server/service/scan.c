#include "server/service/scan.h"

#include "common/frame.h"
#include "common/rpc.h"
#include "server/service/mask.h"

bool scan_more(struct scan *scan)
{
	if (scan->status != STATUS_OK || scan->looked >= SCAN_ROWS_MAX ||
	    scan->out->len >= SCAN_BYTES_MAX)
		return false;
	scan->looked++;
	return true;
}

/* Every RPC has a reply message of its own. */
static uint16_t rpc_of_reply(const ProtobufCMessageDescriptor *descriptor)
{
	size_t count;
	const struct rpc *rpc = rpc_all(&count);

	for (size_t i = 0; i < count; i++)
		if (rpc[i].reply == descriptor)
			return rpc[i].number;
	return 0;
}

void scan_emit(struct scan *scan, ProtobufCMessage *reply)
{
	struct frame frame = {.kind = FRAME_ITEM, .request_id = scan->request_id};
	size_t len;
	uint8_t *to;

	if (scan->status == STATUS_OK)
		scan->status = mask_message(reply, MASK_RIGHT_NONE, scan->arena);
	if (scan->status != STATUS_OK)
		return;
	len = protobuf_c_message_get_packed_size(reply);
	if (len > FRAME_BODY_MAX_ANSWER) {
		scan->status = STATUS_FRAME_TOO_LARGE;
		return;
	}
	to = buf_reserve(scan->out, FRAME_HEADER_LEN + len);
	if (to == NULL) {
		scan->status = STATUS_MEMORY;
		return;
	}
	frame.length = (uint32_t)len;
	frame.rpc = rpc_of_reply(reply->descriptor);
	frame_encode(to, &frame);
	protobuf_c_message_pack(reply, to + FRAME_HEADER_LEN);
	hash_add(scan->hash, to + FRAME_HEADER_LEN, len);
	buf_added(scan->out, FRAME_HEADER_LEN + len);
	scan->count++;
}
