#include "server/config.h"

#include <errno.h>
#include <ini.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "common/file.h"
#include "common/text.h"
#include "server/meaning.h"

#define FILE_MAX (256u * 1024) /* far above a file that has every setting */

enum kind { KIND_TEXT, KIND_NUMBER };

struct option {
	const char *section;
	const char *key;
	enum kind kind;
	bool reload;      /* taken up by a reload; else at the next start */
	size_t offset;    /* of its value in struct config */
	const char *text; /* default of a TEXT */
	int64_t number;   /* default of a NUMBER */
	int64_t min, max; /* of a NUMBER */
	const char *help;
};

#define WHEN_R true
#define WHEN_S false
#define DEFAULT_TEXT(value) .text = (value)
#define DEFAULT_NUMBER(value) .number = (value)
#define OPTION(section_, key_, kind_, when_, default_, min_, max_, help_)                          \
	{.section = #section_,                                                                     \
	 .key = #key_,                                                                             \
	 .kind = KIND_##kind_,                                                                     \
	 .reload = WHEN_##when_,                                                                   \
	 .offset = offsetof(struct config, section_##_##key_),                                     \
	 DEFAULT_##kind_(default_),                                                                \
	 .min = (min_),                                                                            \
	 .max = (max_),                                                                            \
	 .help = (help_)},
static const struct option options[] = {
#include "server/option.def"
};
#undef OPTION
#define OPTION_COUNT (sizeof(options) / sizeof(options[0]))

/* A file on its way into a config. */
struct loading {
	struct config *config;
	const char *path;
	const char *at;  /* what is still to be read */
	const char *row; /* the line that was read last */
	unsigned line;   /* of what was read last, from 1 */
	bool seen[OPTION_COUNT];
	unsigned wrong; /* line of the first mistake; 0: none so far */
	char *why;      /* says what it is */
};

/* Keeps the first mistake; 0, which is what inih takes for an error. */
__attribute__((format(printf, 2, 3))) static int loading_fail(struct loading *loading,
							      const char *format, ...)
{
	if (loading->wrong > 0)
		return 0;
	loading->wrong = loading->line;
	int len = snprintf(loading->why, CONFIG_WHY_LEN, "%s line %u: ", loading->path,
			   loading->line);
	if (len < 0 || len >= CONFIG_WHY_LEN)
		len = 0; /* a path that leaves no room for the sentence */
	va_list facts;
	va_start(facts, format);
	vsnprintf(loading->why + len, CONFIG_WHY_LEN - (size_t)len, format, facts);
	va_end(facts);
	return 0;
}

static char *text_of(struct config *config, const struct option *option)
{
	return (char *)config + option->offset;
}

static int64_t *number_of(struct config *config, const struct option *option)
{
	return (int64_t *)(void *)((char *)config + option->offset);
}

/* A rule has ';' between its clauses; behind a blank that would begin a comment, and what stands
 * there would hold for nothing. */
static bool is_cut(const struct loading *loading, const char *value)
{
	size_t semicolons = 0;

	for (const char *at = loading->row; *at != '\n' && *at != '\0'; at++)
		semicolons += *at == ';';
	for (; *value != '\0'; value++)
		semicolons -= *value == ';';
	return semicolons != 0;
}

static int take_text(struct loading *loading, const struct option *option, const char *value)
{
	const char *must_be;
	size_t len = strlen(value);
	if (len == 0)
		return loading_fail(loading, "%s has no value", option->key);
	if (len >= CONFIG_TEXT_LEN)
		return loading_fail(loading, "%s has more than %d bytes", option->key,
				    CONFIG_TEXT_LEN - 1);
	if (text_check(value, len) != TEXT_OK)
		return loading_fail(loading, "%s is not clean UTF-8 text", option->key);
	must_be = meaning_must_be(option->offset, value);
	if (must_be != NULL)
		return loading_fail(loading, "%s is '%s'; it must be %s", option->key, value,
				    must_be);
	if (meaning_is_rule(option->offset) && is_cut(loading, value))
		return loading_fail(loading, "%s: no blank may stand before a ';'", option->key);
	memcpy(text_of(loading->config, option), value, len + 1);
	return 1;
}

static int take_number(struct loading *loading, const struct option *option, const char *value)
{
	char *end;
	errno = 0;
	long long number = strtoll(value, &end, 10);
	size_t sign = value[0] == '-' ? 1 : 0;
	if (strspn(value + sign, "0123456789") == 0 || *end != '\0')
		return loading_fail(loading, "%s is '%s', which is not a number", option->key,
				    value);
	if (errno == ERANGE || number < option->min || number > option->max)
		return loading_fail(loading, "%s is %s; it must be %" PRId64 " to %" PRId64,
				    option->key, value, option->min, option->max);
	*number_of(loading->config, option) = number;
	return 1;
}

/* Says why no option has this name. */
static int no_such_option(struct loading *loading, const char *section, const char *key)
{
	if (section[0] == '\0')
		return loading_fail(loading, "%s stands before any [section]", key);
	for (size_t i = 0; i < OPTION_COUNT; i++)
		if (strcmp(options[i].section, section) == 0)
			return loading_fail(loading, "there is no setting %s in [%s]", key,
					    section);
	return loading_fail(loading, "there is no section [%s]", section);
}

/* inih's handler: one key = value. Not 0 when it is taken. */
static int take_option(void *context, const char *section, const char *key, const char *value)
{
	struct loading *loading = context;
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		const struct option *option = &options[i];
		if (strcmp(option->section, section) != 0 || strcmp(option->key, key) != 0)
			continue;
		if (loading->seen[i]) /* also what inih makes of an indented line */
			return loading_fail(loading, "%s is given a second time", key);
		loading->seen[i] = true;
		return option->kind == KIND_TEXT ? take_text(loading, option, value)
						 : take_number(loading, option, value);
	}
	return no_such_option(loading, section, key);
}

