#include "server/session/gate.h"

#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "common/hash.h"
#include "server/session/ration.h"

#define SEAT_LISTS 4096 /* by certificate */
#define SALT_LEN 16
#define IPV6_NETWORK_LEN 8 /* bytes of a /64 */

struct gate_limits {
	uint64_t handshakes; /* at once */
	uint64_t handshake_rate;
	uint64_t certificate; /* connections of one at once */
	uint64_t codes;
	uint64_t codes_stop;
};

struct gate {
	struct metrics *metrics; /* borrowed */
	uint8_t salt[SALT_LEN];  /* so that nobody can choose addresses of one number */
	pthread_mutex_t lock;    /* of all below, up to the next one */
	struct gate_limits limits;
	struct rations addresses; /* count: strangers */
	struct rations codes;     /* count: wrong ones; full_at: the wait is over */
	uint64_t strangers;
	struct link seats[SEAT_LISTS]; /* of struct gate_visit */
	pthread_mutex_t requests_lock; /* of these: requests are many, connections few */
	uint64_t staff_rate;
	uint64_t outsider_rate;
	struct rations requests; /* by principal */
};

static struct gate_limits limits_of(const struct config *config)
{
	return (struct gate_limits){
		.handshakes = (uint64_t)config->limits_handshakes,
		.handshake_rate = (uint64_t)config->limits_handshakes_per_second,
		.certificate = (uint64_t)config->limits_certificate_connections,
		.codes = (uint64_t)config->limits_wrong_codes,
		.codes_stop = (uint64_t)config->limits_wrong_codes_stop,
	};
}

/* ---- birth and end ---- */

struct gate *gate_new(const struct config *config, struct metrics *metrics)
{
	struct gate *gate = calloc(1, sizeof(*gate));

	if (gate == NULL)
		return NULL;
	if (rations_init(&gate->addresses, GATE_KEYS) != STATUS_OK ||
	    rations_init(&gate->codes, GATE_KEYS) != STATUS_OK ||
	    rations_init(&gate->requests, GATE_KEYS) != STATUS_OK)
		goto release;
	gate->metrics = metrics;
	random_bytes(gate->salt, sizeof(gate->salt));
	for (size_t i = 0; i < SEAT_LISTS; i++)
		list_init(&gate->seats[i]);
	pthread_mutex_init(&gate->lock, NULL);
	pthread_mutex_init(&gate->requests_lock, NULL);
	gate_use(gate, config);
	return gate;
release:
	rations_release(&gate->addresses);
	rations_release(&gate->codes);
	rations_release(&gate->requests);
	free(gate);
	return NULL;
}

void gate_free(struct gate *gate)
{
	if (gate == NULL)
		return;
	rations_release(&gate->addresses);
	rations_release(&gate->codes);
	rations_release(&gate->requests);
	pthread_mutex_destroy(&gate->lock);
	pthread_mutex_destroy(&gate->requests_lock);
	free(gate);
}

void gate_use(struct gate *gate, const struct config *config)
{
	pthread_mutex_lock(&gate->lock);
	gate->limits = limits_of(config);
	pthread_mutex_unlock(&gate->lock);
	pthread_mutex_lock(&gate->requests_lock);
	gate->staff_rate = (uint64_t)config->limits_staff_requests;
	gate->outsider_rate = (uint64_t)config->limits_outsider_requests;
	pthread_mutex_unlock(&gate->requests_lock);
}

static void gate_count(struct gate *gate, enum metrics_value value)
{
	metrics_add(gate->metrics, value, 1);
}

/* ---- addresses ---- */

