// SPDX-License-Identifier: GPL-2.0-only
/* A map with BTF is pinned, looked at, read as text, opened again and removed, in a directory. */
#include <linux/sprintf.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "sequence_bpf.h"

#define HERE ((u64)(s64)AT_FDCWD)

static void look_at(struct seq_task *task, const char *path)
{
	seq_sys(task, newfstatat, HERE, seq_text(path), seq_user(NULL, 144), 0);
}

static void typed_map(struct seq_task *task, u32 how)
{
	u32 key = how & 1;

	seq_btf_load(task);
	seq_attr_begin();
	seq_attr.map_type = how & 1 ? BPF_MAP_TYPE_HASH : BPF_MAP_TYPE_ARRAY;
	seq_attr.key_size = 4;
	seq_attr.value_size = 4;
	seq_attr.max_entries = 2;
	seq_attr.btf_fd = (u32)task->last[FD_KIND_BTF];
	seq_attr.btf_key_type_id = 1;
	seq_attr.btf_value_type_id = 1;
	seq_pass_token(task, &seq_attr.map_flags, &seq_attr.map_token_fd);
	seq_bpf_fd(task, BPF_MAP_CREATE, OFFSET_OF_END(map_token_fd));
	seq_attr_begin();
	seq_attr.map_fd = (u32)task->last[FD_KIND_MAP];
	set_pointer(key, seq_user(&key, 4));
	set_pointer(value, seq_user(&how, 4));
	seq_bpf_fd(task, BPF_MAP_UPDATE_ELEM, 32);
}

static void pin(struct seq_task *task, const char *path)
{
	seq_attr_begin();
	set_pointer(pathname, seq_text(path));
	seq_attr.bpf_fd = (u32)task->last[FD_KIND_MAP];
	seq_bpf_fd(task, BPF_OBJ_PIN, OFFSET_OF_END(path_fd));
}

static void get(struct seq_task *task, const char *path)
{
	static const u32 flags[] = { 0, BPF_F_RDONLY, BPF_F_WRONLY, 0 };

	seq_attr_begin();
	set_pointer(pathname, seq_text(path));
	seq_attr.file_flags = seq_pick(flags);
	seq_bpf_fd(task, BPF_OBJ_GET, OFFSET_OF_END(path_fd));
}

/* Reads a pinned map as text, in pieces. */
static void read_text(struct seq_task *task, const char *path)
{
	s64 fd = seq_sys(task, openat, HERE, seq_text(path), O_RDONLY);
	u32 i;

	for (i = 0; i < 3; i++)
		seq_sys(task, read, (u64)fd, seq_user(NULL, 100), 100);
	seq_sys(task, close, (u64)fd);
}

/* Lets the n-th request of a kind fail; 0 ends that. */
static void fail(struct seq_task *task, u32 how, u32 n)
{
	if (seq_options.confined)
		return;
	kernel_fail_nth(how % NR_FAULT_KINDS, n);
	seq_note(SEQ_NOTE_FAIL, task->pid, 0, how % NR_FAULT_KINDS, (u64)n);
}

/**
 * seq_pins() - Make the calls of a program that pins a map.
 * @task: the process
 *
 * The bytes choose the filesystem, the call that gets a fault, and the kind of fault.
 */
void seq_pins(struct seq_task *task)
{
	static const char *const tops[] = { "/mnt", "/mnt", "/sys/fs/bpf", "." };
	u32 how = seq_byte(), fault = seq_byte(), mode = seq_byte(), step;
	const char *top = tops[how >> 1 & 3];
	char dir[24], file[24], dotted[24];

	snprintf(dir, sizeof(dir), "%s/d", top);
	snprintf(file, sizeof(file), "%s/m", how & 8 ? dir : top);
	snprintf(dotted, sizeof(dotted), "%s/x.y", dir);
	typed_map(task, how);
	for (step = 0; step < 6; step++) {
		if (step == (how >> 4 & 7))
			fail(task, fault, 1 + (fault >> 3 & 7));
		switch (step) {
		case 0:
			seq_sys(task, mkdirat, HERE, seq_text(dir), mode & 64 ? mode << 3 : mode & 1);
			look_at(task, dir);
			look_at(task, top);
			break;
		case 1:
			pin(task, file);
			look_at(task, file);
			break;
		case 2:
			read_text(task, file);
			break;
		case 3:
			get(task, file);
			break;
		case 4:
			seq_sys(task, unlinkat, HERE, seq_text(file), 0);
			look_at(task, dotted);
			break;
		default:
			get(task, file);
			break;
		}
		fail(task, fault, 0);
	}
}
