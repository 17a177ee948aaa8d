// SPDX-License-Identifier: MIT
/*
 * What all tasks share: the ids of maps and programs that they made. Ids of
 * others lead to objects of the machine, which are not handed to tests.
 */
#include <linux/bpf.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "exec.h"

#define OWN_IDS 8192

/* Of a map and of a program alike: the type, then the id. */
struct info_head {
	uint32_t type;
	uint32_t id;
};

struct own {
	bool boxed;
	dev_t root;			/* the file system that is the tasks' root */
	uint32_t cpus;
	uint32_t next;
	uint32_t ids[OWN_IDS];		/* a ring: the oldest are forgotten */
};

static struct own *own;

/* An id with its kind; the two number spaces are apart. */
static uint32_t key(uint32_t id, bool prog)
{
	return id << 1 | prog;
}

/* Makes the memory. Returns what failed, with errno set, or NULL. */
const char *own_make(bool boxed)
{
	int fd = syscall(SYS_memfd_create, "bpf-exec-own", 0);

	if (fd < 0 || ftruncate(fd, sizeof(struct own)) || dup2(fd, KEPT_OWN) != KEPT_OWN)
		return "make shared memory";
	close(fd);
	if (!own_map())
		return "map shared memory";
	own->boxed = boxed;
	own->cpus = sysconf(_SC_NPROCESSORS_CONF);
	return NULL;
}

/* Called in the root that tasks will have. */
bool own_set_root(void)
{
	struct stat st;

	if (stat("/", &st))
		return false;
	own->root = st.st_dev;
	return true;
}

bool own_map(void)
{
	own = mmap(NULL, sizeof(*own), PROT_READ | PROT_WRITE, MAP_SHARED, KEPT_OWN, 0);
	if (own == MAP_FAILED)
		own = NULL;
	return own;
}

void own_record(int fd, bool prog)
{
	struct info_head info = { 0 };
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.info.bpf_fd = fd;
	attr.info.info_len = sizeof(info);
	attr.info.info = (uintptr_t)&info;
	if (syscall(SYS_bpf, BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof(attr)))
		return;
	own->ids[own->next++ % OWN_IDS] = key(info.id, prog);
}

bool own_has(uint32_t id, bool prog)
{
	for (int i = 0; i < OWN_IDS; i++)
		if (own->ids[i] == key(id, prog))
			return true;
	return false;
}

/* Processors that a map per processor has memory for. */
uint32_t own_cpus(void)
{
	return own->cpus;
}

/* Whether something is in the file system that was every task's root at first. */
bool own_is_root(const struct stat *st)
{
	return st->st_dev == own->root;
}

/*
 * Whether the kernel is a guest's: then nobody is harmed but the guest, and the
 * rules that protect a machine are off.
 */
bool own_boxed(void)
{
	return own->boxed;
}
