// SPDX-License-Identifier: GPL-2.0-only
/* Options of bpffs: OP-01 to OP-20, RN-01 to RN-09, and the phases of a context. */
#include <linux/bpf.h>
#include <linux/btf.h>

#include "bpf_host.h"

struct value {
	const char *text;
	s64 err;
	u64 mask;
	const char *shown;	/* delegate_maps in /proc/self/mounts; "" if absent */
};

/* Spec section 4.2 and 4.3; OP-08 is about numbers after other items. */
static const struct value values[] = {
	{ "any", 0, ~0ULL, "any" },
	{ "hash", 0, 0x2, "hash" },
	{ "HaSh:ARRAY", 0, 0x6, "hash:array" },
	{ "array:hash", 0, 0x6, "hash:array" },
	{ "hash:0x10", 0, 0x10, "perf_event_array" },
	{ "0x10:hash", 0, 0x12, "hash:perf_event_array" },
	{ "any:0x4", 0, 0x4, "array" },
	{ "0x2:0x4", 0, 0x4, "array" },
	{ "unspec", 0, 0x1, "unspec" },
	{ "cgroup_storage", 0, 1 << 19, "cgroup_storage_deprecated" },
	{ "cgroup_storage_deprecated", 0, 1 << 19, "cgroup_storage_deprecated" },
	{ "percpu_cgroup_storage", 0, 1 << 21, "percpu_cgroup_storage_deprecated" },
	{ "0x3ffffffff", 0, 0x3ffffffffULL, "any" },
	{ "0x8000000000000000", 0, 1ULL << 63, "" },
	{ "0x8000000000000002", 0, 1ULL << 63 | 2, "hash" },
	{ "010", 0, 8, "prog_array" },
	{ "+7", 0, 7, "unspec:hash:array" },
	{ "0X4", 0, 4, "array" },
	{ "2\n", 0, 2, "hash" },
	{ "18446744073709551615", 0, ~0ULL, "any" },
	{ "0", 0, 0, "" },
	{ "18446744073709551616", -ERANGE, 0, "" },
	{ "bpf_map_type_hash", -EINVAL, 0, "" },
	{ "ANY", -EINVAL, 0, "" },
	{ "Any", -EINVAL, 0, "" },
	{ "", -EINVAL, 0, "" },
	{ ":hash", -EINVAL, 0, "" },
	{ "hash:", -EINVAL, 0, "" },
	{ "hash::array", -EINVAL, 0, "" },
	{ "hash,array", -EINVAL, 0, "" },
	{ "hash|array", -EINVAL, 0, "" },
	{ "hash array", -EINVAL, 0, "" },
	{ " 1", -EINVAL, 0, "" },
	{ "1 ", -EINVAL, 0, "" },
	{ "-1", -EINVAL, 0, "" },
	{ "0b1", -EINVAL, 0, "" },
	{ "0x", -EINVAL, 0, "" },
	{ "08", -EINVAL, 0, "" },
	{ "hash:nope", -EINVAL, 0, "" },
	{ "prog_load", -EINVAL, 0, "" },
};

static s64 mount_ctx(s64 ctx, const char *where)
{
	s64 mnt, err;

	err = fs_create(ROOT, ctx);
	if (err)
		return err;
	mnt = sys(ROOT, fsmount, ctx, 0, 0);
	err = sys(ROOT, move_mount, mnt, text(""), AT_FDCWD, text(where), MOVE_MOUNT_F_EMPTY_PATH);
	sys(ROOT, close, mnt);
	return err;
}

/* The options in /proc/self/mounts of the bpffs at /mnt. */
static const char *shown(void)
{
	char *line = (char *)strstr(slurp(ROOT, "/proc/self/mounts", NULL), " /mnt bpf rw,relatime");
	char *end;

	if (!line)
		return "not mounted";
	line += __builtin_strlen(" /mnt bpf rw,relatime");
	end = strchr(line, ' ');
	*end = 0;
	return line;
}

static void each_value(void)
{
	char want[80];
	u32 i;

	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		s64 ctx = sys(ROOT, fsopen, text("bpf"), 0);
		s64 err = set_option(ROOT, ctx, "delegate_maps", values[i].text);

		kunit.test = values[i].text;
		KUNIT_EXPECT_EQ(err, values[i].err);
		KUNIT_EXPECT_EQ(mount_ctx(ctx, "/mnt"), 0);
		want[0] = 0;
		if (*values[i].shown)
			__builtin_snprintf(want, sizeof(want), ",delegate_maps=%s",
					   values[i].shown);
		KUNIT_EXPECT_STREQ(shown(), want);
		sys(ROOT, close, ctx);
		KUNIT_EXPECT_EQ(sys(ROOT, umount2, text("/mnt"), 0), 0);
	}
	KUNIT_EXPECT_EQ(kernel_live(LIVE_FS_CONTEXTS), 0);
}

