#include "server/metrics.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/rpc.h"

/* What metrics_render() says, for free(). */
static char *rendered(const struct metrics *metrics)
{
	struct buf text = BUF_EMPTY;
	assert_int_equal(metrics_render(metrics, &text), STATUS_OK);
	assert_int_equal(buf_append(&text, "", 1), STATUS_OK);
	char *copy = strdup((const char *)buf_head(&text));
	buf_release(&text);
	assert_non_null(copy);
	return copy;
}

static void assert_says(const char *text, const char *line)
{
	char whole[256];
	snprintf(whole, sizeof(whole), "\n%s\n", line);
	bool first = strncmp(text, whole + 1, strlen(whole + 1)) == 0;
	if (!first && strstr(text, whole) == NULL)
		fail_msg("not in the text: %s", line);
}

static void a_request_counts_by_rpc_and_outcome(void **state)
{
	(void)state;
	struct metrics *metrics = metrics_new();
	metrics_count(metrics, RPC_borrow, STATUS_OK, 10);
	metrics_count(metrics, RPC_borrow, STATUS_OK, 10);
	metrics_count(metrics, RPC_borrow, STATUS_ON_LOAN, 10);
	metrics_count(metrics, 9999, STATUS_RPC_UNKNOWN, 10);
	metrics_count(metrics, RPC_whoami, (enum status)999, 10);
	char *text = rendered(metrics);
	assert_says(text, "dossier_requests_total{rpc=\"borrow\",status=\"OK\"} 2");
	assert_says(text, "dossier_requests_total{rpc=\"borrow\",status=\"ON_LOAN\"} 1");
	assert_says(text, "dossier_requests_total{rpc=\"unknown\",status=\"RPC_UNKNOWN\"} 1");
	assert_says(text, "dossier_requests_total{rpc=\"whoami\",status=\"unknown\"} 1");
	assert_null(strstr(text, "rpc=\"return\""));
	free(text);
	metrics_free(metrics);
}

