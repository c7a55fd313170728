/* What the files of server/pki.h share, and nobody else: what stands in the identity directory. */
#ifndef SERVER_PKI_FILES_H
#define SERVER_PKI_FILES_H

#include "server/bundle.h"
#include "server/credential.h"
#include "server/pki.h"

#define SECONDS_PER_DAY INT64_C(86400)

enum pki_ca { PKI_CA_STAFF, PKI_CA_OUTSIDER };

/* The words around a CA. */
struct pki_ca_words {
	const char *name;             /* in its subject */
	const char *certificate_file; /* the first one issues, all are trusted */
	const char *key_file;
	const char *key_stem; /* with what all its keys begin, the kept ones too */
};

/* Static storage. */
const struct pki_ca_words *pki_ca_words(enum pki_ca which);

/* "what path" in why; returns status. */
enum status pki_fail(char why[static PKI_WHY_LEN], enum status status, const char *what,
		     const char *path);

/* A whole file as text, for free(); a key's for pki_wipe_text(). */
MUST_CHECK enum status pki_read_text(const char *directory, const char *name, char **text,
				     char why[static PKI_WHY_LEN]);
void pki_wipe_text(char *text);

/* PEM of key and certificate into the two files. */
MUST_CHECK enum status pki_put_credential(const struct credential *credential,
					  struct bundle_file *key, struct bundle_file *certificate);

/* A new CA, valid for PKI_CA_DAYS; a new server's certificate, for PKI_SERVER_DAYS or as long as
 * the CA, with the text's organization and hosts. */
MUST_CHECK enum status pki_make_ca(struct credential **ca, enum pki_ca which, const char *origin,
				   char why[static PKI_WHY_LEN]);
MUST_CHECK enum status pki_make_server(struct credential **server, const struct credential *ca,
				       const struct certificate_text *text,
				       char why[static PKI_WHY_LEN]);

/* The CA that issues, with its key; *pem gets the whole file, for free(). STATUS_NOT_FOUND when
 * there is no such file. */
MUST_CHECK enum status pki_load_ca(const char *identity_dir, enum pki_ca which,
				   struct credential **ca, char **pem,
				   char why[static PKI_WHY_LEN]);

/* The first certificate in the PEM with its key, wherever in the directory that is: a rotation that
 * was cut off leaves it under another name. */
MUST_CHECK enum status pki_load_with_key(const char *identity_dir, enum pki_ca which,
					 const char *pem, struct credential **ca,
					 char why[static PKI_WHY_LEN]);

/* What the head office is called: as in the certificate of its CA for staff. */
MUST_CHECK enum status pki_read_origin(const char *identity_dir, char *origin, size_t size,
				       char why[static PKI_WHY_LEN]);

/* Where the next certificate in a PEM text begins, behind the one at pem; NULL when there is none.
 */
const char *pki_next_certificate(const char *pem);

#endif
