// SPDX-License-Identifier: MIT
/*
 * speed: measures the user time of libbpf for loading objects into the running kernel.
 *
 * usage: speed OBJECT...
 *
 * Each object is loaded completely and closed immediately. One line of JSON per object goes to
 * standard output: microseconds of user time, and 0 or the error.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/resource.h>
#include <bpf/libbpf.h>

static int silent(enum libbpf_print_level level, const char *format, va_list list)
{
	return 0;
}

static long user_time(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_utime.tv_sec * 1000000 + usage.ru_utime.tv_usec;
}

static int load(const char *path)
{
	LIBBPF_OPTS(bpf_object_open_opts, options, .bpf_token_path = "");
	struct bpf_object *object = bpf_object__open_file(path, &options);
	struct bpf_map *map;
	int err;

	if (!object)
		return -errno;
	bpf_object__for_each_map(map, object)
		bpf_map__set_pin_path(map, NULL);
	err = bpf_object__load(object);
	bpf_object__close(object);
	return err;
}

int main(int argc, char **argv)
{
	int i;

	if (argc < 2) {
		fprintf(stderr, "usage: speed OBJECT...\n");
		return 2;
	}
	libbpf_set_print(silent);
	for (i = 1; i < argc; i++) {
		long before = user_time();
		int err = load(argv[i]);

		printf("{\"file\":\"%s\",\"user\":%ld,\"error\":%d}\n", argv[i],
		       user_time() - before, err);
	}
	return 0;
}
