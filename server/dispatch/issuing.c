#include "server/dispatch/issuing.h"

#include "common/code.h"
#include "common/csr.h"
#include "common/date.h"
#include "common/log.h"
#include "common/message.h"
#include "proto/request.pb-c.h"
#include "server/dispatch/handler.h"
#include "server/dispatch/writer.h"
#include "server/pki.h"
#include "server/service/enrolment.h"

/* One request on its way to its certificate. */
struct issue {
	struct point *point;
	const struct dispatch_shared *shared;
	const struct job *job;
	struct call call;
	ProtobufCBinaryData secret; /* of the code; without one it is a renewal */
	ProtobufCBinaryData csr;
	uint8_t code_hash[HASH_LEN];
	uint8_t key_hash[HASH_LEN];
	struct warrant warrant;
	struct pki_facts facts;
	struct pki_signed made;
	ProtobufCBinaryData certificate; /* the answer's */
};

static bool is_enrolment(const struct issue *issue)
{
	return issue->job->frame.rpc == RPC_enrol;
}

/* What went wrong is for the operator. */
static enum status fail(struct issue *issue, const char *why)
{
	log_event(LOG_LEVEL_ERROR, "issue_failed", "principal=%llu why=%s",
		  issue->warrant.principal == NULL
			  ? 0ULL
			  : (unsigned long long)issue->warrant.principal->id,
		  why);
	return call_refuse(&issue->call, STATUS_SYSTEM, REASON_cannot_issue, NULL);
}

/* ---- what is asked ---- */

static enum status read_request(struct issue *issue)
{
	ProtobufCMessage *message = NULL;
	enum status status = handler_unpack(&issue->call, issue->job->body, issue->job->body_len,
					    &issue->point->arena, &message);
	if (status != STATUS_OK)
		return status;
	if (is_enrolment(issue)) {
		issue->secret = ((const Pb__EnrolRequest *)(const void *)message)->secret;
		issue->csr = ((const Pb__EnrolRequest *)(const void *)message)->csr;
	} else {
		issue->csr = ((const Pb__CertificateRenewRequest *)(const void *)message)->csr;
	}
	return STATUS_OK;
}

/* Only who the server is. */
static bool asks_nothing(const struct issue *issue)
{
	return issue->secret.len == 0 && issue->csr.len == 0;
}

static enum status read_key(struct issue *issue)
{
	struct buf key = BUF_EMPTY;
	enum status status = STATUS_OK;
	if (is_enrolment(issue) && issue->secret.len != CODE_SECRET_LEN)
		return call_refuse_field(&issue->call, REASON_malformed, "secret", CODE_SECRET_LEN);
	if (is_enrolment(issue))
		code_hash(issue->secret.data, issue->code_hash);
	status = csr_public_key(issue->csr.data, issue->csr.len, &key);
	if (status == STATUS_OK)
		hash_of(buf_head(&key), key.len, issue->key_hash);
	buf_release(&key);
	return status == STATUS_INVALID
		       ? call_refuse_field(&issue->call, REASON_csr_invalid, "csr", 0)
		       : status;
}

/* ---- for whom, and until when ---- */

static enum status judge(struct issue *issue)
{
	struct call *call = &issue->call;
	call->now = clock_now();
	if (is_enrolment(issue))
		return enrolment_by_code(call, issue->code_hash, issue->key_hash, &issue->warrant);
	return enrolment_renewal(call, &issue->warrant);
}

/* Once more, in a txn of its own: what was entered meanwhile counts. The request stays in the
 * arena, so that is not emptied. */
static enum status judge_again(struct issue *issue)
{
	enum status status = txn_renew(issue->point->txn);
	if (status == STATUS_OK) {
		status = judge(issue);
		point_end(issue->point);
	}
	return status;
}

/* ---- entering it ---- */

static enum status enter(struct issue *issue, bool is_signed)
{
	Pb__CertificateIssueRequest request = PB__CERTIFICATE_ISSUE_REQUEST__INIT;
	const struct pki_signed *made = &issue->made;
	struct buf packed = BUF_EMPTY;
	enum status status;
	request.principal_id = issue->warrant.principal->id;
	request.renews = issue->job->certificate;
	if (is_enrolment(issue))
		request.code_hash = (ProtobufCBinaryData){HASH_LEN, issue->code_hash};
	request.key_hash = (ProtobufCBinaryData){HASH_LEN, issue->key_hash};
	if (is_signed) {
		request.der.data = (uint8_t *)(uintptr_t)buf_head(&made->certificate);
		request.der.len = made->certificate.len;
		request.identity.data = (uint8_t *)(uintptr_t)made->identity;
		request.identity.len = HASH_LEN;
		request.serial.data = (uint8_t *)(uintptr_t)made->serial;
		request.serial.len = sizeof(made->serial);
		request.not_after = made->not_after;
		request.outsider = issue->warrant.outsider;
	}
	status = message_pack(&request.base, &packed);
	if (status == STATUS_OK) {
		struct act act = {
			.rpc = RPC_certificate_issue,
			.request = buf_head(&packed),
			.request_len = packed.len,
		};
		random_bytes(act.key, sizeof(act.key));
		writer_call(issue->shared->writer, &act);
		status = act.status;
		buf_release(&act.answer);
	}
	buf_release(&packed);
	return status;
}

