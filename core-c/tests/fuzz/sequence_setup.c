// SPDX-License-Identifier: GPL-2.0-only
/* Setup prefixes: a container with a bpffs that delegates, and a token. */
#include <linux/sprintf.h>
#include <linux/string.h>
#include <uapi/linux/mount.h>

#include "../../kernel/bpf/internal.h"
#include "sequence.h"

#define HERE ((u64)(s64)AT_FDCWD)

static const struct {
	const char *key;
	enum facts_enum_id id;
} options[] = {
	{ "delegate_cmds", FACTS_BPF_CMD },
	{ "delegate_maps", FACTS_BPF_MAP_TYPE },
	{ "delegate_progs", FACTS_BPF_PROG_TYPE },
	{ "delegate_attachs", FACTS_BPF_ATTACH_TYPE },
};

static void set_option(struct seq_task *task, s64 context, const char *key, const char *value)
{
	seq_sys(task, fsconfig, (u64)context, FSCONFIG_SET_STRING, seq_text(key), seq_text(value));
}

static const char *delegation(u32 how)
{
	static const char *const values[] = {
		"any", "any", "map_create:prog_load:btf_load", "array:hash:xdp:0x3f", "0x7ffffff",
		"0x4", "xdp:socket_filter", "any:nonsense", "-1", "", ":", "0", "any",
		"prog_load", "common_attrs:prog_load", "18446744073709551616",
	};

	return how & 1 ? seq_pick(values) : "any";
}

/* The name of a value, by number; "any" if the kernel has no BTF and so no names. */
static const char *name_of(enum facts_enum_id id, u32 n)
{
	struct facts_name name = { 0 };
	u32 count = 0;

	while (bpf_enum_next(id, &name))
		count++;
	if (!count)
		return "any";
	memset(&name, 0, sizeof(name));
	for (n %= count; bpf_enum_next(id, &name) && n--;)
		;
	return name.name;
}

/* Masks around the known bits, where mistakes of arithmetic show. */
static u64 mask_of(enum facts_enum_id id, u32 how)
{
	u64 known = bpf_known_mask(id), last = known & ~(known >> 1), bit = 1ULL << (how >> 3 & 31) * 2;

	switch (how & 7) {
	case 0:
		return ~known;
	case 1:
		return known & ~last;
	case 2:
		return known;
	case 3:
		return known | 1ULL << 63;
	case 4:
		return bit << (how >> 2 & 1);
	case 5:
		return ~bit;
	case 6:
		return last | ~known;
	default:
		return known & ~bit;
	}
}

static void set_number(struct seq_task *task, s64 context, u32 which, bool decimal)
{
	u64 mask = mask_of(options[which].id, seq_byte());
	char text[24];

	snprintf(text, sizeof(text), decimal ? "%llu" : "0x%llx", mask);
	set_option(task, context, options[which].key, text);
}

/* Sets an option to names, numbers or both, once or twice. */
static void set_mask(struct seq_task *task, s64 context, u32 which)
{
	const char *key = options[which].key;
	enum facts_enum_id id = options[which].id;
	u32 how = seq_byte();
	char text[128];

	switch (how & 7) {
	case 0:
		return;
	case 1:
		set_option(task, context, key, "any");
		return;
	case 2:
		set_option(task, context, key, name_of(id, seq_byte()));
		return;
	case 3:
		snprintf(text, sizeof(text), "%s:%s", name_of(id, seq_byte()), name_of(id, how >> 3));
		break;
	case 4:
		snprintf(text, sizeof(text), "%s:0x%llx", name_of(id, how >> 3),
			 mask_of(id, seq_byte()));
		break;
	case 5:
		snprintf(text, sizeof(text), "%llu:%s", mask_of(id, seq_byte()), name_of(id, how >> 3));
		break;
	case 6:
		set_number(task, context, which, how & 8);
		return;
	default:
		set_option(task, context, key, name_of(id, how >> 3));
		snprintf(text, sizeof(text), "0x%llx", mask_of(id, seq_byte()));
		break;
	}
	set_option(task, context, key, text);
}

