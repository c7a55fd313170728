/*
 * Texts of people and of servers on their way to a terminal: what could steer it (control
 * characters, bidirectional overrides, bytes that are not UTF-8) is written as \x1b.
 */
#ifndef CLIENT_CLI_SAFE_H
#define CLIENT_CLI_SAFE_H

#include <stdio.h>

#include "common/arena.h"

/* Writes a text so; a line feed in it is a control character too. */
void safe_write(FILE *to, const char *text);

/* The same for texts of several lines: line feeds stay. */
void safe_write_lines(FILE *to, const char *text);

/* The text itself when nothing is wrong with it, else a copy in the arena; NULL: arena full. */
const char *safe_text(const char *text, struct arena *arena);

#endif
