/*
 * Keys and certificates for tests, made when the test runs, in a directory of its own that is
 * removed at the end. Header only: every function is static.
 *
 *   NAME.pem NAME.key for each certificate; a CA is a certificate that others are issued by
 */
#ifndef TESTS_LIB_CERTIFICATES_H
#define TESTS_LIB_CERTIFICATES_H

#include <assert.h>
#include <dirent.h>
#include <fcntl.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CERTIFICATES_PATH_LEN 128
#define CERTIFICATES_PATHS 16
#define CERTIFICATES_HERE __attribute__((unused)) static

struct certificates {
	char directory[32];
	long serial;
	char path[CERTIFICATES_PATHS]
		 [CERTIFICATES_PATH_LEN]; /* texts of certificates_path(), in turn */
	int turn;
};

struct certificate_options {
	const char *name;
	const char *issuer; /* NULL: itself */
	bool ca;
	bool server;       /* for serverAuth, with the address 127.0.0.1; else clientAuth */
	long begins, ends; /* seconds from now; both 0: valid for a day */
};

CERTIFICATES_HERE void certificates_begin(struct certificates *all)
{
	*all = (struct certificates){.directory = "/tmp/dossier-test-XXXXXX"};
	if (mkdtemp(all->directory) == NULL)
		abort();
}

CERTIFICATES_HERE void certificates_end(struct certificates *all)
{
	DIR *directory = opendir(all->directory);
	struct dirent *entry;

	while (directory != NULL && (entry = readdir(directory)) != NULL)
		if (entry->d_name[0] != '.')
			(void)unlinkat(dirfd(directory), entry->d_name, 0);
	if (directory != NULL)
		closedir(directory);
	rmdir(all->directory);
}

/* Valid until CERTIFICATES_PATHS calls after it. */
CERTIFICATES_HERE const char *certificates_path(struct certificates *all, const char *name,
						const char *suffix)
{
	char *path = all->path[all->turn++ % CERTIFICATES_PATHS];
	char directory[sizeof(all->directory)];

	memcpy(directory, all->directory, sizeof(directory));
	(void)snprintf(path, CERTIFICATES_PATH_LEN, "%s/%s.%s", directory, name, suffix);
	return path;
}

CERTIFICATES_HERE FILE *certificates_open(struct certificates *all, const char *name,
					  const char *suffix, const char *mode)
{
	FILE *file = fopen(certificates_path(all, name, suffix), mode);

	if (file == NULL)
		abort();
	return file;
}

CERTIFICATES_HERE X509 *certificates_read(struct certificates *all, const char *name)
{
	FILE *file = certificates_open(all, name, "pem", "r");
	X509 *certificate = PEM_read_X509(file, NULL, NULL, NULL);

	fclose(file);
	if (certificate == NULL)
		abort();
	return certificate;
}

CERTIFICATES_HERE EVP_PKEY *certificates_read_key(struct certificates *all, const char *name)
{
	FILE *file = certificates_open(all, name, "key", "r");
	EVP_PKEY *key = PEM_read_PrivateKey(file, NULL, NULL, NULL);

	fclose(file);
	if (key == NULL)
		abort();
	return key;
}

CERTIFICATES_HERE void certificates_extend(X509 *certificate, X509 *issuer, int nid,
					   const char *value)
{
	X509V3_CTX context;
	X509_EXTENSION *extension;

	X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
	if (extension == NULL || X509_add_ext(certificate, extension, -1) != 1)
		abort();
	X509_EXTENSION_free(extension);
}

CERTIFICATES_HERE void certificates_fill(X509 *certificate, X509 *issuer,
					 const struct certificate_options *options)
{
	long ends = options->begins == 0 && options->ends == 0 ? 86400 : options->ends;
	X509_NAME *name = X509_get_subject_name(certificate);

	X509_set_version(certificate, 2);
	X509_gmtime_adj(X509_getm_notBefore(certificate), options->begins - 60);
	X509_gmtime_adj(X509_getm_notAfter(certificate), ends);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)options->name,
				   -1, -1, 0);
	X509_set_issuer_name(certificate, X509_get_subject_name(issuer));
	certificates_extend(certificate, issuer, NID_basic_constraints,
			    options->ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
	if (options->server)
		certificates_extend(certificate, issuer, NID_subject_alt_name, "IP:127.0.0.1");
	if (options->server || !options->ca)
		certificates_extend(certificate, issuer, NID_ext_key_usage,
				    options->server ? "serverAuth" : "clientAuth");
}