/* Options of which some are refused; the filesystem must show no trace of a refused one. */
static void set_refused(struct seq_task *task, s64 context, u32 which)
{
	static const char *const values[] = { "any", "0x3", "any:nonsense", "0x10:x" };

	set_option(task, context, options[which & 3].key, values[which >> 2 & 3]);
}

/* All options, or a single one, so that nothing else delegates. */
static void set_masks(struct seq_task *task, s64 context, u32 how)
{
	u32 i;

	if ((how & 96) == 96) {
		set_number(task, context, how >> 3 & 3, false);
		return;
	}
	for (i = 0; i < ARRAY_SIZE(options); i++)
		set_mask(task, context, i);
}

/* Owner and mode of the root directory, set by the host or in the container. */
static void set_owner(struct seq_task *host, struct seq_task *app, s64 there, s64 context)
{
	static const char *const keys[] = { "mode", "uid", "gid", "mode" };
	static const char *const values[] = { "0", "1", "1000", "2777", "0777", "1777", "2", "65534" };
	u32 how = seq_byte();

	if (how & 64)
		set_option(host, there, keys[how & 3], values[how >> 2 & 7]);
	if (how & 128)
		set_option(app, context, keys[how & 3], values[how >> 2 & 7]);
}

/** seq_umask() - Set a umask, also with owner bits, which tokens and pinned files apply. */
void seq_umask(struct seq_task *task, u32 which)
{
	static const u32 masks[] = { 022, 0, 0200, 0400, 0600, 0777, 077, 0137 };

	seq_sys(task, umask, masks[which % ARRAY_SIZE(masks)]);
}

static void read_file(struct seq_task *task, const char *path, u32 size)
{
	s64 fd = seq_sys(task, openat, HERE, seq_text(path), O_RDONLY);

	seq_sys(task, read, (u64)fd, seq_user(NULL, size), size);
	seq_sys(task, close, (u64)fd);
}

/* Everything that the kernel reports about a token and its filesystem. */
static void look_at(struct seq_task *task, s64 root, s64 token)
{
	char path[40];

	seq_sys(task, fstat, (u64)root, seq_user(NULL, 144));
	if (token >= 0) {
		seq_sys(task, fstat, (u64)token, seq_user(NULL, 144));
		seq_sys(task, fcntl, (u64)token, F_GETFD, 0);
		seq_sys(task, fcntl, (u64)token, F_GETFL, 0);
		snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", (int)token);
		read_file(task, path, 400);
	}
	/* a real kernel has other mounts */
	if (!seq_options.confined)
		read_file(task, "/proc/self/mountinfo", 4096);
}

/* Processes in an ancestor and in a descendant of the user namespace try to create a token. */
static void create_elsewhere(struct seq_task *app, struct seq_task *other, s64 root, u32 how)
{
	struct seq_task *child;
	s64 fd;

	if (how & 1) {
		fd = kernel_send_fd(app->pid, (u32)root, other->pid);
		seq_note(SEQ_NOTE_SEND, app->pid, fd, (u64)root, other->pid);
		seq_token_create(other, (u64)fd);
	}
	child = how & 2 ? seq_fork(app) : NULL;
	if (!child)
		return;
	seq_inner_container(child);
	seq_token_create(child, (u64)root);
	seq_exit(child);
}

/* Mounts a context that the host has created, and creates a token. */
static void mount_and_create(struct seq_task *app, struct seq_task *other, s64 context, u32 how,
			     u32 more)
{
	s64 mount, root, token;

	mount = seq_sys_fd(app, fsmount, (u64)context, 0, 0);
	root = seq_sys_fd(app, openat, (u64)mount, seq_text("."), O_RDONLY | O_DIRECTORY);
	if (how & 128)
		seq_sys(app, move_mount, (u64)mount, seq_text(""), HERE, seq_text("/mnt"),
			MOVE_MOUNT_F_EMPTY_PATH);
	create_elsewhere(app, other, root, more >> 6);
	token = seq_token_create(app, (u64)root);
	look_at(app, root, token);
}

