/*
 * The records of a ledger bundle, "dossier-bundle/1": what head office hands to an auditor, and
 * what he verifies with the cable out. The file is described in proto/PROTOCOL.md, section "The
 * bundle". Here one record at a time goes from and to bytes; which may follow which is judged by
 * who reads (client/lib/verify.h). Decoding takes any bytes; pointers of a record borrow them.
 */
#ifndef COMMON_BUNDLE_H
#define COMMON_BUNDLE_H

#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/entry.h"
#include "common/merkle.h"
#include "common/note.h"
#include "common/status.h"

#define BUNDLE_MAGIC "dossier-bundle/1\n"
#define BUNDLE_MAGIC_LEN (sizeof(BUNDLE_MAGIC) - 1)
#define BUNDLE_PREFIX_LEN 5                  /* u8 kind, u32 length of the body */
#define BUNDLE_BODY_MAX (1024 * 1024 - 4096) /* a part of the stream has a record whole */
#define BUNDLE_NUMBER_MAX 255                /* bytes of an item's number */

enum bundle_kind {
	BUNDLE_BEGIN = 1,  /* where it begins */
	BUNDLE_FULL = 2,   /* an entry with what was asked and decided */
	BUNDLE_ERASED = 3, /* an entry of whose content something was erased */
	BUNDLE_HEADER = 4, /* an entry's header alone */
	BUNDLE_LEAF = 5,   /* an entry's leaf hash alone */
	BUNDLE_ITEM = 6,   /* one item as it stood after the entries before this record */
	BUNDLE_HEAD = 7,   /* a signed head and how it fits */
	BUNDLE_END = 8,    /* where it ends */
};

enum bundle_standing {
	BUNDLE_HERE = 0,   /* not on loan */
	BUNDLE_LENT = 1,   /* the item itself is on loan */
	BUNDLE_SEALED = 2, /* not told */
};

/* The tree of the entries before the bundle's first. */
struct bundle_begin {
	uint64_t from;
	const uint8_t *peaks; /* popcount(from) hashes, largest first */
};

/* Of an entry. */
struct bundle_entry {
	const uint8_t *header; /* of FULL, ERASED and HEADER */
	size_t header_len;
	const uint8_t *salt;    /* of FULL and ERASED: ENTRY_SALT_LEN */
	const uint8_t *payload; /* likewise */
	size_t payload_len;
	const uint8_t *leaf; /* of LEAF: HASH_LEN */
};

struct bundle_item {
	uint64_t id;
	uint8_t standing;  /* enum bundle_standing; the four that follow are 0 unless LENT */
	uint64_t loan;     /* id */
	uint64_t borrower; /* a principal's id; 0: from outside */
	int64_t since;     /* microseconds since the epoch, UTC */
	int32_t due;       /* days since 1970-01-01 */
	const char *number;
	size_t number_len;
};

/* A signed note, and the consistency proof between the bundle's end and the note's size, from the
 * smaller to the larger of the two. */
struct bundle_head {
	const char *note;
	size_t note_len;
	struct merkle_proof proof;
};

struct bundle_end {
	uint64_t to; /* entries there are after the last one in it */
	const uint8_t *root;
	uint64_t items;            /* ITEM records */
	uint8_t whole;             /* 1: these are all items in scope; 0: none were asked for */
	struct merkle_proof proof; /* that the tree at `from` is the beginning of the one at `to` */
};

struct bundle_record {
	enum bundle_kind kind;
	union {
		struct bundle_begin begin;
		struct bundle_entry entry;
		struct bundle_item item;
		struct bundle_head head;
		struct bundle_end end;
	};
};

/* Appends a record. STATUS_LIMIT when it is larger than one may be; STATUS_MEMORY. */
MUST_CHECK enum status bundle_put(struct buf *to, const struct bundle_record *record);

/* Reads kind and length of a body from BUNDLE_PREFIX_LEN bytes. STATUS_INVALID when there is no
 * such kind, or the body is longer than any may be. */
MUST_CHECK enum status bundle_prefix(const uint8_t *from, enum bundle_kind *kind, size_t *len);

/* Decodes a body. STATUS_INVALID when it is none of that kind; there is one form for each record
 * only. What an entry's header says is left to common/entry.h. */
MUST_CHECK enum status bundle_decode(struct bundle_record *record, enum bundle_kind kind,
				     const uint8_t *body, size_t len);

/* Of an ERASED entry's payload: sets how many bytes of it are left of what was; behind them stand
 * 0x80 and zeros. STATUS_INVALID when it has no such end. */
MUST_CHECK enum status bundle_left(const uint8_t *payload, size_t len, size_t *left);

#endif
