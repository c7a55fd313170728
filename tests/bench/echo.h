/* What echo server and client share: the size of a message, which is about that of an act. */
#ifndef TESTS_BENCH_ECHO_H
#define TESTS_BENCH_ECHO_H

#define ECHO_MESSAGE_LEN 128
#define ECHO_EVENTS_MAX 256

#endif
