/* Certificates for keys that are made elsewhere: the part of server/pki.h that enrolment uses. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/csr.h"
#include "server/pki_files.h"

static enum status load_issuer(const char *identity_dir, bool outsider, struct credential **ca,
			       char why[static PKI_WHY_LEN])
{
	char *pem = NULL;
	enum status status =
		pki_load_ca(identity_dir, outsider ? PKI_CA_OUTSIDER : PKI_CA_STAFF, ca, &pem, why);
	free(pem);
	if (status == STATUS_NOT_FOUND && outsider)
		snprintf(why, PKI_WHY_LEN,
			 "there is no CA for outsiders; make it: dossierd rotate DATA "
			 "--outsider-ca");
	return status;
}

/* Never beyond the CA's end. */
static enum status choose_end(const struct credential *ca, int64_t wanted, int64_t *end,
			      char why[static PKI_WHY_LEN])
{
	int64_t now = time(NULL);
	int64_t ca_end;
	if (credential_not_after(ca, &ca_end) != STATUS_OK || ca_end <= now)
		return pki_fail(why, STATUS_TLS, "the CA's certificate has ended", "");
	*end = wanted < ca_end ? wanted : ca_end;
	if (*end <= now)
		return pki_fail(why, STATUS_INVALID, "the certificate would have ended", "");
	return STATUS_OK;
}

static enum status describe(const struct credential *made, struct pki_signed *out)
{
	enum status status = credential_certificate_der(made, &out->certificate);
	if (status == STATUS_OK)
		status = credential_identity(made, out->identity);
	if (status == STATUS_OK)
		status = credential_key_hash(made, out->key_hash);
	if (status == STATUS_OK)
		status = credential_serial(made, out->serial);
	if (status == STATUS_OK)
		status = credential_not_after(made, &out->not_after);
	return status;
}

enum status pki_sign(const char *identity_dir, const struct pki_request *request,
		     struct pki_signed *out, char why[static PKI_WHY_LEN])
{
	struct buf key = BUF_EMPTY;
	struct credential *ca = NULL;
	struct credential *made = NULL;
	struct certificate_text text = {.name = request->login, .principal = request->principal};
	*out = (struct pki_signed){0};
	snprintf(why, PKI_WHY_LEN,
		 "this is no signing request for a P-256 or Ed25519 key, signed by that key");
	enum status status = csr_public_key(request->csr, request->csr_len, &key);
	if (status == STATUS_OK)
		status = load_issuer(identity_dir, request->outsider, &ca, why);
	if (status == STATUS_OK)
		status = choose_end(ca, request->not_after, &text.not_after, why);
	if (status == STATUS_OK)
		status = credential_certify(&made, ca, &key, &text, why);
	if (status == STATUS_OK)
		status = describe(made, out);
	if (status == STATUS_OK)
		why[0] = '\0';
	else
		pki_signed_release(out);
	credential_free(made);
	credential_free(ca);
	buf_release(&key);
	return status;
}

void pki_signed_release(struct pki_signed *made)
{
	buf_release(&made->certificate);
	*made = (struct pki_signed){0};
}

enum status pki_get_facts(const char *identity_dir, struct pki_facts *facts,
			  char why[static PKI_WHY_LEN])
{
	char *ca = NULL;
	char *log_key = NULL;
	*facts = (struct pki_facts){0};
	enum status status = pki_read_text(identity_dir, PKI_CA_CERTIFICATE, &ca, why);
	if (status == STATUS_OK)
		status = pki_read_text(identity_dir, PKI_LOG_KEY, &log_key, why);
	if (status == STATUS_OK) {
		snprintf(why, PKI_WHY_LEN, PKI_CA_CERTIFICATE " or " PKI_LOG_KEY " is damaged");
		status = credential_public_key(log_key, &facts->log_key);
	}
	if (status == STATUS_OK)
		status = buf_append(&facts->ca_pem, ca, strlen(ca));
	if (status == STATUS_OK)
		status = pin_of(ca, strlen(ca), buf_head(&facts->log_key), facts->log_key.len,
				facts->pin);
	if (status == STATUS_OK)
		why[0] = '\0';
	else
		pki_facts_release(facts);
	pki_wipe_text(log_key);
	free(ca);
	return status;
}

void pki_facts_release(struct pki_facts *facts)
{
	buf_release(&facts->ca_pem);
	buf_release(&facts->log_key);
	*facts = (struct pki_facts){0};
}