static enum status sign(struct issue *issue)
{
	char why[PKI_WHY_LEN] = "";
	struct pki_request request = {
		.csr = issue->csr.data,
		.csr_len = issue->csr.len,
		.outsider = issue->warrant.outsider,
		.principal = issue->warrant.principal->id,
		.login = issue->warrant.principal->login,
		.not_after = issue->warrant.not_after,
	};
	if (pki_sign(issue->shared->identity, &request, &issue->made, why) != STATUS_OK)
		return fail(issue, why);
	return STATUS_OK;
}

/* The writer says no when another machine had the code first, or this one did by another
 * connection: then there is a certificate for it. */
static enum status issue_new(struct issue *issue)
{
	enum status status = sign(issue);
	if (status != STATUS_OK)
		return status;
	status = enter(issue, true);
	if (status == STATUS_OK) {
		issue->certificate.data = (uint8_t *)(uintptr_t)buf_head(&issue->made.certificate);
		issue->certificate.len = issue->made.certificate.len;
		log_event(LOG_LEVEL_INFO, "certificate_issued", "principal=%llu renewal=%d",
			  (unsigned long long)issue->warrant.principal->id, !is_enrolment(issue));
		return STATUS_OK;
	}
	if (status != STATUS_DENIED)
		return call_refuse(&issue->call, status, REASON_cannot_issue, NULL);
	if (is_enrolment(issue))
		return judge_again(issue);
	return call_refuse(&issue->call, STATUS_DENIED, REASON_certificate_ended, NULL);
}

/* A code that somebody else used, or that has ended, was told or overheard: that is entered. */
static enum status note_misuse(struct issue *issue)
{
	if (is_enrolment(issue) && issue->warrant.principal != NULL)
		(void)enter(issue, false); /* it is refused, as it shall be */
	return call_refuse(&issue->call, STATUS_DENIED, REASON_code_invalid, NULL);
}

static enum status issue_certificate(struct issue *issue)
{
	enum status status = judge_again(issue);
	if (status == STATUS_OK && issue->warrant.again == NULL)
		status = issue_new(issue);
	else if (status == STATUS_DENIED)
		status = note_misuse(issue);
	if (status == STATUS_OK && issue->warrant.again != NULL)
		issue->certificate = issue->warrant.again->der;
	return status;
}

/* ---- the answer ---- */

static enum status pack_reply(struct issue *issue)
{
	Pb__Issued issued = PB__ISSUED__INIT;
	Pb__EnrolReply enrolled = PB__ENROL_REPLY__INIT;
	Pb__CertificateRenewReply renewed = PB__CERTIFICATE_RENEW_REPLY__INIT;
	issued.ca.data = (uint8_t *)(uintptr_t)buf_head(&issue->facts.ca_pem);
	issued.ca.len = issue->facts.ca_pem.len;
	issued.log_key.data = (uint8_t *)(uintptr_t)buf_head(&issue->facts.log_key);
	issued.log_key.len = issue->facts.log_key.len;
	issued.origin = engine_origin(issue->shared->engine);
	issued.certificate = issue->certificate;
	enrolled.issued = &issued;
	renewed.issued = &issued;
	buf_clear(&issue->point->reply);
	return message_pack(is_enrolment(issue) ? &enrolled.base : &renewed.base,
			    &issue->point->reply);
}

static enum status identify(struct issue *issue)
{
	enum status status = point_begin(issue->point);
	if (status == STATUS_OK && !is_enrolment(issue))
		status =
			call_identify(&issue->call, issue->job->principal, issue->job->certificate);
	if (status == STATUS_OK && !is_enrolment(issue))
		status = call_permit(&issue->call);
	point_end(issue->point);
	return status;
}

static enum status issue_run(struct issue *issue)
{
	char why[PKI_WHY_LEN] = "";
	enum status status = identify(issue);
	if (status == STATUS_OK)
		status = read_request(issue);
	if (status == STATUS_OK && !asks_nothing(issue))
		status = read_key(issue);
	if (status == STATUS_OK && !asks_nothing(issue))
		status = issue_certificate(issue);
	if (status == STATUS_OK &&
	    pki_get_facts(issue->shared->identity, &issue->facts, why) != STATUS_OK)
		status = fail(issue, why);
	return status == STATUS_OK ? pack_reply(issue) : status;
}

void issuing_serve(struct point *point, const struct dispatch_shared *shared,
		   const struct config *config, struct job *job)
{
	struct issue issue = {
		.point = point,
		.shared = shared,
		.job = job,
		.call =
			{
				.rpc = rpc_find(job->frame.rpc),
				.txn = point->txn,
				.arena = &point->arena,
				.config = config,
				.ledger = engine_ledger(shared->engine),
				.signer = engine_signer(shared->engine),
				.now = clock_now(),
				.refusal = PB__REFUSAL__INIT,
			},
	};
	enum status status = issue_run(&issue);
	point_answer(point, job, &issue.call, status);
	pki_signed_release(&issue.made);
	pki_facts_release(&issue.facts);
}
