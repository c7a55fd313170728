/* Lists of what a CA takes back: the part of server/credential.h that makes them. */
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdbool.h>

#include "server/credential_inside.h"

static bool add_row(X509_CRL *crl, const struct revoked *row)
{
	BIGNUM *number = BN_bin2bn(row->serial, CREDENTIAL_SERIAL_LEN, NULL);
	ASN1_INTEGER *serial = number != NULL ? BN_to_ASN1_INTEGER(number, NULL) : NULL;
	ASN1_TIME *at = ASN1_TIME_set(NULL, row->at);
	X509_REVOKED *revoked = X509_REVOKED_new();
	bool done = serial != NULL && at != NULL && revoked != NULL &&
		    X509_REVOKED_set_serialNumber(revoked, serial) == 1 &&
		    X509_REVOKED_set_revocationDate(revoked, at) == 1 &&
		    X509_CRL_add0_revoked(crl, revoked) == 1;
	if (!done)
		X509_REVOKED_free(revoked);
	ASN1_TIME_free(at);
	ASN1_INTEGER_free(serial);
	BN_free(number);
	return done;
}

static bool set_times(X509_CRL *crl, const struct revoked_list *list)
{
	ASN1_TIME *made = ASN1_TIME_set(NULL, list->made);
	ASN1_TIME *ends = ASN1_TIME_set(NULL, list->ends);
	bool done = made != NULL && ends != NULL && X509_CRL_set1_lastUpdate(crl, made) == 1 &&
		    X509_CRL_set1_nextUpdate(crl, ends) == 1;
	ASN1_TIME_free(ends);
	ASN1_TIME_free(made);
	return done;
}

/* Which key signed it, so that two CAs of one name are told apart, and a number that grows. */
static bool add_extensions(X509_CRL *crl, X509 *ca, int64_t made)
{
	X509V3_CTX context;
	ASN1_INTEGER *number = ASN1_INTEGER_new();
	X509V3_set_ctx(&context, ca, NULL, NULL, crl, 0);
	X509_EXTENSION *key =
		X509V3_EXT_conf_nid(NULL, &context, NID_authority_key_identifier, "keyid:always");
	bool done = key != NULL && X509_CRL_add_ext(crl, key, -1) == 1 && number != NULL &&
		    ASN1_INTEGER_set_int64(number, made) == 1 &&
		    X509_CRL_add1_ext_i2d(crl, NID_crl_number, number, 0, X509V3_ADD_DEFAULT) == 1;
	X509_EXTENSION_free(key);
	ASN1_INTEGER_free(number);
	return done;
}

static X509_CRL *make(const struct credential *ca, const struct revoked_list *list)
{
	X509_CRL *crl = X509_CRL_new();
	bool done = crl != NULL && X509_CRL_set_version(crl, X509_CRL_VERSION_2) == 1 &&
		    X509_CRL_set_issuer_name(crl, X509_get_subject_name(ca->certificate)) == 1 &&
		    set_times(crl, list) && add_extensions(crl, ca->certificate, list->made);
	for (size_t i = 0; done && i < list->count; i++)
		done = add_row(crl, &list->rows[i]);
	if (done && X509_CRL_sort(crl) == 1 && X509_CRL_sign(crl, ca->key, EVP_sha256()) > 0)
		return crl;
	X509_CRL_free(crl);
	return NULL;
}

enum status credential_crl(const struct credential *ca, const struct revoked_list *list,
			   struct buf *to, char why[static CREDENTIAL_WHY_LEN])
{
	X509_CRL *crl = make(ca, list);
	BIO *pem = BIO_new(BIO_s_mem());
	char *bytes = NULL;
	enum status status = STATUS_TLS;
	if (crl == NULL || pem == NULL || PEM_write_bio_X509_CRL(pem, crl) != 1)
		status = credential_openssl_fail(why,
						 "a list of revoked certificates cannot be made");
	else {
		long len = BIO_get_mem_data(pem, &bytes);
		status = buf_append(to, bytes, (size_t)len);
	}
	BIO_free(pem);
	X509_CRL_free(crl);
	ERR_clear_error();
	return status;
}
