#include "client/lib/renewal.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "client/lib/logkeys.h"
#include "client/lib/text.h"
#include "common/certificate.h"
#include "common/csr.h"
#include "common/file.h"

#define UNFINISHED "next.new"

bool renewal_is_due(const struct profile *profile, int64_t now)
{
	struct certificate_life life;
	uint8_t *pem = NULL;
	size_t len = 0;
	bool read;

	if (file_get(profile->certificate.text, CERTIFICATE_FILE_MAX, &pem, &len) != STATUS_OK)
		return false;
	read = certificate_life(pem, len, &life) == STATUS_OK;
	free(pem);
	return read && life.ends > now && life.ends - now < (life.ends - life.begins) / 3;
}

/* ---- files ---- */

/* -1 when another has it. */
static int lock(const struct profile *profile)
{
	int fd = open(profile->directory.text, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

static enum status inside(struct path *path, const struct profile *profile, const char *folder,
			  const char *name)
{
	struct path directory;
	enum status status = path_join(&directory, profile->directory.text, folder);

	return status == STATUS_OK ? path_join(path, directory.text, name) : status;
}

static enum status put(const struct profile *profile, const char *folder, const char *name,
		       const void *bytes, size_t len)
{
	struct path path;
	enum status status = inside(&path, profile, folder, name);

	return status == STATUS_OK ? file_put(path.text, bytes, len) : status;
}

/* With what is in it; what is not there is no failure. */
static void remove_folder(const struct profile *profile, const char *folder)
{
	static const char *const names[] = {"key.pem", "cert.pem", "."};
	struct path path;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (inside(&path, profile, folder, names[i]) != STATUS_OK)
			continue;
		if (names[i][0] == '.')
			path.text[strlen(path.text) - 2] = '\0';
		(void)remove(path.text);
	}
}

static enum status move_up(const struct profile *profile, const char *name)
{
	struct path from;
	struct path to;

	if (inside(&from, profile, PROFILE_NEXT, name) != STATUS_OK ||
	    path_join(&to, profile->directory.text, name) != STATUS_OK)
		return STATUS_LIMIT;
	return access(from.text, F_OK) == 0 ? file_rename(from.text, to.text) : STATUS_OK;
}

static enum status move_both_up(const struct profile *profile)
{
	enum status status = move_up(profile, "key.pem");

	if (status == STATUS_OK)
		status = directory_sync(profile->directory.text);
	if (status == STATUS_OK)
		status = move_up(profile, "cert.pem");
	if (status == STATUS_OK)
		remove_folder(profile, PROFILE_NEXT);
	return status == STATUS_OK ? directory_sync(profile->directory.text) : status;
}

enum status renewal_settle(const struct profile *profile)
{
	int held = lock(profile);
	enum status status = STATUS_OK;

	if (held < 0)
		return STATUS_OK;
	status = move_both_up(profile);
	close(held);
	return status;
}

bool renewal_discard(const struct profile *profile)
{
	struct path key;
	int held = lock(profile);
	bool whole = held >= 0 && inside(&key, profile, PROFILE_NEXT, "key.pem") == STATUS_OK &&
		     access(key.text, F_OK) == 0;

	if (whole)
		remove_folder(profile, PROFILE_NEXT);
	if (held >= 0)
		close(held);
	return whole;
}

/* ---- the exchange ---- */

static enum status fail(char *why, enum status status, const char *sentence)
{
	snprintf(why, CLIENT_WHY_LEN, "%s", sentence);
	return status;
}

/* next/ with key and certificate, all or nothing. */
static enum status put_next(const struct profile *profile, const struct buf *key,
			    const Pb__Issued *issued, char *why)
{
	struct buf certificate = BUF_EMPTY;
	struct path from;
	struct path to;
	enum status status =
		certificate_pem(issued->certificate.data, issued->certificate.len, &certificate);

	if (status != STATUS_OK)
		return fail(why, STATUS_PROOF, N_("the server sent no certificate"));
	remove_folder(profile, UNFINISHED);
	remove_folder(profile, PROFILE_NEXT);
	if (path_join(&from, profile->directory.text, UNFINISHED) != STATUS_OK ||
	    path_join(&to, profile->directory.text, PROFILE_NEXT) != STATUS_OK)
		status = STATUS_LIMIT;
	if (status == STATUS_OK)
		status = directory_make(from.text);
	if (status == STATUS_OK)
		status = put(profile, UNFINISHED, "key.pem", buf_head(key), key->len);
	if (status == STATUS_OK)
		status = put(profile, UNFINISHED, "cert.pem", buf_head(&certificate),
			     certificate.len);
	if (status == STATUS_OK)
		status = file_rename(from.text, to.text);
	if (status == STATUS_OK)
		status = directory_sync(profile->directory.text);
	buf_release(&certificate);
	return status == STATUS_OK ? status
				   : fail(why, STATUS_SYSTEM, N_("the profile cannot be written"));
}

/* Whether the server's ledger has the key that the profile knows: by that it is found out whether
 * the ledger was exchanged, so nothing that is said here changes it. */
static enum status check_log_key(const struct profile *profile, const Pb__Issued *issued)
{
	struct logkeys known;
	struct logkeys shown;
	enum status status = logkeys_load(&known, profile->directory.text);

	if (status == STATUS_OK)
		status = logkeys_make(&shown, issued->origin, issued->log_key.data,
				      issued->log_key.len);
	if (status != STATUS_OK)
		return status == STATUS_MEMORY ? status : STATUS_PROOF;
	return logkeys_has(&known, &shown.keys[0]) ? STATUS_OK : STATUS_PROOF;
}

/* Whom to trust, as the server has it now. */
static enum status put_facts(const struct profile *profile, const Pb__Issued *issued, char *why)
{
	enum status status = check_log_key(profile, issued);

	if (status == STATUS_PROOF)
		return fail(why, status,
			    N_("the server's ledger has another key than log.vkey in the profile: "
			       "call the security officer"));
	if (status == STATUS_OK)
		status = file_put(profile->ca.text, issued->ca.data, issued->ca.len);
	return status == STATUS_OK ? status
				   : fail(why, STATUS_SYSTEM, N_("the profile cannot be written"));
}

/* Asks on a connection that is there; writes next/. */
static enum status ask(const struct profile *profile, struct client *client, const char *passphrase,
		       char *why)
{
	Pb__CertificateRenewRequest request = PB__CERTIFICATE_RENEW_REQUEST__INIT;
	struct client_answer answer;
	struct buf key = BUF_EMPTY;
	struct buf csr = BUF_EMPTY;
	enum status status = csr_make(passphrase, &key, &csr);

	if (status == STATUS_OK) {
		request.csr = (ProtobufCBinaryData){csr.len, (uint8_t *)(uintptr_t)buf_head(&csr)};
		status =
			client_call(client, RPC_certificate_renew, &request.base, NULL, 0, &answer);
	}
	if (status != STATUS_OK) {
		(void)fail(why, status, client_why(client));
	} else if (answer.status != STATUS_OK) {
		status = fail(why, answer.status, status_text(answer.status));
	} else {
		const Pb__CertificateRenewReply *reply = (const void *)answer.reply;

		status = reply->issued == NULL ? STATUS_PROOF
					       : put_facts(profile, reply->issued, why);
		if (status == STATUS_OK)
			status = put_next(profile, &key, reply->issued, why);
	}
	if (key.capacity > 0)
		explicit_bzero(key.bytes, key.capacity);
	buf_release(&key);
	buf_release(&csr);
	return status;
}

static enum status get_next(const struct profile *profile, const struct client_options *options,
			    char *why)
{
	struct client *client = NULL;
	enum status status = client_connect(&client, options, why);

	if (status != STATUS_OK)
		return status;
	status = ask(profile, client, options->passphrase, why);
	client_close(client);
	return status;
}

/* The old pair stays until the new one was welcomed. */
static enum status try_next(const struct profile *profile, const struct client_options *options,
			    char *why)
{
	struct client_options next = *options;
	struct client *client = NULL;
	struct path certificate;
	struct path key;
	enum status status = inside(&certificate, profile, PROFILE_NEXT, "cert.pem");

	if (status == STATUS_OK)
		status = inside(&key, profile, PROFILE_NEXT, "key.pem");
	if (status != STATUS_OK)
		return status;
	next.certificate = certificate.text;
	next.key = key.text;
	status = client_connect(&client, &next, why);
	client_close(client);
	if (status != STATUS_OK) {
		remove_folder(profile, PROFILE_NEXT);
		return status;
	}
	return move_both_up(profile) == STATUS_OK
		       ? STATUS_OK
		       : fail(why, STATUS_SYSTEM, N_("the profile cannot be written"));
}

enum status renewal_run(const struct profile *profile, const struct client_options *options,
			char why[static CLIENT_WHY_LEN])
{
	struct client_options brief = *options;
	int held = lock(profile);
	enum status status;

	why[0] = '\0';
	if (held < 0)
		return STATUS_OK;
	brief.timeout_ms = RENEWAL_TIMEOUT_MS;
	status = get_next(profile, &brief, why);
	if (status == STATUS_OK)
		status = try_next(profile, &brief, why);
	close(held);
	return status;
}
