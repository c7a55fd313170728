/*
 * The load generator: one program, one thread, a word for each kind of load; each prints one line
 * of JSON. See bench.c for the words and options.
 */
#ifndef TESTS_BENCH_BENCH_H
#define TESTS_BENCH_BENCH_H

#include <stdint.h>
#include <sys/types.h>

#include "common/status.h"

struct bench {
	const char *host;
	uint16_t port;
	const char *certificate; /* PEM files */
	const char *key;
	const char *ca;
	const char *file;   /* of echo-serve: what it writes and syncs; NULL: nothing */
	const char *hidden; /* of hidden: an item that exists, but not for who asks */
	const char *absent; /* and a number that no item has */
	unsigned connections;
	unsigned depth; /* requests under way on each connection */
	unsigned items;
	double seconds; /* measured, after warmup */
	double warmup;
	pid_t server; /* whose CPU and memory are shown; 0: nobody's */
};

/* Each ends when its time is over; says on stderr what went wrong. The mix is that of the word. */
enum load_mix { LOAD_LOOKUP, LOAD_ACT, LOAD_MIXED };
MUST_CHECK enum status bench_load(const struct bench *bench, enum load_mix mix);

/* Registers customers and bench->items items by import. */
MUST_CHECK enum status bench_prepare(const struct bench *bench);

/* Connects all, then asks nothing for bench->seconds: memory of an idle connection, and handshakes
 * per second. */
MUST_CHECK enum status bench_idle(const struct bench *bench);

/* How long the refusal of bench->hidden takes, beside that of bench->absent: medians of pairs. */
MUST_CHECK enum status bench_hidden(const struct bench *bench);

/* The limits of the machine: a server that sends each message back, with bench->file after one
 * fdatasync for all that came together; and its client. */
MUST_CHECK enum status bench_echo_serve(const struct bench *bench);
MUST_CHECK enum status bench_echo_load(const struct bench *bench);

#endif
