/*
 * Who may be issued a certificate, and until when: one-time codes, renewals, and what ends them.
 * Knows nothing of keys but their hashes, and signs nothing.
 *
 *   code      lives [enrolment] code_hours, works once, for one key; a newer one withdraws it
 *   staff     [enrolment] staff_days
 *   outsider  [enrolment] outsider_days, never beyond the last end of his approved grants;
 *             outsider_pending_days while he has none
 *   person    has 32 certificates at once that are good; one more is refused, STATUS_LIMIT
 */
#ifndef SERVER_SERVICE_ENROLMENT_H
#define SERVER_SERVICE_ENROLMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/hash.h"
#include "proto/record.pb-c.h"
#include "server/service/call.h"

/* A certificate that may be issued. Texts and rows are of the call's arena. */
struct warrant {
	const Pb__Principal *principal; /* NULL: nobody, the code never was ours */
	bool outsider;
	int64_t not_after;            /* seconds since the epoch */
	const Pb__Certificate *again; /* the code was used by this same key: answer with this one */
};

/* By a code's hash, for a key. STATUS_DENIED, code_invalid: the same whatever is wrong with it;
 * the principal is set all the same when there is such a code. */
MUST_CHECK enum status enrolment_by_code(struct call *call, const uint8_t code[static HASH_LEN],
					 const uint8_t key[static HASH_LEN],
					 struct warrant *warrant);

/* For the caller, in place of the certificate that speaks. */
MUST_CHECK enum status enrolment_renewal(struct call *call, struct warrant *warrant);

/* A new code for a person, by its hash: the row to be. STATUS_INVALID when it is no hash,
 * STATUS_CONFLICT when there is such a code. */
MUST_CHECK enum status enrolment_new(struct call *call, const ProtobufCBinaryData *hash,
				     const Pb__Principal *principal, Pb__Enrolment **enrolment);

/* All certificates of a person that could still speak, as they are once revoked: rows and their
 * array of the arena. STATUS_MEMORY. */
MUST_CHECK enum status enrolment_revoke(struct call *call, const Pb__Principal *principal,
					Pb__Certificate ***revoked, size_t *count);

#endif
