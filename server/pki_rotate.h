/*
 * What the operator does with a living identity directory: new keys and certificates in the place
 * of old ones, and the lists of revoked certificates. A running server takes it up with SIGHUP. The
 * old files are kept under names with their time, as ca-key-20261122T013045.123456Z.pem. By one at
 * a time; a sentence in why after a failure.
 */
#ifndef SERVER_PKI_ROTATE_H
#define SERVER_PKI_ROTATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/status.h"
#include "server/pki.h"

/* A new key and certificate for a CA, which issues from now on; the old one stays trusted until it
 * ends. The outsiders' CA is also made where there was none. After a failure what was is in force.
 */
MUST_CHECK enum status pki_rotate_ca(const char *identity_dir, bool outsider,
				     char why[static PKI_WHY_LEN]);

/* The same for the server, with the hosts that it has, and those given. */
MUST_CHECK enum status pki_rotate_server(const char *identity_dir, const char *const *hosts,
					 size_t host_count, char why[static PKI_WHY_LEN]);

struct pki_revoked {
	uint8_t serial[PKI_SERIAL_LEN];
	bool outsider;
	int64_t at; /* seconds since the epoch */
};

/* Writes crl.pem anew: a list for each CA that is trusted, good for so many days. */
MUST_CHECK enum status pki_write_crl(const char *identity_dir, const struct pki_revoked *revoked,
				     size_t count, unsigned days, char why[static PKI_WHY_LEN]);

#endif
