#include "server/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/text.h"

static char path[] = "/tmp/dossier-config-XXXXXX";

static void write_file(const char *text, size_t len)
{
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}

static enum status load(const char *text, struct config **config, char *why)
{
	*config = NULL;
	write_file(text, strlen(text));
	return config_load(config, path, 1, why);
}

static void without_a_file_every_setting_has_its_default(void **state)
{
	(void)state;
	char why[CONFIG_WHY_LEN];
	struct config *config;
	assert_int_equal(config_load(&config, NULL, 0, why), STATUS_OK);
#define EXPECT_TEXT(field, value) assert_string_equal(config->field, value);
#define EXPECT_NUMBER(field, value) assert_int_equal(config->field, value);
#define OPTION(section, key, kind, when, value, ...) EXPECT_##kind(section##_##key, value)
#include "server/option.def"
#undef OPTION
	config_free(config);
}

static void defaults_are_within_their_ranges(void **state)
{
	(void)state;
#define WITHIN_TEXT(value, min, max) assert_false(text_empty(value));
#define WITHIN_NUMBER(value, min, max) assert_true((value) >= (min) && (value) <= (max));
#define OPTION(section, key, kind, when, value, min, max, text) WITHIN_##kind(value, min, max)
#include "server/option.def"
#undef OPTION
}

static void a_missing_file_matters_only_when_required(void **state)
{
	(void)state;
	char why[CONFIG_WHY_LEN];
	struct config *config = NULL;
	assert_int_equal(config_load(&config, "/nowhere/dossierd.conf", 0, why), STATUS_OK);
	assert_int_equal(config->server_port, 7443);
	config_free(config);
	assert_int_equal(config_load(&config, "/nowhere/dossierd.conf", 1, why), STATUS_NOT_FOUND);
	assert_non_null(strstr(why, "/nowhere/dossierd.conf"));
}

static void settings_of_a_file_replace_defaults(void **state)
{
	(void)state;
	char why[CONFIG_WHY_LEN];
	struct config *config;
	assert_int_equal(load("# a comment\n[server]\naddress = ::1\r\nport=0 ; any\n\n"
			      "[office]\nzone_minutes = -720\n[server]\nlog_level = debug\n"
			      "[number]\nitem = 档{year}-{serial}\n[ledger]\naccess = sensitive",
			      &config, why),
			 STATUS_OK);
	assert_string_equal(config->server_address, "::1");
	assert_int_equal(config->server_port, 0);
	assert_int_equal(config->office_zone_minutes, -720);
	assert_string_equal(config->server_log_level, "debug");
	assert_string_equal(config->number_item, "档{year}-{serial}");
	assert_string_equal(config->ledger_access, "sensitive");
	assert_int_equal(config->server_scanners, 2);
	config_free(config);
}

static void each_mistake_is_refused_with_its_line(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		const char *line;
		const char *says;
	} mistakes[] = {
		{"[server]\nprot = 1\n", "line 2:", "no setting prot in [server]"},
		{"[sevrer]\n\nport = 1\n", "line 3:", "no section [sevrer]"},
		{"port = 1\n", "line 1:", "before any [section]"},
		{"[server]\nport = 65536\n", "line 2:", "0 to 65535"},
		{"[server]\nport = -1\n", "line 2:", "0 to 65535"},
		{"[server]\nport = 99999999999999999999\n", "line 2:", "0 to 65535"},
		{"[server]\nport = http\n", "line 2:", "not a number"},
		{"[server]\nport = 80x\n", "line 2:", "not a number"},
		{"[server]\nport = +80\n", "line 2:", "not a number"},
		{"[server]\nport = \n", "line 2:", "not a number"},
		{"[server]\nport = --1\n", "line 2:", "not a number"},
		{"[server]\n\nport 80\n", "line 3:", "neither [section] nor key = value"},
		{"[server\nport = 80\n", "line 1:", "neither [section] nor key = value"},
		{"[server]\nport 80\nport = x\n", "line 2:", "neither"},
		{"[server]\nport = x\nport 80\n", "line 2:", "not a number"},
		{"[server]\nport = 80\nport = 81\n", "line 3:", "second time"},
		{"[server]\nport = 80\n  81\n", "line 3:", "second time"},
		{"[server]\nlog_level = loud\n", "line 2:", "error, warn, info or debug"},
		{"[server]\ncrl = always\n", "line 2:", "if-present or required"},
		{"[server]\naddress = head office\n", "line 2:", "IPv4 or IPv6"},
		{"[server]\naddress =\n", "line 2:", "no value"},
		{"[ledger]\naccess = none\n", "line 2:", "all, outsiders or sensitive"},
		{"[number]\nitem = {office}\n", "line 2:", "{serial}"},
		{"[number]\nitem = {serial}{serial:3}\n", "line 2:", "one {serial}"},
		{"[number]\nitem = {serial:0}\n", "line 2:", "{serial:1}"},
		{"[number]\nitem = {serial:13}\n", "line 2:", "{serial:12}"},
		{"[number]\nitem = {month}-{serial}\n", "line 2:", "{year}"},
		{"[number]\ncustomer = {serial\n", "line 2:", "{serial}"},
		{"[number]\ncustomer = \xff{serial}\n", "line 2:", "UTF-8"},
		{"[number]\napproval = SP\n", "line 2:", "{serial}"},
		{"[approval]\ngrant = boss\n", "line 2:", "head, gm, officer, head + gm or none"},
		{"[approval]\n\nloan = secret: gm\n", "line 3:", "head, gm"},
		{"[approval]\nunseal = gm; top: gm\n", "line 2:", "secret"},
		{"[approval]\nimportant = name,phone\n", "line 2:", "customer's fields"},
		{"[approval]\nimportant = name,\n", "line 2:", "customer's fields"},
		{"[approval]\nloan = head ; secret: gm\n", "line 2:", "no blank"},
		{"[approval]\nuse_hours = 0\n", "line 2:", "1 to 8760"},
	};
	for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
		char why[CONFIG_WHY_LEN];
		struct config *config;
		assert_int_equal(load(mistakes[i].text, &config, why), STATUS_INVALID);
		assert_null(config);
		if (strstr(why, mistakes[i].line) == NULL || strstr(why, mistakes[i].says) == NULL)
			fail_msg("'%s' does not say '%s %s'", why, mistakes[i].line,
				 mistakes[i].says);
	}
}

