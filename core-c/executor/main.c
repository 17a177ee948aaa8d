// SPDX-License-Identifier: MIT
/*
 * bpf-exec: without arguments the executor, on a pipe for requests and one for
 * answers. `mkfifo` and `probe` spare the other side a program of the system.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
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
	if (argc == 1)
		return guard_main();
	if (!strcmp(argv[1], "mkfifo"))
		return make_fifos(argv + 2);
	if (!strcmp(argv[1], "probe") && argc == 2)
		return probe_main();
	if (!strcmp(argv[1], "--task") && argc == 3)
		task_resume(argv[2]);
	fprintf(stderr, "usage: bpf-exec [probe | mkfifo PATH...]\n");
	return 2;
}
