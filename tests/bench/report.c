#include "tests/bench/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/bench/usage.h"

void report_begin(struct report *report, const struct bench *bench, const char *what)
{
	memset(report, 0, sizeof(*report));
	report->bench = bench;
	report->what = what;
	report->own_cpu = usage_cpu(getpid());
	report->server_cpu = usage_cpu(bench->server);
	report->begun = usage_now();
}

void report_end(struct report *report)
{
	report->ended = usage_now();
	report->own_cpu = usage_cpu(getpid()) - report->own_cpu;
	report->server_cpu = usage_cpu(report->bench->server) - report->server_cpu;
}

void report_print(const struct report *report)
{
	const struct bench *bench = report->bench;
	double seconds = (double)(report->ended - report->begun) / 1e9;

	printf("{\"what\": \"%s\", \"connections\": %u, \"depth\": %u, \"seconds\": %.3f, "
	       "\"requests\": %" PRIu64 ", \"per_second\": %.1f, \"p50_us\": %.1f, "
	       "\"p99_us\": %.1f, ",
	       report->what, bench->connections, bench->depth, seconds, report->all.count,
	       (double)report->all.count / seconds, histogram_microseconds(&report->all, 0.50),
	       histogram_microseconds(&report->all, 0.99));
	if (report->looks.count > 0)
		printf("\"look_p50_us\": %.1f, \"look_p99_us\": %.1f, ",
		       histogram_microseconds(&report->looks, 0.50),
		       histogram_microseconds(&report->looks, 0.99));
	printf("\"refused\": %" PRIu64 ", \"client_cpu\": %.2f, \"server_cpu\": %.2f}\n",
	       report->refused, report->own_cpu, report->server_cpu);
}
