// SPDX-License-Identifier: GPL-2.0-only
/*
 * An application built with Emscripten that links the model. A container gets a bpffs, creates a
 * token, and tries two map types.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <bpf-token.h>
#include <linux/bpf.h>
#include <linux/fcntl.h>
#include <linux/mount.h>
#include <linux/sched.h>

/* Linux errno values; those of Emscripten's errno.h differ. */
#define LINUX_EPERM 1

static const char *const check_names[] = {
#define DEFINE_CHECK(id, name, ...) name,
#include <trace/checks.def>
#undef DEFINE_CHECK
};

static uint64_t user_bytes(const void *bytes, uint32_t size)
{
	unsigned long at = kernel_user_alloc(size);

	if (at)
		memcpy((void *)at, bytes, size);
	return at;
}

static uint64_t user_text(const char *text)
{
	return user_bytes(text, (uint32_t)strlen(text) + 1);
}

/* Argument memory is valid until the end of the call. */
static int64_t call(uint32_t pid, uint32_t nr, uint64_t a, uint64_t b, uint64_t c, uint64_t d,
		    uint64_t e)
{
	struct bpf_token_call *block = kernel_call_block();
	const uint64_t args[6] = { a, b, c, d, e, 0 };

	block->nr = nr;
	block->nargs = 6;
	memcpy(block->args, args, sizeof(args));
	kernel_syscall(pid);
	kernel_user_reset();
	return block->ret;
}

static void print_result(const char *what, int64_t ret)
{
	const struct bpf_token_log *log = kernel_refusals();
	uint32_t i;

	printf("%s: %" PRId64, what, ret);
	for (i = 0; i < log->count; i++)
		printf(" %s", check_names[log->decision[i].check]);
	printf("\n");
}

static int64_t set_option(uint32_t pid, int64_t context, const char *key, const char *value)
{
	return call(pid, NR_fsconfig, (uint64_t)context, FSCONFIG_SET_STRING, user_text(key),
		    user_text(value), 0);
}

/* The container manager's part: the mount belongs to the container, root on the host delegates. */
static int64_t delegated_bpffs(uint32_t app)
{
	int64_t context = call(app, NR_fsopen, user_text("bpf"), 0, 0, 0, 0);
	int64_t sent = kernel_send_fd(app, (uint32_t)context, BPF_TOKEN_INIT);
	int64_t mount;

	set_option(BPF_TOKEN_INIT, sent, "delegate_cmds", "map_create");
	set_option(BPF_TOKEN_INIT, sent, "delegate_maps", "array");
	call(BPF_TOKEN_INIT, NR_fsconfig, (uint64_t)sent, FSCONFIG_CMD_CREATE, 0, 0, 0);
	mount = call(app, NR_fsmount, (uint64_t)context, 0, 0, 0, 0);
	return call(app, NR_openat, (uint64_t)mount, user_text("."), O_RDONLY, 0, 0);
}

static int64_t token_create(uint32_t app, int64_t bpffs)
{
	union bpf_attr attr = { 0 };

	attr.token_create.bpffs_fd = (uint32_t)bpffs;
	return call(app, NR_bpf, BPF_TOKEN_CREATE, user_bytes(&attr, sizeof(attr)), sizeof(attr),
		    0, 0);
}

static int64_t map_create(uint32_t app, uint32_t type, int64_t token)
{
	union bpf_attr attr = { 0 };

	attr.map_type = type;
	attr.key_size = 4;
	attr.value_size = 8;
	attr.max_entries = 1;
	attr.map_flags = BPF_F_TOKEN_FD;
	attr.map_token_fd = (int32_t)token;
	return call(app, NR_bpf, BPF_MAP_CREATE, user_bytes(&attr, sizeof(attr)), sizeof(attr), 0,
		    0);
}

int main(void)
{
	int64_t bpffs, token, array, hash;
	uint32_t app;

	if (kernel_boot(6018, 2, 0, 0) != 0)
		return 1;
	app = (uint32_t)kernel_fork(BPF_TOKEN_INIT);
	call(app, NR_unshare, CLONE_NEWUSER | CLONE_NEWNS, 0, 0, 0, 0);
	bpffs = delegated_bpffs(app);
	print_result("bpffs", bpffs);
	token = token_create(app, bpffs);
	print_result("token", token);
	array = map_create(app, BPF_MAP_TYPE_ARRAY, token);
	print_result("array", array);
	hash = map_create(app, BPF_MAP_TYPE_HASH, token);
	print_result("hash", hash);
	return token >= 0 && array >= 0 && hash == -LINUX_EPERM ? 0 : 1;
}
