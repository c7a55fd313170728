#include "common/tls_context.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define GROUPS "X25519:P-256"
#define VERIFY_DEPTH 1        /* one CA between the peer and the root at most */
#define CHAIN_MAX (32 * 1024) /* a stranger's certificates */

static const unsigned char alpn_list[] = "\x09" TLS_ALPN; /* its NUL is not sent */

static int choose_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_len,
		       const unsigned char *in, unsigned int in_len, void *unused)
{
	unsigned char *chosen;
	int found = SSL_select_next_proto(&chosen, out_len, alpn_list, sizeof(alpn_list) - 1, in,
					  in_len);

	(void)ssl;
	(void)unused;
	if (found != OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*out = chosen;
	return SSL_TLSEXT_ERR_OK;
}

/* OpenSSL lets a CA's own certificate pass as a peer's; we do not. */
static int judge_certificate(int good, X509_STORE_CTX *store)
{
	X509 *certificate = X509_STORE_CTX_get_current_cert(store);

	if (good != 1 || X509_STORE_CTX_get_error_depth(store) != 0)
		return good;
	if ((X509_get_extension_flags(certificate) & EXFLAG_CA) == 0)
		return 1;
	X509_STORE_CTX_set_error(store, X509_V_ERR_INVALID_CA);
	return 0;
}

static int no_password(char *to, int size, int writing, void *unused)
{
	(void)to;
	(void)size;
	(void)writing;
	(void)unused;
	return -1;
}

static bool context_harden(struct tls_context *context)
{
	SSL_CTX *ssl = context->ssl;
	bool server = context->side == TLS_SERVER;

	SSL_CTX_set_security_level(ssl, 2);
	SSL_CTX_set_options(ssl, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
	SSL_CTX_set_mode(ssl, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
				      SSL_MODE_RELEASE_BUFFERS | SSL_MODE_NO_AUTO_CHAIN);
	SSL_CTX_clear_mode(ssl, SSL_MODE_AUTO_RETRY); /* see tls_read() */
	SSL_CTX_set_read_ahead(ssl, 1);
	SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_verify(ssl, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
			   judge_certificate);
	SSL_CTX_set_verify_depth(ssl, VERIFY_DEPTH);
	SSL_CTX_set_max_cert_list(ssl, CHAIN_MAX);
	SSL_CTX_set_default_passwd_cb(ssl, no_password);
	if (server)
		SSL_CTX_set_alpn_select_cb(ssl, choose_alpn, NULL);
	else if (SSL_CTX_set_alpn_protos(ssl, alpn_list, sizeof(alpn_list) - 1) != 0)
		return false;
	return SSL_CTX_set_min_proto_version(ssl, TLS1_3_VERSION) == 1 &&
	       SSL_CTX_set_max_proto_version(ssl, TLS1_3_VERSION) == 1 &&
	       SSL_CTX_set1_groups_list(ssl, GROUPS) == 1 && SSL_CTX_set_num_tickets(ssl, 0) == 1 &&
	       SSL_CTX_set_max_early_data(ssl, 0) == 1 &&
	       SSL_CTX_set_recv_max_early_data(ssl, 0) == 1 &&
	       SSL_CTX_set_purpose(ssl, server ? X509_PURPOSE_SSL_CLIENT
					       : X509_PURPOSE_SSL_SERVER) == 1 &&
	       SSL_CTX_set_session_id_context(ssl, (const unsigned char *)TLS_ALPN,
					      sizeof(TLS_ALPN) - 1) == 1;
}

static enum status explain(char *why, const char *what, const char *path)
{
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());

	(void)snprintf(why, TLS_ERROR_LEN, "%s %s: %s", what, path, reason ? reason : "not usable");
	ERR_clear_error();
	return STATUS_TLS;
}

static enum status context_load(struct tls_context *context, const char *certificate,
				const char *key, const char *ca, char *why)
{
	SSL_CTX *ssl = context->ssl;

	ERR_clear_error();
	if (SSL_CTX_use_certificate_chain_file(ssl, certificate) != 1)
		return explain(why, "certificate", certificate);
	if (SSL_CTX_use_PrivateKey_file(ssl, key, SSL_FILETYPE_PEM) != 1)
		return explain(why, "key", key);
	if (SSL_CTX_check_private_key(ssl) != 1)
		return explain(why, "key", key);
	if (SSL_CTX_load_verify_file(ssl, ca) != 1)
		return explain(why, "CA", ca);
	return STATUS_OK;
}

enum status tls_context_new(struct tls_context **out, enum tls_side side, const char *certificate,
			    const char *key, const char *ca, char why[static TLS_ERROR_LEN])
{
	struct tls_context *context = calloc(1, sizeof(*context));
	enum status status = STATUS_MEMORY;

	(void)snprintf(why, TLS_ERROR_LEN, "%s", status_text(STATUS_MEMORY));
	if (context == NULL)
		return STATUS_MEMORY;
	context->side = side;
	atomic_init(&context->references, 1);
	context->io = tls_io_new();
	context->ssl = SSL_CTX_new(side == TLS_SERVER ? TLS_server_method() : TLS_client_method());
	if (context->io == NULL || context->ssl == NULL)
		goto fail;
	status = context_harden(context) ? context_load(context, certificate, key, ca, why)
					 : explain(why, "TLS", "1.3");
	if (status != STATUS_OK)
		goto fail;
	why[0] = '\0';
	*out = context;
	return STATUS_OK;
fail:
	tls_context_free(context);
	return status;
}

struct tls_context *tls_context_retain(struct tls_context *context)
{
	atomic_fetch_add_explicit(&context->references, 1, memory_order_relaxed);
	return context;
}

void tls_context_free(struct tls_context *context)
{
	if (context == NULL ||
	    atomic_fetch_sub_explicit(&context->references, 1, memory_order_acq_rel) != 1)
		return;
	SSL_CTX_free(context->ssl);
	BIO_meth_free(context->io);
	free(context);
}
