/*
 * What the commands of the command line are made of: tables. Help, completion, manual and the
 * parser all read them; nothing is said twice.
 */
#ifndef CLIENT_CLI_OPTION_H
#define CLIENT_CLI_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/cli/column.h"
#include "common/arena.h"
#include "common/status.h"

struct cli;
struct arguments;

enum option_flags {
	OPTION_REQUIRED = 1, /* without it the command is not complete */
};

/* One option. The last of a table has name NULL. */
struct option_row {
	const char *name;  /* "for" */
	char letter;       /* 'o'; 0: none */
	const char *value; /* what it takes, N_("PERSON"); NULL: it is a flag */
	const char *field; /* path in the request, "draft.name"; NULL: the command reads it */
	const char *help;  /* msgid */
	enum option_flags flags;
};

/* What stands without dashes. The last of a table has value NULL. */
struct operand_row {
	const char *value; /* N_("ITEM") */
	const char *field; /* path in the request, or NULL */
	bool many;         /* takes all that is left */
	bool optional;
};

/* One command. The last of a table has words NULL. */
struct command {
	const char *words;                  /* "customer add" */
	const char *alias;                  /* the same word by word in Chinese; NULL: none */
	uint16_t rpc;                       /* 0: not a request */
	const char *summary;                /* msgid; NULL: the RPC's */
	const struct operand_row *operands; /* NULL: none */
	const struct option_row *options;   /* NULL: none of its own */
	const struct column *columns;       /* of what it lists or shows; NULL: none */
	const char *empty;                  /* msgid, when it lists nothing; NULL: "None." */
	const char *preset;       /* a field of the request that is always set; NULL: none */
	const char *preset_value; /* to what; NULL: it is a flag */
	const char *notes;        /* msgid, more text for help and manual; NULL: none */
	const char *examples;     /* lines, each ended by \n */
	enum status (*run)(struct cli *cli, const struct arguments *arguments);
	/* Of an act: puts into the request what only this side knows, once connected; NULL: none.
	 */
	enum status (*prepare)(struct cli *cli, const struct arguments *arguments,
			       ProtobufCMessage *request);
	bool alone; /* an act that makes no sense among many: not for batch */
	/* Of an act that is done in parts: whether the same has to be asked for again. */
	bool (*more)(const void *reply);
	/* Of an act: says in lines on cli->out what was done. Returns a refusal's status when
	 * not all was. */
	enum status (*tell)(struct cli *cli, const void *reply);
};

/* Commands that belong together, one file in client/cmd. */
struct command_group {
	const char *title; /* msgid; NULL: goes on the group before */
	const struct command *commands;
};

/* What was given for one option. */
struct argument {
	const struct option_row *option;
	const char *value; /* NULL for a flag */
};

struct arguments {
	const struct command *command;
	struct argument *given; /* in the order given */
	size_t given_count;
	const char **operands;
	size_t operand_count;
};

/* Options that every command understands, and those of every act. */
const struct option_row *option_globals(void);
const struct option_row *option_acts(void);

/* The tables in which a command's options stand, the command's own first: i from 0 until NULL. */
const struct option_row *option_table(const struct command *command, size_t i);

/* The option of that name or letter, or NULL. */
const struct option_row *option_find(const struct command *command, const char *name, size_t len);
const struct option_row *option_find_letter(const struct command *command, char letter);

/* Understands what stands behind the command's words; borrows argv. Complains on cli->err and
 * returns STATUS_USAGE when it cannot. Global options are taken by the cli at once. */
MUST_CHECK enum status option_parse(struct cli *cli, const struct command *command, char *argv[],
				    size_t count, struct arena *arena, struct arguments *arguments);

/* The value given last for an option; NULL when it was not given. "" for a flag. */
const char *arguments_value(const struct arguments *arguments, const char *name);
bool arguments_has(const struct arguments *arguments, const char *name);

/* A number from an option, or otherwise when it was not given. STATUS_USAGE and a complaint when it
 * is none, or not within min..max. */
MUST_CHECK enum status arguments_number(struct cli *cli, const struct arguments *arguments,
					const char *name, uint64_t min, uint64_t max,
					uint64_t otherwise, uint64_t *number);

#endif
