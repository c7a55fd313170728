#include "server/pki_rotate.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/file.h"
#include "common/path.h"
#include "server/pki_files.h"

#define STAMP_LEN 48
#define ORGANIZATION_LEN 256

/* "20261122T013045.123456Z": two rotations never meet under one name. */
static void make_stamp(char stamp[static STAMP_LEN])
{
	struct timespec now;
	struct tm utc;
	char day[20];
	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &utc);
	strftime(day, sizeof(day), "%Y%m%dT%H%M%S", &utc);
	snprintf(stamp, STAMP_LEN, "%s.%06ldZ", day, now.tv_nsec / 1000);
}

/* Gives a file a second name, "stem-STAMP.pem", under which it stays when its own is given to
 * another. Fine when there is no such file. */
static enum status keep(const char *identity_dir, const char *name, const char *stamp,
			char why[static PKI_WHY_LEN])
{
	char kept[128];
	struct path from;
	struct path to;
	size_t stem = strlen(name) - strlen(".pem");
	snprintf(kept, sizeof(kept), "%.*s-%s.pem", (int)stem, name, stamp);
	enum status status = path_join(&from, identity_dir, name);
	if (status == STATUS_OK)
		status = path_join(&to, identity_dir, kept);
	if (status != STATUS_OK)
		return pki_fail(why, status, "the name is too long:", identity_dir);
	if (link(from.text, to.text) == 0)
		return directory_sync(identity_dir);
	return errno == ENOENT ? STATUS_OK
			       : pki_fail(why, STATUS_STORAGE, "cannot keep a copy as", to.text);
}

static enum status replace(const char *identity_dir, const struct bundle_file *file,
			   const char *stamp, char why[static PKI_WHY_LEN])
{
	struct path path;
	enum status status = keep(identity_dir, file->name, stamp, why);
	if (status != STATUS_OK)
		return status;
	status = path_join(&path, identity_dir, file->name);
	if (status == STATUS_OK)
		status = file_put(path.text, buf_head(&file->bytes), file->bytes.len);
	return status == STATUS_OK ? status : pki_fail(why, status, "cannot write", path.text);
}

/* The key first: a CA's certificate finds its key also among the kept ones, so being cut off in
 * between does no harm. */
static enum status replace_both(const char *identity_dir, const struct bundle_file files[static 2],
				char why[static PKI_WHY_LEN])
{
	char stamp[STAMP_LEN];
	make_stamp(stamp);
	enum status status = replace(identity_dir, &files[0], stamp, why);
	return status == STATUS_OK ? replace(identity_dir, &files[1], stamp, why) : status;
}

/* Appends those certificates of the PEM that have not ended. */
static enum status add_valid(const char *pem, struct buf *to, char why[static PKI_WHY_LEN])
{
	enum status status = STATUS_OK;
	int64_t now = time(NULL);
	for (const char *at = pem; at != NULL && status == STATUS_OK;
	     at = pki_next_certificate(at)) {
		struct credential *old = NULL;
		int64_t end = 0;
		status = credential_load(&old, at, NULL, why);
		if (status == STATUS_OK)
			status = credential_not_after(old, &end);
		if (status == STATUS_OK && end > now)
			status = credential_certificate_pem(old, to);
		credential_free(old);
	}
	return status;
}

enum status pki_read_origin(const char *identity_dir, char *origin, size_t size,
			    char why[static PKI_WHY_LEN])
{
	char *pem = NULL;
	struct credential *ca = NULL;
	enum status status = pki_read_text(identity_dir, PKI_CA_CERTIFICATE, &pem, why);
	if (status == STATUS_OK)
		status = credential_load(&ca, pem, NULL, why);
	if (status == STATUS_OK)
		credential_organization(ca, origin, size);
	credential_free(ca);
	free(pem);
	return status;
}

enum status pki_rotate_ca(const char *identity_dir, bool outsider, char why[static PKI_WHY_LEN])
{
	enum pki_ca which = outsider ? PKI_CA_OUTSIDER : PKI_CA_STAFF;
	const struct pki_ca_words *words = pki_ca_words(which);
	struct bundle_file files[2] = {{words->key_file, BUF_EMPTY},
				       {words->certificate_file, BUF_EMPTY}};
	char origin[ORGANIZATION_LEN] = "";
	char *old = NULL;
	struct credential *ca = NULL;
	enum status status = pki_read_origin(identity_dir, origin, sizeof(origin), why);
	if (status == STATUS_OK)
		status = pki_read_text(identity_dir, words->certificate_file, &old, why);
	if (status == STATUS_NOT_FOUND && outsider)
		status = STATUS_OK; /* its first one */
	if (status == STATUS_OK)
		status = pki_make_ca(&ca, which, origin[0] != '\0' ? origin : NULL, why);
	if (status == STATUS_OK)
		status = pki_put_credential(ca, &files[0], &files[1]);
	if (status == STATUS_OK && old != NULL)
		status = add_valid(old, &files[1].bytes, why);
	if (status == STATUS_OK)
		status = replace_both(identity_dir, files, why);
	if (status == STATUS_OK)
		why[0] = '\0';
	bundle_release(files, 2);
	credential_free(ca);
	free(old);
	return status;
}

enum status pki_rotate_server(const char *identity_dir, const char *const *hosts, size_t host_count,
			      char why[static PKI_WHY_LEN])
{
	struct bundle_file files[2] = {{PKI_SERVER_KEY, BUF_EMPTY},
				       {PKI_SERVER_CERTIFICATE, BUF_EMPTY}};
	struct certificate_text text = {.hosts = hosts, .host_count = host_count};
	char origin[ORGANIZATION_LEN] = "";
	char *pem = NULL;
	char *ca_pem = NULL;
	struct credential *ca = NULL;
	struct credential *old = NULL;
	struct credential *server = NULL;
	enum status status = pki_read_origin(identity_dir, origin, sizeof(origin), why);
	if (status == STATUS_OK)
		status = pki_load_ca(identity_dir, PKI_CA_STAFF, &ca, &ca_pem, why);
	if (status == STATUS_OK)
		status = pki_read_text(identity_dir, PKI_SERVER_CERTIFICATE, &pem, why);
	if (status == STATUS_OK)
		status = credential_load(&old, pem, NULL, why);
	text.organization = origin[0] != '\0' ? origin : NULL;
	text.hosts_of = old;
	if (status == STATUS_OK)
		status = pki_make_server(&server, ca, &text, why);
	if (status == STATUS_OK)
		status = pki_put_credential(server, &files[0], &files[1]);
	if (status == STATUS_OK)
		status = replace_both(identity_dir, files, why);
	if (status == STATUS_OK)
		why[0] = '\0';
	bundle_release(files, 2);
	credential_free(server);
	credential_free(old);
	credential_free(ca);
	free(ca_pem);
	free(pem);
	return status;
}
