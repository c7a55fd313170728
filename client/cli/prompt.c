#include "client/cli/prompt.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "client/cli/cli.h"
#include "client/cli/lang.h"

#define TERMINAL "/dev/tty"
#define INTERRUPT 3 /* Ctrl-C, as a character */
#define PASSPHRASE_MIN 8

/* ---- the terminal ---- */

/* One line as it is typed; false at its end, at an interrupt and when it is too long. */
static bool read_line(int fd, char *to, size_t size)
{
	size_t len = 0;
	char character;
	ssize_t got;

	for (;;) {
		got = read(fd, &character, 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got != 1 || character == INTERRUPT)
			return false;
		if (character == '\n' || character == '\r')
			break;
		if (len + 1 == size)
			return false;
		to[len++] = character;
	}
	to[len] = '\0';
	return true;
}

static void say(int fd, const char *text)
{
	if (write(fd, text, strlen(text)) < 0)
		return; /* a terminal that is gone gives no answer either */
}

static bool ask(const char *question, char *to, size_t size)
{
	int fd = open(TERMINAL, O_RDWR | O_CLOEXEC | O_NOCTTY);
	bool answered;

	if (fd < 0)
		return false;
	say(fd, question);
	answered = read_line(fd, to, size);
	close(fd);
	return answered;
}

/* Without echo, and without signals, so that an interrupt cannot leave the terminal so. */
static bool ask_unseen(const char *question, char *to, size_t size)
{
	int fd = open(TERMINAL, O_RDWR | O_CLOEXEC | O_NOCTTY);
	struct termios was;
	struct termios unseen;
	bool answered;

	if (fd < 0)
		return false;
	if (tcgetattr(fd, &was) != 0) {
		close(fd);
		return false;
	}
	unseen = was;
	unseen.c_lflag &= ~(tcflag_t)(ECHO | ISIG);
	if (tcsetattr(fd, TCSAFLUSH, &unseen) != 0) {
		close(fd);
		return false;
	}
	say(fd, question);
	answered = read_line(fd, to, size);
	(void)tcsetattr(fd, TCSAFLUSH, &was); /* it took the same settings a moment ago */
	say(fd, "\n");
	close(fd);
	return answered;
}

enum status prompt_line(const char *question, char *to, size_t size)
{
	size_t len;
	size_t blanks;

	if (!ask(question, to, size))
		return STATUS_USAGE;
	blanks = strspn(to, " \t");
	len = strlen(to + blanks);
	memmove(to, to + blanks, len + 1);
	while (len > 0 && (to[len - 1] == ' ' || to[len - 1] == '\t'))
		to[--len] = '\0';
	return len > 0 ? STATUS_OK : STATUS_USAGE;
}

/* ---- passphrases ---- */

/* The first line of a file that is its owner's alone. */
static enum status read_file(struct cli *cli, const char *path)
{
	struct stat info;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	enum status status = STATUS_OK;

	if (fd < 0 || fstat(fd, &info) != 0)
		status = cli_complain(cli, STATUS_INPUT, _("%s cannot be read"), path);
	else if (!S_ISREG(info.st_mode) || (info.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		status = cli_complain(cli, STATUS_INPUT,
				      _("%s is open to others; make it yours alone: chmod 600"),
				      path);
	else if (!read_line(fd, cli->passphrase, sizeof(cli->passphrase)) ||
		 cli->passphrase[0] == '\0')
		status = cli_complain(cli, STATUS_INPUT,
				      _("%s has no passphrase in its first line"), path);
	if (fd >= 0)
		close(fd);
	return status;
}

static enum status no_terminal(struct cli *cli)
{
	return cli_complain(cli, STATUS_USAGE,
			    _("the key wants a passphrase, and there is no terminal to ask: put it "
			      "into a file of yours alone and name that in "
			      "DOSSIER_PASSPHRASE_FILE"));
}

static enum status ask_for_new(struct cli *cli)
{
	char again[sizeof(cli->passphrase)];
	bool same;

	if (!ask_unseen(_("New passphrase for your key: "), cli->passphrase,
			sizeof(cli->passphrase)))
		return no_terminal(cli);
	if (!ask_unseen(_("Once more: "), again, sizeof(again)))
		return no_terminal(cli);
	same = strcmp(again, cli->passphrase) == 0;
	explicit_bzero(again, sizeof(again));
	return same ? STATUS_OK
		    : cli_complain(cli, STATUS_USAGE, _("these were two different passphrases"));
}

static enum status obtain(struct cli *cli, bool is_new)
{
	const char *file = getenv("DOSSIER_PASSPHRASE_FILE");

	if (file != NULL && file[0] != '\0')
		return read_file(cli, file);
	if (is_new)
		return ask_for_new(cli);
	if (!ask_unseen(_("Passphrase of your key: "), cli->passphrase, sizeof(cli->passphrase)))
		return no_terminal(cli);
	return STATUS_OK;
}

enum status prompt_passphrase(struct cli *cli, bool is_new, const char **passphrase)
{
	enum status status = STATUS_OK;

	*passphrase = cli->passphrase;
	if (cli->passphrase[0] == '\0')
		status = obtain(cli, is_new);
	if (status == STATUS_OK && is_new && strlen(cli->passphrase) < PASSPHRASE_MIN)
		status = cli_complain(cli, STATUS_USAGE,
				      _("a passphrase has at least %d characters"), PASSPHRASE_MIN);
	if (status != STATUS_OK)
		explicit_bzero(cli->passphrase, sizeof(cli->passphrase));
	return status;
}
