#include "server/command/house.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/date.h"
#include "common/log.h"
#include "server/dispatch/scanner.h"
#include "server/dispatch/snapshot.h"
#include "server/dispatch/writer.h"
#include "server/exporter.h"
#include "server/metrics.h"
#include "server/pki.h"
#include "server/session/front.h"

#define SNAPSHOT_LOOK_MS 5000 /* how often it is asked whether a snapshot is due */

static const int signal_numbers[HOUSE_SIGNALS] = {SIGTERM, SIGINT, SIGHUP};

/* ---- settings and certificates ---- */

static enum status load_config(const struct house *house, struct config **config,
			       char why[static HOUSE_WHY_LEN])
{
	char inner[CONFIG_WHY_LEN] = "";
	enum status status = config_load(config, house->config.text, house->config_required, inner);
	if (status != STATUS_OK)
		snprintf(why, HOUSE_WHY_LEN, "the settings are not right: %s", inner);
	return status;
}

/* A data directory of an older version has no CA for outsiders: all but them is served. */
static bool find_outsider_ca(const struct path *file)
{
	if (access(file->text, F_OK) == 0)
		return true;
	log_event(LOG_LEVEL_WARN, "outsider_ca_missing", "next=%s",
		  "dossierd rotate DATA --outsider-ca");
	return false;
}

static enum status load_tls(const struct house *house, const struct config *config,
			    struct tls_context **tls, char why[static HOUSE_WHY_LEN])
{
	enum { CERTIFICATE, KEY, CA, OUTSIDER_CA, CRL, COUNT };
	static const char *const names[COUNT] = {PKI_SERVER_CERTIFICATE, PKI_SERVER_KEY,
						 PKI_CA_CERTIFICATE, PKI_OUTSIDER_CA_CERTIFICATE,
						 PKI_CRL};
	struct path files[COUNT];
	char inner[TLS_ERROR_LEN] = "its name is too long";
	enum status status = STATUS_OK;
	for (int i = 0; i < COUNT && status == STATUS_OK; i++)
		status = path_join(&files[i], house->identity.text, names[i]);
	if (status == STATUS_OK) {
		struct tls_options options = {
			.side = TLS_SERVER,
			.certificate = files[CERTIFICATE].text,
			.key = files[KEY].text,
			.ca = {files[CA].text, NULL},
			.crl = files[CRL].text,
			.crl_required = strcmp(config->server_crl, "required") == 0,
			.enrol = true,
		};
		if (find_outsider_ca(&files[OUTSIDER_CA]))
			options.ca[1] = files[OUTSIDER_CA].text;
		status = tls_context_new(tls, &options, inner);
	}
	if (status != STATUS_OK)
		snprintf(why, HOUSE_WHY_LEN, "the server's certificates cannot be used: %s", inner);
	return status;
}

static void use_log_level(const struct config *config)
{
	log_set_level((enum log_level)log_level_parse(config->server_log_level));
}

/* Takes up settings and certificates anew; all of it or nothing. */
static void reload(struct house *house)
{
	char why[HOUSE_WHY_LEN] = "";
	struct config *config = NULL;
	struct tls_context *tls = NULL;
	enum status status = load_config(house, &config, why);
	if (status == STATUS_OK)
		status = load_tls(house, config, &tls, why);
	if (status == STATUS_OK) {
		status = front_reload(house->front, config, tls);
		snprintf(why, sizeof(why), "%s", status_text(status));
	}
	if (status == STATUS_OK) {
		settings_set(&house->settings, config);
		use_log_level(config);
		log_event(LOG_LEVEL_INFO, "reloaded", "config=%s", house->config.text);
	} else {
		log_event(LOG_LEVEL_ERROR, "reload_refused", "why=%s", why);
	}
	tls_context_free(tls);
	config_free(config);
}

/* ---- snapshots ---- */

static void snapshot_work_cb(uv_work_t *work)
{
	struct house *house = work->data;
	char why[SNAPSHOT_WHY_LEN] = "";
	uint64_t sequence = 0;
	struct config *config = settings_get(&house->settings);
	enum status status = snapshot_take(engine_store(house->shared.engine), house->data,
					   (unsigned)config->ledger_snapshots, &sequence, why);
	config_free(config);
	if (status == STATUS_OK || status == STATUS_CONFLICT) {
		atomic_store(&house->snapshot_at, sequence);
		metrics_set(house->shared.metrics, METRICS_SNAPSHOT, (int64_t)sequence);
		log_event(LOG_LEVEL_INFO, "snapshot_taken", "sequence=%llu",
			  (unsigned long long)sequence);
	} else {
		log_event(LOG_LEVEL_ERROR, "snapshot_failed", "why=%s", why);
	}
}

