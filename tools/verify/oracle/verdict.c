// SPDX-License-Identifier: MIT
/*
 * verdict: prints the running kernel's verdict on the programs of objects, loaded by libbpf.
 *
 * usage: verdict OBJECT...
 *
 * As the first process of a machine it reads all objects in /objects, and then shuts the machine
 * down.
 *
 * Each program is loaded alone and closed immediately; nothing is attached or pinned. One line of
 * JSON per program goes to standard output, with 0 or the error. An object that does not open has
 * one line with that error.
 */
#include <errno.h>
#include <glob.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

static int silent(enum libbpf_print_level level, const char *format, va_list list)
{
	return getenv("VERBOSE") ? vfprintf(stderr, format, list) : 0;
}

static struct bpf_object *open_object(const char *path)
{
	LIBBPF_OPTS(bpf_object_open_opts, options, .bpf_token_path = "");
	struct bpf_object *object = bpf_object__open_file(path, &options);
	struct bpf_map *map;

	bpf_object__for_each_map(map, object) {
		bpf_map__set_pin_path(map, NULL);
		/* Sets the sizes that programs set before loading. */
		if (!bpf_map__max_entries(map) &&
		    bpf_map__type(map) != BPF_MAP_TYPE_PERF_EVENT_ARRAY)
			bpf_map__set_max_entries(map, 1);
	}
	return object;
}

/* Returns whether there is a program with that number. */
static int load_alone(const char *path, int wanted)
{
	struct bpf_object *object = open_object(path);
	struct bpf_program *prog, *one = NULL;
	int n = 0;

	if (!object)
		return 0;
	bpf_object__for_each_program(prog, object) {
		if (n == wanted)
			one = prog;
		bpf_program__set_autoload(prog, n++ == wanted);
	}
	if (one)
		printf("{\"file\":\"%s\",\"program\":\"%s\",\"error\":%d}\n", path,
		       bpf_program__name(one), bpf_object__load(object));
	bpf_object__close(object);
	return one != NULL;
}

static void judge(const char *path)
{
	struct bpf_object *object = open_object(path);
	int i = 0;

	if (!object) {
		printf("{\"file\":\"%s\",\"error\":%d}\n", path, -errno);
		return;
	}
	bpf_object__close(object);
	while (load_alone(path, i))
		i++;
}

static int first_process(void)
{
	glob_t found = {};
	size_t i;

	if (mount("proc", "/proc", "proc", 0, NULL) || mount("sysfs", "/sys", "sysfs", 0, NULL))
		perror("mount");
	glob("/objects/*/*", 0, NULL, &found);
	for (i = 0; i < found.gl_pathc; i++)
		judge(found.gl_pathv[i]);
	fflush(stdout);
	/* Waits until the serial line has transmitted the last bytes. */
	sleep(1);
	return reboot(RB_AUTOBOOT);
}

int main(int argc, char **argv)
{
	int i;

	libbpf_set_print(silent);
	if (getpid() == 1)
		return first_process();
	if (argc < 2) {
		fprintf(stderr, "usage: verdict OBJECT...\n");
		return 2;
	}
	for (i = 1; i < argc; i++)
		judge(argv[i]);
	return 0;
}
