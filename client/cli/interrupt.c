#include "client/cli/interrupt.h"

#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <sys/signalfd.h>
#include <unistd.h>

static void interrupt_set(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGTERM);
}

int interrupt_catch(void)
{
	sigset_t set;
	int fd;

	interrupt_set(&set);
	fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (fd >= 0 && sigprocmask(SIG_BLOCK, &set, NULL) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

bool interrupt_seen(int fd)
{
	struct pollfd wanted = {.fd = fd, .events = POLLIN};

	return fd >= 0 && poll(&wanted, 1, 0) > 0;
}

void interrupt_release(int fd)
{
	struct signalfd_siginfo seen;
	sigset_t set;

	if (fd < 0)
		return;
	/* What was seen is dealt with: it must not end the process afterwards. */
	while (read(fd, &seen, sizeof(seen)) > 0)
		;
	close(fd);
	interrupt_set(&set);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}
