#include "server/exporter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/rpc.h"

struct setting {
	struct metrics *metrics;
	struct exporter *exporter;
};

static int start(void **state)
{
	static struct setting setting;
	setting.metrics = metrics_new();
	*state = &setting;
	return exporter_start(&setting.exporter, setting.metrics, 0) == STATUS_OK ? 0 : -1;
}

static int stop(void **state)
{
	struct setting *setting = *state;
	exporter_stop(setting->exporter);
	metrics_free(setting->metrics);
	return 0;
}

/* Sends one request and reads until the server closes. */
static void ask(const struct setting *setting, const char *words, char *answer, size_t size)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(exporter_port(setting->exporter)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	char request[256];
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	int len = snprintf(request, sizeof(request),
			   "%s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", words);
	assert_int_equal(write(fd, request, (size_t)len), len);
	size_t total = 0;
	ssize_t got;
	while (total + 1 < size && (got = read(fd, answer + total, size - 1 - total)) > 0)
		total += (size_t)got;
	answer[total] = '\0';
	close(fd);
}

static void assert_answers(void **state, const char *words, const char *first, const char *within)
{
	char answer[65536];
	ask(*state, words, answer, sizeof(answer));
	assert_memory_equal(answer, first, strlen(first));
	if (strstr(answer, within) == NULL)
		fail_msg("'%s' is not in the answer to %s", within, words);
}

static void metrics_are_shown_as_openmetrics(void **state)
{
	struct setting *setting = *state;
	metrics_count(setting->metrics, RPC_borrow, STATUS_OK, 1);
	assert_answers(state, "GET /metrics", "HTTP/1.1 200",
		       "dossier_requests_total{rpc=\"borrow\",status=\"OK\"} 1\n");
	assert_answers(state, "GET /metrics", "HTTP/1.1 200", "application/openmetrics-text");
	assert_answers(state, "GET /metrics?x=y", "HTTP/1.1 200", "# EOF\n");
}

static void health_turns_bad_when_fenced(void **state)
{
	struct setting *setting = *state;
	assert_answers(state, "GET /health", "HTTP/1.1 200", "\r\n\r\nok\n");
	metrics_set(setting->metrics, METRICS_FENCED, 1);
	assert_answers(state, "GET /health", "HTTP/1.1 503", "\r\n\r\nfenced\n");
}

static void anything_else_is_refused(void **state)
{
	assert_answers(state, "GET /", "HTTP/1.1 404", "not found");
	assert_answers(state, "GET /metrics/", "HTTP/1.1 404", "not found");
	assert_answers(state, "POST /metrics", "HTTP/1.1 405", "Allow: GET");
	assert_answers(state, "HEAD /health", "HTTP/1.1 405", "Allow: GET");
}

static void a_port_that_is_taken_is_an_error(void **state)
{
	struct setting *setting = *state;
	struct exporter *second = NULL;
	assert_int_equal(
		exporter_start(&second, setting->metrics, exporter_port(setting->exporter)),
		STATUS_SYSTEM);
	assert_null(second);
	exporter_stop(NULL);
}

static void it_listens_on_the_loopback_address_alone(void **state)
{
	struct setting *setting = *state;
	/* Another loopback address is not 127.0.0.1, and so stands for every other. */
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(exporter_port(setting->exporter)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1),
	};
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), -1);
	close(fd);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(metrics_are_shown_as_openmetrics),
		TEST(health_turns_bad_when_fenced),
		TEST(anything_else_is_refused),
		TEST(a_port_that_is_taken_is_an_error),
		TEST(it_listens_on_the_loopback_address_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