/*
 * A container in up to two other containers, with unusual masks, umasks and options. Returns the
 * innermost process in place of the outermost, because most steps run there.
 */
static void varied_setup(struct seq_task *host, struct seq_task *app, u32 how)
{
	struct seq_task *outer = app, *other = host;
	u32 more = seq_byte(), which = seq_byte(), i;
	s64 context, there;

	/* a real kernel has other process ids */
	if ((more & 3) == 3 && !seq_options.confined)
		seq_mapped_container(host, app, which);
	else
		seq_container(app);
	for (i = (more & 3) % 3; i--;) {
		struct seq_task *inner = seq_fork(app);

		if (!inner)
			break;
		other = app;
		app = inner;
		seq_inner_container(app);
	}
	seq_umask(app, which);
	context = seq_sys_fd(app, fsopen, seq_text("bpf"), (how >> 2) & 1);
	there = kernel_send_fd(app->pid, (u32)context, host->pid);
	seq_note(SEQ_NOTE_SEND, app->pid, there, (u64)context, host->pid);
	seq_note_fd(host, there);
	if (more & 4)
		set_refused(app, context, which >> 3);
	if (more & 8)
		set_refused(host, there, which >> 4);
	set_masks(host, there, how);
	if (more & 16)
		set_owner(host, app, there, context);
	/* a refused creation ends a context */
	if ((more & 48) == 48 && !(which >> 6))
		seq_sys(app, fsconfig, (u64)context, FSCONFIG_CMD_CREATE, 0, 0, 0);
	seq_sys(host, fsconfig, (u64)there, FSCONFIG_CMD_CREATE, 0, 0, 0);
	mount_and_create(app, other, context, how, more);
	if (app == outer)
		return;
	swap(*outer, *app);
	if (more & 32)
		seq_exit(app);
}

/*
 * The setup prefix (spec MN-04): the container opens a bpffs context, the host delegates and
 * creates the filesystem, the container mounts it. @how skips it in a quarter of the cases and
 * varies single steps.
 */
void seq_token_setup(u32 how)
{
	struct seq_task *host = &seq.tasks[0], *app = seq_fork(host);
	s64 context, there, mount, root;

	if (!app || (how & 3) == 3)
		return;
	if ((how & 3) == 1) {
		varied_setup(host, app, how);
		return;
	}
	seq_container(app);
	context = seq_sys_fd(app, fsopen, seq_text("bpf"), (how >> 2) & 1);
	there = kernel_send_fd(app->pid, (u32)context, host->pid);
	seq_note(SEQ_NOTE_SEND, app->pid, there, (u64)context, host->pid);
	seq_note_fd(host, there);
	set_option(host, there, "delegate_cmds", delegation(how >> 3));
	set_option(host, there, "delegate_maps", delegation(how >> 4));
	set_option(host, there, "delegate_progs", delegation(how >> 5));
	set_option(host, there, "delegate_attachs", delegation(how >> 6));
	seq_sys(host, fsconfig, (u64)there, FSCONFIG_CMD_CREATE, 0, 0, 0);
	mount = seq_sys_fd(app, fsmount, (u64)context, 0, 0);
	root = seq_sys_fd(app, openat, (u64)mount, seq_text("."), O_RDONLY | O_DIRECTORY);
	if (how & 128)
		seq_sys(app, move_mount, (u64)mount, seq_text(""), HERE, seq_text("/mnt"),
			MOVE_MOUNT_F_EMPTY_PATH);
	seq_token_create(app, (u64)root);
}
