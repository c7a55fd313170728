/*
 * A connect profile: the directory with a person's certificate, key, CA and dossier.conf, and what
 * each setting is and why. Never prints.
 *
 *   cert.pem  key.pem  ca.pem  log.vkey  dossier.conf  state/
 */
#ifndef CLIENT_LIB_PROFILE_H
#define CLIENT_LIB_PROFILE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/path.h"
#include "common/status.h"

#define PROFILE_CONF "dossier.conf"
#define PROFILE_NEXT "next" /* what comes after key.pem and cert.pem: client/lib/renewal.h */
#define PROFILE_PORT 7443   /* the usual one; setting.def has it as text */
#define PROFILE_TEXT_LEN 1024
#define PROFILE_WHY_LEN 512
#ifndef DOSSIER_SYSCONFDIR
#define DOSSIER_SYSCONFDIR "/etc/dossier"
#endif

enum setting_id {
#define SETTING(name, section, key, env, value, text) SETTING_##name,
#include "client/lib/setting.def"
#undef SETTING
	SETTING_COUNT
};

/* Where a value comes from; later wins. */
enum source {
	SOURCE_DEFAULT,
	SOURCE_SYSTEM,  /* dossier.conf of the machine */
	SOURCE_PROFILE, /* dossier.conf of the profile */
	SOURCE_ENVIRONMENT,
	SOURCE_OPTION,
};

struct setting {
	char text[PROFILE_TEXT_LEN];
	enum source source;
};

struct profile {
	struct path directory;
	enum source directory_source;
	struct setting settings[SETTING_COUNT];
	struct path certificate; /* the one in use, as the key: in next/ while it is there */
	struct path key;
	bool renewed; /* they wait in next/ to be proved */
	struct path ca;
	struct path state;
	uint16_t port;
	unsigned timeout_ms;
	char why[PROFILE_WHY_LEN]; /* the last failure in one sentence */
};

/* What options of the command line say; NULL: nothing. */
struct profile_choice {
	const char *directory;
	const char *server; /* HOST, HOST:PORT or [ADDRESS]:PORT */
	const char *timeout;
	const char *lang;
};

/* Gathers every setting. A profile without files is fine: only its settings are read.
 * STATUS_INPUT when a file is there and cannot be understood, STATUS_USAGE when an option or the
 * environment is wrong, STATUS_LIMIT for a name too long; why says which. */
MUST_CHECK enum status profile_load(struct profile *profile, const struct profile_choice *choice);

/* Whether it has what connecting needs: a server, a certificate, a key and a CA. STATUS_INPUT. */
MUST_CHECK enum status profile_check(struct profile *profile);

/* Whether its key wants a passphrase. */
bool profile_key_is_locked(const struct profile *profile);

/* Makes the state directory (0700) when it is not there. STATUS_STORAGE, STATUS_STORAGE_FULL. */
MUST_CHECK enum status profile_make_state(const struct profile *profile);

/* "address"; its gettext msgid; static storage. */
const char *setting_name(enum setting_id id);
const char *setting_text(enum setting_id id);

/* "environment" and so on, a gettext msgid; static storage. */
const char *source_text(enum source source);

#endif
