// SPDX-License-Identifier: MIT
/*
 * bpf-exec: without arguments the executor, on a pipe for requests and one for
 * answers; `line FOLDER` makes the pipes first. `keep` does what the executor
 * does, in a guest. As /init it is that guest's first process. `probe` and
 * `security` spare the other side a program of the system; `delegate` runs a
 * program with a delegated BPF FS.
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
	if (!strcmp(argv[1], "keep") && argc > 3)
		return keeper_main(argv + 2);
	if (!strcmp(argv[1], "delegate"))
		return delegate_main(argv + 2);
	if (!strcmp(argv[1], "--task") && argc == 4)
		task_resume(argv[2], argv[3]);
	fprintf(stderr, "usage: bpf-exec [line FOLDER] [keep MS COMMAND...]\n"
			"       bpf-exec probe | security |\n"
			"                delegate AT CAPS HOLD [KEY=VALUE]... -- COMMAND...\n");
	return 2;
}
