#include "client/lib/profile.h"

#include <ini.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/lib/text.h"
#include "common/csr.h"
#include "common/file.h"

#define TIMEOUT_SECONDS_MAX 86400

struct setting_row {
	const char *name;
	const char *section;
	const char *key;
	const char *env; /* NULL: none of its own */
	const char *value;
	const char *text;
};

static const struct setting_row rows[SETTING_COUNT] = {
#define SETTING(name, section, key, env, value, text)                                              \
	[SETTING_##name] = {#name, section, key, env, value, text},
#include "client/lib/setting.def"
#undef SETTING
};

static const char *const sources[] = {
	[SOURCE_DEFAULT] = N_("default"), [SOURCE_SYSTEM] = N_("system configuration"),
	[SOURCE_PROFILE] = N_("profile"), [SOURCE_ENVIRONMENT] = N_("environment"),
	[SOURCE_OPTION] = N_("option"),
};

const char *setting_name(enum setting_id id)
{
	return rows[id].name;
}

const char *setting_text(enum setting_id id)
{
	return rows[id].text;
}

const char *source_text(enum source source)
{
	return sources[source];
}

__attribute__((format(printf, 3, 4))) static enum status profile_fail(struct profile *profile,
								      enum status status,
								      const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(profile->why, sizeof(profile->why), format, arguments);
	va_end(arguments);
	return status;
}

static bool setting_put(struct profile *profile, enum setting_id id, const char *text,
			enum source source)
{
	struct setting *setting = &profile->settings[id];

	if (strlen(text) >= sizeof(setting->text))
		return false;
	snprintf(setting->text, sizeof(setting->text), "%s", text);
	setting->source = source;
	return true;
}

/* ---- files ---- */

struct reading {
	struct profile *profile;
	enum source source;
};

static int take_line(void *context, const char *section, const char *key, const char *value)
{
	struct reading *reading = context;

	for (int id = 0; id < SETTING_COUNT; id++) {
		if (strcmp(rows[id].section, section) == 0 && strcmp(rows[id].key, key) == 0)
			return setting_put(reading->profile, (enum setting_id)id, value,
					   reading->source);
	}
	/* Keys of a newer release do no harm. */
	return 1;
}

static enum status profile_read(struct profile *profile, const char *directory, enum source source)
{
	struct reading reading = {profile, source};
	struct path path;
	int line;

	if (path_join(&path, directory, PROFILE_CONF) != STATUS_OK)
		return profile_fail(profile, STATUS_LIMIT, _("%s: the name is too long"),
				    directory);
	if (access(path.text, F_OK) != 0)
		return STATUS_OK;
	line = ini_parse(path.text, take_line, &reading);
	if (line < 0)
		return profile_fail(profile, STATUS_INPUT, _("%s cannot be read"), path.text);
	if (line > 0)
		return profile_fail(profile, STATUS_INPUT, _("%s: line %d is not right"), path.text,
				    line);
	return STATUS_OK;
}

/* ---- environment and options ---- */

/* HOST, HOST:PORT, [ADDRESS]:PORT, or an IPv6 address alone. */
static bool take_server(struct profile *profile, const char *text, enum source source)
{
	char host[PROFILE_TEXT_LEN];
	const char *colon = strrchr(text, ':');
	const char *begin = text;
	size_t len = strlen(text);

	if (text[0] == '[') {
		const char *end = strchr(text, ']');
		if (end == NULL || (end[1] != '\0' && end[1] != ':'))
			return false;
		begin++;
		len = (size_t)(end - begin);
		colon = end[1] == ':' ? end + 1 : NULL;
	} else if (colon != NULL && strchr(text, ':') == colon) {
		len = (size_t)(colon - text);
	} else {
		colon = NULL;
	}
	if (len == 0 || len >= sizeof(host))
		return false;
	memcpy(host, begin, len);
	host[len] = '\0';
	return setting_put(profile, SETTING_address, host, source) &&
	       (colon == NULL || setting_put(profile, SETTING_port, colon + 1, source));
}

static enum status profile_override(struct profile *profile, const struct profile_choice *choice)
{
	const char *server = getenv("DOSSIER_SERVER");

	for (int id = 0; id < SETTING_COUNT; id++) {
		const char *value = rows[id].env != NULL ? getenv(rows[id].env) : NULL;
		if (value != NULL &&
		    !setting_put(profile, (enum setting_id)id, value, SOURCE_ENVIRONMENT))
			return profile_fail(profile, STATUS_USAGE, _("%s is too long"),
					    rows[id].env);
	}
	if (server != NULL && !take_server(profile, server, SOURCE_ENVIRONMENT))
		return profile_fail(profile, STATUS_USAGE, _("DOSSIER_SERVER is not HOST:PORT"));
	if (choice->server != NULL && !take_server(profile, choice->server, SOURCE_OPTION))
		return profile_fail(profile, STATUS_USAGE, _("--server is not HOST:PORT"));
	if (choice->timeout != NULL &&
	    !setting_put(profile, SETTING_timeout, choice->timeout, SOURCE_OPTION))
		return profile_fail(profile, STATUS_USAGE, _("--timeout is too long"));
	if (choice->lang != NULL &&
	    !setting_put(profile, SETTING_lang, choice->lang, SOURCE_OPTION))
		return profile_fail(profile, STATUS_USAGE, _("--lang is too long"));
	return STATUS_OK;
}

/* ---- the whole ---- */

static enum status profile_place(struct profile *profile, const struct profile_choice *choice)
{
	const char *given = choice->directory;
	const char *base = getenv("XDG_CONFIG_HOME");
	const char *name = "dossier";

	profile->directory_source = SOURCE_OPTION;
	if (given == NULL) {
		given = getenv("DOSSIER_PROFILE");
		profile->directory_source = SOURCE_ENVIRONMENT;
	}
	if (given != NULL) {
		int len = snprintf(profile->directory.text, sizeof(profile->directory.text), "%s",
				   given);
		if (len >= 0 && (size_t)len < sizeof(profile->directory.text))
			return STATUS_OK;
		return profile_fail(profile, STATUS_LIMIT, _("the profile's name is too long"));
	}
	profile->directory_source = SOURCE_DEFAULT;
	if (base == NULL || base[0] == '\0') {
		base = getenv("HOME");
		name = ".config/dossier";
	}
	if (base == NULL)
		return profile_fail(profile, STATUS_INPUT, _("HOME is not set: use --profile"));
	if (path_join(&profile->directory, base, name) != STATUS_OK)
		return profile_fail(profile, STATUS_LIMIT, _("the profile's name is too long"));
	return STATUS_OK;
}

static bool take_number(const char *text, unsigned long min, unsigned long max,
			unsigned long *number)
{
	char *end;

	*number = strtoul(text, &end, 10);
	return text[0] >= '0' && text[0] <= '9' && *end == '\0' && *number >= min && *number <= max;
}

/* The file in next/ when it is there, else the one of the profile itself. */
static bool take_newest(struct profile *profile, const char *name, struct path *path)
{
	struct path next;

	if (path_join(&next, profile->directory.text, PROFILE_NEXT) != STATUS_OK ||
	    path_join(path, next.text, name) != STATUS_OK)
		return false;
	if (access(path->text, F_OK) != 0)
		return path_join(path, profile->directory.text, name) == STATUS_OK;
	profile->renewed = true;
	return true;
}

static enum status profile_finish(struct profile *profile)
{
	const char *directory = profile->directory.text;
	unsigned long port;
	unsigned long timeout;
	const char *state = profile->settings[SETTING_state].text;

	if (!take_number(profile->settings[SETTING_port].text, 1, UINT16_MAX, &port))
		return profile_fail(profile, STATUS_USAGE, _("the port must be 1 to 65535"));
	if (!take_number(profile->settings[SETTING_timeout].text, 1, TIMEOUT_SECONDS_MAX, &timeout))
		return profile_fail(profile, STATUS_USAGE, _("the timeout must be 1 to %d seconds"),
				    TIMEOUT_SECONDS_MAX);
	profile->port = (uint16_t)port;
	profile->timeout_ms = (unsigned)timeout * 1000;
	if (!take_newest(profile, "cert.pem", &profile->certificate) ||
	    !take_newest(profile, "key.pem", &profile->key) ||
	    path_join(&profile->ca, directory, "ca.pem") != STATUS_OK ||
	    path_join(&profile->state, directory, "state") != STATUS_OK)
		return profile_fail(profile, STATUS_LIMIT, _("the profile's name is too long"));
	if (state[0] != '\0')
		snprintf(profile->state.text, sizeof(profile->state.text), "%s", state);
	return STATUS_OK;
}

enum status profile_load(struct profile *profile, const struct profile_choice *choice)
{
	enum status status;

	*profile = (struct profile){0};
	for (int id = 0; id < SETTING_COUNT; id++)
		(void)setting_put(profile, (enum setting_id)id, rows[id].value, SOURCE_DEFAULT);
	status = profile_place(profile, choice);
	if (status == STATUS_OK)
		status = profile_read(profile, DOSSIER_SYSCONFDIR, SOURCE_SYSTEM);
	if (status == STATUS_OK)
		status = profile_read(profile, profile->directory.text, SOURCE_PROFILE);
	if (status == STATUS_OK)
		status = profile_override(profile, choice);
	return status == STATUS_OK ? profile_finish(profile) : status;
}

enum status profile_check(struct profile *profile)
{
	const struct path *needed[] = {&profile->certificate, &profile->key, &profile->ca};

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		if (access(needed[i]->text, R_OK) != 0)
			return profile_fail(profile, STATUS_INPUT, _("%s cannot be read"),
					    needed[i]->text);
	}
	if (profile->settings[SETTING_address].text[0] == '\0')
		return profile_fail(profile, STATUS_INPUT, _("%s/%s names no server"),
				    profile->directory.text, PROFILE_CONF);
	return STATUS_OK;
}

bool profile_key_is_locked(const struct profile *profile)
{
	uint8_t *pem = NULL;
	size_t len = 0;
	bool locked;

	if (file_get(profile->key.text, CSR_KEY_PEM_MAX, &pem, &len) != STATUS_OK)
		return false;
	locked = csr_key_is_locked(pem, len);
	explicit_bzero(pem, len);
	free(pem);
	return locked;
}

enum status profile_make_state(const struct profile *profile)
{
	enum status status = directory_make(profile->state.text);

	return status == STATUS_CONFLICT ? STATUS_OK : status;
}
