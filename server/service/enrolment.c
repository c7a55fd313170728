#include "server/service/enrolment.h"

#include <string.h>

#include "server/service/find.h"
#include "server/service/make.h"
#include "server/service/service.h"

#define MICROSECONDS INT64_C(1000000)
#define HOUR (3600 * MICROSECONDS)
#define DAY_SECONDS INT64_C(86400)

/* Of a person, good at once: his machines', and what they had before a renewal. Who renews without
 * end would make more than one act can revoke, and the loss of a machine has to be one act. */
#define CERTIFICATES_MAX 32

/* ---- until when ---- */

static bool is_approved(struct call *call, const Pb__Grant *grant)
{
	const Pb__Approval *approval =
		grant->approval_id == 0 ? NULL
					: approval_get(call->txn, grant->approval_id, call->arena);

	return approval != NULL && approval->state == PB__APPROVAL_STATE__APPROVED &&
	       grant->revoked_at == 0 && grant->not_after > call->now;
}

/* The last end of the approved grants of a person, also of those that have not begun; 0: none. */
static int64_t grants_end(struct call *call, uint64_t principal)
{
	struct key key = {.len = 0};
	int64_t end = 0;
	struct walk *walk;
	uint64_t id;

	key_u64(&key, principal);
	walk = index_walk(call->txn, INDEX_grant_by_principal, &key);
	while (walk_next(walk, &id)) {
		const Pb__Grant *grant = grant_get(call->txn, id, call->arena);

		if (grant != NULL && grant->not_after > end && is_approved(call, grant))
			end = grant->not_after;
	}
	walk_end(walk);
	return end;
}

static void warrant_for(struct call *call, const Pb__Principal *principal, struct warrant *warrant)
{
	const struct config *config = call->config;
	const struct role *role = role_find((int)principal->role);
	int64_t days = config->enrolment_staff_days;
	int64_t end = 0;

	warrant->principal = principal;
	warrant->outsider = role == NULL || role->kind == ROLE_OUTSIDER;
	if (warrant->outsider) {
		end = grants_end(call, principal->id) / MICROSECONDS;
		days = end == 0 ? config->enrolment_outsider_pending_days
				: config->enrolment_outsider_days;
	}
	warrant->not_after = call->now / MICROSECONDS + days * DAY_SECONDS;
	if (end != 0 && end < warrant->not_after)
		warrant->not_after = end;
}

/* ---- how many ---- */

static bool is_good(const struct call *call, const Pb__Certificate *row)
{
	return row->revoked_at == 0 && row->not_after > call->now / MICROSECONDS;
}

/* Whether a person may have one more. */
static enum status judge_count(struct call *call, uint64_t principal)
{
	struct key key = {.len = 0};
	enum status status = STATUS_OK;
	unsigned count = 0;
	struct walk *walk;
	uint64_t id;

	key_u64(&key, principal);
	walk = index_walk(call->txn, INDEX_certificate_by_principal, &key);
	while (status == STATUS_OK && walk_next(walk, &id)) {
		const Pb__Certificate *row = certificate_get(call->txn, id, call->arena);

		if (row == NULL)
			status = STATUS_MEMORY;
		else
			count += is_good(call, row);
	}
	walk_end(walk);
	if (status != STATUS_OK || count < CERTIFICATES_MAX)
		return status;
	status = call_refuse(call, STATUS_LIMIT, REASON_certificates_many, NULL);
	call->refusal.limit = CERTIFICATES_MAX;
	return status;
}

enum status enrolment_renewal(struct call *call, struct warrant *warrant)
{
	*warrant = (struct warrant){0};
	warrant_for(call, call->principal, warrant);
	return judge_count(call, call->principal->id);
}

/* ---- codes ---- */

static Pb__Enrolment *find_code(struct call *call, const uint8_t *hash)
{
	struct key key = {.len = 0};
	uint64_t id;

	key_bytes(&key, hash, HASH_LEN);
	id = index_find(call->txn, INDEX_enrolment_by_code, &key);
	return id == 0 ? NULL : enrolment_get(call->txn, id, call->arena);
}

static bool is_usable(const struct call *call, const Pb__Enrolment *row)
{
	return row->certificate_id == 0 && !row->withdrawn && row->expires_at > call->now;
}

static bool is_hash(const ProtobufCBinaryData *bytes)
{
	return bytes->len == HASH_LEN;
}

static bool is_active(const Pb__Principal *principal)
{
	return principal != NULL && principal->state == PB__PRINCIPAL_STATE__ACTIVE;
}

