/*
 * A real head office for tests: `dossierd` of the build under test, founded in a temporary
 * directory (below $TMPDIR, or in memory), listening on a free port of loopback, with an archivist
 * and one customer; clients over TLS. Everything aborts the test with a sentence when it does not
 * work. One thread.
 *
 * The build is $DOSSIER_BUILD, else build/debug.
 */
#ifndef TESTS_LIB_HEAD_H
#define TESTS_LIB_HEAD_H

#include <stdint.h>
#include <sys/types.h>

#include "client/lib/client.h"

#define HEAD_CUSTOMER "91510100MA0" /* natural key of the customer */
#define HEAD_ARCHIVIST "archivist"  /* login, and profile */
#define HEAD_OFFICER "officer"

struct head {
	char directory[64]; /* temporary: data, dossierd.conf, log, and a profile a login */
	char data[80];
	pid_t server; /* 0: none */
	uint16_t port;
};

/* Founds, starts, registers the archivist and the customer. */
void head_open(struct head *head);

/* Kills what runs and removes everything. */
void head_close(struct head *head);

/* Starts the server and returns when it listens; on the same port from the second time on. */
void head_start(struct head *head);

/* Starts it and does not wait. */
void head_spawn(struct head *head);

/* kill -9. */
void head_kill(struct head *head);

/* Asks it to stop; it has to end well. */
void head_stop(struct head *head);

/* Runs `dossierd WORD DATA [ARGUMENT]` and returns its exit code; it prints to the log. */
int head_operate(const struct head *head, const char *word, const char *argument);

/* Registers a principal of head office with that role, and issues a certificate. */
void head_register(struct head *head, struct client *officer, const char *login, Pb__Role role,
		   bool with_certificate);

/* Connects with the profile of a login. */
struct client *head_connect(const struct head *head, const char *login);

/* Calls; the answer must be STATUS_OK. A WRITE gets a new key. */
struct client_answer head_call(struct client *client, enum rpc_number rpc,
			       const ProtobufCMessage *request);

/* Adds n items of the customer; numbers[i] is to be freed. */
void head_add_items(struct client *archivist, char *numbers[], unsigned n);

#endif
