/*
 * What may have become of the signer after a crash: a signature that left is remembered, nothing is
 * remembered beyond the ledger.
 */
#ifndef TESTS_CRASH_SIGNATURE_H
#define TESTS_CRASH_SIGNATURE_H

#include "proto/wire.pb-c.h"
#include "server/dispatch/engine.h"

/* A proof was told: the signed head of so many entries left the house. So none of them may be
 * missing after that, whoever made them: record_ack(). Aborts when there is none. */
void signature_told(const Pb__Proof *proof);

/* Entries under the head that the signer of a data directory remembers; UINT64_MAX when that cannot
 * be read. Before it is started. */
uint64_t signature_remembered(const char *data);

/* NULL, or what is wrong with a started engine that remembered so much when so many entries were
 * acknowledged. */
const char *signature_judge(const struct engine *engine, uint64_t remembered, uint64_t acked);

#endif
