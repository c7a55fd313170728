/*
 * The confidential dossier of a customer: who may know that there is one. For everybody else it is
 * exactly as if there were none, also in log and history.
 */
#ifndef SERVER_SERVICE_CONFIDENTIAL_H
#define SERVER_SERVICE_CONFIDENTIAL_H

#include <stdbool.h>

#include "proto/record.pb-c.h"
#include "server/service/call.h"

/* Whether the general manager has named the caller. */
bool confidential_is_named(const struct call *call, const Pb__Confidential *row);

#endif
