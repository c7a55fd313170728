/* Whatever an answer holds, masking it ends, what it leaves can be packed, and masking that once
 * more changes nothing. The first byte chooses the reply, the second the right. */
#include "server/service/mask.h"

#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/message.h"
#include "common/rpc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void mask_again(const ProtobufCMessageDescriptor *type, const ProtobufCMessage *masked,
		       enum mask_right right, struct arena *arena)
{
	struct buf packed = BUF_EMPTY;

	if (message_pack(masked, &packed) != STATUS_OK)
		abort();
	ProtobufCBinaryData bytes = {packed.len, (uint8_t *)(uintptr_t)buf_head(&packed)};
	if (mask_packed(type, &bytes, right, arena) != STATUS_OK || bytes.len != packed.len ||
	    (bytes.len > 0 && memcmp(bytes.data, buf_head(&packed), bytes.len) != 0))
		abort();
	buf_release(&packed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	size_t count;
	const struct rpc *all = rpc_all(&count);
	struct message_fault fault;
	struct arena arena;
	ProtobufCMessage *message;

	if (len < 2)
		return 0;
	const ProtobufCMessageDescriptor *type = all[data[0] % count].reply;
	enum mask_right right = (enum mask_right)(data[1] % (MASK_RIGHT_SECRET + 1));
	arena_init(&arena, 64 << 20);
	if (message_unpack(type, data + 2, len - 2, &arena, &message, &fault) == STATUS_OK &&
	    mask_message(message, right, &arena) == STATUS_OK)
		mask_again(type, message, right, &arena);
	arena_release(&arena);
	return 0;
}
