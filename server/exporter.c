#include "server/exporter.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define CONNECTIONS_MAX 16 /* a monitoring system needs one */
#define IDLE_SECONDS 5
#define METRICS_TYPE "application/openmetrics-text; version=1.0.0; charset=utf-8"
#define PLAIN_TYPE "text/plain; charset=utf-8"

struct exporter {
	struct MHD_Daemon *daemon;
	const struct metrics *metrics; /* borrowed */
};

/* Queues a whole answer; libmicrohttpd copies the text. */
static enum MHD_Result answer(struct MHD_Connection *connection, unsigned code, const char *type,
			      const void *text, size_t len)
{
	struct MHD_Response *response =
		MHD_create_response_from_buffer(len, (void *)text, MHD_RESPMEM_MUST_COPY);
	if (response == NULL)
		return MHD_NO;
	enum MHD_Result result =
		MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	if (result == MHD_YES && code == MHD_HTTP_METHOD_NOT_ALLOWED)
		result = MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW,
						 MHD_HTTP_METHOD_GET);
	if (result == MHD_YES)
		result = MHD_queue_response(connection, code, response);
	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result answer_plain(struct MHD_Connection *connection, unsigned code,
				    const char *text)
{
	return answer(connection, code, PLAIN_TYPE, text, strlen(text));
}

static enum MHD_Result answer_metrics(struct MHD_Connection *connection,
				      const struct metrics *metrics)
{
	struct buf text = BUF_EMPTY;
	enum MHD_Result result;
	if (metrics_render(metrics, &text) == STATUS_OK)
		result = answer(connection, MHD_HTTP_OK, METRICS_TYPE, buf_head(&text), text.len);
	else
		result =
			answer_plain(connection, MHD_HTTP_INTERNAL_SERVER_ERROR, "out of memory\n");
	buf_release(&text);
	return result;
}

static enum MHD_Result answer_health(struct MHD_Connection *connection,
				     const struct metrics *metrics)
{
	if (metrics_get(metrics, METRICS_FENCED) != 0)
		return answer_plain(connection, MHD_HTTP_SERVICE_UNAVAILABLE, "fenced\n");
	return answer_plain(connection, MHD_HTTP_OK, "ok\n");
}

static enum MHD_Result request_cb(void *context, struct MHD_Connection *connection, const char *url,
				  const char *method, const char *version, const char *body,
				  size_t *body_len, void **request)
{
	struct exporter *exporter = context;
	(void)version;
	(void)body;
	(void)request;
	bool is_metrics = strcmp(url, "/metrics") == 0;
	bool is_health = strcmp(url, "/health") == 0;
	*body_len = 0; /* of a body nothing is wanted */
	if (!is_metrics && !is_health)
		return answer_plain(connection, MHD_HTTP_NOT_FOUND, "not found\n");
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0)
		return answer_plain(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET\n");
	return is_metrics ? answer_metrics(connection, exporter->metrics)
			  : answer_health(connection, exporter->metrics);
}

enum status exporter_start(struct exporter **exporter, const struct metrics *metrics, uint16_t port)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	struct exporter *started = calloc(1, sizeof(*started));
	if (started == NULL)
		return STATUS_MEMORY;
	started->metrics = metrics;
	started->daemon = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD, port, NULL, NULL,
					   request_cb, started, MHD_OPTION_SOCK_ADDR,
					   (struct sockaddr *)&address, MHD_OPTION_CONNECTION_LIMIT,
					   (unsigned)CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT,
					   (unsigned)IDLE_SECONDS, MHD_OPTION_END);
	if (started->daemon == NULL) {
		free(started);
		return STATUS_SYSTEM;
	}
	*exporter = started;
	return STATUS_OK;
}

uint16_t exporter_port(const struct exporter *exporter)
{
	const union MHD_DaemonInfo *info =
		MHD_get_daemon_info(exporter->daemon, MHD_DAEMON_INFO_BIND_PORT);
	return info != NULL ? info->port : 0;
}

void exporter_stop(struct exporter *exporter)
{
	if (exporter == NULL)
		return;
	MHD_stop_daemon(exporter->daemon);
	free(exporter);
}