/* RN-01, RN-03, OP-10, OP-14, OP-18, OP-19, OP-20. */
static void together(void)
{
	s64 ctx = sys(ROOT, fsopen, text("bpf"), 0);

	KUNIT_EXPECT_EQ(set_option(ROOT, ctx, "delegate_attachs", "xdp"), 0);
	KUNIT_EXPECT_EQ(set_option(ROOT, ctx, "delegate_cmds", "prog_run"), 0);
	KUNIT_EXPECT_EQ(set_option(ROOT, ctx, "delegate_cmds", "map_create:nope"), -EINVAL);
	KUNIT_EXPECT_EQ(last_check(), CHK_OPTION_DELEGATE_ITEM);
	KUNIT_EXPECT_EQ(set_option(ROOT, ctx, "delegate_cmds", "map_create"), 0);
	KUNIT_EXPECT_EQ(set_option(ROOT, ctx, "uid", "7"), 0);
	KUNIT_EXPECT_EQ(set_option(ROOT, ctx, "gid", "-1"), -EINVAL);
	KUNIT_EXPECT_EQ(set_option(ROOT, ctx, "gid", "4294967295"), -EINVAL);
	KUNIT_EXPECT_EQ(set_option(ROOT, ctx, "mode", "10755"), 0);
	KUNIT_EXPECT_EQ(set_option(ROOT, ctx, "mode", "8"), -EINVAL);
	KUNIT_EXPECT_EQ(set_option(ROOT, ctx, "source", "bpffs"), 0);
	KUNIT_EXPECT_EQ(set_option(ROOT, ctx, "source", "twice"), -EINVAL);
	KUNIT_EXPECT_EQ(set_option(ROOT, ctx, "nonsense", "1"), 0);
	KUNIT_EXPECT_EQ(sys(ROOT, fsconfig, ctx, FSCONFIG_SET_FLAG, text("nonsense"), 0, 0), 0);
	KUNIT_EXPECT_EQ(sys(ROOT, fsconfig, ctx, FSCONFIG_SET_FLAG, text("delegate_cmds"), 0, 0),
			-EINVAL);
	KUNIT_EXPECT_EQ(mount_ctx(ctx, "/mnt"), 0);
	KUNIT_EXPECT_TRUE(strstr(slurp(ROOT, "/proc/self/mounts", NULL),
				 "bpffs /mnt bpf rw,relatime,uid=7,mode=755,"
				 "delegate_cmds=map_create:prog_test_run,"
				 "delegate_attachs=xdp 0 0\n"));
	/* FS-22: reconfiguring parses the options and ignores them */
	KUNIT_EXPECT_EQ(set_option(ROOT, ctx, "delegate_cmds", "any"), 0);
	KUNIT_EXPECT_EQ(sys(ROOT, fsconfig, ctx, FSCONFIG_CMD_RECONFIGURE, 0, 0, 0), 0);
	KUNIT_EXPECT_STREQ(shown(), ",uid=7,mode=755,delegate_cmds=map_create:prog_test_run,"
				    "delegate_attachs=xdp");
	sys(ROOT, close, ctx);
}

/* FS-01, FS-06 to FS-13, FS-15, FS-20, OP-12, OP-13. */
static void phases_and_privileges(void)
{
	u32 child = container();
	s64 ctx = sys(child, fsopen, text("bpf"), 0), root_ctx;

	KUNIT_EXPECT_EQ(sys(child, fsopen, text("bpf"), 2), -EINVAL);
	KUNIT_EXPECT_EQ(sys(child, fsopen, text("nope"), 0), -ENODEV);
	KUNIT_EXPECT_EQ(set_option(child, ctx, "delegate_cmds", "0x1"), -EPERM);
	KUNIT_EXPECT_EQ(last_check(), CHK_OPTION_DELEGATE_CAPABLE);
	KUNIT_EXPECT_EQ(set_option(child, ctx, "delegate_cmds", "nope"), -EINVAL);
	KUNIT_EXPECT_EQ(set_option(child, ctx, "delegate_cmds", "0"), 0);
	KUNIT_EXPECT_EQ(sys(child, fsconfig, ctx, 99, 0, 0, 0), -EOPNOTSUPP);
	KUNIT_EXPECT_EQ(sys(child, fsconfig, -1, FSCONFIG_CMD_CREATE, 0, 0, 0), -EINVAL);
	KUNIT_EXPECT_EQ(sys(child, fsconfig, 77, FSCONFIG_CMD_CREATE, 0, 0, 0), -EBADF);
	KUNIT_EXPECT_EQ(sys(child, fsconfig, 0, FSCONFIG_CMD_CREATE, 0, 0, 0), -EINVAL);
	KUNIT_EXPECT_EQ(sys(child, fsmount, ctx, 0, 0), -EINVAL);
	KUNIT_EXPECT_EQ(last_check(), CHK_FSMOUNT_NO_SUPER);

	root_ctx = kernel_send_fd(child, (u32)ctx, ROOT);
	KUNIT_EXPECT_EQ(fs_create(child, ctx), -EPERM);
	KUNIT_EXPECT_EQ(last_check(), CHK_BPFFS_FILL_CAPABLE);
	KUNIT_EXPECT_EQ(fs_create(ROOT, root_ctx), -EBUSY);	/* FS-12: the context has failed */
	KUNIT_EXPECT_EQ(set_option(ROOT, root_ctx, "mode", "700"), -EBUSY);

	ctx = kernel_send_fd(child, (u32)sys(child, fsopen, text("bpf"), 0), ROOT);
	KUNIT_EXPECT_EQ(fs_create(ROOT, ctx), 0);
	KUNIT_EXPECT_EQ(fs_create(ROOT, ctx), -EBUSY);
	KUNIT_EXPECT_EQ(set_option(ROOT, ctx, "mode", "700"), -EBUSY);
	KUNIT_EXPECT_EQ(sys(ROOT, fsmount, ctx, 8, 0), -EINVAL);
	KUNIT_EXPECT_EQ(sys(ROOT, fsmount, ctx, 0, 0x70), -EINVAL);
	KUNIT_EXPECT_TRUE(sys(ROOT, fsmount, ctx, 0, 0) >= 0);
	KUNIT_EXPECT_EQ(sys(ROOT, fsmount, ctx, 0, 0), -EBUSY);
	KUNIT_EXPECT_EQ(set_option(ROOT, ctx, "mode", "700"), 0);

	KUNIT_EXPECT_EQ(sys(child, mount, text("x"), text("/mnt"), text("bpf"), 0, 0), -EPERM);
	KUNIT_EXPECT_EQ(sys(child, mount, text("x"), text("/mnt"), text("bpf"), 0,
			    text("delegate_cmds=nope")), -EINVAL);
	KUNIT_EXPECT_EQ(sys(child, mount, text("x"), text("/mnt"), text("bpf"), 0,
			    text("delegate_cmds=1")), -EPERM);
	KUNIT_EXPECT_EQ(last_check(), CHK_OPTION_DELEGATE_CAPABLE);
}

