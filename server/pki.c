#include "server/pki.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/file.h"
#include "common/path.h"
#include "common/text.h"
#include "server/bundle.h"
#include "server/credential.h"

#define SECONDS_PER_DAY INT64_C(86400)
#define ISSUED_MAX 64u /* bytes of an entry under issued/ */

_Static_assert(PKI_WHY_LEN >= CREDENTIAL_WHY_LEN && PKI_WHY_LEN >= BUNDLE_WHY_LEN,
	       "what they say fits what we say");

static enum status fail(char why[static PKI_WHY_LEN], enum status status, const char *what,
			const char *path)
{
	snprintf(why, PKI_WHY_LEN, "%s %.400s", what, path);
	return status;
}

static enum status make_directory(const char *path, bool may_exist, char why[static PKI_WHY_LEN])
{
	enum status status = directory_make(path);
	if (status == STATUS_CONFLICT && may_exist)
		return STATUS_OK;
	if (status == STATUS_CONFLICT)
		return fail(why, status, "this is there already:", path);
	if (status != STATUS_OK)
		return fail(why, status, "cannot make the directory", path);
	return STATUS_OK;
}

static enum status put_credential(const struct credential *credential, struct bundle_file *key,
				  struct bundle_file *certificate)
{
	enum status status = bundle_reserve(key);
	if (status == STATUS_OK)
		status = credential_key_pem(credential, &key->bytes);
	if (status == STATUS_OK)
		status = credential_certificate_pem(credential, &certificate->bytes);
	return status;
}

static enum status ca_make(struct credential **ca, const char *origin, char why[static PKI_WHY_LEN])
{
	struct certificate_text text = {
		.organization = origin,
		.name = "Dossier CA",
		.not_after = time(NULL) + PKI_CA_DAYS * SECONDS_PER_DAY,
	};
	return credential_new(ca, CREDENTIAL_CA, NULL, &text, why);
}

static enum status server_make(struct credential **server, const struct credential *ca,
			       const char *origin, const char *const *hosts, size_t host_count,
			       char why[static PKI_WHY_LEN])
{
	static const char *const always[] = {"localhost", "127.0.0.1", "::1"};
	size_t always_count = sizeof(always) / sizeof(always[0]);
	const char **all = calloc(always_count + host_count, sizeof(*all));
	if (all == NULL)
		return STATUS_MEMORY;
	memcpy(all, always, sizeof(always));
	if (host_count > 0)
		memcpy(all + always_count, hosts, host_count * sizeof(*hosts));
	struct certificate_text text = {
		.organization = origin,
		.name = "dossierd",
		.not_after = time(NULL) + PKI_SERVER_DAYS * SECONDS_PER_DAY,
		.hosts = all,
		.host_count = always_count + host_count,
	};
	enum status status = credential_new(server, CREDENTIAL_SERVER, ca, &text, why);
	free(all);
	return status;
}

enum status pki_found(const char *identity_dir, const char *origin, const char *const *hosts,
		      size_t host_count, char why[static PKI_WHY_LEN])
{
	enum { CA_KEY, CA_CERTIFICATE, SERVER_KEY, SERVER_CERTIFICATE, LOG_KEY, COUNT };
	struct bundle_file files[COUNT] = {
		{PKI_CA_KEY, BUF_EMPTY},     {PKI_CA_CERTIFICATE, BUF_EMPTY},
		{PKI_SERVER_KEY, BUF_EMPTY}, {PKI_SERVER_CERTIFICATE, BUF_EMPTY},
		{PKI_LOG_KEY, BUF_EMPTY},
	};
	if (bundle_exists(identity_dir, files, COUNT, why))
		return STATUS_CONFLICT;
	struct credential *ca = NULL;
	struct credential *server = NULL;
	snprintf(why, PKI_WHY_LEN, "out of memory");
	enum status status = ca_make(&ca, origin, why);
	if (status == STATUS_OK)
		status = server_make(&server, ca, origin, hosts, host_count, why);
	if (status == STATUS_OK)
		status = put_credential(ca, &files[CA_KEY], &files[CA_CERTIFICATE]);
	if (status == STATUS_OK)
		status = put_credential(server, &files[SERVER_KEY], &files[SERVER_CERTIFICATE]);
	if (status == STATUS_OK)
		status = credential_log_key(&files[LOG_KEY].bytes);
	if (status == STATUS_OK)
		status = make_directory(identity_dir, true, why);
	if (status == STATUS_OK)
		status = bundle_write(identity_dir, files, COUNT, why);
	if (status == STATUS_OK)
		why[0] = '\0';
	bundle_release(files, COUNT);
	credential_free(server);
	credential_free(ca);
	return status;
}

