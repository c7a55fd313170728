#include "tests/bench/connect.h"

#include <stdio.h>

enum status connect_complain(const char *what, enum status status, const char *why)
{
	(void)fprintf(stderr, "bench: %s: %s: %s\n", what, status_name(status), why);
	return status;
}

enum status connect_client(const struct bench *bench, struct client **client)
{
	struct client_options options = {
		.host = bench->host,
		.port = bench->port,
		.certificate = bench->certificate,
		.key = bench->key,
		.ca = bench->ca,
		.name = "bench/1",
	};
	char why[CLIENT_WHY_LEN];
	enum status status = client_connect(client, &options, why);

	return status == STATUS_OK ? status : connect_complain("connect", status, why);
}
