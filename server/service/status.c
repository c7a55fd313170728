#include "server/service/approval.h"
#include "server/service/deciding.h"
#include "server/service/make.h"
#include "server/service/service.h"

#define LOANS_COUNTED_MAX 1000 /* a figure to look at, not a statistic */
#define APPROVALS_LOOKED_MAX 500
#define SCRATCH_MAX (1024 * 1024) /* one row at a time, with the grant that it is about */

enum status serve_whoami(struct call *call, const Pb__WhoamiRequest *request,
			 Pb__WhoamiReply *reply)
{
	const char **names;

	(void)request;
	if (call->principal == NULL)
		return STATUS_OK;
	names = arena_calloc(call->arena, PERMISSION_COUNT, sizeof(*names));
	reply->principal = principal_get(call->txn, call->principal->id, call->arena);
	reply->office = office_get(call->txn, call->office->id, call->arena);
	if (names == NULL || reply->principal == NULL || reply->office == NULL)
		return STATUS_MEMORY;
	reply->permissions = names;
	for (unsigned permission = 0; permission < PERMISSION_COUNT; permission++)
		if (role_may(call->role, (enum permission)permission))
			names[reply->n_permissions++] =
				permission_name((enum permission)permission);
	return call_subject(call, SUBJECT_PRINCIPAL, call->principal->id) ? STATUS_OK
									  : STATUS_LIMIT;
}

/* Counts an office's open loans due before a date, soonest first, until *count is at its limit. */
static void count_loans(struct call *call, uint64_t office, int32_t before, uint64_t *count)
{
	struct key key = {.len = 0};
	const Pb__Loan *loan;
	struct walk *walk;
	uint64_t id;

	key_u32(&key, 1);
	key_u64(&key, office);
	walk = index_walk(call->txn, INDEX_loan_open_by_office, &key);
	while (*count < LOANS_COUNTED_MAX && walk_next(walk, &id)) {
		if (before != INT32_MAX) {
			loan = loan_get(call->txn, id, call->arena);
			if (loan == NULL || loan->due >= before)
				break;
		}
		++*count;
	}
	walk_end(walk);
}

/* Only who sees all loans of his office, or of all, has a figure. */
static void count_in_scope(struct call *call, Pb__StatusReply *reply)
{
	enum scope scope =
		call->principal == NULL ? SCOPE_ALL : role_scope(call->role, PERMISSION_LOAN_READ);
	struct key all = {.len = 0};
	struct walk *walk;
	uint64_t office;

	if (scope < SCOPE_OFFICE)
		return;
	if (scope == SCOPE_OFFICE) {
		office = call->office->id;
		count_loans(call, office, INT32_MAX, &reply->open_loans);
		count_loans(call, office, call->today, &reply->overdue_loans);
		return;
	}
	walk = index_walk(call->txn, INDEX_office_by_code, &all);
	while (walk_next(walk, &office)) {
		count_loans(call, office, INT32_MAX, &reply->open_loans);
		count_loans(call, office, call->today, &reply->overdue_loans);
	}
	walk_end(walk);
}

/* What waits for the caller to decide, among the oldest of all that waits. */
static void count_approvals(struct call *call, Pb__StatusReply *reply)
{
	struct key key = {.len = 0};
	struct call inner = *call; /* so that many rows take the memory of one */
	struct deciding deciding;
	const Pb__Approval *row;
	struct arena scratch;
	struct walk *walk;
	enum reason_id why;
	uint64_t behalf;
	uint64_t id;

	deciding_init(&deciding, call);
	if (deciding.count == 0)
		return;
	inner.arena = &scratch;
	deciding.call = &inner;
	key_u32(&key, 1);
	arena_init(&scratch, SCRATCH_MAX);
	walk = index_walk(call->txn, INDEX_approval_waiting, &key);
	for (unsigned i = 0; i < APPROVALS_LOOKED_MAX && walk_next(walk, &id); i++) {
		row = approval_get(call->txn, id, &scratch);
		if (row != NULL && deciding_may(&deciding, row, &behalf, &why)) {
			reply->approvals_waiting++;
			reply->approvals_overdue += approval_is_overdue(call, row);
		}
		arena_reset(&scratch);
	}
	walk_end(walk);
	arena_release(&scratch);
}

static enum status status_ledger(struct call *call, Pb__StatusReply *reply)
{
	struct hash *hash = hash_new();
	struct mark mark;

	reply->ledger_root.data = arena_alloc(call->arena, HASH_LEN);
	if (hash == NULL || reply->ledger_root.data == NULL) {
		hash_free(hash);
		return STATUS_MEMORY;
	}
	mark_get(call->txn, &mark);
	merkle_root(&mark.tree, hash, reply->ledger_root.data);
	reply->ledger_root.len = HASH_LEN;
	reply->ledger_size = mark.tree.size;
	hash_free(hash);
	return STATUS_OK;
}

enum status serve_status(struct call *call, const Pb__StatusRequest *request,
			 Pb__StatusReply *reply)
{
	(void)request;
	if (call->health != NULL) {
		reply->server = call->health->server;
		reply->origin = call->health->origin;
		reply->started_at = call->health->started_at;
		reply->quarantine = call->health->quarantine;
		reply->connections = call->outsider ? 0 : call->health->connections;
	}
	reply->now = call->now;
	count_in_scope(call, reply);
	count_approvals(call, reply);
	return status_ledger(call, reply);
}
