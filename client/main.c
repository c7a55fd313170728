/* dossier: the program that people touch. Wires everything, decides nothing. */
#include <stdlib.h>

#include "client/cli/cli.h"
#include "client/cli/lang.h"
#include "client/cli/run.h"
#include "client/cmd/group.h"

int main(int argc, char *argv[])
{
	struct cli cli;
	enum status status;

	lang_init(getenv("DOSSIER_LANG"));
	cli_init(&cli, group_all(), stdout, stderr);
	status = cli_run(&cli, argv + 1, argc > 0 ? (size_t)(argc - 1) : 0);
	if (fflush(stdout) != 0 && status == STATUS_OK)
		status = cli_complain(&cli, STATUS_SYSTEM, _("the output cannot be written"));
	cli_release(&cli);
	return (int)status_exit(status);
}
