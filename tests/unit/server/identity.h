/* A founded identity directory for the tests of server/pki. Header only: everything is static. */
#ifndef TESTS_UNIT_SERVER_IDENTITY_H
#define TESTS_UNIT_SERVER_IDENTITY_H

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/file.h"
#include "server/pki.h"

#define IDENTITY_HERE __attribute__((unused)) static

#define NAME_LEN 256

/* A directory of its own for each test, with a founded identity in it. */
struct place {
	char root[64];
	char identity[NAME_LEN];
	char out[NAME_LEN];
	char why[PKI_WHY_LEN];
};

IDENTITY_HERE const char *const hosts[] = {"archive.example.com", "10.1.2.3", "fe80::1"};

IDENTITY_HERE const char *inside(const char *directory, const char *name)
{
	static char path[2 * NAME_LEN];
	snprintf(path, sizeof(path), "%s/%s", directory, name);
	return path;
}

IDENTITY_HERE int found(void **state)
{
	struct place *place = calloc(1, sizeof(*place));
	strncpy(place->root, "/tmp/dossier-pki-XXXXXX", sizeof(place->root) - 1);
	if (mkdtemp(place->root) == NULL)
		return -1;
	snprintf(place->identity, NAME_LEN, "%s/identity", place->root);
	snprintf(place->out, NAME_LEN, "%s/wang", place->root);
	*state = place;
	return pki_found(place->identity, "archive.example.com", hosts, 3, place->why) == STATUS_OK
		       ? 0
		       : -1;
}

IDENTITY_HERE int remove_cb(const char *path, const struct stat *info, int kind, struct FTW *at)
{
	(void)info;
	(void)kind;
	(void)at;
	return remove(path);
}

IDENTITY_HERE int tear_down(void **state)
{
	struct place *place = *state;
	int failed = nftw(place->root, remove_cb, 8, FTW_DEPTH | FTW_PHYS);
	free(place);
	return failed;
}

IDENTITY_HERE struct pki_order order_for(const struct place *place)
{
	return (struct pki_order){.principal = 7,
				  .login = "wang.fang",
				  .days = 90,
				  .origin = "archive.example.com",
				  .out_dir = place->out,
				  .address = "archive.example.com",
				  .port = 7443};
}

IDENTITY_HERE void issue(struct place *place)
{
	struct pki_order order = order_for(place);
	if (pki_issue(place->identity, &order, place->why) != STATUS_OK)
		fail_msg("%s", place->why);
}

IDENTITY_HERE void assert_mode(const char *path, mode_t mode)
{
	struct stat info;
	assert_int_equal(stat(path, &info), 0);
	assert_int_equal(info.st_mode & 07777, mode);
}

IDENTITY_HERE char *contents(const char *path)
{
	uint8_t *bytes;
	size_t len;
	assert_int_equal(file_get(path, 65536, &bytes, &len), STATUS_OK);
	return (char *)bytes;
}

/* Runs a shell command in the test's directory; 0 when it succeeds. */
IDENTITY_HERE int run(const struct place *place, const char *command)
{
	char line[1024];
	snprintf(line, sizeof(line), "cd %s && { %s; } >out.txt 2>&1", place->root, command);
	return system(line);
}

#endif
