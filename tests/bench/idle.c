/* What a connection costs that asks nothing, and how fast connections are made one by one. */
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/bench/bench.h"
#include "tests/bench/connect.h"
#include "tests/bench/usage.h"

enum status bench_idle(const struct bench *bench)
{
	struct client **clients = calloc(bench->connections, sizeof(*clients));
	uint64_t before = usage_memory(bench->server), after;
	int64_t begun = usage_now();
	enum status status = clients == NULL ? STATUS_MEMORY : STATUS_OK;
	double took;

	for (unsigned i = 0; i < bench->connections && status == STATUS_OK; i++)
		status = connect_client(bench, &clients[i]);
	took = (double)(usage_now() - begun) / 1e9;
	if (status == STATUS_OK) {
		(void)poll(NULL, 0, (int)(bench->seconds * 1000));
		after = usage_memory(bench->server);
		printf("{\"what\": \"idle\", \"connections\": %u, \"per_second\": %.1f, "
		       "\"memory_before\": %" PRIu64 ", \"memory_after\": %" PRIu64
		       ", \"bytes_per_connection\": %.0f}\n",
		       bench->connections, bench->connections / took, before, after,
		       after > before ? (double)(after - before) / bench->connections : 0.0);
	}
	for (unsigned i = 0; clients != NULL && i < bench->connections; i++)
		client_close(clients[i]);
	free(clients);
	return status;
}
