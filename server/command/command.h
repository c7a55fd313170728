/*
 * The operator's program, one file a command. Each gets its own arguments (argv[0] is its word),
 * prints results on stdout and what went wrong on stderr, and returns the exit code of the process:
 * 0, 1, 2 or 5 (common/status.h); FENCED below is run's own.
 */
#ifndef SERVER_COMMAND_COMMAND_H
#define SERVER_COMMAND_COMMAND_H

#include <stdbool.h>

#include "common/status.h"

/* After a storage failure: start again, from what is on disk. */
#define EXIT_FENCED 75

/* The commands; what each does stands in its --help and in dossierd(8). */
int command_init(int argc, char **argv);
int command_run(int argc, char **argv);
int command_issue(int argc, char **argv);
int command_rotate(int argc, char **argv);
int command_crl(int argc, char **argv);
int command_adopt(int argc, char **argv);
int command_check(int argc, char **argv);
int command_verify(int argc, char **argv);
int command_snapshot(int argc, char **argv);
int command_config_sample(int argc, char **argv);

/* "dossierd WORD: why" on stderr; returns the exit code for status. */
int command_fail(const char *word, enum status status, const char *why);

/* The one positional argument behind the options, the data directory; NULL (and why on stderr) when
 * there is not exactly one, or it is empty. */
const char *command_data(int argc, char **argv, int first, const char *usage);

/* The value of an option that is a whole number from 1 to max; false (and why on stderr) when it is
 * not. */
bool command_number(const char *word, const char *option, const char *text, unsigned max,
		    unsigned *number);

/* Removes a directory with all that is in it; fine when it is not there. */
MUST_CHECK enum status command_remove_tree(const char *directory);

#endif
