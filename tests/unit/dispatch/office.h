/*
 * A head office for tests of the engine: founded in a temporary directory, with one branch, an
 * archivist, a customer and items to lend; and short ways to run acts. Everything through the
 * engine, as the server does it.
 */
#ifndef TESTS_UNIT_DISPATCH_OFFICE_H
#define TESTS_UNIT_DISPATCH_OFFICE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/rpc.h"
#include "proto/request.pb-c.h"
#include "server/dispatch/engine.h"

#define OFFICE_OFFICER 1              /* the principal that genesis makes */
#define OFFICE_CUSTOMER "91510100MA0" /* natural key of the customer that is there */

struct office {
	char directory[64]; /* temporary, below $TMPDIR or in memory; DATA is directory/data */
	char data[80];
	struct config *config;
	struct engine *engine;
	uint64_t archivist; /* principal id */
	uint64_t next_key;  /* keys are counted, so that runs repeat */
};

/* Makes the temporary directory; aborts the test on any failure, as all of these do. */
void office_prepare(struct office *office);

/* Founds in the prepared directory, as `dossierd init` does, and opens. segment_size 0: the
 * default. */
void office_found(struct office *office, uint32_t segment_size);

/* Both. */
void office_open(struct office *office, uint32_t segment_size);

/* Removes a directory with all that is in it. */
void office_remove_directory(const char *directory);

/* Closes (clean, or as a crash of the process would leave it) and opens again. */
void office_reopen(struct office *office, bool clean);

/* Closes and removes everything. */
void office_close(struct office *office);

/* An act ready to run, with the next key; the packed request is owned by the act until act_free().
 */
struct act *act_make(struct office *office, uint64_t principal, enum rpc_number rpc,
		     const ProtobufCMessage *request);
void act_free(struct act *act);

/* Makes and runs one act; the caller frees it. */
struct act *act_run(struct office *office, uint64_t principal, enum rpc_number rpc,
		    const ProtobufCMessage *request);

/* The reply in an answer, to be freed by protobuf_c_message_free_unpacked(). */
ProtobufCMessage *act_reply(const struct act *act);

/* The sequence in an answer's receipt. */
uint64_t act_sequence(const struct act *act);

/* Whether two acts have the same answer but for the proof, which leads to the newest head. */
bool act_same_answer(const struct act *left, const struct act *right);

/* Whether the answer of an act that was entered proves its entry to a head that the office signed.
 */
bool act_is_proven(const struct office *office, const struct act *act);

/* Registers somebody from outside; the id. */
uint64_t office_add_lawyer(struct office *office, const char *login);

/* Adds n pieces of the archivist's office; numbers[i] is the i-th's, to be freed. */
void office_add_items(struct office *office, char *numbers[], unsigned n);

/* Borrow and return one item by its number, by the archivist for himself. */
struct act *office_borrow(struct office *office, const char *item);
struct act *office_return(struct office *office, const char *item);

#endif
