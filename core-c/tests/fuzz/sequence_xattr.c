// SPDX-License-Identifier: GPL-2.0-only
/* Extended attributes: set, read, listed and removed on files of a bpffs, and on tokens. */
#include <uapi/linux/xattr.h>

#include "sequence.h"

/* The numbers of the calls follow each other: by what they do, and then by how they name a file. */
#define SET 0
#define GET 1
#define LIST 2
#define REMOVE 3
#define BY_FD 2

static u64 file(struct seq_task *task, u32 by)
{
	static const char *const paths[] = {
		"/mnt", "/sys/fs/bpf", "/mnt/d", "/mnt/m", "/proc/self", "/mnt/d/m", "/mnt/a", "/mnt",
	};
	static const u8 kinds[] = { FD_KIND_DIR, FD_KIND_TOKEN, KIND_PATH, FD_KIND_DIR };

	return by == BY_FD ? seq_fd(task, seq_pick(kinds)) : seq_text(seq_pick(paths));
}

/** seq_xattr() - Make two calls about extended attributes, and list the attributes of a file. */
void seq_xattr(struct seq_task *task)
{
	static const char *const names[] = {
		"security.a", "security.b", "trusted.a", "security.a", "user.a", "security.",
		"system.a", "a", "", "trusted.b",
	};
	static const u32 sizes[] = { 0, 1, 3, 8, 8, 9, 65537, 2 };
	static const u8 flags[] = { 0, 0, 0, XATTR_CREATE, XATTR_REPLACE, 3, 4, 0 };
	u32 i;

	for (i = 0; i < 3; i++) {
		u32 how = seq_byte(), op = i == 2 ? LIST : how & 3, by = (how >> 2 & 7) % 3;
		u32 nr = NR_setxattr + 3 * op + by;
		const char *name = names[(how >> 5 | (how & 1) << 3) % ARRAY_SIZE(names)];
		u64 place = file(task, by);
		u64 args[5] = { place, seq_text(name), seq_user("12345678", 8), seq_pick(sizes), 0 };

		if (op == LIST) {
			args[1] = seq_user(NULL, 64);
			args[2] = args[3] > 64 ? 64 : args[3] * 8;
		}
		if (op == SET)
			args[4] = seq_pick(flags);
		seq_call(task, nr, args, (const u32[]){ 5, 4, 3, 2 }[op]);
	}
}