static enum status read_text(const char *directory, const char *name, char **text,
			     char why[static PKI_WHY_LEN])
{
	struct path path;
	uint8_t *bytes;
	size_t len;
	enum status status = path_join(&path, directory, name);
	if (status == STATUS_OK)
		status = file_get(path.text, BUNDLE_FILE_MAX, &bytes, &len);
	if (status != STATUS_OK)
		return fail(why, status, "cannot read", path.text);
	*text = (char *)bytes;
	return STATUS_OK;
}

static void text_wipe(char *text)
{
	if (text != NULL)
		explicit_bzero(text, strlen(text));
	free(text);
}

/* The CA with its key; *certificate is the PEM, for free(). */
static enum status ca_load(const char *identity_dir, struct credential **ca, char **certificate,
			   char why[static PKI_WHY_LEN])
{
	char *key = NULL;
	enum status status = read_text(identity_dir, PKI_CA_CERTIFICATE, certificate, why);
	if (status == STATUS_OK)
		status = read_text(identity_dir, PKI_CA_KEY, &key, why);
	if (status == STATUS_OK)
		status = credential_load(ca, *certificate, key, why);
	text_wipe(key);
	return status;
}

static enum status issued_path(struct path *path, const char *identity_dir,
			       const uint8_t identity[static HASH_LEN])
{
	static const char folder[] = "issued/";
	char name[sizeof(folder) + 2 * HASH_LEN];
	memcpy(name, folder, sizeof(folder));
	hex_encode(identity, HASH_LEN, name + sizeof(folder) - 1);
	return path_join(path, identity_dir, name);
}

/* Enters a new certificate under issued/, so that it lasts. */
static enum status enter_issued(const char *identity_dir, const struct credential *credential,
				uint64_t principal, char why[static PKI_WHY_LEN])
{
	struct path path;
	char line[ISSUED_MAX];
	uint8_t identity[HASH_LEN];
	int64_t not_after;
	enum status status = credential_identity(credential, identity);
	if (status == STATUS_OK)
		status = credential_not_after(credential, &not_after);
	if (status == STATUS_OK)
		status = path_join(&path, identity_dir, "issued");
	if (status != STATUS_OK)
		return fail(why, status, "cannot enter a certificate in", identity_dir);
	status = make_directory(path.text, true, why);
	if (status == STATUS_OK)
		status = directory_sync(identity_dir);
	if (status == STATUS_OK)
		status = issued_path(&path, identity_dir, identity);
	if (status != STATUS_OK)
		return status;
	int len = snprintf(line, sizeof(line), "%" PRIu64 " %" PRId64 "\n", principal, not_after);
	status = file_put(path.text, line, (size_t)len);
	return status == STATUS_OK ? status : fail(why, status, "cannot write", path.text);
}

static enum status check_order(const struct pki_order *order, char why[static PKI_WHY_LEN])
{
	if (order->principal == 0 || text_empty(order->login))
		return fail(why, STATUS_INVALID, "a certificate needs a principal and a login", "");
	if (order->days < 1 || order->days > PKI_CLIENT_DAYS_MAX)
		return fail(why, STATUS_INVALID, "a certificate is valid for 1 to 3650 days", "");
	if (text_empty(order->address) ||
	    text_check(order->address, strlen(order->address)) != TEXT_OK)
		return fail(why, STATUS_INVALID, "this is no address of a server:", order->address);
	return STATUS_OK;
}

static enum status client_make(struct credential **client, const struct credential *ca,
			       const struct pki_order *order, char why[static PKI_WHY_LEN])
{
	int64_t ca_end;
	int64_t now = time(NULL);
	enum status status = credential_not_after(ca, &ca_end);
	if (status != STATUS_OK || ca_end <= now)
		return fail(why, STATUS_TLS, "the CA's certificate has ended", "");
	int64_t end = now + order->days * SECONDS_PER_DAY;
	struct certificate_text text = {
		.name = order->login,
		.not_after = end < ca_end ? end : ca_end,
		.principal = order->principal,
	};
	return credential_new(client, CREDENTIAL_CLIENT, ca, &text, why);
}

