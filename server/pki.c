#include "server/pki.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/date.h"
#include "common/ed25519.h"
#include "common/file.h"
#include "common/note.h"
#include "common/path.h"
#include "common/text.h"
#include "server/bundle.h"
#include "server/credential.h"
#include "server/pki_files.h"

#define ISSUED_MAX 128u /* bytes of an entry under issued/ */

static enum status make_directory(const char *path, bool may_exist, char why[static PKI_WHY_LEN])
{
	enum status status = directory_make(path);
	if (status == STATUS_CONFLICT && may_exist)
		return STATUS_OK;
	if (status == STATUS_CONFLICT)
		return pki_fail(why, status, "this is there already:", path);
	if (status != STATUS_OK)
		return pki_fail(why, status, "cannot make the directory", path);
	return STATUS_OK;
}

enum status pki_found(const char *identity_dir, const char *origin, const char *const *hosts,
		      size_t host_count, char why[static PKI_WHY_LEN])
{
	enum {
		CA_KEY,
		CA_CERTIFICATE,
		OUTSIDER_CA_KEY,
		OUTSIDER_CA_CERTIFICATE,
		SERVER_KEY,
		SERVER_CERTIFICATE,
		LOG_KEY,
		COUNT
	};
	struct bundle_file files[COUNT] = {
		{PKI_CA_KEY, BUF_EMPTY},          {PKI_CA_CERTIFICATE, BUF_EMPTY},
		{PKI_OUTSIDER_CA_KEY, BUF_EMPTY}, {PKI_OUTSIDER_CA_CERTIFICATE, BUF_EMPTY},
		{PKI_SERVER_KEY, BUF_EMPTY},      {PKI_SERVER_CERTIFICATE, BUF_EMPTY},
		{PKI_LOG_KEY, BUF_EMPTY},
	};
	if (bundle_exists(identity_dir, files, COUNT, why))
		return STATUS_CONFLICT;
	struct credential *ca = NULL;
	struct credential *outsider_ca = NULL;
	struct credential *server = NULL;
	struct certificate_text text = {
		.organization = origin, .hosts = hosts, .host_count = host_count};
	snprintf(why, PKI_WHY_LEN, "out of memory");
	enum status status = pki_make_ca(&ca, PKI_CA_STAFF, origin, why);
	if (status == STATUS_OK)
		status = pki_make_ca(&outsider_ca, PKI_CA_OUTSIDER, origin, why);
	if (status == STATUS_OK)
		status = pki_make_server(&server, ca, &text, why);
	if (status == STATUS_OK)
		status = pki_put_credential(ca, &files[CA_KEY], &files[CA_CERTIFICATE]);
	if (status == STATUS_OK)
		status = pki_put_credential(outsider_ca, &files[OUTSIDER_CA_KEY],
					    &files[OUTSIDER_CA_CERTIFICATE]);
	if (status == STATUS_OK)
		status = pki_put_credential(server, &files[SERVER_KEY], &files[SERVER_CERTIFICATE]);
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
	credential_free(outsider_ca);
	credential_free(ca);
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
	char serial_hex[2 * CREDENTIAL_SERIAL_LEN + 1];
	uint8_t serial[CREDENTIAL_SERIAL_LEN];
	uint8_t identity[HASH_LEN];
	int64_t not_after;
	enum status status = credential_identity(credential, identity);
	if (status == STATUS_OK)
		status = credential_not_after(credential, &not_after);
	if (status == STATUS_OK)
		status = credential_serial(credential, serial);
	if (status == STATUS_OK)
		status = path_join(&path, identity_dir, "issued");
	if (status != STATUS_OK)
		return pki_fail(why, status, "cannot enter a certificate in", identity_dir);
	status = make_directory(path.text, true, why);
	if (status == STATUS_OK)
		status = directory_sync(identity_dir);
	if (status == STATUS_OK)
		status = issued_path(&path, identity_dir, identity);
	if (status != STATUS_OK)
		return status;
	hex_encode(serial, sizeof(serial), serial_hex);
	int len = snprintf(line, sizeof(line), "%" PRIu64 " %" PRId64 " %s %" PRId64 "\n",
			   principal, not_after, serial_hex, clock_now());
	status = file_put(path.text, line, (size_t)len);
	return status == STATUS_OK ? status : pki_fail(why, status, "cannot write", path.text);
}

static enum status check_order(const struct pki_order *order, char why[static PKI_WHY_LEN])
{
	if (order->principal == 0 || text_empty(order->login))
		return pki_fail(why, STATUS_INVALID, "a certificate needs a principal and a login",
				"");
	if (order->days < 1 || order->days > PKI_CLIENT_DAYS_MAX)
		return pki_fail(why, STATUS_INVALID, "a certificate is valid for 1 to 3650 days",
				"");
	if (text_empty(order->address) ||
	    text_check(order->address, strlen(order->address)) != TEXT_OK)
		return pki_fail(why, STATUS_INVALID,
				"this is no address of a server:", order->address);
	return STATUS_OK;
}

