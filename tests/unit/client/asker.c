#include "tests/unit/client/asker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/addcheckpoint.h"
#include "tests/unit/client/folder.h"

int asker_open(void **state)
{
	struct asker *asker = calloc(1, sizeof(*asker));
	void *folder = NULL;

	if (folder_make(&folder) != 0)
		return 1;
	asker->folder = folder;
	cosigner_init(&asker->log, COSIGNERS_ORIGIN, NOTE_ED25519);
	cosigner_init(&asker->other, "other.example/log", NOTE_ED25519);
	cosigner_init(&asker->own, COSIGNERS_ORIGIN "/witness/chen", NOTE_COSIGNATURE);
	asker->witness = (struct witness){.directory = asker->folder,
					  .logs = &asker->log.key,
					  .log_count = 1,
					  .as = asker->own.key,
					  .key = asker->own.private};
	*state = asker;
	return 0;
}

int asker_close(void **state)
{
	struct asker *asker = *state;
	void *folder = asker->folder;

	witness_answer_release(&asker->answer);
	buf_release(&asker->body);
	cosigner_release(&asker->log);
	cosigner_release(&asker->other);
	cosigner_release(&asker->own);
	free(asker);
	return folder_drop(&folder);
}

enum witness_code ask_bytes(struct asker *asker, const void *bytes, size_t len)
{
	witness_answer_release(&asker->answer);
	assert_int_equal(
		witness_add_checkpoint(&asker->witness, bytes, len, ASKER_NOW, &asker->answer),
		STATUS_OK);
	return asker->answer.code;
}

void asker_make(struct asker *asker, const struct asked *asked)
{
	struct checkpoint head = cosigners_head(asked->size, asked->fork);
	struct addcheckpoint request = {.old = asked->old};
	struct buf note = BUF_EMPTY;
	const struct cosigner *by = asked->by != NULL ? asked->by : &asker->log;

	snprintf(head.origin, sizeof(head.origin), "%s", by->key.name);
	cosigner_beat(by, &head, asked->time != 0 ? asked->time : COSIGNERS_TIME, &note);
	if (asked->old < asked->size)
		cosigners_proof(asked->old, asked->size, asked->fork, &request.proof);
	request.note = (const char *)buf_head(&note);
	request.note_len = note.len;
	buf_clear(&asker->body);
	assert_int_equal(addcheckpoint_format(&request, &asker->body), STATUS_OK);
	buf_release(&note);
}

enum witness_code ask(struct asker *asker, struct asked asked)
{
	asker_make(asker, &asked);
	return ask_bytes(asker, buf_head(&asker->body), asker->body.len);
}

void asker_assert_last(const struct asker *asker, uint64_t size)
{
	struct checkpoint last;

	assert_int_equal(witness_last(&asker->witness, &last, NULL), STATUS_OK);
	assert_int_equal(last.size, size);
}
