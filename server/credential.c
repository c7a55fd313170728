#include "server/credential.h"

#include <inttypes.h>
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

#include "server/credential_inside.h"

#define BACKDATE_SECONDS 3600 /* clocks of client machines may be behind ours */
#define HOST_MAX 253          /* of a DNS name, RFC 1035 */

enum status credential_openssl_fail(char why[static CREDENTIAL_WHY_LEN], const char *what)
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
	uint8_t bytes[CREDENTIAL_SERIAL_LEN];
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
	GENERAL_NAMES *names = text->hosts_of == NULL
				       ? sk_GENERAL_NAME_new_null()
				       : X509_get_ext_d2i(text->hosts_of->certificate,
							  NID_subject_alt_name, NULL, NULL);
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

static enum status check_hosts(const struct certificate_text *text,
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
	return STATUS_OK;
}

/* With this key, which is taken over; a CA signs itself. */
static enum status make(struct credential **credential, EVP_PKEY *key, enum credential_kind kind,
			const struct credential *issuer, const struct certificate_text *text,
			char why[static CREDENTIAL_WHY_LEN])
{
	struct credential *made = calloc(1, sizeof(*made));
	if (made == NULL) {
		EVP_PKEY_free(key);
		return credential_openssl_fail(why, "a certificate cannot be made");
	}
	enum status status = STATUS_OK;
	made->key = key;
	made->certificate = X509_new();
	X509_NAME *name =
		made->certificate != NULL ? X509_get_subject_name(made->certificate) : NULL;
	if (made->key == NULL || name == NULL)
		status = credential_openssl_fail(why, "a key cannot be made");
	else if ((text->organization != NULL && !name_add(name, "O", text->organization)) ||
		 !name_add(name, "CN", text->name)) {
		(void)credential_openssl_fail(why, "a name does not fit a certificate");
		status = STATUS_INVALID;
	} else if (!fill_certificate(made->certificate, made->key, kind, issuer, text))
		status = credential_openssl_fail(why, "a certificate cannot be made");
	if (status == STATUS_OK)
		*credential = made;
	else
		credential_free(made);
	return status;
}

enum status credential_new(struct credential **credential, enum credential_kind kind,
			   const struct credential *issuer, const struct certificate_text *text,
			   char why[static CREDENTIAL_WHY_LEN])
{
	enum status status = check_hosts(text, why);
	return status == STATUS_OK ? make(credential, EVP_EC_gen("P-256"), kind, issuer, text, why)
				   : status;
}

enum status credential_certify(struct credential **credential, const struct credential *issuer,
			       const struct buf *key, const struct certificate_text *text,
			       char why[static CREDENTIAL_WHY_LEN])
{
	const unsigned char *at = buf_head(key);
	EVP_PKEY *public_key = d2i_PUBKEY(NULL, &at, (long)key->len);
	enum status status = make(credential, public_key, CREDENTIAL_CLIENT, issuer, text, why);
	if (status != STATUS_OK)
		return status;
	EVP_PKEY_free((*credential)->key);
	(*credential)->key = NULL;
	return STATUS_OK;
}

void credential_free(struct credential *credential)
{
	if (credential == NULL)
		return;
	EVP_PKEY_free(credential->key);
	X509_free(credential->certificate);
	free(credential);
}
