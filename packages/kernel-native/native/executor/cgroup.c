// SPDX-License-Identifier: MIT
/*
 * Creates a cgroup with limits, as a child or a sibling of the one that the executor was started
 * in. It looks for each controller in both versions: a host may have pids in one hierarchy and
 * memory in another. It never changes settings of existing cgroups. If it can create none, the
 * greeting's flags show that, and the executor runs without limits.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <dirent.h>
#include <time.h>
#include <unistd.h>
#include "exec.h"

#define PREFIX "bpf-exec-"
#define REMOVE_MS 60000
/* Seconds after which a cgroup of a process that ended is removed. */
#define STALE_S 10

/* False: the limit could not be written. */
static bool set_limit(const char *dir, const char *file, long value)
{
	char path[640];
	char text[32];

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	snprintf(text, sizeof(text), "%ld", value);
	return write_file(AT_FDCWD, path, text);
}

static bool has_file(const char *dir, const char *file)
{
	char path[640];

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	return access(path, W_OK) == 0;
}

static bool has_word(const char *list, const char *word)
{
	size_t size = strlen(word);
	const char *at = list;

	while ((at = strstr(at, word))) {
		bool starts = at == list || at[-1] == ',';

		if (starts && (!at[size] || at[size] == ','))
			return true;
		at += size;
	}
	return false;
}

/*
 * Where a hierarchy is mounted. @controller: that of a version 1 hierarchy, or
 * NULL for version 2. Mount points with blanks are not found: the kernel writes
 * blanks as octal escapes.
 */
static bool find_mount(const char *controller, char *root, char *point, size_t size)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	char line[4096];
	bool found = false;

	while (file && !found && fgets(line, sizeof(line), file)) {
		char type[64], options[512];
		char *tail = strstr(line, " - ");

		if (!tail || sscanf(line, "%*s %*s %*s %511s %511s", root, point) != 2)
			continue;
		if (sscanf(tail, " - %63s %*s %511s", type, options) != 2)
			continue;
		if (strlen(root) + 1 >= size || strlen(point) + 1 >= size)
			continue;
		if (controller)
			found = !strcmp(type, "cgroup") && has_word(options, controller);
		else
			found = !strcmp(type, "cgroup2");
	}
	if (file)
		fclose(file);
	return found;
}

/* The path of this process in a hierarchy, from /proc/self/cgroup. */
static bool find_path(const char *controller, char *path, size_t size)
{
	FILE *file = fopen("/proc/self/cgroup", "re");
	char line[4096];
	bool found = false;

	while (file && !found && fgets(line, sizeof(line), file)) {
		char *names = strchr(line, ':');
		char *at = names ? strchr(names + 1, ':') : NULL;

		if (!at)
			continue;
		*at++ = 0;
		at[strcspn(at, "\n")] = 0;
		/* The line of version 2 is `0::PATH`. */
		found = controller ? has_word(names + 1, controller) :
				     !strcmp(line, "0:");
		if (found)
			snprintf(path, size, "%s", at);
	}
	if (file)
		fclose(file);
	return found;
}

/* Directory of this process's cgroup in a hierarchy. */
static bool find_own(const char *controller, char *dir, size_t size)
{
	char root[512], point[512], path[512];
	const char *below = path;

	if (!find_mount(controller, root, point, sizeof(root)) ||
	    !find_path(controller, path, sizeof(path)))
		return false;
	/* A hierarchy may be mounted from a group below its top. */
	if (strcmp(root, "/")) {
		if (strncmp(path, root, strlen(root)))
			return false;
		below += strlen(root);
	}
	if (!strcmp(below, "/"))
		below = "";
	snprintf(dir, size, "%s%s", point, below);
	return access(dir, F_OK) == 0;
}

