/* Contacts of a customer, as they are shown. */
#ifndef CLIENT_CMD_CONTACT_H
#define CLIENT_CMD_CONTACT_H

#include "common/arena.h"
#include "proto/request.pb-c.h"

/* "王芳 13800000000 成都市...; 李明"; "" for NULL. NULL when the arena is full. */
const char *contact_text(const Pb__CustomerView *view, struct arena *arena);

#endif