/* The certificate that a code was used for, when it has this key and still speaks. */
static const Pb__Certificate *issued_to(struct call *call, const Pb__Enrolment *row,
					const uint8_t *key)
{
	const Pb__Certificate *certificate =
		row->certificate_id == 0
			? NULL
			: certificate_get(call->txn, row->certificate_id, call->arena);

	if (certificate == NULL || !is_good(call, certificate) || certificate->der.len == 0)
		return NULL;
	return is_hash(&certificate->key_hash) &&
			       memcmp(certificate->key_hash.data, key, HASH_LEN) == 0
		       ? certificate
		       : NULL;
}

enum status enrolment_by_code(struct call *call, const uint8_t code[static HASH_LEN],
			      const uint8_t key[static HASH_LEN], struct warrant *warrant)
{
	const Pb__Enrolment *row = find_code(call, code);
	const Pb__Principal *principal;

	*warrant = (struct warrant){0};
	if (row == NULL)
		return call_refuse(call, STATUS_DENIED, REASON_code_invalid, NULL);
	principal = principal_get(call->txn, row->principal_id, call->arena);
	if (principal != NULL)
		warrant_for(call, principal, warrant);
	warrant->again = issued_to(call, row, key);
	if (is_active(principal) && warrant->again != NULL)
		return STATUS_OK;
	if (is_active(principal) && is_usable(call, row))
		return judge_count(call, principal->id);
	return call_refuse(call, STATUS_DENIED, REASON_code_invalid, NULL);
}

enum status enrolment_new(struct call *call, const ProtobufCBinaryData *hash,
			  const Pb__Principal *principal, Pb__Enrolment **enrolment)
{
	Pb__Enrolment *row = make_enrolment(call);

	if (!is_hash(hash))
		return call_refuse_field(call, REASON_malformed, "code_hash", HASH_LEN);
	if (row == NULL)
		return STATUS_MEMORY;
	if (find_code(call, hash->data) != NULL)
		return call_refuse_taken(call, "code_hash", NULL);
	row->id = call_new_id(call, TABLE_enrolment);
	row->principal_id = principal->id;
	row->code_hash = *hash;
	row->made_by = call->principal == NULL ? 0 : call->principal->id;
	row->expires_at = call->now + call->config->enrolment_code_hours * HOUR;
	*enrolment = row;
	return STATUS_OK;
}

/* ---- principal_code ---- */

/* A person has at most one code that can still be used: each new one withdraws it. */
static enum status withdraw_code(struct call *call, Pb__PrincipalCodeReply *reply)
{
	struct key key = {.len = 0};
	Pb__Enrolment *found = NULL;
	struct walk *walk;
	uint64_t id;

	key_u64(&key, reply->principal->id);
	walk = index_walk(call->txn, INDEX_enrolment_by_principal, &key);
	while (found == NULL && walk_next(walk, &id)) {
		Pb__Enrolment *row = enrolment_get(call->txn, id, call->arena);

		if (row != NULL && is_usable(call, row))
			found = row;
	}
	walk_end(walk);
	if (found == NULL)
		return STATUS_OK;
	reply->withdrawn = arena_calloc(call->arena, 1, sizeof(struct Pb__Enrolment *));
	if (reply->withdrawn == NULL)
		return STATUS_MEMORY;
	found->withdrawn = true;
	reply->withdrawn[reply->n_withdrawn++] = found;
	return STATUS_OK;
}

enum status enrolment_revoke(struct call *call, const Pb__Principal *principal,
			     Pb__Certificate ***revoked, size_t *count)
{
	struct key key = {.len = 0};
	size_t room = 0;
	struct walk *walk;
	uint64_t id;

	*count = 0;
	key_u64(&key, principal->id);
	walk = index_walk(call->txn, INDEX_certificate_by_principal, &key);
	while (walk_next(walk, &id))
		room++;
	walk_end(walk);
	*revoked = arena_calloc(call->arena, room + 1, sizeof(struct Pb__Certificate *));
	if (*revoked == NULL)
		return STATUS_MEMORY;
	walk = index_walk(call->txn, INDEX_certificate_by_principal, &key);
	while (*count < room && walk_next(walk, &id)) {
		Pb__Certificate *row = certificate_get(call->txn, id, call->arena);

		if (row == NULL) {
			walk_end(walk);
			return STATUS_MEMORY;
		}
		if (!is_good(call, row))
			continue;
		row->revoked_at = call->now;
		(*revoked)[(*count)++] = row;
	}
	walk_end(walk);
	return STATUS_OK;
}

