/*
 * Every head that was signed, appended to a file and not waited for: 128 bytes each, u64 size, 32
 * bytes root, i64 time, 64 bytes signature, zeros, u32 crc32c of the rest. A power cut may take the
 * last of them, or leave zeros where they were. Room is reserved ahead, so that a full disk is met
 * before something is signed. A last one that is torn is written over. Used by signer.c, and read
 * by who checks. One thread.
 */
#ifndef SERVER_LEDGER_HEADLOG_H
#define SERVER_LEDGER_HEADLOG_H

#include <stdint.h>

#include "common/ed25519.h"
#include "server/ledger/slots.h"

#define HEADLOG_RECORD_LEN 128 /* bytes */

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

/* ---- reading ---- */

/* A head as it was signed. */
struct headlog_record {
	struct head head; /* without a turn */
	uint8_t signature[ED25519_SIGNATURE_LEN];
};

/* Opens for reading only, beside one who appends: it ends where it ends now. STATUS_NOT_FOUND when
 * there is no file. */
MUST_CHECK enum status headlog_look(struct headlog *log, const char *path);

/* Reads the record at *at, from 0 on, and moves it on; zeros, and a last one that is torn, are
 * passed over. STATUS_NOT_FOUND at the end; STATUS_CORRUPT: that one is damaged, the next may be
 * whole. */
MUST_CHECK enum status headlog_next(const struct headlog *log, uint64_t *at,
				    struct headlog_record *record);

#endif
