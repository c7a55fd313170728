#include "client/lib/draft.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/lib/logkeys.h"
#include "client/lib/profile.h"
#include "client/lib/text.h"
#include "common/certificate.h"
#include "common/csr.h"
#include "common/file.h"
#include "common/tls.h"

#define SUFFIX ".enrolling"
#define REQUEST "request.der"
#define CODE "code"
#define CONF_MAX 1024

__attribute__((format(printf, 3, 4))) static enum status fail(struct draft *draft,
							      enum status status,
							      const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(draft->why, sizeof(draft->why), format, arguments);
	va_end(arguments);
	return status;
}

static enum status cannot_write(struct draft *draft, const char *path)
{
	return fail(draft, STATUS_SYSTEM, _("%s cannot be written: %s"), path, strerror(errno));
}

static enum status put(struct draft *draft, const char *name, const void *bytes, size_t len)
{
	struct path path;

	if (path_join(&path, draft->directory.text, name) != STATUS_OK)
		return fail(draft, STATUS_SYSTEM, _("%s: the name is too long"),
			    draft->directory.text);
	return file_put(path.text, bytes, len) == STATUS_OK ? STATUS_OK
							    : cannot_write(draft, path.text);
}

/* False when it is not there. The bytes are for free(). */
static bool get(const struct draft *draft, const char *name, uint8_t **bytes, size_t *len)
{
	struct path path;

	return path_join(&path, draft->directory.text, name) == STATUS_OK &&
	       file_get(path.text, CERTIFICATE_FILE_MAX, bytes, len) == STATUS_OK;
}

/* What is there already is no failure. */
static void remove_file(const char *directory, const char *name)
{
	struct path path;

	if (path_join(&path, directory, name) == STATUS_OK)
		(void)unlink(path.text);
}

/* ---- the directory ---- */

/* Those above it that are missing. */
static enum status make_parents(struct draft *draft, const char *path)
{
	struct path above;
	enum status status = STATUS_OK;

	snprintf(above.text, sizeof(above.text), "%s", path);
	for (char *slash = strchr(above.text + 1, '/');
	     slash != NULL && (status == STATUS_OK || status == STATUS_CONFLICT);
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		status = directory_make(above.text);
		if (status != STATUS_OK && status != STATUS_CONFLICT)
			return cannot_write(draft, above.text);
		*slash = '/';
	}
	return STATUS_OK;
}

/* The target without slashes at its end, and the name until it is whole. */
static enum status name_both(struct draft *draft, const char *target)
{
	size_t len = strlen(target);
	int written;

	while (len > 1 && target[len - 1] == '/')
		len--;
	snprintf(draft->target.text, sizeof(draft->target.text), "%.*s", (int)len, target);
	written = snprintf(draft->directory.text, sizeof(draft->directory.text), "%.*s" SUFFIX,
			   (int)len, target);
	if (written < 0 || (size_t)written >= sizeof(draft->directory.text))
		return fail(draft, STATUS_SYSTEM, _("%s: the name is too long"), target);
	return STATUS_OK;
}

static enum status refuse_existing(struct draft *draft)
{
	return fail(draft, STATUS_CONFLICT,
		    _("%s is there already, and a profile is never overwritten"),
		    draft->target.text);
}

/* An empty directory is nothing that could be lost. */
static enum status refuse_if_there(struct draft *draft)
{
	if (access(draft->target.text, F_OK) != 0 || rmdir(draft->target.text) == 0)
		return STATUS_OK;
	return refuse_existing(draft);
}

/* What an earlier try left is gone on with, but not what somebody else has put in the way. */
static bool is_ours_alone(int directory)
{
	struct stat about;

	return fstat(directory, &about) == 0 && about.st_uid == geteuid() &&
	       (about.st_mode & (S_IRWXG | S_IRWXO)) == 0;
}

static enum status make_directory(struct draft *draft)
{
	enum status status = make_parents(draft, draft->directory.text);

