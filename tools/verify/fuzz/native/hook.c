// SPDX-License-Identifier: MIT
/*
 * The hook and the wrapper of an OCI runtime. The input is the configuration of the host, the state of the
 * container, and config.json of its bundle.
 */
#include <asm/unistd.h>
#include <errno.h>
#include <string.h>
#include "hook/hook.h"
#include "kernel.h"

enum { CONFIG, STATE, BUNDLE };

static struct host_config config;
static struct container container;
static bool reached;

int piece_of_path(const char *path)
{
	if (!*path)
		return STATE;
	if (strcmp(path, "/hook.json") == 0)
		return CONFIG;
	if (strcmp(path, "/proc/self/exe") == 0)
		return NO_FILE;
	return strstr(path, "/config.json") ? BUNDLE : NO_FILE;
}

long other_call(long nr, const long *args)
{
	(void)args;
	reached |= nr == __NR_execve;
	return -EACCES;
}

void refuse_rootless(void) {}

static void run_hook(void)
{
	memset(&config, 0, sizeof(config));
	memset(&container, 0, sizeof(container));
	read_host_config("/hook.json", &config);
	reached = read_container(0, &config, &container);
}

static bool ends_inside(const char *text, size_t size)
{
	return memchr(text, 0, size);
}

/* What mount.c relies on. */
static void check_container(void)
{
	for (int axis = 0; axis < AXES; axis++)
		if (container.want[axis] & ~config.allow[axis])
			finding("the allow-list does not permit it", "", 0);
	if (container.pid < 2)
		finding("no process", "", 0);
	if (!ends_inside(container.id, sizeof(container.id)) ||
	    !ends_inside(container.name, sizeof(container.name)) ||
	    !ends_inside(container.rootfs, sizeof(container.rootfs)) ||
	    !ends_inside(container.bundle, sizeof(container.bundle)) ||
	    !ends_inside(config.path, sizeof(config.path)))
		finding("a text has no end", "", 0);
	if (container.bundle[0] != '/' || container.rootfs[0] != '/')
		finding("a path is not absolute", container.rootfs, strlen(container.rootfs));
	if (config.path[0] != '/' || strstr(config.path, "/../") || strstr(config.path, "//"))
		finding("the mount point is no plain path", config.path, strlen(config.path));
}

static void run_wrapper(void)
{
	char *argv[] = { "bpf-token-runtime", "--hook-config", "/hook.json", "create", "--bundle", "/b",
			 "x", NULL };

	run_runtime(argv, argv + 7);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct piece_of_input bundle;
	const char *text;
	size_t written;

	reached = false;
	kernel_run(data, size, run_hook);
	check_messages();
	if (reached)
		check_container();
	kernel_run(data, size, run_wrapper);
	check_messages();
	bundle = kernel_piece(BUNDLE);
	text = kernel_written(4, &written);
	if (written && reached && is_json((const char *)bundle.bytes, bundle.size) && !is_json(text, written))
		finding("the new config.json is no JSON", text, written);
	return 0;
}
