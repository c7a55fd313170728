#include "server/credential.h"

#include <inttypes.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SERIAL_LEN 16         /* 128 random bits: nobody can guess or repeat one */
#define BACKDATE_SECONDS 3600 /* clocks of client machines may be behind ours */
#define HOST_MAX 253          /* of a DNS name, RFC 1035 */

struct credential {
	EVP_PKEY *key; /* owned; NULL when only the certificate was loaded */
	X509 *certificate;
};

/* What OpenSSL says about its last failure, as the end of a sentence. Empties its queue. */
static enum status openssl_fail(char why[static CREDENTIAL_WHY_LEN], const char *what)
{
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());
	snprintf(why, CREDENTIAL_WHY_LEN, "%s: %s", what, reason != NULL ? reason : "no memory");
	ERR_clear_error();
	return STATUS_TLS;
}

static bool name_add(X509_NAME *name, const char *field, const char *value)
{
	return X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8, (const unsigned char *)value,
					  -1, -1, 0) == 1;
}

static bool set_serial(X509 *certificate)
{
	uint8_t bytes[SERIAL_LEN];
	random_bytes(bytes, sizeof(bytes));
	BIGNUM *number = BN_bin2bn(bytes, sizeof(bytes), NULL);
	bool done = number != NULL &&
		    BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != NULL;
	BN_free(number);
	return done;
}

static bool add_extension(X509 *certificate, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX context;
	X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
	bool done = extension != NULL && X509_add_ext(certificate, extension, -1) == 1;
	X509_EXTENSION_free(extension);
	return done;
}

/* Appends one alternative name; takes value over, also when it fails. */
static bool add_name(GENERAL_NAMES *names, int type, ASN1_STRING *value)
{
	GENERAL_NAME *name = value != NULL ? GENERAL_NAME_new() : NULL;
	if (name == NULL) {
		ASN1_STRING_free(value);
		return false;
	}
	GENERAL_NAME_set0_value(name, type, value);
	if (sk_GENERAL_NAME_push(names, name) > 0)
		return true;
	GENERAL_NAME_free(name);
	return false;
}

static ASN1_STRING *ia5_new(const char *text)
{
	ASN1_IA5STRING *value = ASN1_IA5STRING_new();
	if (value != NULL && ASN1_STRING_set(value, text, -1) == 1)
		return value;
	ASN1_IA5STRING_free(value);
	return NULL;
}

static bool is_host_name(const char *host)
{
	size_t len = strlen(host);
	return len > 0 && len <= HOST_MAX && host[0] != '.' && host[0] != '-' &&
	       strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-") ==
		       len;
}

static bool add_host(GENERAL_NAMES *names, const char *host)
{
	ASN1_OCTET_STRING *address = a2i_IPADDRESS(host);
	if (address != NULL)
		return add_name(names, GEN_IPADD, address);
	ERR_clear_error();
	return add_name(names, GEN_DNS, ia5_new(host));
}

static bool add_alternative_names(X509 *certificate, enum credential_kind kind,
				  const struct certificate_text *text)
{
	GENERAL_NAMES *names = sk_GENERAL_NAME_new_null();
	bool done = names != NULL;
	if (kind == CREDENTIAL_CLIENT) {
		char uri[48];
		snprintf(uri, sizeof(uri), "dossier:principal:%" PRIu64, text->principal);
		done = done && add_name(names, GEN_URI, ia5_new(uri));
	}
	for (size_t i = 0; done && i < text->host_count; i++)
		done = add_host(names, text->hosts[i]);
	done = done && X509_add1_ext_i2d(certificate, NID_subject_alt_name, names, 0,
					 X509V3_ADD_DEFAULT) == 1;
	sk_GENERAL_NAME_pop_free(names, GENERAL_NAME_free);
	return done;
}