/* The bytes of an address that count; how many. An IPv4 address may come as an IPv6 one. */
static size_t address_bytes(const struct sockaddr *from, uint8_t to[static IPV6_NETWORK_LEN])
{
	const struct sockaddr_in *v4 = (const void *)from;
	const struct sockaddr_in6 *v6 = (const void *)from;
	size_t v4_len = sizeof(v4->sin_addr);

	if (from->sa_family == AF_INET) {
		memcpy(to, &v4->sin_addr, v4_len);
		return v4_len;
	}
	if (from->sa_family != AF_INET6)
		return 0;
	if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr)) {
		memcpy(to, v6->sin6_addr.s6_addr + sizeof(v6->sin6_addr) - v4_len, v4_len);
		return v4_len;
	}
	memcpy(to, v6->sin6_addr.s6_addr, IPV6_NETWORK_LEN);
	return IPV6_NETWORK_LEN;
}

uint64_t gate_address(const struct gate *gate, const struct sockaddr *from)
{
	uint8_t bytes[SALT_LEN + IPV6_NETWORK_LEN];
	uint8_t hash[HASH_LEN];
	uint64_t number;
	size_t len = address_bytes(from, bytes + SALT_LEN);

	if (len == 0)
		return 0;
	memcpy(bytes, gate->salt, SALT_LEN);
	hash_of(bytes, SALT_LEN + len, hash);
	memcpy(&number, hash, sizeof(number));
	return number == 0 ? 1 : number;
}

/* ---- connections ---- */

/* Under the lock. */
static bool has_room(const struct gate *gate, const struct ration *address)
{
	uint64_t all = gate->limits.handshakes;
	uint64_t share = (all + GATE_SHARE - 1) / GATE_SHARE;

	return all == 0 || (gate->strangers < all && address->count < share);
}

static bool is_too_fast(const struct gate *gate, struct ration *address, int64_t now)
{
	uint64_t rate = gate->limits.handshake_rate;

	return rate > 0 && !ration_take(address, rate, rate * GATE_BURST_SECONDS, now);
}

enum gate_verdict gate_admit(struct gate *gate, uint64_t address, int64_t now)
{
	struct ration *ration;
	enum gate_verdict verdict = GATE_ADMITTED;

	if (address == 0)
		return GATE_ADMITTED;
	pthread_mutex_lock(&gate->lock);
	ration = rations_get(&gate->addresses, address, now);
	if (!has_room(gate, ration))
		verdict = GATE_CROWDED;
	else if (is_too_fast(gate, ration, now))
		verdict = GATE_TOO_FAST;
	pthread_mutex_unlock(&gate->lock);
	if (verdict == GATE_CROWDED)
		gate_count(gate, METRICS_LIMIT_HANDSHAKES);
	else if (verdict == GATE_TOO_FAST)
		gate_count(gate, METRICS_LIMIT_ADDRESS);
	return verdict;
}

void gate_enter(struct gate *gate, struct gate_visit *visit, uint64_t address, int64_t now)
{
	visit->address = address;
	visit->stranger = true;
	pthread_mutex_lock(&gate->lock);
	gate->strangers++;
	rations_get(&gate->addresses, address, now)->count++;
	pthread_mutex_unlock(&gate->lock);
}

/* Under the lock. An address whose strangers were forgotten, and then came anew, counts too few of
 * them for a while: what all have together is right. */
static void stranger_over(struct gate *gate, struct gate_visit *visit)
{
	struct ration *address = rations_find(&gate->addresses, visit->address);

	if (!visit->stranger)
		return;
	visit->stranger = false;
	gate->strangers--;
	if (address != NULL && address->count > 0)
		address->count--;
}

/* Under the lock. Looks no further than the limit, or one list's end. */
static bool has_seat(const struct gate *gate, const struct link *seats, uint64_t certificate)
{
	uint64_t limit = gate->limits.certificate;
	uint64_t taken = 0;

	if (limit == 0)
		return true;
	for (const struct link *link = seats->next; link != seats && taken < limit;
	     link = link->next)
		taken += LIST_OF(link, struct gate_visit, seat)->certificate == certificate;
	return taken < limit;
}

