/* Who the peer of a session is: at the greeting, and whether he may still speak later on. */
#include "common/log.h"
#include "common/message.h"
#include "server/session/desk.h"
#include "server/session/session.h"

#define MICROSECONDS INT64_C(1000000)

/* By the certificates and lists in force now, which may be others than those of the handshake. */
static enum status judge_trust(const struct session *session, const char **reason)
{
	switch (conn_judge(session->conn, session->desk->loop->tls)) {
	case TLS_TRUSTED:
		return STATUS_OK;
	case TLS_OVER:
		*reason = reason_name(REASON_certificate_ended);
		return STATUS_IDENTITY;
	case TLS_UNTRUSTED:
		*reason = reason_name(REASON_certificate_untrusted);
		return STATUS_IDENTITY;
	case TLS_UNJUDGED:
		break;
	}
	return STATUS_MEMORY;
}

/* When he has to be judged again, whatever happens meanwhile. */
static enum status note_end(struct session *session, const struct identity *who)
{
	enum status status = conn_certificate_ends(session->conn, &session->ends);

	session->granted_until = who->granted_until;
	if (who->granted_until != 0 && who->granted_until / MICROSECONDS < session->ends)
		session->ends = who->granted_until / MICROSECONDS + 1;
	return status;
}

enum status session_identify(struct session *session, Pb__Welcome *welcome, const char **reason)
{
	struct dispatch *dispatch = session->desk->dispatch;
	uint8_t identity[HASH_LEN];
	struct identity who = {0};
	enum status status = conn_identity(session->conn, identity);

	if (status == STATUS_OK)
		status = judge_trust(session, reason);
	if (status == STATUS_OK)
		status = dispatch_identify(dispatch, identity, &who);
	if (status == STATUS_OK)
		status = dispatch_welcome(dispatch, &who, welcome, reason);
	if (status == STATUS_OK) {
		session->principal = who.principal;
		session->certificate = who.certificate;
		session->post = who.post;
		session->since = who.since;
		status = note_end(session, &who);
	}
	return status;
}

enum status session_judge(struct session *session, bool trust)
{
	struct identity who = {session->principal, session->certificate, session->post,
			       session->since, session->granted_until};
	const char *reason = "";
	enum status status = dispatch_judge(session->desk->dispatch, &who, &reason);

	if (status == STATUS_OK && trust)
		status = judge_trust(session, &reason);
	if (status == STATUS_OK)
		status = note_end(session, &who);
	if (status != STATUS_IDENTITY)
		return status;
	if (loop_may_log(session->desk->loop))
		log_event(LOG_LEVEL_WARN, "session_ended", "principal=%llu certificate=%llu why=%s",
			  (unsigned long long)session->principal,
			  (unsigned long long)session->certificate, reason);
	session->sent_away = desk_now(session->desk);
	session_fault(session, NULL, status, reason);
	return status;
}
