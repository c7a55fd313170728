#include "tests/bench/bench.h"

#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum status run_lookup(const struct bench *bench)
{
	return bench_load(bench, LOAD_LOOKUP);
}

static enum status run_act(const struct bench *bench)
{
	return bench_load(bench, LOAD_ACT);
}

static enum status run_mixed(const struct bench *bench)
{
	return bench_load(bench, LOAD_MIXED);
}

static const struct {
	const char *word;
	enum status (*run)(const struct bench *bench);
	const char *summary;
} words[] = {
	{"prepare", bench_prepare, "register --items items by import"},
	{"lookup", run_lookup, "look up random items"},
	{"act", run_act, "lend random items and take them back"},
	{"mixed", run_mixed, "nine look-ups to one act"},
	{"idle", bench_idle, "connect and ask nothing"},
	{"hidden", bench_hidden, "time --hidden against --absent"},
	{"echo-serve", bench_echo_serve, "send back what comes; with --file durably"},
	{"echo", bench_echo_load, "the client of echo-serve"},
};

enum {
	OPTION_HOST = 256,
	OPTION_PORT,
	OPTION_CERTIFICATE,
	OPTION_KEY,
	OPTION_CA,
	OPTION_FILE,
	OPTION_HIDDEN,
	OPTION_ABSENT,
	OPTION_CONNECTIONS,
	OPTION_DEPTH,
	OPTION_ITEMS,
	OPTION_SECONDS,
	OPTION_WARMUP,
	OPTION_SERVER,
};

static const struct option options[] = {
	{"host", required_argument, NULL, OPTION_HOST},
	{"port", required_argument, NULL, OPTION_PORT},
	{"certificate", required_argument, NULL, OPTION_CERTIFICATE},
	{"key", required_argument, NULL, OPTION_KEY},
	{"ca", required_argument, NULL, OPTION_CA},
	{"file", required_argument, NULL, OPTION_FILE},
	{"hidden", required_argument, NULL, OPTION_HIDDEN},
	{"absent", required_argument, NULL, OPTION_ABSENT},
	{"connections", required_argument, NULL, OPTION_CONNECTIONS},
	{"depth", required_argument, NULL, OPTION_DEPTH},
	{"items", required_argument, NULL, OPTION_ITEMS},
	{"seconds", required_argument, NULL, OPTION_SECONDS},
	{"warmup", required_argument, NULL, OPTION_WARMUP},
	{"server-pid", required_argument, NULL, OPTION_SERVER},
	{NULL, 0, NULL, 0},
};

static int usage(const char *program)
{
	(void)fprintf(stderr, "usage: %s WORD [OPTION VALUE]...\nwords:\n", program);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		(void)fprintf(stderr, "  %-12s %s\n", words[i].word, words[i].summary);
	(void)fprintf(stderr, "options:");
	for (const struct option *option = options; option->name != NULL; option++)
		(void)fprintf(stderr, " --%s", option->name);
	(void)fprintf(stderr, "\n");
	return EXIT_USAGE;
}

/* A whole number of 1 to max; 0: it is none. */
static unsigned number(const char *text, unsigned long max)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	return *text != '\0' && *end == '\0' && value <= max ? (unsigned)value : 0;
}

static double span(const char *text)
{
	char *end;
	double value = strtod(text, &end);

	return *text != '\0' && *end == '\0' && value >= 0 && value < 1e6 ? value : -1;
}

/* Options that are taken as they stand; false: it is another one. */
static bool take_text(struct bench *bench, int option, const char *value)
{
	const char **texts[] = {
		[OPTION_HOST - OPTION_HOST] = &bench->host,
		[OPTION_CERTIFICATE - OPTION_HOST] = &bench->certificate,
		[OPTION_KEY - OPTION_HOST] = &bench->key,
		[OPTION_CA - OPTION_HOST] = &bench->ca,
		[OPTION_FILE - OPTION_HOST] = &bench->file,
		[OPTION_HIDDEN - OPTION_HOST] = &bench->hidden,
		[OPTION_ABSENT - OPTION_HOST] = &bench->absent,
	};
	size_t at = (size_t)(option - OPTION_HOST);

	if (option < OPTION_HOST || at >= sizeof(texts) / sizeof(texts[0]) || texts[at] == NULL)
		return false;
	*texts[at] = value;
	return true;
}

static int take(struct bench *bench, int option, const char *value)
{
	if (take_text(bench, option, value))
		return 1;
	switch (option) {
	case OPTION_PORT:
		bench->port = (uint16_t)number(value, UINT16_MAX);
		return bench->port > 0;
	case OPTION_CONNECTIONS:
		bench->connections = number(value, 20000);
		return bench->connections > 0;
	case OPTION_DEPTH:
		bench->depth = number(value, 4096);
		return bench->depth > 0;
	case OPTION_ITEMS:
		bench->items = number(value, 100000000);
		return bench->items > 0;
	case OPTION_SECONDS:
		bench->seconds = span(value);
		return bench->seconds > 0;
	case OPTION_WARMUP:
		bench->warmup = span(value);
		return bench->warmup >= 0;
	case OPTION_SERVER:
		bench->server = (pid_t)number(value, INT32_MAX);
		return bench->server > 0;
	default:
		return 0;
	}
}

int main(int argc, char **argv)
{
	struct bench bench = {
		.host = "127.0.0.1",
		.connections = 1,
		.depth = 1,
		.items = 1000,
		.seconds = 5,
		.warmup = 1,
	};
	int option;

	if (argc < 2)
		return usage(argv[0]);
	while ((option = getopt_long(argc - 1, argv + 1, "", options, NULL)) != -1)
		if (!take(&bench, option, optarg))
			return usage(argv[0]);
	if (bench.port == 0 || bench.certificate == NULL || bench.key == NULL || bench.ca == NULL)
		return usage(argv[0]);
	(void)signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i].word, argv[1]) == 0)
			return (int)status_exit(words[i].run(&bench));
	return usage(argv[0]);
}
