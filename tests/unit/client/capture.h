/* A cli that writes to memory, for tests of what people would read. */
#ifndef TESTS_UNIT_CLIENT_CAPTURE_H
#define TESTS_UNIT_CLIENT_CAPTURE_H

#include <stdio.h>
#include <stdlib.h>

#include "client/cli/cli.h"
#include "client/cmd/group.h"

struct capture {
	struct cli cli;
	char *out;
	size_t out_len;
	char *err;
	size_t err_len;
};

/* The texts are complete after each fflush, which capture_text() does. */
static inline void capture_init(struct capture *capture)
{
	*capture = (struct capture){0};
	cli_init(&capture->cli, group_all(), open_memstream(&capture->out, &capture->out_len),
		 open_memstream(&capture->err, &capture->err_len));
}

static inline void capture_flush(struct capture *capture)
{
	fflush(capture->cli.out);
	fflush(capture->cli.err);
}

static inline void capture_release(struct capture *capture)
{
	fclose(capture->cli.out);
	fclose(capture->cli.err);
	cli_release(&capture->cli);
	free(capture->out);
	free(capture->err);
}

#endif
