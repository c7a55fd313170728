#include "tests/crash/signature.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/checkpoint.h"
#include "common/note.h"
#include "common/path.h"
#include "server/ledger/signer.h"
#include "tests/crash/record.h"

void signature_told(const Pb__Proof *proof)
{
	struct checkpoint head;
	struct note note;
	if (proof == NULL ||
	    note_parse(&note, proof->checkpoint.data, proof->checkpoint.len) != STATUS_OK ||
	    checkpoint_parse(&head, note.text, note.text_len) != STATUS_OK ||
	    head.size <= proof->index) {
		(void)fprintf(stderr, "an answer without its proof\n");
		abort();
	}
	record_ack(head.size - 1);
}

uint64_t signature_remembered(const char *data)
{
	struct path path;
	uint8_t root[HASH_LEN];
	uint64_t size = 0;
	if (path_join(&path, data, "signer") != STATUS_OK ||
	    signer_read(path.text, &size, root) != STATUS_OK)
		return UINT64_MAX;
	return size;
}

const char *signature_judge(const struct engine *engine, uint64_t remembered, uint64_t acked)
{
	if (remembered == UINT64_MAX)
		return "the signer's memory cannot be read";
	if (remembered < acked)
		return "a signature left that the signer does not remember";
	if (remembered > ledger_size(engine_ledger(engine)))
		return "a head is signed beyond the ledger";
	return engine_quarantine(engine)[0] == '\0' ? NULL : "a crash alone ends in quarantine";
}
