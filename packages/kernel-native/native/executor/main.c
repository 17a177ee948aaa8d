// SPDX-License-Identifier: MIT
/*
 * bpf-exec: without arguments the executor, on a pipe for requests and one for
 * answers; `line FOLDER` creates the pipes first. `supervise` runs the executor
 * in a guest; as /init it is that guest's first process. `probe` and `security`
 * report what the running kernel can do; `delegate` runs a program with a bpffs
 * that delegates, and `join` makes bpf() calls with the permissions of a process.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "exec.h"

int main(int argc, char **argv)
{
	if (getpid() == 1 && !strcmp(argv[0], "/init"))
		init_main(argv + 1);
	if (argc > 2 && !strcmp(argv[1], "line")) {
		if (!line_take(argv[2])) {
			fprintf(stderr, "bpf-exec: pipes in %s: %s\n", argv[2], strerror(errno));
			return 1;
		}
		argc -= 2;
		argv += 2;
	}
	if (argc == 1)
		return guard_main(0);
	if (!strcmp(argv[1], "probe") && argc == 2)
		return probe_main();
	if (!strcmp(argv[1], "security") && argc == 2)
		return security_main();
	if (!strcmp(argv[1], "supervise") && argc > 3)
		return supervisor_main(argv + 2);
	if (!strcmp(argv[1], "delegate"))
		return delegate_main(argv + 2);
	if (!strcmp(argv[1], "join"))
		return join_main(argv + 2);
	if (!strcmp(argv[1], "--task") && argc == 4)
		task_resume(argv[2], argv[3]);
	fprintf(stderr, "usage: bpf-exec [line FOLDER] [supervise MS COMMAND...]\n"
			"       bpf-exec probe | security |\n"
			"                delegate AT CAPS HOLD [KEY=VALUE]... -- COMMAND... |\n"
			"                join PID CAPS [DIR]...\n");
	return 2;
}
