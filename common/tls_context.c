#include "common/tls_context.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define GROUPS "X25519:P-256"
#define SECURITY_LEVEL 2
#define VERIFY_DEPTH 1        /* one CA between the peer and the root at most */
#define CHAIN_MAX (32 * 1024) /* a stranger's certificates */

/* Each with its length in front; what stands first is preferred. Their NULs are not sent. */
#define ALPN_USUAL "\x09" TLS_ALPN
#define ALPN_ENROL "\x0f" TLS_ALPN_ENROL

struct alpn {
	const unsigned char *list;
	unsigned int len;
};

static struct alpn alpn_of(const struct tls_context *context)
{
	static const unsigned char both[] = ALPN_USUAL ALPN_ENROL;
	static const unsigned char enrol[] = ALPN_ENROL;

	if (!context->enrol)
		return (struct alpn){both, sizeof(ALPN_USUAL) - 1};
	if (context->side == TLS_CLIENT)
		return (struct alpn){enrol, sizeof(enrol) - 1};
	return (struct alpn){both, sizeof(both) - 1};
}

/* A client may change its mind after a HelloRetryRequest, so what is asked of it is said each time.
 * Runs before the server decides whether to ask for a certificate. */
static int choose_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_len,
		       const unsigned char *in, unsigned int in_len, void *context)
{
	struct alpn ours = alpn_of(context);
	unsigned char *chosen;
	int mode = SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;

	if (SSL_select_next_proto(&chosen, out_len, ours.list, ours.len, in, in_len) !=
	    OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	if (*out_len == sizeof(TLS_ALPN_ENROL) - 1 && memcmp(chosen, TLS_ALPN_ENROL, *out_len) == 0)
		mode = SSL_VERIFY_NONE;
	SSL_set_verify(ssl, mode, NULL); /* NULL: tls_judge_certificate() stays */
	*out = chosen;
	return SSL_TLSEXT_ERR_OK;
}

/* OpenSSL lets a CA's own certificate pass as a peer's; we do not. */
int tls_judge_certificate(int good, X509_STORE_CTX *verification)
{
	X509 *certificate = X509_STORE_CTX_get_current_cert(verification);

	if (good != 1 || X509_STORE_CTX_get_error_depth(verification) != 0)
		return good;
	if ((X509_get_extension_flags(certificate) & EXFLAG_CA) == 0)
		return 1;
	X509_STORE_CTX_set_error(verification, X509_V_ERR_INVALID_CA);
	return 0;
}

void tls_judge_strictly(X509_STORE_CTX *verification)
{
	X509_STORE_CTX_set_depth(verification, VERIFY_DEPTH);
	X509_VERIFY_PARAM_set_auth_level(X509_STORE_CTX_get0_param(verification), SECURITY_LEVEL);
	X509_STORE_CTX_set_verify_cb(verification, tls_judge_certificate);
}

/* ---- the context ---- */

static bool context_harden(struct tls_context *context)
{
	SSL_CTX *ssl = context->ssl;
	bool server = context->side == TLS_SERVER;
	bool believes = context->enrol && !server;
	struct alpn alpn = alpn_of(context);

	SSL_CTX_set_security_level(ssl, SECURITY_LEVEL);
	SSL_CTX_set_options(ssl, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
	SSL_CTX_set_mode(ssl, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
				      SSL_MODE_RELEASE_BUFFERS | SSL_MODE_NO_AUTO_CHAIN);
	SSL_CTX_clear_mode(ssl, SSL_MODE_AUTO_RETRY); /* see tls_read() */
	SSL_CTX_set_read_ahead(ssl, 1);
	SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_verify(
		ssl, believes ? SSL_VERIFY_NONE : SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
		believes ? NULL : tls_judge_certificate);
	SSL_CTX_set_verify_depth(ssl, VERIFY_DEPTH);
	SSL_CTX_set_max_cert_list(ssl, CHAIN_MAX);
	if (server)
		SSL_CTX_set_alpn_select_cb(ssl, choose_alpn, context);
	else if (SSL_CTX_set_alpn_protos(ssl, alpn.list, alpn.len) != 0)
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

/* ---- what is in the files ---- */

struct passphrase {
	const char *text;
	bool asked;
};

static int tell_passphrase(char *to, int size, int writing, void *context)
{
	struct passphrase *passphrase = context;
	size_t len = passphrase->text != NULL ? strlen(passphrase->text) : 0;

	(void)writing;
	passphrase->asked = true;
	if (len == 0 || len > (size_t)size)
		return -1;
	memcpy(to, passphrase->text, len);
	return (int)len;
}

static enum status load_key(SSL_CTX *ssl, const struct tls_options *options, char *why)
{
	struct passphrase passphrase = {.text = options->passphrase};
	int loaded;

	SSL_CTX_set_default_passwd_cb(ssl, tell_passphrase);
	SSL_CTX_set_default_passwd_cb_userdata(ssl, &passphrase);
	loaded = SSL_CTX_use_PrivateKey_file(ssl, options->key, SSL_FILETYPE_PEM);
	SSL_CTX_set_default_passwd_cb_userdata(ssl, NULL);
	SSL_CTX_set_default_passwd_cb(ssl, NULL);
	if (loaded == 1 && SSL_CTX_check_private_key(ssl) == 1)
		return STATUS_OK;
	if (loaded == 1 || !passphrase.asked)
		return explain(why, "key", options->key);
	(void)snprintf(why, TLS_ERROR_LEN, "key %s: %s", options->key,
		       passphrase.text == NULL ? "it is protected by a passphrase"
					       : "the passphrase is wrong");
	ERR_clear_error();
	return STATUS_TLS;
}

/* Only the peer's own certificate is looked up: a CA is taken back by taking it out of its file. */
static enum status load_crl(SSL_CTX *ssl, const struct tls_options *options, char *why)
{
	X509_STORE *store = SSL_CTX_get_cert_store(ssl);
	X509_LOOKUP *lookup;

	if (options->crl == NULL)
		return STATUS_OK;
	if (!options->crl_required && access(options->crl, F_OK) != 0 && errno == ENOENT)
		return STATUS_OK;
	lookup = X509_STORE_add_lookup(store, X509_LOOKUP_file());
	if (lookup == NULL || X509_load_crl_file(lookup, options->crl, X509_FILETYPE_PEM) < 1 ||
	    X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK) != 1)
		return explain(why, "CRL", options->crl);
	return STATUS_OK;
}

static enum status context_load(struct tls_context *context, const struct tls_options *options,
				char *why)
{
	SSL_CTX *ssl = context->ssl;
	enum status status;

	ERR_clear_error();
	if (context->enrol && context->side == TLS_CLIENT)
		return STATUS_OK;
	if (SSL_CTX_use_certificate_chain_file(ssl, options->certificate) != 1)
		return explain(why, "certificate", options->certificate);
	status = load_key(ssl, options, why);
	if (status != STATUS_OK)
		return status;
	for (size_t i = 0; i < TLS_CA_FILES; i++)
		if (options->ca[i] != NULL && SSL_CTX_load_verify_file(ssl, options->ca[i]) != 1)
			return explain(why, "CA", options->ca[i]);
	return load_crl(ssl, options, why);
}

enum status tls_context_new(struct tls_context **out, const struct tls_options *options,
			    char why[static TLS_ERROR_LEN])
{
	struct tls_context *context = calloc(1, sizeof(*context));
	bool server = options->side == TLS_SERVER;
	enum status status = STATUS_MEMORY;

	(void)snprintf(why, TLS_ERROR_LEN, "%s", status_text(STATUS_MEMORY));
	if (context == NULL)
		return STATUS_MEMORY;
	context->side = options->side;
	context->enrol = options->enrol;
	atomic_init(&context->references, 1);
	context->io = tls_io_new();
	context->ssl = SSL_CTX_new(server ? TLS_server_method() : TLS_client_method());
	if (context->io == NULL || context->ssl == NULL)
		goto fail;
	status = context_harden(context) ? context_load(context, options, why)
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
