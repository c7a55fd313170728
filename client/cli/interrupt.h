/* Ctrl-C as something to ask for, so that long work can stop where it is whole. */
#ifndef CLIENT_CLI_INTERRUPT_H
#define CLIENT_CLI_INTERRUPT_H

#include <stdbool.h>

/* From now on SIGINT and SIGTERM only say that it is time to stop. Returns a descriptor that can be
 * read once they have come; -1 when the system refuses (then they end the process, as ever). */
int interrupt_catch(void);

/* Whether one has come; never waits. */
bool interrupt_seen(int fd);

/* As ever again. */
void interrupt_release(int fd);

#endif