static void snapshot_done_cb(uv_work_t *work, int status)
{
	struct house *house = work->data;
	(void)status; /* the work itself is never cancelled */
	house->snapshot_under_way = false;
}

static void look_cb(uv_timer_t *timer)
{
	struct house *house = timer->data;
	const struct ledger *ledger = engine_ledger(house->shared.engine);
	uint64_t size = ledger_size(ledger);
	metrics_set(house->shared.metrics, METRICS_LEDGER_SIZE, (int64_t)size);
	metrics_set(house->shared.metrics, METRICS_LEDGER_BYTES, (int64_t)ledger_bytes(ledger));
	metrics_set(house->shared.metrics, METRICS_CONNECTIONS,
		    (int64_t)atomic_load(&house->connections));
	struct config *config = settings_get(&house->settings);
	uint64_t since = size - atomic_load(&house->snapshot_at);
	bool due = since >= (uint64_t)config->ledger_snapshot_entries &&
		   engine_quarantine(house->shared.engine)[0] == '\0';
	config_free(config);
	if (!due || house->snapshot_under_way)
		return;
	house->snapshot.data = house;
	house->snapshot_under_way = true;
	if (uv_queue_work(&house->loop, &house->snapshot, snapshot_work_cb, snapshot_done_cb) != 0)
		house->snapshot_under_way = false;
}

/* ---- heartbeats ---- */

static void heartbeat_cb(uv_timer_t *timer);

/* Once: the settings may say another time for the next one. */
static int await_heartbeat(struct house *house)
{
	struct config *config = settings_get(&house->settings);
	uint64_t wait = (uint64_t)config->ledger_heartbeat_seconds * 1000;
	config_free(config);
	return uv_timer_start(&house->heartbeat_timer, heartbeat_cb, wait, 0);
}

static void heartbeat_cb(uv_timer_t *timer)
{
	struct house *house = timer->data;
	writer_beat(house->shared.writer);
	(void)await_heartbeat(house); /* an open timer with a function: cannot fail */
}

/* ---- the main thread ---- */

static void signal_cb(uv_signal_t *handle, int number)
{
	struct house *house = handle->data;
	if (number == SIGHUP) {
		reload(house);
		return;
	}
	log_event(LOG_LEVEL_INFO, "stopping", "signal=%d", number);
	uv_stop(&house->loop);
}

static void fenced_cb(uv_async_t *handle)
{
	struct house *house = handle->data;
	house->storage_failed = true;
	metrics_set(house->shared.metrics, METRICS_FENCED, 1);
	uv_stop(&house->loop);
}

static void tell_fenced(void *context)
{
	struct house *house = context;
	uv_async_send(&house->fenced);
}

static enum status open_loop(struct house *house)
{
	if (uv_loop_init(&house->loop) != 0)
		return STATUS_SYSTEM;
	house->loop_is_open = true;
	int failed = uv_async_init(&house->loop, &house->fenced, fenced_cb);
	house->fenced.data = house;
	failed |= uv_timer_init(&house->loop, &house->snapshot_timer);
	house->snapshot_timer.data = house;
	failed |=
		uv_timer_start(&house->snapshot_timer, look_cb, SNAPSHOT_LOOK_MS, SNAPSHOT_LOOK_MS);
	failed |= uv_timer_init(&house->loop, &house->heartbeat_timer);
	house->heartbeat_timer.data = house;
	failed |= await_heartbeat(house);
	for (int i = 0; i < HOUSE_SIGNALS; i++) {
		failed |= uv_signal_init(&house->loop, &house->signals[i]);
		failed |= uv_signal_start(&house->signals[i], signal_cb, signal_numbers[i]);
		house->signals[i].data = house;
	}
	return failed == 0 ? STATUS_OK : STATUS_SYSTEM;
}

static void close_cb(uv_handle_t *handle, void *context)
{
	(void)context;
	if (!uv_is_closing(handle))
		uv_close(handle, NULL);
}

/* Waits for a snapshot under way, too. */
static void close_loop(struct house *house)
{
	if (!house->loop_is_open)
		return;
	uv_walk(&house->loop, close_cb, NULL);
	uv_run(&house->loop, UV_RUN_DEFAULT);
	if (uv_loop_close(&house->loop) != 0)
		log_event(LOG_LEVEL_ERROR, "main_loop_not_closed", "at=%s", "stop");
}

/* ---- lanes and front ---- */

