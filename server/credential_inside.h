/* What the files of server/credential.h share, and nobody else: a credential from inside. */
#ifndef SERVER_CREDENTIAL_INSIDE_H
#define SERVER_CREDENTIAL_INSIDE_H

#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include "server/credential.h"

struct credential {
	EVP_PKEY *key; /* owned; NULL when there is only the certificate */
	X509 *certificate;
};

/* What OpenSSL says about its last failure, behind what failed. Empties its queue. Returns
 * STATUS_TLS. */
enum status credential_openssl_fail(char why[static CREDENTIAL_WHY_LEN], const char *what);

/* Tells OpenSSL that there is no passphrase: our own keys have none. */
int credential_no_passphrase_cb(char *to, int size, int writing, void *context);

#endif
