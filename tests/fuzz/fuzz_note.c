/* Notes, checkpoints, keys and proofs from anywhere do no harm, and what is read is written back as
 * it was. */
#include <stdlib.h>
#include <string.h>

#include "common/checkpoint.h"
#include "common/tlogproof.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void same(struct buf *written, const void *read, size_t len)
{
	if (written->len != len || memcmp(buf_head(written), read, len) != 0)
		abort();
	buf_release(written);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct note note;
	struct note_key key = {.name = "log", .type = NOTE_COSIGNATURE};
	struct checkpoint checkpoint;
	struct tlogproof proof;
	struct buf extra = BUF_EMPTY, back = BUF_EMPTY;
	char vkey[NOTE_VKEY_MAX + 1];

	if (note_parse(&note, data, len) == STATUS_OK &&
	    note_verify(&note, &key, NULL) == STATUS_OK)
		abort();
	if (checkpoint_parse(&checkpoint, (const char *)data, len) == STATUS_OK &&
	    checkpoint_format(&checkpoint, &back) == STATUS_OK)
		same(&back, data, back.len);
	if (tlogproof_parse(&proof, data, len, &extra) == STATUS_OK &&
	    tlogproof_format(&proof, &back) == STATUS_OK)
		same(&back, data, len);
	if (note_key_parse(&key, (const char *)data, len) == STATUS_OK) {
		note_key_format(&key, vkey);
		if (strlen(vkey) != len || memcmp(vkey, data, len) != 0)
			abort();
	}
	buf_release(&extra);
	return 0;
}
