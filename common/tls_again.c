/* Whether a peer that was let in would still be: the part of common/tls.h that a reload asks for.
 */
#include "common/tls.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "common/tls_context.h"

/* A list that is not of this hour is old news, but news. */
static int judge_certificate(int good, X509_STORE_CTX *verification)
{
	int error = X509_STORE_CTX_get_error(verification);

	if (error == X509_V_ERR_CRL_HAS_EXPIRED || error == X509_V_ERR_CRL_NOT_YET_VALID) {
		X509_STORE_CTX_set_error(verification, X509_V_OK);
		return 1;
	}
	return tls_judge_certificate(good, verification);
}

/* X509_V_OK or what is wrong; without_list: as if there were no CRL. */
static int verify(const struct tls *tls, X509_STORE *store, bool without_list)
{
	X509_STORE_CTX *verification = X509_STORE_CTX_new();
	X509_VERIFY_PARAM *param;
	int error = X509_V_ERR_OUT_OF_MEM;

	if (verification != NULL &&
	    X509_STORE_CTX_init(verification, store, tls_peer(tls), tls_peer_chain(tls)) == 1 &&
	    X509_STORE_CTX_set_purpose(verification, X509_PURPOSE_SSL_CLIENT) == 1) {
		param = X509_STORE_CTX_get0_param(verification);
		tls_judge_strictly(verification);
		X509_STORE_CTX_set_verify_cb(verification, judge_certificate);
		if (without_list)
			(void)X509_VERIFY_PARAM_clear_flags(param, X509_V_FLAG_CRL_CHECK);
		error = X509_verify_cert(verification) == 1
				? X509_V_OK
				: X509_STORE_CTX_get_error(verification);
	}
	X509_STORE_CTX_free(verification);
	ERR_clear_error();
	return error;
}

static enum tls_verdict verdict_of(int error)
{
	switch (error) {
	case X509_V_OK:
		return TLS_TRUSTED;
	case X509_V_ERR_CERT_REVOKED:
	case X509_V_ERR_CERT_HAS_EXPIRED:
		return TLS_OVER;
	case X509_V_ERR_OUT_OF_MEM:
	case X509_V_ERR_UNSPECIFIED:
		return TLS_UNJUDGED;
	default:
		return TLS_UNTRUSTED;
	}
}

/* The list may be what is not right: then the certificate is judged without it. */
enum tls_verdict tls_judge_again(const struct tls *tls, const struct tls_context *context)
{
	X509_STORE *store = SSL_CTX_get_cert_store(context->ssl);
	enum tls_verdict verdict;

	if (tls_is_stranger(tls) || tls_came_by(tls, context))
		return TLS_TRUSTED;
	verdict = verdict_of(verify(tls, store, false));
	return verdict == TLS_UNTRUSTED ? verdict_of(verify(tls, store, true)) : verdict;
}
