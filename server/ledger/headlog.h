/*
 * Every head that was signed, appended to a file and not waited for: 128 bytes each, u64 size, 32
 * bytes root, i64 time, 64 bytes signature, zeros, u32 crc32c of the rest. A power cut may take the
 * last of them, or leave zeros where they were. Room is reserved ahead, so that a full disk is met
 * before something is signed. Used by signer.c alone. One thread.
 */
#ifndef SERVER_LEDGER_HEADLOG_H
#define SERVER_LEDGER_HEADLOG_H

#include <stdint.h>

#include "common/ed25519.h"
#include "server/ledger/slots.h"

struct headlog {
	int fd;        /* owned; -1: closed */
	uint64_t end;  /* where the next one goes */
	uint64_t room; /* bytes of the file */
};

/* Opens, making the file when it is not there. */
MUST_CHECK enum status headlog_open(struct headlog *log, const char *path);
void headlog_close(struct headlog *log);

/* Room for one more. STATUS_STORAGE, STATUS_STORAGE_FULL. */
MUST_CHECK enum status headlog_reserve(struct headlog *log);

/* Appends. */
MUST_CHECK enum status headlog_append(struct headlog *log, const struct head *head,
				      const uint8_t signature[static ED25519_SIGNATURE_LEN]);

#endif