static enum status sample_client_conf(const struct pki_order *order, struct buf *to)
{
	char text[PATH_LEN];
	int len = snprintf(text, sizeof(text), "[server]\naddress = %s\nport = %u\n",
			   order->address, (unsigned)order->port);
	if (len <= 0 || (size_t)len >= sizeof(text))
		return STATUS_INVALID;
	return buf_append(to, text, (size_t)len);
}

/* Enters the certificate, then writes what the person gets. */
static enum status deliver(const char *identity_dir, const struct credential *client,
			   const char *ca_pem, const struct pki_order *order,
			   char why[static PKI_WHY_LEN])
{
	enum { KEY, CERTIFICATE, CA, CONF, COUNT };
	struct bundle_file files[COUNT] = {
		{"key.pem", BUF_EMPTY},
		{"cert.pem", BUF_EMPTY},
		{"ca.pem", BUF_EMPTY},
		{"dossier.conf", BUF_EMPTY},
	};
	snprintf(why, PKI_WHY_LEN, "out of memory");
	enum status status = put_credential(client, &files[KEY], &files[CERTIFICATE]);
	if (status == STATUS_OK)
		status = buf_append(&files[CA].bytes, ca_pem, strlen(ca_pem));
	if (status == STATUS_OK)
		status = sample_client_conf(order, &files[CONF].bytes);
	/* A failure after this leaves an entry for a key that nobody has, which is harmless. */
	if (status == STATUS_OK)
		status = enter_issued(identity_dir, client, order->principal, why);
	if (status == STATUS_OK)
		status = bundle_write(order->out_dir, files, COUNT, why);
	bundle_release(files, COUNT);
	return status;
}

enum status pki_issue(const char *identity_dir, const struct pki_order *order,
		      char why[static PKI_WHY_LEN])
{
	struct credential *ca = NULL;
	struct credential *client = NULL;
	char *ca_pem = NULL;
	enum status status = check_order(order, why);
	if (status == STATUS_OK)
		status = ca_load(identity_dir, &ca, &ca_pem, why);
	if (status == STATUS_OK)
		status = client_make(&client, ca, order, why);
	if (status == STATUS_OK)
		status = make_directory(order->out_dir, false, why);
	if (status == STATUS_OK) {
		status = deliver(identity_dir, client, ca_pem, order, why);
		if (status != STATUS_OK)
			rmdir(order->out_dir);
	}
	if (status == STATUS_OK)
		why[0] = '\0';
	credential_free(client);
	credential_free(ca);
	free(ca_pem);
	return status;
}

/* Reads digits; NULL when there are none or the number is too large. */
static const char *parse_digits(const char *at, uint64_t max, uint64_t *number)
{
	if (*at < '0' || *at > '9')
		return NULL;
	char *end;
	errno = 0;
	unsigned long long value = strtoull(at, &end, 10);
	if (errno == ERANGE || value > max)
		return NULL;
	*number = value;
	return end;
}

enum status pki_issued(const char *identity_dir, const uint8_t identity[static HASH_LEN],
		       uint64_t *principal, int64_t *not_after)
{
	struct path path;
	uint8_t *bytes;
	size_t len;
	enum status status = issued_path(&path, identity_dir, identity);
	if (status == STATUS_OK)
		status = file_get(path.text, ISSUED_MAX, &bytes, &len);
	if (status != STATUS_OK)
		return status;
	uint64_t end = 0;
	const char *at = parse_digits((const char *)bytes, UINT64_MAX, principal);
	if (at != NULL && *at == ' ')
		at = parse_digits(at + 1, INT64_MAX, &end);
	else
		at = NULL;
	bool whole = at != NULL && *at == '\n' && at + 1 == (const char *)bytes + len;
	*not_after = (int64_t)end;
	free(bytes);
	return whole && *principal > 0 ? STATUS_OK : STATUS_CORRUPT;
}

enum status pki_certificate_identity(const char *path, uint8_t identity[static HASH_LEN],
				     char why[static PKI_WHY_LEN])
{
	uint8_t *bytes;
	size_t len;
	enum status status = file_get(path, BUNDLE_FILE_MAX, &bytes, &len);
	if (status != STATUS_OK)
		return fail(why, status, "cannot read", path);
	struct credential *credential;
	status = credential_load(&credential, (const char *)bytes, NULL, why);
	free(bytes);
	if (status != STATUS_OK)
		return status;
	status = credential_identity(credential, identity);
	credential_free(credential);
	return status;
}
