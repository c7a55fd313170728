#include "tests/bench/usage.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LINE_LEN 1024

static FILE *open_of(pid_t pid, const char *what)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, what);
	return fopen(path, "re");
}

double usage_cpu(pid_t pid)
{
	FILE *file = open_of(pid, "stat");
	char line[LINE_LEN] = "";
	uint64_t user = 0, system = 0;
	char *name_end;

	if (file == NULL)
		return 0;
	if (fgets(line, sizeof(line), file) == NULL)
		line[0] = '\0';
	(void)fclose(file);
	/* The name in parentheses may hold anything: count fields behind it. */
	name_end = strrchr(line, ')');
	if (name_end == NULL ||
	    sscanf(name_end + 1,
		   " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %" SCNu64 " %" SCNu64, &user,
		   &system) != 2)
		return 0;
	return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

uint64_t usage_memory(pid_t pid)
{
	FILE *file = open_of(pid, "status");
	char line[LINE_LEN];
	uint64_t kilobytes = 0;

	if (file == NULL)
		return 0;
	while (fgets(line, sizeof(line), file) != NULL)
		if (sscanf(line, "RssAnon: %" SCNu64, &kilobytes) == 1)
			break;
	(void)fclose(file);
	return kilobytes * 1024;
}

int64_t usage_now(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}