enum status check_principal_code(struct call *call, const Pb__PrincipalCodeRequest *request,
				 Pb__PrincipalCodeReply *reply)
{
	enum status status = find_login(call, request->login, &reply->principal);

	if (status != STATUS_OK)
		return status;
	if (!call_subject(call, SUBJECT_PRINCIPAL, reply->principal->id))
		return STATUS_LIMIT;
	if (!is_active(reply->principal))
		return call_refuse(call, STATUS_BLOCKED, REASON_person_inactive,
				   reply->principal->login);
	status = enrolment_new(call, &request->code_hash, reply->principal, &reply->enrolment);
	if (status == STATUS_OK)
		status = withdraw_code(call, reply);
	if (status == STATUS_OK && request->lost) {
		reply->principal->lost_at = call->now;
		status = enrolment_revoke(call, reply->principal, &reply->revoked,
					  &reply->n_revoked);
	}
	return status;
}

void apply_principal_code(struct txn *txn, const struct entry *entry,
			  const Pb__PrincipalCodeRequest *request,
			  const Pb__PrincipalCodeReply *reply)
{
	(void)entry;
	if (request->lost)
		principal_put(txn, reply->principal);
	for (size_t i = 0; i < reply->n_withdrawn; i++)
		enrolment_put(txn, reply->withdrawn[i]);
	for (size_t i = 0; i < reply->n_revoked; i++)
		certificate_put(txn, reply->revoked[i]);
	enrolment_put(txn, reply->enrolment);
}

/* ---- certificate_issue ---- */

/* What was signed still has to be right when it is entered: another may have been faster. */
static enum status check_right(struct call *call, const Pb__CertificateIssueRequest *request,
			       Pb__CertificateIssueReply *reply)
{
	const Pb__Certificate *renewed;

	if (!is_active(principal_get(call->txn, request->principal_id, call->arena)))
		return call_refuse(call, STATUS_DENIED, REASON_code_invalid, NULL);
	if (is_hash(&request->code_hash)) {
		reply->enrolment = find_code(call, request->code_hash.data);
		if (reply->enrolment == NULL ||
		    reply->enrolment->principal_id != request->principal_id ||
		    !is_usable(call, reply->enrolment))
			return call_refuse(call, STATUS_DENIED, REASON_code_invalid, NULL);
		return STATUS_OK;
	}
	renewed = certificate_get(call->txn, request->renews, call->arena);
	if (renewed == NULL || renewed->principal_id != request->principal_id ||
	    !is_good(call, renewed))
		return call_refuse(call, STATUS_DENIED, REASON_certificate_ended, NULL);
	return STATUS_OK;
}

static enum status check_signed(struct call *call, const Pb__CertificateIssueRequest *request)
{
	struct key key = {.len = 0};

	if (request->der.len == 0)
		return call_refuse_field(call, REASON_required, "der", 0);
	if (!is_hash(&request->identity))
		return call_refuse_field(call, REASON_malformed, "identity", HASH_LEN);
	if (!is_hash(&request->key_hash))
		return call_refuse_field(call, REASON_malformed, "key_hash", HASH_LEN);
	if (request->not_after <= 0)
		return call_refuse_field(call, REASON_out_of_range, "not_after", 0);
	key_bytes(&key, request->identity.data, request->identity.len);
	if (index_find(call->txn, INDEX_certificate_by_identity, &key) != 0)
		return call_refuse_taken(call, "identity", NULL);
	return STATUS_OK;
}

enum status check_certificate_issue(struct call *call, const Pb__CertificateIssueRequest *request,
				    Pb__CertificateIssueReply *reply)
{
	enum status status = STATUS_LIMIT;
	Pb__Certificate *row;

	if (call_subject(call, SUBJECT_PRINCIPAL, request->principal_id))
		status = check_right(call, request, reply);
	if (status == STATUS_OK)
		status = check_signed(call, request);
	if (status == STATUS_OK)
		status = judge_count(call, request->principal_id);
	if (status != STATUS_OK)
		return status;
	row = make_certificate(call);
	if (row == NULL)
		return STATUS_MEMORY;
	row->id = call_new_id(call, TABLE_certificate);
	row->principal_id = request->principal_id;
	row->identity = request->identity;
	row->not_after = request->not_after;
	row->der = request->der;
	row->key_hash = request->key_hash;
	row->serial = request->serial;
	row->outsider = request->outsider;
	reply->certificate = row;
	if (reply->enrolment != NULL)
		reply->enrolment->certificate_id = row->id;
	return STATUS_OK;
}

void apply_certificate_issue(struct txn *txn, const struct entry *entry,
			     const Pb__CertificateIssueRequest *request,
			     const Pb__CertificateIssueReply *reply)
{
	(void)entry;
	(void)request;
	certificate_put(txn, reply->certificate);
	if (reply->enrolment != NULL)
		enrolment_put(txn, reply->enrolment);
}
