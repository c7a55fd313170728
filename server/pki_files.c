#include "server/pki_files.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/file.h"
#include "common/path.h"

_Static_assert(PKI_WHY_LEN >= CREDENTIAL_WHY_LEN && PKI_WHY_LEN >= BUNDLE_WHY_LEN,
	       "what they say fits what we say");

const struct pki_ca_words *pki_ca_words(enum pki_ca which)
{
	static const struct pki_ca_words words[] = {
		[PKI_CA_STAFF] = {"Dossier CA", PKI_CA_CERTIFICATE, PKI_CA_KEY, "ca-key"},
		[PKI_CA_OUTSIDER] = {"Dossier outsider CA", PKI_OUTSIDER_CA_CERTIFICATE,
				     PKI_OUTSIDER_CA_KEY, "outsider-ca-key"},
	};
	return &words[which];
}

enum status pki_fail(char why[static PKI_WHY_LEN], enum status status, const char *what,
		     const char *path)
{
	snprintf(why, PKI_WHY_LEN, "%s %.400s", what, path);
	return status;
}

enum status pki_read_text(const char *directory, const char *name, char **text,
			  char why[static PKI_WHY_LEN])
{
	struct path path;
	uint8_t *bytes;
	size_t len;
	enum status status = path_join(&path, directory, name);
	if (status == STATUS_OK)
		status = file_get(path.text, BUNDLE_FILE_MAX, &bytes, &len);
	if (status != STATUS_OK)
		return pki_fail(why, status, "cannot read", path.text);
	*text = (char *)bytes;
	return STATUS_OK;
}

void pki_wipe_text(char *text)
{
	if (text != NULL)
		explicit_bzero(text, strlen(text));
	free(text);
}

enum status pki_put_credential(const struct credential *credential, struct bundle_file *key,
			       struct bundle_file *certificate)
{
	enum status status = bundle_reserve(key);
	if (status == STATUS_OK)
		status = credential_key_pem(credential, &key->bytes);
	if (status == STATUS_OK)
		status = credential_certificate_pem(credential, &certificate->bytes);
	return status;
}

enum status pki_make_ca(struct credential **ca, enum pki_ca which, const char *origin,
			char why[static PKI_WHY_LEN])
{
	struct certificate_text text = {
		.organization = origin,
		.name = pki_ca_words(which)->name,
		.not_after = time(NULL) + PKI_CA_DAYS * SECONDS_PER_DAY,
	};
	return credential_new(ca, CREDENTIAL_CA, NULL, &text, why);
}

/* Always also by the names of the machine itself. */
enum status pki_make_server(struct credential **server, const struct credential *ca,
			    const struct certificate_text *text, char why[static PKI_WHY_LEN])
{
	static const char *const always[] = {"localhost", "127.0.0.1", "::1"};
	size_t always_count = text->hosts_of == NULL ? sizeof(always) / sizeof(always[0]) : 0;
	const char **all = calloc(always_count + text->host_count + 1, sizeof(*all));
	struct certificate_text whole = *text;
	int64_t ca_end;
	if (all == NULL)
		return STATUS_MEMORY;
	memcpy(all, always, always_count * sizeof(*all));
	if (text->host_count > 0)
		memcpy(all + always_count, text->hosts, text->host_count * sizeof(*all));
	whole.name = "dossierd";
	whole.not_after = time(NULL) + PKI_SERVER_DAYS * SECONDS_PER_DAY;
	whole.hosts = all;
	whole.host_count = always_count + text->host_count;
	enum status status = credential_not_after(ca, &ca_end);
	if (status == STATUS_OK && ca_end < whole.not_after)
		whole.not_after = ca_end;
	if (status == STATUS_OK)
		status = credential_new(server, CREDENTIAL_SERVER, ca, &whole, why);
	free(all);
	return status;
}

/* STATUS_TLS when the key is not the certificate's. */
static enum status try_key(const char *identity_dir, const char *name, const char *pem,
			   struct credential **ca, char why[static PKI_WHY_LEN])
{
	char *key = NULL;
	enum status status = pki_read_text(identity_dir, name, &key, why);
	if (status == STATUS_OK)
		status = credential_load(ca, pem, key, why);
	pki_wipe_text(key);
	return status;
}

enum status pki_load_with_key(const char *identity_dir, enum pki_ca which, const char *pem,
			      struct credential **ca, char why[static PKI_WHY_LEN])
{
	const struct pki_ca_words *words = pki_ca_words(which);
	enum status first = try_key(identity_dir, words->key_file, pem, ca, why);
	if (first == STATUS_OK || first == STATUS_MEMORY)
		return first;
	char ignored[PKI_WHY_LEN]; /* what was wrong with the key of the usual name is told */
	enum status status = first;
	DIR *directory = opendir(identity_dir);
	const struct dirent *entry;
	while (directory != NULL && status != STATUS_OK && (entry = readdir(directory)) != NULL)
		if (strncmp(entry->d_name, words->key_stem, strlen(words->key_stem)) == 0)
			status = try_key(identity_dir, entry->d_name, pem, ca, ignored);
	if (directory != NULL)
		closedir(directory);
	return status == STATUS_OK ? STATUS_OK : first;
}

enum status pki_load_ca(const char *identity_dir, enum pki_ca which, struct credential **ca,
			char **pem, char why[static PKI_WHY_LEN])
{
	enum status status =
		pki_read_text(identity_dir, pki_ca_words(which)->certificate_file, pem, why);
	return status == STATUS_OK ? pki_load_with_key(identity_dir, which, *pem, ca, why) : status;
}

const char *pki_next_certificate(const char *pem)
{
	static const char begin[] = "-----BEGIN CERTIFICATE-----";
	const char *at = strstr(pem, begin);
	return at != NULL ? strstr(at + sizeof(begin) - 1, begin) : NULL;
}
