// SPDX-License-Identifier: MIT
/*
 * bpf-exec: without arguments the executor, on a pipe for requests and one for
 * answers. `mkfifo`, `probe` and `security` spare the other side a program of the system;
 * `keep` does what the executor does, in a guest. As /init it is that guest's
 * first process. `delegate` runs a program with a delegated BPF FS.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "exec.h"

static int make_fifos(char **paths)
{
	for (; *paths; paths++) {
		if (mkfifo(*paths, 0600)) {
			fprintf(stderr, "%s: %s\n", *paths, strerror(errno));
			return 1;
		}
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (getpid() == 1 && !strcmp(argv[0], "/init"))
		init_main(argv + 1);
	if (argc == 1)
		return guard_main(0);
	if (!strcmp(argv[1], "mkfifo"))
		return make_fifos(argv + 2);
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
	fprintf(stderr, "usage: bpf-exec [probe | security | mkfifo PATH... | keep MS COMMAND... |\n"
			"                 delegate AT CAPS HOLD [KEY=VALUE]... -- COMMAND...]\n");
	return 2;
}
