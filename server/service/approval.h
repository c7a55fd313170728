/*
 * Approvals (审批): asked for by an act, decided level by level (approval_decide.c), used by an act
 * that is exactly what was asked. Which levels decide is said by the rule of the kind in the
 * settings (common/ruling.h); rule and inputs are kept, so that it can be judged again.
 *
 *   WAITING ──last level approves──> APPROVED ──used, ONCE──> USED
 *      ├──one level declines──> DECLINED
 *      └──asker withdraws──> WITHDRAWN
 *
 * Expired is an APPROVED one that was not used in time: derived, never stored.
 */
#ifndef SERVER_SERVICE_APPROVAL_H
#define SERVER_SERVICE_APPROVAL_H

#include <stdbool.h>
#include <stdint.h>

#include "common/approval.h"
#include "common/hash.h"
#include "common/ruling.h"
#include "proto/request.pb-c.h"
#include "server/service/call.h"

/* What is asked for. */
struct approval_ask {
	enum approval_kind kind;
	uint64_t office;        /* whose head decides: that of the subject */
	struct subject subject; /* what it is about */
	const char *number;     /* of the subject */
	const char *reason;     /* borrowed */
	const char *detail;     /* for people, in one line; borrowed */
	const uint8_t
		*digest;     /* of what exactly is asked, HASH_LEN; NULL: the subject says it all */
	Pb__Secrecy secrecy; /* of the object; none when it has none */
	Pb__Authenticity authenticity; /* likewise */
};

/* The words of the rules for what an object is; NULL when that is not known. */
const char *approval_secrecy_word(Pb__Secrecy secrecy);
const char *approval_authenticity_word(Pb__Authenticity authenticity);

/* ---- asking ---- */

/* Whether the rule in force asks for an approval at all. STATUS_MEMORY. */
MUST_CHECK enum status approval_needed(struct call *call, const struct approval_ask *ask,
				       bool *needed);

/* Decides a new approval, for the reply of the asking act, whose apply gives it to
 * approval_opened_put(). Adds approval and subject as subjects. Where the rule asks for no level
 * it is APPROVED at once. The reason is the caller's to judge. STATUS_LIMIT, STATUS_MEMORY. */
MUST_CHECK enum status approval_open(struct call *call, const struct approval_ask *ask,
				     Pb__ApprovalOpened **opened);

/* Stores what was decided. */
void approval_opened_put(struct txn *txn, const Pb__ApprovalOpened *opened);

/* The last level has approved, or there is none: from now on it may be used. */
void approval_approve(const struct call *call, Pb__Approval *row);

/* ---- using ---- */

/* Refuses with STATUS_BLOCKED, approval_needed: the subject's number and the word of the kind. */
enum status approval_refuse_needed(struct call *call, const struct approval_ask *ask);

/* An act uses the caller's approval of that number: *row is the approval as USED; its id goes into
 * the reply and from there to approval_used_put(). The ask is what is done now, made as when it was
 * asked for (number, reason, detail do not count). Adds the approval as subject. "" refuses as
 * above; where the rule asks for none it is STATUS_OK, and *row NULL. STATUS_NOT_FOUND,
 * approval_unknown: none of that number is the caller's. STATUS_BLOCKED: not approved yet,
 * declined, withdrawn, used, expired, or given for something else. */
MUST_CHECK enum status approval_take(struct call *call, const char *number,
				     const struct approval_ask *ask, Pb__Approval **row);

/* The same for a look, which changes nothing: the writer judges approval_is_usable() once more when
 * it enters the look, and its apply marks the approval used. */
MUST_CHECK enum status approval_look(struct call *call, const char *number,
				     const struct approval_ask *ask, const Pb__Approval **row);

/* Whether the principal may use it now. */
bool approval_is_usable(const Pb__Approval *row, uint64_t principal, int64_t now);

/* Makes it USED at a time. */
void approval_use(Pb__Approval *row, int64_t at);

/* For apply: it was used at a time. Its row stays out of the replies of acts that use it: what was
 * asked is nobody's who sees the act. */
void approval_used_put(struct txn *txn, uint64_t id, int64_t at);

/* ---- looking at one ---- */

/* Whether it was approved and not used in time. */
bool approval_is_expired(const Pb__Approval *row, int64_t now);

/* Whether it waits longer than the settings say. */
bool approval_is_overdue(const struct call *call, const Pb__Approval *row);

/* By number, whoever it belongs to; NULL when there is none. */
Pb__Approval *approval_of_number(struct call *call, const char *number);

/* Refuses as approval_unknown. */
enum status approval_refuse_unknown(struct call *call, const char *number);

/* Refuses saying how a row that no longer waits ended: declined, approved, withdrawn, used. */
enum status approval_refuse_settled(struct call *call, enum status status, const Pb__Approval *row);

#endif
