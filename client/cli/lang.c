#include "client/cli/lang.h"

#include <locale.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/path.h"

/* What the environment asks for, in the order of POSIX; NULL: nothing. */
static const char *environment_choice(void)
{
	static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = getenv(names[i]);
		if (value != NULL && value[0] != '\0')
			return value;
	}
	return NULL;
}

static bool is_plain(const char *locale)
{
	return locale == NULL || strcmp(locale, "C") == 0 || strcmp(locale, "POSIX") == 0;
}

/* gettext heeds LANGUAGE in every locale but "C". */
static void choose_language(const char *choice)
{
	char language[64];
	size_t len = strcspn(choice, ".@");

	if (len >= sizeof(language))
		return;
	memcpy(language, choice, len);
	language[len] = '\0';
	setenv("LANGUAGE", is_plain(language) ? "en" : language, 1);
}

static void bind_catalogue(void)
{
	struct path program = {""};
	struct path locale;
	ssize_t len = readlink("/proc/self/exe", program.text, sizeof(program.text) - 1);
	char *slash = len > 0 ? strrchr(program.text, '/') : NULL;
	const char *directory = DOSSIER_LOCALEDIR;

	if (slash != NULL) {
		*slash = '\0';
		if (path_join(&locale, program.text, "locale") == STATUS_OK &&
		    access(locale.text, R_OK) == 0)
			directory = locale.text;
	}
	bindtextdomain(TEXT_DOMAIN, directory);
	bind_textdomain_codeset(TEXT_DOMAIN, "UTF-8");
	textdomain(TEXT_DOMAIN);
}

void lang_init(const char *choice)
{
	const char *wanted = choice != NULL && choice[0] != '\0' ? choice : environment_choice();
	const char *locale = setlocale(LC_ALL, "");

	if (is_plain(locale))
		(void)setlocale(LC_ALL, "C.UTF-8");
	/* Without a wish gettext follows the locale; with one, or where the locale wished for is
	 * not installed, it is told. */
	if (wanted != NULL && (choice == wanted || is_plain(locale)))
		choose_language(wanted);
	bind_catalogue();
}

const char *lang_text(const char *msgid)
{
	return msgid == NULL || msgid[0] == '\0' ? msgid : _(msgid);
}
