/* dossierd: the operator's program. Chooses the command and decides nothing. */

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "server/command/command.h"

struct command {
	const char *word;
	int (*run)(int argc, char **argv);
	const char *usage;
	const char *summary;
};

static const struct command commands[] = {
	{"init", command_init, "init DATA --profile DIR [options]",
	 "found a head office: data directory, keys, first security officer"},
	{"run", command_run, "run DATA [--config FILE]", "serve, in the foreground"},
	{"issue", command_issue, "issue DATA LOGIN --out DIR [options]",
	 "make a certificate for a principal"},
	{"rotate", command_rotate, "rotate DATA --server|--ca|--outsider-ca",
	 "make a new key and certificate in the place of the old one"},
	{"crl", command_crl, "crl DATA --days N", "write the lists of revoked certificates"},
	{"adopt", command_adopt, "adopt DATA", "sign the ledger of an older version"},
	{"check", command_check, "check DATA", "prove that ledger, state and indexes agree"},
	{"verify", command_verify, "verify DATA --replay",
	 "rebuild the state from the ledger and compare, table by table"},
	{"snapshot", command_snapshot, "snapshot DATA", "take a snapshot now"},
	{"config-sample", command_config_sample, "config-sample",
	 "print a configuration with every setting"},
};

static void usage(FILE *to)
{
	fprintf(to,
		"dossierd %s: head office of Dossier, the central register of customer files\n\n",
		DOSSIER_VERSION);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		fprintf(to, "  dossierd %-41s %s\n", commands[i].usage, commands[i].summary);
	fprintf(to, "\nEach command says more with --help; the manual is dossierd(8).\n");
}

int main(int argc, char **argv)
{
	umask(077); /* nothing this program makes is for others */
	const char *word = argc > 1 ? argv[1] : "";
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(word, commands[i].word) == 0)
			return commands[i].run(argc - 1, argv + 1);
	if (strcmp(word, "--help") == 0 || strcmp(word, "help") == 0) {
		usage(stdout);
		return EXIT_DONE;
	}
	if (strcmp(word, "--version") == 0) {
		printf("dossierd %s\n", DOSSIER_VERSION);
		return EXIT_DONE;
	}
	if (argc > 1)
		fprintf(stderr, "dossierd: there is no command '%s'\n\n", word);
	usage(stderr);
	return EXIT_USAGE;
}
