/*
 * A small company for tests of the service: head office HQ and the branches CD and SH on a real
 * store, people of every role, and short ways to act, look and list. An act is checked, applied and
 * committed as the writer would do it; the clock is the test's.
 */
#ifndef TESTS_UNIT_SERVICE_DESK_H
#define TESTS_UNIT_SERVICE_DESK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/buf.h"
#include "common/rpc.h"
#include "proto/request.pb-c.h"
#include "server/ledger/ledger.h"
#include "server/service/service.h"

#define DESK_TODAY 20500 /* 2026-02-16 */
#define DESK_DAY INT64_C(86400000000)

/* Ids of the people, in the order in which desk_open() registers them. */
enum desk_person {
	DESK_SYSTEM = 0,
	DESK_OFFICER = 1,
	DESK_ARCHIVIST, /* anna, of HQ */
	DESK_CLERK_CD,  /* chen */
	DESK_CLERK_SH,  /* shen */
	DESK_AUDITOR,   /* audit */
	DESK_WANG,      /* wang.fang "王芳", clerk of CD */
	DESK_LI_1,      /* li.na "李娜", clerk of CD */
	DESK_LI_2,      /* li.na.2 "李娜", clerk of SH */
};

struct desk {
	char directory[64];
	struct store *store;
	struct config *config;
	struct ledger *ledger;        /* NULL unless desk_open_ledger() */
	struct ledger_reader *reader; /* likewise */
	struct signer *signer;        /* borrowed; NULL unless the test has one */
	struct anchors *anchors;      /* likewise */
	struct mark mark;
	struct hash *hash;
	int64_t now;
	uint64_t sequence;

	struct call call;    /* as the last act, look or slice left it */
	struct arena arena;  /* its memory: valid until the next */
	struct arena keep;   /* for the test's own, until the end */
	struct scan scan;    /* of the last list */
	struct buf out;      /* its frames */
	unsigned slices;     /* it took */
	uint32_t slice_rows; /* rows that count as looked at before a slice begins: shortens slices
			      */
	bool refusals_entered; /* with a ledger: refusals become entries too */
};

void desk_open(struct desk *desk);
void desk_open_ledger(struct desk *desk);

/* Proves that rows and indexes agree, and removes everything. */
void desk_close(struct desk *desk);

/* The next acts are done so many days later. */
void desk_sleep(struct desk *desk, int32_t days);

/* Does an act; *reply (may be NULL) is what was decided. desk->call.refusal says why not. */
enum status desk_act(struct desk *desk, uint64_t who, enum rpc_number rpc,
		     const ProtobufCMessage *request, ProtobufCMessage **reply);

/* Looks. */
enum status desk_look(struct desk *desk, uint64_t who, enum rpc_number rpc,
		      const ProtobufCMessage *request, ProtobufCMessage **reply);

/* Lists, slice by slice, to the end: STATUS_OK, and desk_row() gives the rows. */
enum status desk_list(struct desk *desk, uint64_t who, enum rpc_number rpc,
		      const ProtobufCMessage *request);

/* Lists on from where desk->scan stands, as a follower is called again. */
enum status desk_list_on(struct desk *desk, uint64_t who, enum rpc_number rpc,
			 const ProtobufCMessage *request);

/* The index-th row of the last list, NULL behind the last. Memory of keep. */
ProtobufCMessage *desk_row(struct desk *desk, size_t index);

/* What the last refusal says. */
const char *desk_reason(const struct desk *desk);

/* Set up a department, register a person who works in it ("": in none); the id. */
uint64_t desk_add_department(struct desk *desk, const char *office, const char *code);
uint64_t desk_add_person(struct desk *desk, const char *login, const char *office,
			 const char *department, Pb__Role role);

/* Register and give the number, of keep; fail the test when refused. */
const char *desk_add_customer(struct desk *desk, uint64_t who, const char *name, const char *ref);
const char *desk_add_item(struct desk *desk, uint64_t who, const Pb__ItemDraft *draft);

/* A piece of the customer, in the container or in none (NULL). */
const char *desk_add_piece(struct desk *desk, uint64_t who, const char *customer,
			   const char *container);

/* Lends one item to somebody by login. */
enum status desk_borrow(struct desk *desk, uint64_t who, const char *item, const char *borrower);
enum status desk_return(struct desk *desk, uint64_t who, const char *item);
enum status desk_renew(struct desk *desk, uint64_t who, const char *item);

/* From now on nothing needs an approval: for tests of something else. */
void desk_no_approvals(struct desk *desk);

/* The item as it is shown; memory of the call. */
Pb__ItemView *desk_show(struct desk *desk, uint64_t who, const char *item);

#endif
