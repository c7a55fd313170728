/*
 * Who signs the ledger's heads, and remembers what was signed last in a small file of his own, so
 * that neither a shorter nor a forked ledger can ever be signed, whoever put it there. Knows
 * nothing of entries. In a process of its own one day: nothing here looks at the ledger.
 *
 *   DIR/head         two slots of 512 bytes, the second at 4096, written in turn, each: "DOSHEAD1",
 *                    u64 turn, u64 size, 32 bytes root, i64 time, zeros, u32 crc32c of the rest.
 * The whole one with the higher turn counts. DIR/checkpoints  every head signed, 128 bytes each,
 * appended and not waited for: u64 size, 32 bytes root, i64 time, 64 bytes signature, zeros, u32
 * crc32c of the rest
 *
 * Threads: all belong to the writer but signer_head() and signer_key(), which are for any thread.
 */
#ifndef SERVER_LEDGER_SIGNER_H
#define SERVER_LEDGER_SIGNER_H

#include <stddef.h>
#include <stdint.h>

#include "common/checkpoint.h"
#include "common/merkle.h"
#include "common/status.h"

#define SIGNER_WHY_LEN 512
#define SIGNER_NOTE_MAX 2048 /* bytes of a head as we sign it; an origin has at most 255 */

/* The newest head as it is shown. */
struct signed_head {
	uint64_t size; /* 0: nothing is signed yet */
	uint8_t root[HASH_LEN];
	int64_t time;          /* when it was signed, microseconds since the epoch, UTC */
	size_t checkpoint_len; /* bytes of the signed note */
	char checkpoint[SIGNER_NOTE_MAX];
	size_t heartbeat_len; /* of the newest one, which may be of an older head; 0: none yet */
	char heartbeat[SIGNER_NOTE_MAX];
};

struct signer;

/* Makes DIR with an empty head: for a ledger that is just being founded. DIR's name lasts when its
 * parent is synced. STATUS_CONFLICT when it is there. */
MUST_CHECK enum status signer_create(const char *directory);

/* Reads what was signed last, beside a running server or none. STATUS_NOT_FOUND when DIR has no
 * head, STATUS_CORRUPT when neither slot is whole. */
MUST_CHECK enum status signer_read(const char *directory, uint64_t *size,
				   uint8_t root[static HASH_LEN]);

/* Opens DIR; key is the log key's PEM. Nothing can be shown until the first signer_sign().
 * STATUS_NOT_FOUND, STATUS_CORRUPT as above, STATUS_INVALID when key or origin are not good for
 * signing, and a sentence in why. */
MUST_CHECK enum status signer_open(struct signer **signer, const char *directory,
				   const char *origin, const void *key_pem, size_t key_len,
				   char why[static SIGNER_WHY_LEN]);
void signer_close(struct signer *signer);

/* What was signed last: size 0 when nothing. */
void signer_last(const struct signer *signer, uint64_t *size, uint8_t root[static HASH_LEN]);

/* Makes room for what the next signature leaves, so that a full disk is met before something is
 * entered that then cannot be signed. STATUS_STORAGE, STATUS_STORAGE_FULL. */
MUST_CHECK enum status signer_reserve(struct signer *signer);

/* Signs a head that grew from the last one, as the consistency proof from there shows; the same
 * head again is fine. Remembers it durably first. STATUS_QUARANTINE: it is shorter or forked, and
 * is not signed; STATUS_STORAGE, STATUS_STORAGE_FULL, STATUS_MEMORY: nothing was signed, and only
 * opening it anew tells what is remembered. */
MUST_CHECK enum status signer_sign(struct signer *signer, uint64_t size,
				   const uint8_t root[static HASH_LEN],
				   const struct merkle_proof *proof, int64_t now);

/* Signs the last head once more, with the time: a heartbeat. Nothing when signer_sign() was not
 * called yet. */
MUST_CHECK enum status signer_beat(struct signer *signer, int64_t now);

/* Copies the newest head; an empty one when there is none, or no signer (NULL: the ledger is in
 * quarantine). Any thread. */
void signer_head(const struct signer *signer, struct signed_head *head);

/* The key that signs now, as clients pin it. Any thread. */
void signer_key(const struct signer *signer, struct note_key *key);

/* ---- one key follows another ---- */

/* Keys besides the one that signs: the old one signs too, from the next signature on, and the next
 * one may follow. Taken over; NULL: none. STATUS_INVALID when the next one is the one that signs:
 * then it is none. */
MUST_CHECK enum status signer_companions(struct signer *signer, struct ed25519 *old_key,
					 struct ed25519 *next_key);

/* The key that may follow. STATUS_NOT_FOUND when there is none. */
MUST_CHECK enum status signer_next(const struct signer *signer, struct note_key *key);

/* It follows: from the next signature on it signs, and the one that signed until now beside it.
 * There is one. */
void signer_succeed(struct signer *signer);

#endif
