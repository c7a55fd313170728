/*
 * What the product does: for each RPC of rpc.def its functions, with their types.
 *
 * WRITE  check_<rpc>(call, request, reply): reads, may refuse, writes nothing. Fills the reply with
 *        all that is decided: ids, numbers, dates, whole rows. Adds the entry's subjects.
 *        apply_<rpc>(txn, entry, request, reply): writes what was decided, may not refuse; takes
 *        everything from its arguments, never a clock, a random source or a setting, so that
 *        replaying the ledger gives the same bytes for ever. A failure of the store sticks in the
 *        txn.
 * POINT  serve_<rpc>(call, request, reply): reads at most a few dozen rows.
 * SCAN   scan_<rpc>(call, request, scan): emits a slice of a stream; see scan.h.
 *
 * Memory comes from the call's arena. Never sees uv, LMDB, OpenSSL or files.
 */
#ifndef SERVER_SERVICE_SERVICE_H
#define SERVER_SERVICE_SERVICE_H

#include "common/status.h"
#include "proto/request.pb-c.h"
#include "server/service/call.h"
#include "server/service/scan.h"

#define SERVICE_POINT(name, Messages)                                                              \
	MUST_CHECK enum status serve_##name(struct call *call,                                     \
					    const Pb__##Messages##Request *request,                \
					    Pb__##Messages##Reply *reply);
#define SERVICE_SCAN(name, Messages)                                                               \
	MUST_CHECK enum status scan_##name(                                                        \
		struct call *call, const Pb__##Messages##Request *request, struct scan *scan);
#define SERVICE_WRITE(name, Messages)                                                              \
	MUST_CHECK enum status check_##name(struct call *call,                                     \
					    const Pb__##Messages##Request *request,                \
					    Pb__##Messages##Reply *reply);                         \
	void apply_##name(struct txn *txn, const struct entry *entry,                              \
			  const Pb__##Messages##Request *request,                                  \
			  const Pb__##Messages##Reply *reply);
#define SERVICE_ISSUE(name, Messages) /* server/dispatch/issuing.h */
#define RPC(number, name, Messages, lane, ...) SERVICE_##lane(name, Messages)
#include "proto/rpc.def"
#undef RPC
#undef SERVICE_POINT
#undef SERVICE_SCAN
#undef SERVICE_WRITE
#undef SERVICE_ISSUE

#endif