bool gate_know(struct gate *gate, struct gate_visit *visit, uint64_t certificate, uint64_t *limit)
{
	struct link *seats = &gate->seats[certificate % SEAT_LISTS];
	bool seated;

	pthread_mutex_lock(&gate->lock);
	stranger_over(gate, visit);
	*limit = gate->limits.certificate;
	visit->certificate = certificate;
	seated = has_seat(gate, seats, certificate);
	if (seated)
		list_add(seats, &visit->seat);
	pthread_mutex_unlock(&gate->lock);
	if (!seated)
		gate_count(gate, METRICS_LIMIT_CERTIFICATE);
	return seated;
}

void gate_leave(struct gate *gate, struct gate_visit *visit)
{
	pthread_mutex_lock(&gate->lock);
	stranger_over(gate, visit);
	list_remove(&visit->seat);
	pthread_mutex_unlock(&gate->lock);
}

/* ---- requests ---- */

bool gate_request(struct gate *gate, uint64_t principal, bool outsider, int64_t now,
		  uint64_t *limit)
{
	uint64_t rate, burst;
	bool taken = true;

	pthread_mutex_lock(&gate->requests_lock);
	rate = outsider ? gate->outsider_rate : gate->staff_rate;
	burst = outsider && rate < GATE_OUTSIDER_BURST ? GATE_OUTSIDER_BURST : rate;
	if (rate > 0)
		taken = ration_take(rations_get(&gate->requests, principal, now), rate, burst, now);
	pthread_mutex_unlock(&gate->requests_lock);
	*limit = rate;
	if (!taken)
		gate_count(gate, METRICS_LIMIT_REQUESTS);
	return taken;
}

/* ---- enrolment codes ---- */

#define STOPPED INT64_MAX

/* How long it must wait who has sent so many wrong ones. */
static int64_t code_wait(const struct gate_limits *limits, uint32_t wrong)
{
	int64_t seconds = GATE_CODE_WAIT_SECONDS;

	if (limits->codes == 0 || wrong < limits->codes)
		return 0;
	for (uint64_t i = limits->codes; i < wrong && seconds < GATE_CODE_WAIT_MAX_SECONDS; i++)
		seconds *= 2;
	if (seconds > GATE_CODE_WAIT_MAX_SECONDS)
		seconds = GATE_CODE_WAIT_MAX_SECONDS;
	return seconds * RATION_SECOND;
}

void gate_code_wrong(struct gate *gate, uint64_t address, int64_t now)
{
	const struct gate_limits *limits = &gate->limits;
	struct ration *ration;

	pthread_mutex_lock(&gate->lock);
	ration = rations_get(&gate->codes, address, now);
	if (ration->full_at < now - GATE_CODE_FORGIVEN_SECONDS * RATION_SECOND)
		ration->count = 0;
	ration->count++;
	if (limits->codes_stop > 0 && ration->count >= limits->codes_stop)
		ration->full_at = STOPPED;
	else
		ration->full_at = now + code_wait(limits, ration->count);
	pthread_mutex_unlock(&gate->lock);
}

/* Whether its last wrong code was one too many. Only then the end of a wait is one: else it is the
 * time of that code, which for another loop's clock may not have come yet. */
static bool must_wait(const struct gate_limits *limits, const struct ration *ration)
{
	return ration->full_at == STOPPED || code_wait(limits, ration->count) > 0;
}

bool gate_code_allowed(struct gate *gate, uint64_t address, int64_t now, uint64_t *seconds)
{
	const struct ration *ration;
	int64_t wait = 0;

	pthread_mutex_lock(&gate->lock);
	ration = rations_find(&gate->codes, address);
	if (ration != NULL && ration->full_at > now && must_wait(&gate->limits, ration))
		wait = ration->full_at - now;
	*seconds = ration != NULL && ration->full_at == STOPPED
			   ? 0
			   : (uint64_t)((wait + RATION_SECOND - 1) / RATION_SECOND);
	pthread_mutex_unlock(&gate->lock);
	if (wait > 0)
		gate_count(gate, METRICS_LIMIT_CODES);
	return wait == 0;
}