/* OP-02, OP-04, RN-04, RN-06 in the column of the v10 series. */
static void series_values(void)
{
	s64 ctx = sys(ROOT, fsopen, text("bpf"), 0);

	KUNIT_EXPECT_EQ(set_option(ROOT, ctx, "delegate_maps", "hash"), -EINVAL);
	KUNIT_EXPECT_EQ(set_option(ROOT, ctx, "delegate_maps", "1:2"), -EINVAL);
	KUNIT_EXPECT_EQ(set_option(ROOT, ctx, "delegate_maps", "0x8000000000000002"), 0);
	KUNIT_EXPECT_EQ(set_option(ROOT, ctx, "delegate_cmds", "any"), 0);
	KUNIT_EXPECT_EQ(set_option(ROOT, ctx, "uid", "7"), 0);	/* OP-20: no such option */
	KUNIT_EXPECT_EQ(mount_ctx(ctx, "/mnt"), 0);
	KUNIT_EXPECT_STREQ(shown(), ",delegate_cmds=any,delegate_maps=0x8000000000000002");
}

static void old_names(void)
{
	s64 ctx = sys(ROOT, fsopen, text("bpf"), 0);

	KUNIT_EXPECT_EQ(set_option(ROOT, ctx, "delegate_attachs", "trace_uprobe_session"), -EINVAL);
	KUNIT_EXPECT_EQ(set_option(ROOT, ctx, "delegate_cmds", "prog_stream_read_by_fd"), -EINVAL);
}

/* OP-21: the value of a name in the vmlinux BTF's enum of commands, from which inode.c takes it. */
static s64 command_in_btf(const char *name)
{
	struct btf *btf = bpf_get_btf_vmlinux();
	s32 id = btf_find_by_name_kind(btf, "bpf_cmd", BTF_KIND_ENUM);
	const struct btf_type *t = btf_type_by_id(btf, (u32)id);
	u32 i;

	for (i = 0; i < btf_vlen(t); i++)
		if (!strcmp(btf_name_by_offset(btf, btf_enum(t)[i].name_off), name))
			return btf_enum(t)[i].val;
	return -ENOENT;
}

static void flag_in_btf(void)
{
	KUNIT_EXPECT_EQ(command_in_btf("BPF_TOKEN_CREATE"), 36);
	KUNIT_EXPECT_EQ(command_in_btf("BPF_COMMON_ATTRS"), 65536);
}

static void no_flag_in_btf(void)
{
	KUNIT_EXPECT_EQ(command_in_btf("BPF_TOKEN_CREATE"), 36);
	KUNIT_EXPECT_EQ(command_in_btf("BPF_COMMON_ATTRS"), -ENOENT);
}

static void flag_of_7_2(void) { on_release(7002, flag_in_btf); }
static void flag_of_7_1(void) { on_release(7001, no_flag_in_btf); }
static void single_values(void) { on_release(6018, each_value); }
static void combined_options(void) { on_release(6018, together); }
static void phases(void) { on_release(6018, phases_and_privileges); }
static void series(void) { on_release(RELEASE_V10, series_values); }
static void names_of_6_12(void) { on_release(6012, old_names); }

KUNIT_SUITE(options, KUNIT_CASE(single_values), KUNIT_CASE(combined_options), KUNIT_CASE(phases),
	    KUNIT_CASE(series), KUNIT_CASE(names_of_6_12), KUNIT_CASE(flag_of_7_2),
	    KUNIT_CASE(flag_of_7_1))
