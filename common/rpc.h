/* The table of RPCs, from proto/rpc.def: what both ends must agree on. */
#ifndef COMMON_RPC_H
#define COMMON_RPC_H

#include <protobuf-c/protobuf-c.h>
#include <stddef.h>
#include <stdint.h>

enum rpc_number {
#define RPC(number, name, ...) RPC_##name = number,
#include "proto/rpc.def"
#undef RPC
};

enum lane { LANE_POINT, LANE_SCAN, LANE_WRITE, LANE_ISSUE };

enum permission {
#define PERMISSION(name) PERMISSION_##name,
#include "common/role.def"
#undef PERMISSION
	PERMISSION_COUNT
};

enum audit { AUDIT_NONE, AUDIT_ACCESS, AUDIT_CHANGE };

struct rpc {
	uint16_t number;
	const char *name;
	const ProtobufCMessageDescriptor *request;
	const ProtobufCMessageDescriptor *reply;
	enum lane lane;
	enum permission permission;
	enum audit audit;
	const char *words;   /* on the command line; "": not for people */
	const char *summary; /* gettext msgid */
};

/* All of them, in rpc.def's order; *count is set. Static storage. */
const struct rpc *rpc_all(size_t *count);

/* By number, in constant time; NULL when there is none. */
const struct rpc *rpc_find(uint16_t number);

#endif
