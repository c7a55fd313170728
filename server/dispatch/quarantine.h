/*
 * Whether the ledger that is there is the one that was signed. What was signed can never be taken
 * back, so a ledger that lost or changed something of it is only read, and nothing is signed, until
 * the right one is there again: quarantine.
 */
#ifndef SERVER_DISPATCH_QUARANTINE_H
#define SERVER_DISPATCH_QUARANTINE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/hash.h"
#include "common/status.h"
#include "server/ledger/ledger.h"

#define QUARANTINE_WHY_LEN 512

/* What the signer remembers of DATA's ledger. */
struct remembered {
	enum status status; /* STATUS_NOT_FOUND: nothing; STATUS_CORRUPT: it cannot be read */
	uint64_t size;      /* 0: an empty ledger that is just being founded */
	uint8_t root[HASH_LEN];
};

/* Read it before the ledger: beside a running server that is then never behind. STATUS_STORAGE. */
MUST_CHECK enum status quarantine_remember(struct remembered *remembered, const char *data);

/* STATUS_OK: the ledger begins with what was signed. STATUS_QUARANTINE: it does not, or nobody
 * knows; why says what was expected, what is there, and what to do. STATUS_CORRUPT,
 * STATUS_STORAGE, STATUS_MEMORY: it could not be judged. */
MUST_CHECK enum status quarantine_judge(const struct remembered *remembered,
					const struct ledger *ledger,
					char why[static QUARANTINE_WHY_LEN]);

/* Opens DATA's ledger for writing, as ledger_open_trusting() or ledger_open() do; quarantine is
 * then "". Or says there why it may not be changed: when signed entries are missing it is open for
 * reading only, since what is left of them behind its end is no torn group that may be cleared
 * away. */
MUST_CHECK enum status quarantine_open(struct ledger **ledger, const char *data, bool is_trusted,
				       char quarantine[static QUARANTINE_WHY_LEN],
				       char why[static LEDGER_WHY_LEN]);

#endif