static void every_rpc_with_every_status_has_a_counter_of_its_own(void **state)
{
	(void)state;
	struct metrics *metrics = metrics_new();
	uint64_t times = 0;
#define RPC(rpc, ...)                                                                              \
	for (uint64_t i = 0; i < rpc; i++)                                                         \
		metrics_count(metrics, rpc, STATUS_OK, 1);                                         \
	times += rpc;
#include "proto/rpc.def"
#undef RPC
#define STATUS(number, name, ...) metrics_count(metrics, RPC_status, STATUS_##name, 1);
#include "common/status.def"
#undef STATUS
	char *text = rendered(metrics);
	char line[128];
#define RPC(rpc, name, ...)                                                                        \
	snprintf(line, sizeof(line), "dossier_requests_total{rpc=\"%s\",status=\"OK\"} %d", #name, \
		 rpc + (rpc == RPC_status));                                                       \
	assert_says(text, line);
#include "proto/rpc.def"
#undef RPC
#define STATUS(number, name, ...)                                                                  \
	if (STATUS_##name != STATUS_OK)                                                            \
		assert_says(text, "dossier_requests_total{rpc=\"status\",status=\"" #name "\"} "   \
				  "1");
#include "common/status.def"
#undef STATUS
	assert_true(times > 0);
	free(text);
	metrics_free(metrics);
}

static void the_histogram_cumulates_and_includes_its_upper_ends(void **state)
{
	(void)state;
	struct metrics *metrics = metrics_new();
	metrics_count(metrics, RPC_whoami, STATUS_OK, 50);
	metrics_count(metrics, RPC_whoami, STATUS_OK, 51);
	metrics_count(metrics, RPC_whoami, STATUS_OK, 10000000);
	metrics_count(metrics, RPC_whoami, STATUS_OK, 10000001);
	metrics_count(metrics, RPC_borrow, STATUS_OK, 0);
	char *text = rendered(metrics);
	assert_says(text, "dossier_request_seconds_bucket{lane=\"point\",le=\"5e-05\"} 1");
	assert_says(text, "dossier_request_seconds_bucket{lane=\"point\",le=\"0.0001\"} 2");
	assert_says(text, "dossier_request_seconds_bucket{lane=\"point\",le=\"2.5\"} 2");
	assert_says(text, "dossier_request_seconds_bucket{lane=\"point\",le=\"10.0\"} 3");
	assert_says(text, "dossier_request_seconds_bucket{lane=\"point\",le=\"+Inf\"} 4");
	assert_says(text, "dossier_request_seconds_count{lane=\"point\"} 4");
	assert_says(text, "dossier_request_seconds_sum{lane=\"point\"} 20.000102");
	assert_says(text, "dossier_request_seconds_count{lane=\"write\"} 1");
	assert_says(text, "dossier_request_seconds_count{lane=\"scan\"} 0");
	free(text);
	metrics_free(metrics);
}

static void values_go_up_and_down_and_are_shown(void **state)
{
	(void)state;
	struct metrics *metrics = metrics_new();
	metrics_add(metrics, METRICS_CONNECTIONS, 3);
	metrics_add(metrics, METRICS_CONNECTIONS, -1);
	metrics_add(metrics, METRICS_GROUPS, 5);
	metrics_set(metrics, METRICS_LEDGER_SIZE, INT64_C(5000000000));
	assert_int_equal(metrics_get(metrics, METRICS_CONNECTIONS), 2);
	char *text = rendered(metrics);
	assert_says(text, "dossier_connections 2");
	assert_says(text, "dossier_groups_total 5");
	assert_says(text, "dossier_ledger_entries 5000000000");
	assert_says(text, "# TYPE dossier_groups counter");
	assert_says(text, "# TYPE dossier_connections gauge");
	free(text);
	metrics_free(metrics);
}

/* name{labels} number, as the OpenMetrics text format has it. */
static bool is_sample(const char *line)
{
	size_t len = strspn(line, "abcdefghijklmnopqrstuvwxyz_");
	if (strncmp(line, "dossier_", 8) != 0)
		return false;
	if (line[len] == '{')
		len += strcspn(line + len, "}") + 1;
	if (line[len] != ' ')
		return false;
	char *end;
	(void)strtod(line + len + 1, &end);
	return end != line + len + 1 && *end == '\0';
}

static void every_line_is_openmetrics_and_the_last_says_so(void **state)
{
	(void)state;
	struct metrics *metrics = metrics_new();
	metrics_count(metrics, RPC_borrow, STATUS_OK, 123);
	char *text = rendered(metrics);
	char *rest = text;
	char *line;
	bool ended = false;
	while ((line = strsep(&rest, "\n")) != NULL && rest != NULL) {
		assert_false(ended);
		ended = strcmp(line, "# EOF") == 0;
		if (!ended && strncmp(line, "# TYPE dossier_", 15) != 0 &&
		    strncmp(line, "# HELP dossier_", 15) != 0 && !is_sample(line))
			fail_msg("not OpenMetrics: %s", line);
	}
	assert_true(ended);
	assert_string_equal(line, "");
	free(text);
	metrics_free(metrics);
}

#define THREADS 4
#define ROUNDS 10000

static void *count_often(void *metrics)
{
	for (int i = 0; i < ROUNDS; i++) {
		metrics_count(metrics, RPC_borrow, STATUS_OK, 1);
		metrics_add(metrics, METRICS_ENTRIES, 1);
	}
	return NULL;
}

static void nothing_is_lost_when_threads_count_at_once(void **state)
{
	(void)state;
	struct metrics *metrics = metrics_new();
	pthread_t threads[THREADS];
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, count_often, metrics), 0);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	char *text = rendered(metrics);
	assert_says(text, "dossier_requests_total{rpc=\"borrow\",status=\"OK\"} 40000");
	assert_says(text, "dossier_entries_total 40000");
	assert_says(text, "dossier_request_seconds_count{lane=\"write\"} 40000");
	free(text);
	metrics_free(metrics);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_counts_by_rpc_and_outcome),
		cmocka_unit_test(every_rpc_with_every_status_has_a_counter_of_its_own),
		cmocka_unit_test(the_histogram_cumulates_and_includes_its_upper_ends),
		cmocka_unit_test(values_go_up_and_down_and_are_shown),
		cmocka_unit_test(every_line_is_openmetrics_and_the_last_says_so),
		cmocka_unit_test(nothing_is_lost_when_threads_count_at_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
