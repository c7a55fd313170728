#include "client/cli/progress.h"

#include <unistd.h>

#include "client/cli/lang.h"
#include "common/date.h"

#define STEP_TERMINAL 200000
#define STEP_PLAIN 60000000

void progress_begin(struct progress *progress, FILE *to, bool quiet)
{
	*progress = (struct progress){.to = quiet ? NULL : to};
	progress->terminal = isatty(fileno(to)) == 1;
	progress->started = clock_monotonic();
	progress->shown = progress->started;
}

void progress_step(struct progress *progress, uint64_t rows, uint64_t done, uint64_t all)
{
	int64_t now = clock_monotonic();
	double seconds = (double)(now - progress->started) / 1e6;
	double left = done > 0 ? seconds * (double)(all - done) / (double)done : 0;

	if (progress->to == NULL ||
	    now - progress->shown < (progress->terminal ? STEP_TERMINAL : STEP_PLAIN))
		return;
	progress->shown = now;
	progress->open = progress->terminal;
	fprintf(progress->to, progress->terminal ? "\r" : "");
	fprintf(progress->to, _("%llu rows, %.0f a second, %.0f%%, %.0f s left"),
		(unsigned long long)rows, (double)rows / seconds,
		all > 0 ? 100.0 * (double)done / (double)all : 100.0, left);
	fputs(progress->terminal ? "\033[K" : "\n", progress->to);
	fflush(progress->to);
}

double progress_end(struct progress *progress)
{
	if (progress->open)
		fputs("\r\033[K", progress->to);
	progress->open = false;
	return (double)(clock_monotonic() - progress->started) / 1e6;
}
