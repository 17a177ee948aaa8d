// SPDX-License-Identifier: MIT
/*
 * The line to Node: two named pipes in a folder. Node cannot create them, so this
 * process does, and opens its ends as standard input and output.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include "exec.h"

/* open() waits for the other end; after this time nobody will open it. */
#define OPEN_SECONDS 60

static bool take(const char *path, int flags, int as)
{
	int fd = open(path, flags);

	if (fd < 0)
		return false;
	if (fd == as)
		return true;
	if (dup2(fd, as) < 0)
		return false;
	close(fd);
	return true;
}

bool line_take(const char *folder)
{
	char requests[512], replies[512];

	if (snprintf(requests, sizeof(requests), "%s/requests", folder) >= (int)sizeof(requests))
		return false;
	snprintf(replies, sizeof(replies), "%s/replies", folder);
	/* In this order: if the second one exists, both do. */
	if (mkfifo(requests, 0600) || mkfifo(replies, 0600))
		return false;
	alarm(OPEN_SECONDS);
	if (!take(requests, O_RDONLY, STDIN_FILENO) || !take(replies, O_WRONLY, STDOUT_FILENO))
		return false;
	alarm(0);
	return true;
}
