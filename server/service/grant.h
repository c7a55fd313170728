/*
 * Grants (查阅授权): asked for by somebody from outside himself (grant_request.c), or by a clerk
 * from a paper letter; papers are checked off (grant_paper.c); a second person approves
 * (approval.h); used through cover.h; ended by time, by its number of looks, or by grant_revoke.
 *
 * What an outsider names must not tell him what there is. So his own request keeps his words, and
 * they are looked up when a clerk checks off his first paper: then the approval is opened. Until it
 * is approved he is shown his own words and nothing that was found. A clerk's request is looked up
 * at once and opens the approval at once.
 */
#ifndef SERVER_SERVICE_GRANT_H
#define SERVER_SERVICE_GRANT_H

#include "common/paper.h"
#include "proto/request.pb-c.h"
#include "server/service/call.h"

/* By number, within the scope. STATUS_NOT_FOUND, grant_unknown. */
MUST_CHECK enum status grant_find(struct call *call, const char *number, Pb__Grant **grant);

/* How far it is: derived. */
Pb__GrantState grant_state(struct call *call, const Pb__Grant *grant);

/* Papers that are missing, as paper_missing(). */
size_t grant_missing(struct call *call, const Pb__Grant *grant,
		     const char *missing[static PAPERS_MISSING_MAX]);

/* Looks up what the grant names in words, within the caller's scope; what is found is named by id
 * from then on, and a subject of the entry. strict: refuses at the first that is not there
 * (STATUS_NOT_FOUND) or is not the organisation's own (STATUS_DENIED, grant_own_records); else such
 * words are left. STATUS_DENIED, office_forbids, for a series of another office. */
MUST_CHECK enum status grant_look_up(struct call *call, const Pb__Principal *grantee, bool strict,
				     Pb__Grant *grant);

/* Opens the approval of a grant whose names are looked up; sets its approval_id. Where the rule
 * asks for none it is approved by that, so it stays unopened until the papers are complete. */
MUST_CHECK enum status grant_ask_approval(struct call *call, const Pb__Principal *grantee,
					  Pb__Grant *grant, Pb__ApprovalOpened **opened);

/* What must be so before a level may approve a grant: it has not ended (STATUS_BLOCKED,
 * approval_too_late), nobody decides who checked its papers (STATUS_DENIED, grant_own_check), and
 * for the last level they are complete (STATUS_BLOCKED, papers_missing). */
MUST_CHECK enum status grant_judge_approval(struct call *call, const Pb__Approval *approval,
					    bool last);

/* As people are shown it; the grantee himself is not told what was found until it is approved. NULL
 * when the arena is full. */
Pb__GrantView *grant_view(struct call *call, const Pb__Grant *grant);

#endif
