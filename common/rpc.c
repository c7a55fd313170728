#include "common/rpc.h"

#include "proto/request.pb-c.h"

/* Marks a gettext msgid. */
#define N_(text) text

enum rpc_index {
#define RPC(number, name, ...) INDEX_##name,
#include "proto/rpc.def"
#undef RPC
	INDEX_COUNT
};

static const struct rpc table[INDEX_COUNT] = {
/* The message's C name is pb__<lower case>, which the RPC's own name is. */
#define RPC(number_, name_, Messages, lane_, permission_, audit_, words_, summary_)                \
	[INDEX_##name_] = {                                                                        \
		.number = number_,                                                                 \
		.name = #name_,                                                                    \
		.request = &pb__##name_##_request__descriptor,                                     \
		.reply = &pb__##name_##_reply__descriptor,                                         \
		.lane = LANE_##lane_,                                                              \
		.permission = PERMISSION_##permission_,                                            \
		.audit = AUDIT_##audit_,                                                           \
		.words = words_,                                                                   \
		.summary = N_(summary_),                                                           \
	},
#include "proto/rpc.def"
#undef RPC
};

const struct rpc *rpc_all(size_t *count)
{
	*count = INDEX_COUNT;
	return table;
}

const struct rpc *rpc_find(uint16_t number)
{
	switch (number) {
#define RPC(number_, name_, ...)                                                                   \
	case number_:                                                                              \
		return &table[INDEX_##name_];
#include "proto/rpc.def"
#undef RPC
	}
	return NULL;
}
