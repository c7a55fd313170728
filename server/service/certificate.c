#include "server/service/field.h"
#include "server/service/make.h"
#include "server/service/service.h"

#include "common/hash.h"

enum status check_certificate_bind(struct call *call, const Pb__CertificateBindRequest *request,
				   Pb__CertificateBindReply *reply)
{
	const Pb__Principal *principal;
	Pb__Certificate *certificate;
	struct key key = {.len = 0};

	if (request->identity.len != HASH_LEN)
		return call_refuse_field(call, REASON_malformed, "identity", HASH_LEN);
	if (request->not_after <= 0)
		return call_refuse_field(call, REASON_out_of_range, "not_after", 0);
	principal = principal_get(call->txn, request->principal_id, call->arena);
	if (principal == NULL)
		return call_refuse(call, STATUS_NOT_FOUND, REASON_principal_unknown, NULL);
	if (principal->lost_at != 0 && request->issued_at <= principal->lost_at)
		return call_refuse(call, STATUS_DENIED, REASON_certificate_ended, NULL);
	key_bytes(&key, request->identity.data, request->identity.len);
	if (index_find(call->txn, INDEX_certificate_by_identity, &key) != 0)
		return call_refuse_taken(call, "identity", NULL);
	certificate = make_certificate(call);
	if (certificate == NULL)
		return STATUS_MEMORY;
	certificate->id = call_new_id(call, TABLE_certificate);
	certificate->principal_id = request->principal_id;
	certificate->identity = request->identity;
	certificate->not_after = request->not_after;
	reply->certificate = certificate;
	return call_subject(call, SUBJECT_PRINCIPAL, request->principal_id) ? STATUS_OK
									    : STATUS_LIMIT;
}

void apply_certificate_bind(struct txn *txn, const struct entry *entry,
			    const Pb__CertificateBindRequest *request,
			    const Pb__CertificateBindReply *reply)
{
	(void)entry;
	(void)request;
	certificate_put(txn, reply->certificate);
}
