/* The records of a journal's file, for who writes them (journal.c) and who settles them (settle.c).
 */
#ifndef CLIENT_LIB_JOURNAL_FILE_H
#define CLIENT_LIB_JOURNAL_FILE_H

#include "common/frame.h"

enum journal_record {
	JOURNAL_OWNER = 1, /* u64 principal, origin */
	JOURNAL_BEGIN = 2, /* key, u16 rpc, packed request */
	JOURNAL_DONE = 3,  /* key */
};

/* Lengths with the kind's byte, without what has no fixed length. */
#define JOURNAL_OWNER_LEN (1 + 8)
#define JOURNAL_BEGIN_LEN (1 + FRAME_KEY_LEN + 2)
#define JOURNAL_DONE_LEN (1 + FRAME_KEY_LEN)

#endif
