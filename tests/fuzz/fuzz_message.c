/* What the scan lets through unpacks, packs again (numbers of a list now in one piece, which takes
 * a byte more for a short one), and passes the scan again. The first byte chooses the request. */
#include "common/message.h"

#include <stdlib.h>
#include "common/rpc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	size_t count;
	const struct rpc *all = rpc_all(&count);
	const ProtobufCMessageDescriptor *type = all[len > 0 ? data[0] % count : 0].request;
	struct buf buf = BUF_EMPTY;
	struct message_fault fault;
	struct arena arena;
	ProtobufCMessage *message;

	if (len == 0 || message_scan(type, data + 1, len - 1, &fault) != STATUS_OK)
		return 0;
	arena_init(&arena, 64 << 20);
	if (message_unpack(type, data + 1, len - 1, &arena, &message, &fault) != STATUS_OK ||
	    message_pack(message, &buf) != STATUS_OK || buf.len > 2 * len ||
	    message_scan(type, buf_head(&buf), buf.len, &fault) != STATUS_OK)
		abort();
	buf_release(&buf);
	arena_release(&arena);
	return 0;
}