	if (status == STATUS_OK)
		status = directory_make(draft->directory.text);
	if (status != STATUS_OK && status != STATUS_CONFLICT)
		return cannot_write(draft, draft->directory.text);
	draft->lock = open(draft->directory.text, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (draft->lock < 0)
		return cannot_write(draft, draft->directory.text);
	if (!is_ours_alone(draft->lock))
		return fail(draft, STATUS_CONFLICT,
			    _("%s is not yours alone: a key is not put where others may write"),
			    draft->directory.text);
	if (flock(draft->lock, LOCK_EX | LOCK_NB) != 0)
		return fail(draft, STATUS_CONFLICT, _("another dossier enroll is at work in %s"),
			    draft->directory.text);
	return STATUS_OK;
}

/* ---- the key ---- */

static enum status make_key(struct draft *draft, const char *code, const char *passphrase)
{
	struct buf key = BUF_EMPTY;
	enum status status;

	remove_file(draft->directory.text, CODE);
	status = csr_make(passphrase, &key, &draft->request);
	if (status != STATUS_OK)
		status = fail(draft, status, "%s", _(status_text(status)));
	if (status == STATUS_OK)
		status = put(draft, "key.pem", buf_head(&key), key.len);
	if (status == STATUS_OK)
		status = put(draft, REQUEST, buf_head(&draft->request), draft->request.len);
	if (status == STATUS_OK)
		status = put(draft, CODE, code, strlen(code));
	if (key.capacity > 0)
		explicit_bzero(key.bytes, key.capacity);
	buf_release(&key);
	return status;
}

static bool is_of_code(const struct draft *draft, const char *code)
{
	uint8_t *bytes = NULL;
	size_t len = 0;
	bool same = get(draft, CODE, &bytes, &len) && len == strlen(code) &&
		    memcmp(bytes, code, len) == 0;

	free(bytes);
	return same;
}

/* The key that an earlier try has sent may be certified by now; another one would be refused. */
static enum status take_key(struct draft *draft, const char *passphrase)
{
	uint8_t *bytes = NULL;
	size_t len = 0;
	bool locked;
	enum status status;

	if (!get(draft, "key.pem", &bytes, &len))
		return cannot_write(draft, draft->directory.text);
	locked = csr_key_is_locked(bytes, len);
	explicit_bzero(bytes, len);
	free(bytes);
	if (locked != (passphrase != NULL))
		return fail(draft, STATUS_CONFLICT,
			    locked ? _("an earlier try made the key with a passphrase: repeat it "
				       "with --passphrase")
				   : _("an earlier try made the key without a passphrase: repeat "
				       "it without --passphrase"));
	if (!get(draft, REQUEST, &bytes, &len))
		return cannot_write(draft, draft->directory.text);
	status = buf_append(&draft->request, bytes, len);
	free(bytes);
	return status;
}

enum status draft_open(struct draft *draft, const char *target, const uint8_t code[static HASH_LEN],
		       const char *passphrase)
{
	char hex[2 * HASH_LEN + 1];
	enum status status;

	*draft = (struct draft){.lock = -1};
	hex_encode(code, HASH_LEN, hex);
	status = name_both(draft, target);
	if (status == STATUS_OK)
		status = refuse_if_there(draft);
	if (status == STATUS_OK)
		status = make_directory(draft);
	if (status != STATUS_OK)
		return status;
	return is_of_code(draft, hex) ? take_key(draft, passphrase)
				      : make_key(draft, hex, passphrase);
}

/* ---- the rest ---- */

/* The ledger's key, by which its proofs are judged from now on. */
static enum status put_log_key(struct draft *draft, const Pb__Issued *issued)
{
	struct logkeys keys;

	if (logkeys_make(&keys, issued->origin, issued->log_key.data, issued->log_key.len) !=
	    STATUS_OK)
		return fail(draft, STATUS_PROOF, _("the server sent no key of its ledger"));
	return logkeys_save(&keys, draft->directory.text) == STATUS_OK
		       ? STATUS_OK
		       : cannot_write(draft, draft->directory.text);
}

static enum status put_papers(struct draft *draft, const Pb__Issued *issued)
{
	struct buf certificate = BUF_EMPTY;
	struct buf log_key = BUF_EMPTY;
	enum status status =
		certificate_pem(issued->certificate.data, issued->certificate.len, &certificate);

