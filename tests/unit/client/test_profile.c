#include "client/lib/profile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "common/file.h"
#include "tests/unit/client/folder.h"

static void put(const char *folder, const char *name, const char *text)
{
	struct path path;

	assert_int_equal(path_join(&path, folder, name), STATUS_OK);
	assert_int_equal(file_put(path.text, text, strlen(text)), STATUS_OK);
}

static int quiet_environment(void **state)
{
	static const char *const names[] = {"DOSSIER_PROFILE", "DOSSIER_SERVER", "DOSSIER_TIMEOUT",
					    "DOSSIER_LANG",    "DOSSIER_STATE",  "XDG_CONFIG_HOME"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unsetenv(names[i]);
	return folder_make(state);
}

static void later_wins_and_says_where_it_comes_from(void **state)
{
	struct profile_choice choice = {.directory = *state};
	struct profile profile;

	assert_int_equal(profile_load(&profile, &choice), STATUS_OK);
	assert_string_equal(profile.settings[SETTING_port].text, "7443");
	assert_int_equal(profile.settings[SETTING_port].source, SOURCE_DEFAULT);
	assert_int_equal(profile.directory_source, SOURCE_OPTION);

	put(*state, PROFILE_CONF,
	    "[server]\naddress = head.example\nport = 1234\n[new]\nkey = 1\n");
	assert_int_equal(profile_load(&profile, &choice), STATUS_OK);
	assert_string_equal(profile.settings[SETTING_address].text, "head.example");
	assert_int_equal(profile.port, 1234);
	assert_int_equal(profile.settings[SETTING_port].source, SOURCE_PROFILE);

	setenv("DOSSIER_SERVER", "[::1]:99", 1);
	assert_int_equal(profile_load(&profile, &choice), STATUS_OK);
	assert_string_equal(profile.settings[SETTING_address].text, "::1");
	assert_int_equal(profile.port, 99);
	assert_int_equal(profile.settings[SETTING_address].source, SOURCE_ENVIRONMENT);

	choice.server = "other";
	assert_int_equal(profile_load(&profile, &choice), STATUS_OK);
	assert_string_equal(profile.settings[SETTING_address].text, "other");
	assert_int_equal(profile.settings[SETTING_address].source, SOURCE_OPTION);
	assert_int_equal(profile.port, 99);
}

static void a_server_is_named_in_every_usual_way(void **state)
{
	static const struct {
		const char *text;
		const char *host;
		int port;
	} cases[] = {{"host", "host", 7443}, {"host:1", "host", 1},
		     {"::1", "::1", 7443},   {"[::1]", "::1", 7443},
		     {"[::1]:5", "::1", 5},  {"10.0.0.1:65535", "10.0.0.1", 65535},
		     {"host:0", NULL, 0},    {"host:x", NULL, 0},
		     {":5", NULL, 0},        {"[::1", NULL, 0},
		     {"host:65536", NULL, 0}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct profile_choice choice = {.directory = *state, .server = cases[i].text};
		struct profile profile;

		if (cases[i].host == NULL) {
			assert_int_equal(profile_load(&profile, &choice), STATUS_USAGE);
			assert_true(profile.why[0] != '\0');
			continue;
		}
		assert_int_equal(profile_load(&profile, &choice), STATUS_OK);
		assert_string_equal(profile.settings[SETTING_address].text, cases[i].host);
		assert_int_equal(profile.port, cases[i].port);
	}
}

static void a_profile_that_lacks_something_says_what(void **state)
{
	struct profile_choice choice = {.directory = *state};
	struct profile profile;

	put(*state, "cert.pem", "x");
	put(*state, "key.pem", "x");
	assert_int_equal(profile_load(&profile, &choice), STATUS_OK);
	assert_int_equal(profile_check(&profile), STATUS_INPUT);
	assert_non_null(strstr(profile.why, "ca.pem"));
	put(*state, "ca.pem", "x");
	assert_int_equal(profile_check(&profile), STATUS_INPUT);
	assert_non_null(strstr(profile.why, "names no server"));
	put(*state, PROFILE_CONF, "[server]\naddress = a\n");
	assert_int_equal(profile_load(&profile, &choice), STATUS_OK);
	assert_int_equal(profile_check(&profile), STATUS_OK);
}

static void a_broken_configuration_is_named_with_its_line(void **state)
{
	struct profile_choice choice = {.directory = *state};
	struct profile profile;

	put(*state, PROFILE_CONF, "[server]\naddress = a\nnonsense\n");
	assert_int_equal(profile_load(&profile, &choice), STATUS_INPUT);
	assert_non_null(strstr(profile.why, "line 3"));
}

static void the_default_profile_is_in_the_home(void **state)
{
	struct profile_choice choice = {0};
	struct profile profile;

	(void)state;
	setenv("HOME", "/home/li", 1);
	assert_int_equal(profile_load(&profile, &choice), STATUS_OK);
	assert_string_equal(profile.directory.text, "/home/li/.config/dossier");
	assert_string_equal(profile.state.text, "/home/li/.config/dossier/state");
	setenv("XDG_CONFIG_HOME", "/conf", 1);
	setenv("DOSSIER_STATE", "/elsewhere", 1);
	assert_int_equal(profile_load(&profile, &choice), STATUS_OK);
	assert_string_equal(profile.directory.text, "/conf/dossier");
	assert_string_equal(profile.state.text, "/elsewhere");
}

#define in_folder(test) cmocka_unit_test_setup_teardown(test, quiet_environment, folder_drop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_folder(later_wins_and_says_where_it_comes_from),
		in_folder(a_server_is_named_in_every_usual_way),
		in_folder(a_profile_that_lacks_something_says_what),
		in_folder(a_broken_configuration_is_named_with_its_line),
		in_folder(the_default_profile_is_in_the_home),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
