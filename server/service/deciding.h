/*
 * Whether the caller may decide on an approval: as what he is, or for somebody who has delegated to
 * him for today. The only place that says so.
 *
 * A level is decided by HEAD: the head of the approval's office, MANAGER: the general manager,
 * OFFICER_LEVEL: a security officer.
 * Never by who asked, nor by whom the grant asked for is meant for, nor for one of these; nobody
 * decides twice on one approval, in person or by somebody else. What was delegated to one he cannot
 * delegate: a delegation counts only from somebody who may decide himself.
 */
#ifndef SERVER_SERVICE_DECIDING_H
#define SERVER_SERVICE_DECIDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/record.pb-c.h"
#include "server/service/call.h"

#define DECIDING_SEATS_MAX 32 /* his own and those delegated to him */

/* As whom he may decide. */
struct seat {
	uint64_t person;
	Pb__Role role;
	uint64_t office;
};

struct deciding {
	struct call *call; /* borrowed */
	struct seat seats[DECIDING_SEATS_MAX];
	size_t count; /* 0: he decides nothing at all */
};

/* Reads the caller's seats as of this call. */
void deciding_init(struct deciding *deciding, struct call *call);

/* Whether he may decide the level that a WAITING row is at. *on_behalf_of: for whom, 0: himself.
 * False: *why is what to refuse him with. */
bool deciding_may(const struct deciding *deciding, const Pb__Approval *row, uint64_t *on_behalf_of,
		  enum reason_id *why);

/* The level that decides next; none when the row does not wait. */
Pb__ApprovalLevel deciding_level(const Pb__Approval *row);

/* Whether the delegation counts on a date. */
bool delegation_is_active(const Pb__Delegation *delegation, int32_t date);

/* Whether somebody of the role may decide for another. */
bool delegation_suits(const Pb__Principal *delegate);

#endif