	if (status == STATUS_OK)
		status = certificate_key_pem(issued->log_key.data, issued->log_key.len, &log_key);
	if (status != STATUS_OK)
		status = fail(draft, STATUS_PROOF, _("the server sent no certificate"));
	if (status == STATUS_OK)
		status = put(draft, "cert.pem", buf_head(&certificate), certificate.len);
	if (status == STATUS_OK)
		status = put(draft, "ca.pem", issued->ca.data, issued->ca.len);
	if (status == STATUS_OK)
		status = put(draft, "log-key.pem", buf_head(&log_key), log_key.len);
	buf_release(&certificate);
	buf_release(&log_key);
	return status == STATUS_OK ? put_log_key(draft, issued) : status;
}

static enum status put_conf(struct draft *draft, const struct draft_server *server)
{
	char text[CONF_MAX];
	int len = snprintf(text, sizeof(text), "[server]\naddress = %s\nport = %u\n",
			   server->address, (unsigned)server->port);

	if (len < 0 || (size_t)len >= sizeof(text))
		return fail(draft, STATUS_SYSTEM, _("%s: the name is too long"), server->address);
	return put(draft, PROFILE_CONF, text, (size_t)len);
}

/* Whether key, passphrase, certificate and CA belong together. */
static enum status try_out(struct draft *draft, const char *passphrase)
{
	struct path certificate;
	struct path key;
	struct path ca;
	char why[TLS_ERROR_LEN];
	struct tls_context *context = NULL;
	struct tls_options options = {
		.side = TLS_CLIENT,
		.certificate = certificate.text,
		.key = key.text,
		.passphrase = passphrase,
		.ca = {ca.text},
	};

	if (path_join(&certificate, draft->directory.text, "cert.pem") != STATUS_OK ||
	    path_join(&key, draft->directory.text, "key.pem") != STATUS_OK ||
	    path_join(&ca, draft->directory.text, "ca.pem") != STATUS_OK)
		return fail(draft, STATUS_SYSTEM, _("%s: the name is too long"),
			    draft->directory.text);
	if (tls_context_new(&context, &options, why) != STATUS_OK)
		return fail(draft, STATUS_TLS, "%s", why);
	tls_context_free(context);
	return STATUS_OK;
}

/* Renaming a directory never hides one that has something in it. */
static enum status give_name(struct draft *draft)
{
	char parent[PATH_LEN];
	char *slash;

	if (rename(draft->directory.text, draft->target.text) != 0)
		return errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR
			       ? refuse_existing(draft)
			       : cannot_write(draft, draft->target.text);
	remove_file(draft->target.text, REQUEST);
	remove_file(draft->target.text, CODE);
	snprintf(parent, sizeof(parent), "%s", draft->target.text);
	slash = strrchr(parent, '/');
	if (slash != NULL)
		slash[slash == parent ? 1 : 0] = '\0';
	return directory_sync(slash != NULL ? parent : ".") == STATUS_OK
		       ? STATUS_OK
		       : cannot_write(draft, parent);
}

enum status draft_finish(struct draft *draft, const Pb__Issued *issued,
			 const struct draft_server *server, const char *passphrase)
{
	enum status status = put_papers(draft, issued);

	if (status == STATUS_OK)
		status = put_conf(draft, server);
	if (status == STATUS_OK)
		status = try_out(draft, passphrase);
	return status == STATUS_OK ? give_name(draft) : status;
}

void draft_drop(struct draft *draft)
{
	static const char *const names[] = {CODE,     REQUEST,       "key.pem",    "cert.pem",
					    "ca.pem", "log-key.pem", LOGKEYS_FILE, PROFILE_CONF};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		remove_file(draft->directory.text, names[i]);
	(void)rmdir(draft->directory.text); /* what we did not put there stays */
}

void draft_release(struct draft *draft)
{
	if (draft->lock >= 0)
		close(draft->lock);
	buf_release(&draft->request);
	draft->lock = -1;
}