static void a_line_or_value_that_is_too_long_is_refused(void **state)
{
	(void)state;
	char text[600] = "[number]\nitem = {serial}";
	char why[CONFIG_WHY_LEN];
	struct config *config;
	size_t len = strlen(text);
	memset(text + len, 'x', CONFIG_TEXT_LEN - 1 - strlen("{serial}"));
	assert_int_equal(load(text, &config, why), STATUS_OK);
	config_free(config);
	text[strlen(text)] = 'x';
	assert_int_equal(load(text, &config, why), STATUS_INVALID);
	assert_non_null(strstr(why, "line 2: item has more than 127 bytes"));
	memset(text + len, 'x', sizeof(text) - len - 1);
	assert_int_equal(load(text, &config, why), STATUS_INVALID);
	assert_non_null(strstr(why, "line 2: the line is longer"));
}

static void a_file_with_a_nul_byte_is_refused(void **state)
{
	(void)state;
	static const char text[] = "[server]\nport = 1\0 2\n";
	char why[CONFIG_WHY_LEN];
	struct config *config;
	write_file(text, sizeof(text) - 1);
	assert_int_equal(config_load(&config, path, 1, why), STATUS_INVALID);
	assert_non_null(strstr(why, "NUL"));
}

static void a_config_lives_as_long_as_its_last_reference(void **state)
{
	(void)state;
	char why[CONFIG_WHY_LEN];
	struct config *config;
	assert_int_equal(config_load(&config, NULL, 0, why), STATUS_OK);
	struct config *second = config_retain(config);
	config_free(config);
	assert_int_equal(second->server_port, 7443);
	config_free(second);
	config_free(NULL);
}

/* Takes the '#' away from lines that are settings. */
static void uncomment(const char *sample, char *to)
{
	for (const char *at = sample; *at != '\0'; at++) {
		bool first = at == sample || at[-1] == '\n';
		if (!(first && *at == '#' && at[1] != ' '))
			*to++ = *at;
	}
	*to = '\0';
}

static void the_sample_shows_every_setting_and_gives_the_defaults(void **state)
{
	(void)state;
	char *sample = NULL;
	size_t len;
	FILE *to = open_memstream(&sample, &len);
	assert_non_null(to);
	char why[CONFIG_WHY_LEN];
	struct config *config;
	struct config *defaults;
	assert_int_equal(config_load(&defaults, NULL, 0, why), STATUS_OK);
	config_write(to, defaults);
	assert_int_equal(fclose(to), 0);
#define OPTION(section, key, kind, when, value, min, max, text)                                    \
	assert_non_null(strstr(sample, "\n#" #key " = "));                                         \
	assert_non_null(strstr(sample, text));
#include "server/option.def"
#undef OPTION
	assert_int_equal(load(sample, &config, why), STATUS_OK);
	config_free(config);
	char *live = malloc(len + 1);
	assert_non_null(live);
	uncomment(sample, live);
	assert_int_equal(load(live, &config, why), STATUS_OK);
	assert_memory_equal(config, defaults, sizeof(*config));
	config_free(config);
	config_free(defaults);
	free(live);
	free(sample);
}

static void a_setting_that_is_not_the_default_is_written_live(void **state)
{
	(void)state;
	char *text = NULL;
	size_t len;
	char why[CONFIG_WHY_LEN];
	struct config *config;
	FILE *to = open_memstream(&text, &len);
	assert_non_null(to);
	assert_int_equal(load("[server]\nport = 7500\nlog_level = debug\n", &config, why),
			 STATUS_OK);
	config_write(to, config);
	assert_int_equal(fclose(to), 0);
	config_free(config);
	assert_non_null(strstr(text, "\nport = 7500\n"));
	assert_non_null(strstr(text, "\nlog_level = debug\n"));
	assert_non_null(strstr(text, "\n#loops = 0\n"));
	assert_int_equal(load(text, &config, why), STATUS_OK);
	assert_int_equal(config->server_port, 7500);
	config_free(config);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_file_every_setting_has_its_default),
		cmocka_unit_test(defaults_are_within_their_ranges),
		cmocka_unit_test(a_missing_file_matters_only_when_required),
		cmocka_unit_test(settings_of_a_file_replace_defaults),
		cmocka_unit_test(each_mistake_is_refused_with_its_line),
		cmocka_unit_test(a_line_or_value_that_is_too_long_is_refused),
		cmocka_unit_test(a_file_with_a_nul_byte_is_refused),
		cmocka_unit_test(a_config_lives_as_long_as_its_last_reference),
		cmocka_unit_test(the_sample_shows_every_setting_and_gives_the_defaults),
		cmocka_unit_test(a_setting_that_is_not_the_default_is_written_live),
	};
	int file = mkstemp(path);
	if (file < 0)
		return 1;
	close(file);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(path);
	return failed;
}