static enum status start_lanes(struct house *house, const struct config *config)
{
	struct dispatch_shared *shared = &house->shared;
	struct writer_options writer = {
		.engine = shared->engine,
		.settings = &house->settings,
		.metrics = shared->metrics,
		.fenced = tell_fenced,
		.context = house,
	};
	enum status status = writer_start(&shared->writer, &writer);
	if (status != STATUS_OK)
		return status;
	struct scanner_options scanner = {
		.engine = shared->engine,
		.settings = &house->settings,
		.writer = shared->writer,
		.metrics = shared->metrics,
		.threads = (unsigned)config->server_scanners,
	};
	status = scanner_start(&shared->scanner, &scanner);
	if (status == STATUS_OK)
		writer_set_scanner(shared->writer, shared->scanner);
	return status;
}

static enum status start_front(struct house *house, struct config *config,
			       char why[static HOUSE_WHY_LEN])
{
	struct tls_context *tls = NULL;
	enum status status = load_tls(house, config, &tls, why);
	if (status != STATUS_OK)
		return status;
	struct front_options options = {
		.config = config,
		.tls = tls,
		.shared = house->shared,
	};
	char inner[FRONT_WHY_LEN] = "";
	status = front_start(&house->front, &options, inner);
	tls_context_free(tls);
	if (status != STATUS_OK) {
		snprintf(why, HOUSE_WHY_LEN, "%s", inner);
		return status;
	}
	if (config->server_metrics_port == 0)
		return STATUS_OK;
	status = exporter_start(&house->exporter, house->shared.metrics,
				(uint16_t)config->server_metrics_port);
	if (status != STATUS_OK)
		snprintf(why, HOUSE_WHY_LEN, "the metrics port %d is taken",
			 (int)config->server_metrics_port);
	return status;
}

static enum status start(struct house *house, struct config *config, char why[static HOUSE_WHY_LEN])
{
	struct dispatch_shared *shared = &house->shared;
	enum status status = engine_open(&shared->engine, house->data, config, why);
	if (status != STATUS_OK)
		return status;
	atomic_store(&house->snapshot_at, snapshot_newest(house->data));
	snprintf(why, HOUSE_WHY_LEN, "threads or memory are not to be had");
	shared->metrics = metrics_new();
	if (shared->metrics == NULL)
		return STATUS_MEMORY;
	status = start_lanes(house, config);
	return status == STATUS_OK ? start_front(house, config, why) : status;
}

/* ---- life ---- */

static enum status name_paths(struct house *house, const char *config)
{
	enum status status = path_join(&house->identity, house->data, "identity");
	house->config_required = config != NULL;
	if (config == NULL)
		return status == STATUS_OK ? path_join(&house->config, house->data, "dossierd.conf")
					   : status;
	if (strlen(config) >= sizeof(house->config.text))
		return STATUS_LIMIT;
	snprintf(house->config.text, sizeof(house->config.text), "%s", config);
	return status;
}

enum status house_open(struct house *house, const char *data, const char *config_file,
		       char why[static HOUSE_WHY_LEN])
{
	struct config *config = NULL;
	*house = (struct house){.data = data};
	snprintf(why, HOUSE_WHY_LEN, "the name of the data directory is too long");
	enum status status = name_paths(house, config_file);
	if (status == STATUS_OK)
		status = load_config(house, &config, why);
	if (status != STATUS_OK)
		return status;
	use_log_level(config);
	settings_init(&house->settings, config);
	house->shared.settings = &house->settings;
	house->shared.identity = house->identity.text;
	house->shared.server = "dossierd " DOSSIER_VERSION;
	house->shared.started_at = clock_now();
	house->shared.connections = &house->connections;
	snprintf(why, HOUSE_WHY_LEN, "the main loop cannot be made");
	status = open_loop(house);
	if (status == STATUS_OK)
		status = start(house, config, why);
	house->is_open = status == STATUS_OK;
	if (house->is_open)
		log_event(LOG_LEVEL_INFO, "ready", "entries=%llu",
			  (unsigned long long)ledger_size(engine_ledger(house->shared.engine)));
	else
		(void)house_close(house); /* why it did not open is told already */
	config_free(config);
	return status;
}

void house_run(struct house *house)
{
	uv_run(&house->loop, UV_RUN_DEFAULT);
}

bool house_close(struct house *house)
{
	struct engine *engine = house->shared.engine;
	exporter_stop(house->exporter);
	front_stop(house->front);
	scanner_stop(house->shared.scanner);
	writer_stop(house->shared.writer);
	/* The last acts may have met a failure that nobody waits for any more. */
	if (engine != NULL && engine_fenced(engine))
		house->storage_failed = true;
	close_loop(house);
	engine_close(engine);
	metrics_free(house->shared.metrics);
	settings_release(&house->settings);
	if (house->is_open)
		log_event(LOG_LEVEL_INFO, "stopped", "clean=%s",
			  house->storage_failed ? "no" : "yes");
	return !house->storage_failed;
}
