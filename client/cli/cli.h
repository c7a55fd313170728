/*
 * One run of the command line: where it writes, how it shows things, who it speaks to. Everything
 * hangs from this struct, which main() owns.
 */
#ifndef CLIENT_CLI_CLI_H
#define CLIENT_CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "client/cli/mark.h"
#include "client/cli/option.h"
#include "client/lib/client.h"
#include "client/lib/journal.h"
#include "client/lib/past.h"
#include "client/lib/profile.h"
#include "client/lib/trust.h"
#include "common/arena.h"
#include "common/code.h"
#include "common/csr.h"
#include "common/status.h"

/* For exits only: an act on many, or many acts, of which some were refused. */
#define CLI_SOME_REFUSED STATUS_BLOCKED

#define CLI_PREFIX "dossier: " /* of every complaint */

enum format { FORMAT_TABLE, FORMAT_JSON, FORMAT_CSV };

struct cli {
	FILE *out;                          /* borrowed; where results go */
	FILE *err;                          /* borrowed; where complaints and refusals go */
	const struct command_group *groups; /* borrowed; the last has commands NULL */
	struct profile_choice choice;
	enum format format;
	bool quiet;
	bool color;
	bool terminal;          /* out is one */
	bool help;              /* -h was given */
	int32_t today;          /* where relative dates start */
	struct profile profile; /* valid when loaded */
	bool loaded;
	bool state_made;               /* the state directory is there */
	struct trust trust;            /* what the server's word is proven under */
	struct past past;              /* of the ledger, as this profile knows it */
	uint64_t seen[PAST_HEADS_MAX]; /* sizes that the server was asked to prove */
	bool refuted;                  /* evidence of this run is kept */
	struct client *client;         /* owned; NULL until cli_connect() */
	struct journal *journal;       /* owned; NULL until cli_journal() */
	struct marks marks;            /* of what is being shown */
	struct arena arena;            /* lives as long as the run */
	char code[CODE_TEXT_LEN]; /* the one-time code of this act, wiped at the end; "": none */
	char passphrase[CSR_PASSPHRASE_MAX + 1]; /* of the key, once asked; wiped at the end */
};

/* Writes to the two streams; finds out about terminals and colours. */
void cli_init(struct cli *cli, const struct command_group *groups, FILE *out, FILE *err);
void cli_release(struct cli *cli);

/* "dossier: ..." on err; returns status, so that a cause and its return are one statement.
 * One line; what could steer a terminal is escaped. */
__attribute__((format(printf, 3, 4))) enum status cli_complain(struct cli *cli, enum status status,
							       const char *format, ...);

/* Takes a global option. STATUS_USAGE and a complaint when its value is wrong. */
MUST_CHECK enum status cli_take_global(struct cli *cli, const struct option_row *option,
				       const char *value);

/* Reads the profile, once; a second call does nothing. Complains. */
MUST_CHECK enum status cli_load(struct cli *cli);

/* Connects, once, and settles what killed clients left unfinished, saying so on err. Complains. */
MUST_CHECK enum status cli_connect(struct cli *cli);

/* Drops the connection, if there is one: the next cli_connect() makes another. */
void cli_disconnect(struct cli *cli);

/* Opens this process's journal, once; connects first. Complains. */
MUST_CHECK enum status cli_journal(struct cli *cli);

/* Name of a file or directory in the profile's state directory, which is made when missing.
 * Complains. */
MUST_CHECK enum status cli_state_path(struct cli *cli, const char *name, struct path *path);

/* Says why the server speaks no more with this account, and what to do; STATUS_IDENTITY. */
enum status cli_turned_away(struct cli *cli, const struct reason *reason);

/* Says that the connection is gone, and why; returns status. */
enum status cli_lost(struct cli *cli, enum status status);

#endif