/* Removes cgroups of executors that were killed before they could do it. */
static void remove_stale(const char *parent)
{
	DIR *dir = opendir(parent);
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		struct stat st;
		int pid;

		if (strncmp(entry->d_name, PREFIX, strlen(PREFIX)))
			continue;
		pid = atoi(entry->d_name + strlen(PREFIX));
		if (pid <= 0 || kill(pid, 0) == 0 || errno != ESRCH)
			continue;
		if (fstatat(dirfd(dir), entry->d_name, &st, 0) ||
		    time(NULL) - st.st_ctime < STALE_S)
			continue;
		unlinkat(dirfd(dir), entry->d_name, AT_REMOVEDIR);
	}
	if (dir)
		closedir(dir);
}

/* Creates a cgroup in @parent. False: not possible there. */
static bool make_in(struct cgroups *groups, const char *parent)
{
	char *path = groups->path[groups->count];
	size_t size = sizeof(groups->path[0]);
	int n = snprintf(path, size, "%s/" PREFIX "%d", parent, getpid());

	if (n < 0 || (size_t)n >= size)
		return false;
	remove_stale(parent);
	/* Two controllers of version 1 may share a hierarchy. */
	if (mkdir(path, 0755) && errno != EEXIST)
		return false;
	groups->count++;
	return true;
}

static void make_v1(struct cgroups *groups, const char *controller, const char *file,
		    long value, uint32_t flag)
{
	char own[1024];

	if (!find_own(controller, own, sizeof(own)) || !make_in(groups, own))
		return;
	if (set_limit(groups->path[groups->count - 1], file, value))
		groups->flags |= flag;
}

/*
 * Version 2: a cgroup below one that has processes gets no controllers, so a
 * sibling of our own cgroup is tried too.
 */
static void make_v2(struct cgroups *groups)
{
	char parent[1024];
	const char *path;

	if (!find_own(NULL, parent, sizeof(parent)))
		return;
	for (int up = 0; up < 2; up++) {
		char *slash = strrchr(parent, '/');

		if (up) {
			if (!slash || slash == parent)
				return;
			*slash = 0;
		}
		if (!make_in(groups, parent))
			continue;
		path = groups->path[groups->count - 1];
		if (!has_file(path, "memory.max") && !has_file(path, "pids.max")) {
			rmdir(path);
			groups->count--;
			continue;
		}
		groups->flags |= HELLO_CGROUP_V2;
		if (set_limit(path, "memory.max", LIMIT_MEMORY))
			groups->flags |= HELLO_CGROUP_MEMORY;
		if (set_limit(path, "pids.max", LIMIT_PIDS))
			groups->flags |= HELLO_CGROUP_PIDS;
		return;
	}
}

/* Creates the cgroups and sets their limits. No process is in them yet. */
void cgroups_make(struct cgroups *groups)
{
	memset(groups, 0, sizeof(*groups));
	make_v1(groups, "memory", "memory.limit_in_bytes", LIMIT_MEMORY, HELLO_CGROUP_MEMORY);
	make_v1(groups, "pids", "pids.max", LIMIT_PIDS, HELLO_CGROUP_PIDS);
	if (!groups->count)
		make_v2(groups);
}

/* Version 2: an fd of the cgroup, for CLONE_INTO_CGROUP. Otherwise -1. */
int cgroups_open(const struct cgroups *groups)
{
	if (!(groups->flags & HELLO_CGROUP_V2))
		return -1;
	return open(groups->path[0], O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/*
 * Moves the calling process into the cgroups, unless it started there. Version 1
 * moves the only thread: to move a process, the kernel waits until no fork is
 * under way on the whole host (about 10 ms).
 */
void cgroups_enter(struct cgroups *groups)
{
	const char *file = groups->flags & HELLO_CGROUP_V2 ? "cgroup.procs" : "tasks";
	char path[640];

	for (int i = 0; i < groups->count && !groups->inside; i++) {
		snprintf(path, sizeof(path), "%s/%s", groups->path[i], file);
		if (!write_file(AT_FDCWD, path, "0"))
			groups->flags = 0;
	}
}

/* Removes the cgroups; the last processes may take a moment to leave them. */
void cgroups_remove(struct cgroups *groups)
{
	int64_t end = now_ms() + REMOVE_MS;

	for (int i = 0; i < groups->count; i++)
		while (rmdir(groups->path[i]) && errno == EBUSY && now_ms() < end)
			nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
	groups->count = 0;
}