static enum status client_make(struct credential **client, const struct credential *ca,
			       const struct pki_order *order, char why[static PKI_WHY_LEN])
{
	int64_t ca_end;
	int64_t now = time(NULL);
	enum status status = credential_not_after(ca, &ca_end);
	if (status != STATUS_OK || ca_end <= now)
		return pki_fail(why, STATUS_TLS, "the CA's certificate has ended", "");
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

/* The ledger's key as a line of log.vkey. */
static enum status log_vkey(const char *identity_dir, const char *origin, struct buf *to,
			    char why[static PKI_WHY_LEN])
{
	char line[NOTE_VKEY_MAX + 2];
	uint8_t raw[ED25519_KEY_LEN];
	struct pki_facts facts;
	struct note_key key;
	enum status status = pki_get_facts(identity_dir, &facts, why);
	if (status != STATUS_OK)
		return status;
	status = ed25519_from_spki(buf_head(&facts.log_key), facts.log_key.len, raw);
	pki_facts_release(&facts);
	if (status != STATUS_OK)
		return pki_fail(why, status, PKI_LOG_KEY " is no Ed25519 key:", identity_dir);
	status = note_key_make(&key, origin, NOTE_ED25519, raw);
	if (status != STATUS_OK)
		return pki_fail(why, status,
				"a ledger of this name can have no key (no blanks, no +):", origin);
	note_key_format(&key, line);
	size_t len = strlen(line);
	line[len] = '\n';
	return buf_append(to, line, len + 1);
}

/* Enters the certificate, then writes what the person gets. */
static enum status deliver(const char *identity_dir, const struct credential *client,
			   const char *ca_pem, const struct pki_order *order,
			   char why[static PKI_WHY_LEN])
{
	enum { KEY, CERTIFICATE, CA, VKEY, CONF, COUNT };
	struct bundle_file files[COUNT] = {
		{"key.pem", BUF_EMPTY},  {"cert.pem", BUF_EMPTY},     {"ca.pem", BUF_EMPTY},
		{"log.vkey", BUF_EMPTY}, {"dossier.conf", BUF_EMPTY},
	};
	snprintf(why, PKI_WHY_LEN, "out of memory");
	enum status status = pki_put_credential(client, &files[KEY], &files[CERTIFICATE]);
	if (status == STATUS_OK)
		status = buf_append(&files[CA].bytes, ca_pem, strlen(ca_pem));
	if (status == STATUS_OK)
		status = sample_client_conf(order, &files[CONF].bytes);
	if (status == STATUS_OK)
		status = log_vkey(identity_dir, order->origin, &files[VKEY].bytes, why);
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
		status = pki_load_ca(identity_dir, PKI_CA_STAFF, &ca, &ca_pem, why);
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

/* "principal not_after", and " serial" and " issued_at" unless it is of an older version. */
static bool parse_issued(const char *text, size_t len, struct pki_issued *issued)
{
	uint64_t end = 0;
	uint64_t made = 0;
	const char *at = parse_digits(text, UINT64_MAX, &issued->principal);
	if (at == NULL || *at != ' ')
		return false;
	at = parse_digits(at + 1, INT64_MAX, &end);
	issued->not_after = (int64_t)end;
	if (at != NULL && *at == ' ') {
		char hex[2 * CREDENTIAL_SERIAL_LEN + 1] = "";
		size_t left = len - (size_t)(at + 1 - text);
		if (left <= sizeof(hex) - 1)
			return false;
		memcpy(hex, at + 1, sizeof(hex) - 1);
		if (hex_decode(hex, issued->serial, CREDENTIAL_SERIAL_LEN) != STATUS_OK)
			return false;
		issued->has_serial = true;
		at += sizeof(hex);
		if (*at == ' ')
			at = parse_digits(at + 1, INT64_MAX, &made);
		issued->issued_at = (int64_t)made;
	}
	return at != NULL && *at == '\n' && at + 1 == text + len && issued->principal > 0;
}

enum status pki_issued(const char *identity_dir, const uint8_t identity[static HASH_LEN],
		       struct pki_issued *issued)
{
	struct path path;
	uint8_t *bytes;
	size_t len;
	enum status status = issued_path(&path, identity_dir, identity);
	*issued = (struct pki_issued){0};
	if (status == STATUS_OK)
		status = file_get(path.text, ISSUED_MAX, &bytes, &len);
	if (status != STATUS_OK)
		return status;
	bool whole = parse_issued((const char *)bytes, len, issued);
	free(bytes);
	return whole ? STATUS_OK : STATUS_CORRUPT;
}

enum status pki_certificate_identity(const char *path, uint8_t identity[static HASH_LEN],
				     char why[static PKI_WHY_LEN])
{
	uint8_t *bytes;
	size_t len;
	enum status status = file_get(path, BUNDLE_FILE_MAX, &bytes, &len);
	if (status != STATUS_OK)
		return pki_fail(why, status, "cannot read", path);
	struct credential *credential;
	status = credential_load(&credential, (const char *)bytes, NULL, why);
	free(bytes);
	if (status != STATUS_OK)
		return status;
	status = credential_identity(credential, identity);
	credential_free(credential);
	return status;
}