static bool add_extensions(X509 *certificate, X509 *issuer, enum credential_kind kind,
			   const struct certificate_text *text)
{
	bool ca = kind == CREDENTIAL_CA;
	if (!add_extension(certificate, issuer, NID_basic_constraints,
			   ca ? "critical,CA:TRUE,pathlen:0" : "critical,CA:FALSE") ||
	    !add_extension(certificate, issuer, NID_key_usage,
			   ca ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature") ||
	    !add_extension(certificate, issuer, NID_subject_key_identifier, "hash"))
		return false;
	if (ca)
		return true;
	return add_extension(certificate, issuer, NID_authority_key_identifier, "keyid:always") &&
	       add_extension(certificate, issuer, NID_ext_key_usage,
			     kind == CREDENTIAL_SERVER ? "serverAuth" : "clientAuth") &&
	       add_alternative_names(certificate, kind, text);
}

/* Everything but the texts that come from outside. */
static bool fill_certificate(X509 *certificate, EVP_PKEY *key, enum credential_kind kind,
			     const struct credential *issuer, const struct certificate_text *text)
{
	X509 *above = issuer != NULL ? issuer->certificate : certificate;
	return X509_set_version(certificate, X509_VERSION_3) == 1 && set_serial(certificate) &&
	       X509_set_issuer_name(certificate, X509_get_subject_name(above)) == 1 &&
	       X509_set_pubkey(certificate, key) == 1 &&
	       ASN1_TIME_set(X509_getm_notBefore(certificate), time(NULL) - BACKDATE_SECONDS) !=
		       NULL &&
	       ASN1_TIME_set(X509_getm_notAfter(certificate), text->not_after) != NULL &&
	       add_extensions(certificate, above, kind, text) &&
	       X509_sign(certificate, issuer != NULL ? issuer->key : key, EVP_sha256()) > 0;
}

enum status credential_new(struct credential **credential, enum credential_kind kind,
			   const struct credential *issuer, const struct certificate_text *text,
			   char why[static CREDENTIAL_WHY_LEN])
{
	for (size_t i = 0; i < text->host_count; i++) {
		ASN1_OCTET_STRING *address = a2i_IPADDRESS(text->hosts[i]);
		bool good = address != NULL || is_host_name(text->hosts[i]);
		ASN1_OCTET_STRING_free(address);
		ERR_clear_error();
		if (!good) {
			snprintf(why, CREDENTIAL_WHY_LEN, "'%.100s' is no host name or address",
				 text->hosts[i]);
			return STATUS_INVALID;
		}
	}
	struct credential *made = calloc(1, sizeof(*made));
	if (made == NULL)
		return openssl_fail(why, "a certificate cannot be made");
	enum status status = STATUS_OK;
	made->key = EVP_EC_gen("P-256");
	made->certificate = X509_new();
	X509_NAME *name =
		made->certificate != NULL ? X509_get_subject_name(made->certificate) : NULL;
	if (made->key == NULL || name == NULL)
		status = openssl_fail(why, "a key cannot be made");
	else if ((text->organization != NULL && !name_add(name, "O", text->organization)) ||
		 !name_add(name, "CN", text->name)) {
		(void)openssl_fail(why, "a name does not fit a certificate");
		status = STATUS_INVALID;
	} else if (!fill_certificate(made->certificate, made->key, kind, issuer, text))
		status = openssl_fail(why, "a certificate cannot be made");
	if (status == STATUS_OK)
		*credential = made;
	else
		credential_free(made);
	return status;
}

/* No passphrase is asked for: our keys have none. */
static int no_passphrase_cb(char *to, int size, int writing, void *context)
{
	(void)to;
	(void)size;
	(void)writing;
	(void)context;
	return -1;
}

enum status credential_load(struct credential **credential, const char *certificate,
			    const char *key, char why[static CREDENTIAL_WHY_LEN])
{
	struct credential *loaded = calloc(1, sizeof(*loaded));
	BIO *from = BIO_new_mem_buf(certificate, -1);
	BIO *key_from = BIO_new_mem_buf(key != NULL ? key : "", -1);
	enum status status = STATUS_OK;
	if (loaded == NULL || from == NULL || key_from == NULL) {
		status = openssl_fail(why, "a certificate cannot be read");
		goto out;
	}
	loaded->certificate = PEM_read_bio_X509(from, NULL, no_passphrase_cb, NULL);
	if (loaded->certificate == NULL) {
		status = openssl_fail(why, "a certificate cannot be read");
		goto out;
	}
	if (key == NULL)
		goto out;
	loaded->key = PEM_read_bio_PrivateKey(key_from, NULL, no_passphrase_cb, NULL);
	if (loaded->key == NULL)
		status = openssl_fail(why, "a key cannot be read");
	else if (X509_check_private_key(loaded->certificate, loaded->key) != 1)
		status = openssl_fail(why, "a key is not its certificate's");
out:
	BIO_free(key_from);
	BIO_free(from);
	if (status == STATUS_OK)
		*credential = loaded;
	else
		credential_free(loaded);
	return status;
}

void credential_free(struct credential *credential)
{
	if (credential == NULL)
		return;
	EVP_PKEY_free(credential->key);
	X509_free(credential->certificate);
	free(credential);
}

/* Appends what was written to pem, and frees that. */
static enum status take_pem(BIO *pem, int written, struct buf *to)
{
	char *bytes = NULL;
	long len = pem != NULL && written == 1 ? BIO_get_mem_data(pem, &bytes) : 0;
	enum status status = len > 0 ? buf_append(to, bytes, (size_t)len) : STATUS_MEMORY;
	BIO_free(pem);
	ERR_clear_error();
	return status;
}

static enum status key_pem(EVP_PKEY *key, struct buf *to)
{
	BIO *pem = BIO_new(BIO_s_secmem());
	int written = 0;
	if (pem != NULL && key != NULL)
		written = PEM_write_bio_PrivateKey(pem, key, NULL, NULL, 0, NULL, NULL);
	return take_pem(pem, written, to);
}

enum status credential_key_pem(const struct credential *credential, struct buf *to)
{
	return key_pem(credential->key, to);
}

enum status credential_certificate_pem(const struct credential *credential, struct buf *to)
{
	BIO *pem = BIO_new(BIO_s_mem());
	return take_pem(pem, pem != NULL ? PEM_write_bio_X509(pem, credential->certificate) : 0,
			to);
}

enum status credential_log_key(struct buf *to)
{
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	enum status status = key_pem(key, to);
	EVP_PKEY_free(key);
	return status;
}

enum status credential_identity(const struct credential *credential, uint8_t out[static HASH_LEN])
{
	X509 *certificate = credential->certificate;
	unsigned char *issuer = NULL;
	unsigned char *serial = NULL;
	unsigned char *key = NULL;
	int issuer_len = i2d_X509_NAME(X509_get_issuer_name(certificate), &issuer);
	int serial_len = i2d_ASN1_INTEGER(X509_get0_serialNumber(certificate), &serial);
	int key_len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &key);
	struct hash *hash = hash_new();
	enum status status = STATUS_MEMORY;
	if (issuer_len > 0 && serial_len > 0 && key_len > 0 && hash != NULL) {
		uint8_t key_hash[HASH_LEN];
		hash_of(key, (size_t)key_len, key_hash);
		hash_begin(hash);
		hash_add(hash, issuer, (size_t)issuer_len);
		hash_add(hash, serial, (size_t)serial_len);
		hash_add(hash, key_hash, sizeof(key_hash));
		hash_end(hash, out);
		status = STATUS_OK;
	}
	hash_free(hash);
	OPENSSL_free(key);
	OPENSSL_free(serial);
	OPENSSL_free(issuer);
	return status;
}

enum status credential_not_after(const struct credential *credential, int64_t *not_after)
{
	struct tm end;
	if (ASN1_TIME_to_tm(X509_get0_notAfter(credential->certificate), &end) != 1)
		return STATUS_TLS;
	*not_after = timegm(&end);
	return STATUS_OK;
}
