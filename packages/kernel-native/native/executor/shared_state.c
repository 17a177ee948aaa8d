// SPDX-License-Identifier: MIT
/*
 * Memory that the dispatcher and all tasks share: what does not change after the
 * start, and the ids of maps and programs that tasks created. Other ids lead to
 * objects of the host, which tests do not get.
 */
#include <linux/bpf.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "exec.h"

#define OBJECT_IDS 8192

/* The infos of a map and of a program both begin with type and id. */
struct info_head {
	uint32_t type;
	uint32_t id;
};

struct shared_state {
	bool in_guest;
	dev_t sandbox_root;		/* its file system */
	uint32_t cpus;
	uint32_t next;
	uint32_t ids[OBJECT_IDS];	/* a ring: it forgets the oldest */
};

static struct shared_state *state;

/* Maps and programs have separate ids: this tells them apart. */
static uint32_t key(uint32_t id, bool prog)
{
	return id << 1 | prog;
}

/* Creates the memory. Returns what failed, with errno set, or NULL. */
const char *shared_state_make(bool in_guest)
{
	int fd = syscall(SYS_memfd_create, "bpf-exec-shared", 0);

	if (fd < 0 || ftruncate(fd, sizeof(struct shared_state)) ||
	    dup2(fd, KEPT_SHARED) != KEPT_SHARED)
		return "make shared memory";
	close(fd);
	if (!shared_state_map())
		return "map shared memory";
	state->in_guest = in_guest;
	state->cpus = sysconf(_SC_NPROCESSORS_CONF);
	return NULL;
}

/* Called inside the sandbox root. */
bool shared_set_sandbox_root(void)
{
	struct stat st;

	if (stat("/", &st))
		return false;
	state->sandbox_root = st.st_dev;
	return true;
}

bool shared_state_map(void)
{
	state = mmap(NULL, sizeof(*state), PROT_READ | PROT_WRITE, MAP_SHARED, KEPT_SHARED, 0);
	if (state == MAP_FAILED)
		state = NULL;
	return state;
}

void shared_record_object(int fd, bool prog)
{
	struct info_head info = { 0 };
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.info.bpf_fd = fd;
	attr.info.info_len = sizeof(info);
	attr.info.info = (uintptr_t)&info;
	if (syscall(SYS_bpf, BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof(attr)))
		return;
	state->ids[state->next++ % OBJECT_IDS] = key(info.id, prog);
}

bool shared_has_object(uint32_t id, bool prog)
{
	for (int i = 0; i < OBJECT_IDS; i++)
		if (state->ids[i] == key(id, prog))
			return true;
	return false;
}

/* The number of processors that a per-CPU map has memory for. */
uint32_t shared_cpus(void)
{
	return state->cpus;
}

/* Whether a file is in the file system of the sandbox root. */
bool shared_is_sandbox_root(const struct stat *st)
{
	return st->st_dev == state->sandbox_root;
}

/*
 * Whether the kernel is a guest's: then nobody is harmed but the guest, and the
 * rules that protect the host are off.
 */
bool shared_in_guest(void)
{
	return state->in_guest;
}
