/* The part of server/pki_rotate.h that writes crl.pem. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/file.h"
#include "common/path.h"
#include "server/pki_files.h"
#include "server/pki_rotate.h"

_Static_assert(PKI_SERIAL_LEN == CREDENTIAL_SERIAL_LEN, "one length of serials");

/* Appends a list of one CA. A CA that has ended is skipped: nobody gets in by it anyway. */
static enum status add_list(const char *identity_dir, enum pki_ca which, const char *pem,
			    const struct revoked_list *list, struct buf *to,
			    char why[static PKI_WHY_LEN])
{
	struct credential *ca = NULL;
	int64_t end = 0;
	enum status status = credential_load(&ca, pem, NULL, why);
	if (status == STATUS_OK)
		status = credential_not_after(ca, &end);
	credential_free(ca);
	if (status != STATUS_OK || end <= list->made)
		return status;
	ca = NULL;
	status = pki_load_with_key(identity_dir, which, pem, &ca, why);
	if (status == STATUS_OK)
		status = credential_crl(ca, list, to, why);
	else
		snprintf(why, PKI_WHY_LEN,
			 "a CA in %s has no key in %.200s: put it back there, or take the CA out "
			 "of the file",
			 pki_ca_words(which)->certificate_file, identity_dir);
	credential_free(ca);
	return status;
}

static enum status add_lists(const char *identity_dir, enum pki_ca which,
			     const struct revoked_list *list, struct buf *to,
			     char why[static PKI_WHY_LEN])
{
	char *pem = NULL;
	enum status status =
		pki_read_text(identity_dir, pki_ca_words(which)->certificate_file, &pem, why);
	if (status == STATUS_NOT_FOUND && which == PKI_CA_OUTSIDER)
		return STATUS_OK; /* an older data directory has none */
	for (const char *at = pem; at != NULL && status == STATUS_OK; at = pki_next_certificate(at))
		status = add_list(identity_dir, which, at, list, to, why);
	free(pem);
	return status;
}

enum status pki_write_crl(const char *identity_dir, const struct pki_revoked *revoked, size_t count,
			  unsigned days, char why[static PKI_WHY_LEN])
{
	struct revoked *rows = calloc(count + 1, sizeof(*rows));
	struct buf pem = BUF_EMPTY;
	struct path path;
	enum status status = rows == NULL ? STATUS_MEMORY : STATUS_OK;
	snprintf(why, PKI_WHY_LEN, "out of memory");
	for (int which = PKI_CA_STAFF; which <= PKI_CA_OUTSIDER && status == STATUS_OK; which++) {
		struct revoked_list list = {.rows = rows, .made = time(NULL)};
		list.ends = list.made + days * SECONDS_PER_DAY;
		for (size_t i = 0; i < count; i++)
			if (revoked[i].outsider == (which == PKI_CA_OUTSIDER)) {
				memcpy(rows[list.count].serial, revoked[i].serial, PKI_SERIAL_LEN);
				rows[list.count++].at = revoked[i].at;
			}
		status = add_lists(identity_dir, (enum pki_ca)which, &list, &pem, why);
	}
	if (status == STATUS_OK)
		status = path_join(&path, identity_dir, PKI_CRL);
	if (status == STATUS_OK) {
		status = file_put(path.text, buf_head(&pem), pem.len);
		if (status != STATUS_OK)
			(void)pki_fail(why, status, "cannot write", path.text);
	}
	if (status == STATUS_OK)
		why[0] = '\0';
	buf_release(&pem);
	free(rows);
	return status;
}