/* inih's reader: the next line, as fgets() would give it. */
static char *next_line(char *to, int size, void *context)
{
	struct loading *loading = context;
	if (*loading->at == '\0' || size < 2)
		return NULL;
	size_t len = strcspn(loading->at, "\n");
	if (loading->at[len] == '\n')
		len++;
	loading->line++;
	loading->row = loading->at;
	if (len > (size_t)size - 1) {
		(void)loading_fail(loading, "the line is longer than %d bytes", size - 2);
		return NULL; /* one mistake is enough: inih need not see the rest */
	}
	memcpy(to, loading->at, len);
	to[len] = '\0';
	loading->at += len;
	return to;
}

static struct config *config_new(void)
{
	struct config *config = calloc(1, sizeof(*config));
	if (config == NULL)
		return NULL;
	config->references = 1;
	for (size_t i = 0; i < OPTION_COUNT; i++)
		if (options[i].kind == KIND_TEXT)
			memcpy(text_of(config, &options[i]), options[i].text,
			       strlen(options[i].text) + 1);
		else
			*number_of(config, &options[i]) = options[i].number;
	return config;
}

/* Puts the file's settings over the defaults. */
static enum status config_read(struct config *config, const char *path, int required,
			       char why[static CONFIG_WHY_LEN])
{
	uint8_t *bytes = NULL;
	size_t len = 0;
	enum status status = file_get(path, FILE_MAX, &bytes, &len);
	if (status == STATUS_NOT_FOUND && !required)
		return STATUS_OK;
	if (status != STATUS_OK) {
		snprintf(why, CONFIG_WHY_LEN, "%s cannot be read: %s", path,
			 status == STATUS_NOT_FOUND ? strerror(ENOENT) : status_text(status));
		return status;
	}
	struct loading loading = {
		.config = config, .path = path, .at = (const char *)bytes, .why = why};
	int line = 0;
	if (strlen(loading.at) != len) {
		loading.line = 1;
		(void)loading_fail(&loading, "the file is not text: it has a NUL byte");
	} else {
		line = ini_parse_stream(next_line, &loading, take_option, &loading);
	}
	free(bytes);
	if (line > 0 && (loading.wrong == 0 || (unsigned)line < loading.wrong)) {
		loading.wrong = 0;
		loading.line = (unsigned)line;
		(void)loading_fail(&loading, "neither [section] nor key = value");
	}
	if (line < 0)
		return STATUS_MEMORY;
	return loading.wrong > 0 ? STATUS_INVALID : STATUS_OK;
}

enum status config_load(struct config **config, const char *path, int required,
			char why[static CONFIG_WHY_LEN])
{
	why[0] = '\0';
	struct config *made = config_new();
	if (made == NULL)
		return STATUS_MEMORY;
	enum status status = STATUS_OK;
	if (path != NULL)
		status = config_read(made, path, required, why);
	if (status != STATUS_OK) {
		config_free(made);
		return status;
	}
	*config = made;
	return STATUS_OK;
}

struct config *config_retain(struct config *config)
{
	__atomic_add_fetch(&config->references, 1, __ATOMIC_RELAXED);
	return config;
}

void config_free(struct config *config)
{
	if (config != NULL && __atomic_sub_fetch(&config->references, 1, __ATOMIC_ACQ_REL) == 0)
		free(config);
}

static void write_option(FILE *to, const struct option *option, const struct config *config)
{
	const void *value = (const char *)config + option->offset;
	fprintf(to, "\n# %s\n# %s", option->help,
		option->reload ? "Taken up by a reload." : "Taken up at the next start.");
	if (option->kind == KIND_TEXT) {
		const char *text = value;
		fprintf(to, "\n%s%s = %s\n", strcmp(text, option->text) == 0 ? "#" : "",
			option->key, text);
	} else {
		int64_t number = *(const int64_t *)value;
		fprintf(to, " From %" PRId64 " to %" PRId64 ".\n%s%s = %" PRId64 "\n", option->min,
			option->max, number == option->number ? "#" : "", option->key, number);
	}
}

void config_write(FILE *to, const struct config *config)
{
	fputs("# Settings of dossierd. What is commented out shows the default.\n", to);
	const char *section = "";
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		const struct option *option = &options[i];
		if (strcmp(option->section, section) != 0)
			fprintf(to, "\n[%s]\n", option->section);
		section = option->section;
		write_option(to, option, config);
	}
}