CERTIFICATES_HERE void certificates_make(struct certificates *all,
					 const struct certificate_options *options)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *certificate = X509_new();
	X509 *issuer = options->issuer ? certificates_read(all, options->issuer) : certificate;
	EVP_PKEY *signer = options->issuer ? certificates_read_key(all, options->issuer) : key;
	FILE *file;

	ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++all->serial);
	X509_set_pubkey(certificate, key);
	certificates_fill(certificate, issuer, options);
	if (X509_sign(certificate, signer, EVP_sha256()) == 0)
		abort();
	file = certificates_open(all, options->name, "pem", "w");
	PEM_write_X509(file, certificate);
	fclose(file);
	file = certificates_open(all, options->name, "key", "w");
	PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL);
	fclose(file);
	if (options->issuer != NULL) {
		X509_free(issuer);
		EVP_PKEY_free(signer);
	}
	X509_free(certificate);
	EVP_PKEY_free(key);
}

/* ---- lists of revoked certificates ---- */

struct list_options {
	const char *name; /* of the file NAME.crl, to which it is appended */
	const char *ca;
	const char *signer;  /* NULL: the CA */
	const char *revoked; /* NULL: nobody */
	long begins, ends;   /* seconds from now; both 0: good for a day */
};

CERTIFICATES_HERE void certificates_revoke(struct certificates *all, X509_CRL *crl,
					   const char *name)
{
	X509 *certificate = certificates_read(all, name);
	X509_REVOKED *row = X509_REVOKED_new();
	ASN1_TIME *time = ASN1_STRING_dup(X509_CRL_get0_lastUpdate(crl));

	X509_REVOKED_set_serialNumber(row, X509_get_serialNumber(certificate));
	X509_REVOKED_set_revocationDate(row, time);
	X509_CRL_add0_revoked(crl, row);
	ASN1_TIME_free(time);
	X509_free(certificate);
}

CERTIFICATES_HERE void certificates_list(struct certificates *all,
					 const struct list_options *options)
{
	long ends = options->begins == 0 && options->ends == 0 ? 86400 : options->ends;
	EVP_PKEY *key = certificates_read_key(all, options->signer ? options->signer : options->ca);
	X509 *ca = certificates_read(all, options->ca);
	X509_CRL *crl = X509_CRL_new();
	ASN1_TIME *time = ASN1_TIME_new();
	FILE *file = certificates_open(all, options->name, "crl", "a");

	X509_CRL_set_version(crl, X509_CRL_VERSION_2);
	X509_CRL_set_issuer_name(crl, X509_get_subject_name(ca));
	X509_CRL_set1_lastUpdate(crl, X509_gmtime_adj(time, options->begins));
	X509_CRL_set1_nextUpdate(crl, X509_gmtime_adj(time, ends));
	if (options->revoked != NULL)
		certificates_revoke(all, crl, options->revoked);
	if (X509_CRL_sign(crl, key, EVP_sha256()) == 0)
		abort();
	PEM_write_X509_CRL(file, crl);
	fclose(file);
	ASN1_TIME_free(time);
	X509_CRL_free(crl);
	X509_free(ca);
	EVP_PKEY_free(key);
}

/* A CA "ca", a server "server" and a client "client" that trust each other by it. */
CERTIFICATES_HERE void certificates_usual(struct certificates *all)
{
	certificates_begin(all);
	certificates_make(all, &(struct certificate_options){.name = "ca", .ca = true});
	certificates_make(all, &(struct certificate_options){
				       .name = "server", .issuer = "ca", .server = true});
	certificates_make(all, &(struct certificate_options){.name = "client", .issuer = "ca"});
}

#endif
