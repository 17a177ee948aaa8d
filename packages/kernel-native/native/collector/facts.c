// SPDX-License-Identifier: MIT
#include <linux/utsname.h>
#include "collector/facts.h"
#include "collector/parts.h"
#include "collector/piece.h"

/* The user namespace of the host: its inode number is fixed (PROC_USER_INIT_INO). */
#define INITIAL_USERNS "4026531837"

#define MOST_MOUNTS 256
#define MOST_MOUNTS_TEXT "256"

enum { PATH_SIZE = 512, SMALL = 1 << 14 };

/* Reads without a C library, one process at a time. */
static char status[SMALL], text[SMALL];
static struct bpffs_line mount_lines[MOST_MOUNTS], host_lines[2][MOST_MOUNTS];
static struct bpffs_list mounts = { .found = mount_lines, .most = MOST_MOUNTS };
static struct bpffs_list hosts[2] = {
	{ .found = host_lines[0], .most = MOST_MOUNTS },
	{ .found = host_lines[1], .most = MOST_MOUNTS },
};

/* The process ------------------------------------------------------------- */

/* The value of a line `Name: value` of status, without spaces around it. */
static struct piece status_field(const char *name)
{
	const char *at = status;
	size_t count = mini_strlen(name);

	for (;;) {
		if (mini_starts(at, name) && at[count] == ':') {
			struct piece value = { at + count + 1, 0 };

			while (value.at[value.count] && value.at[value.count] != '\n')
				value.count++;
			while (value.count && is_space(*value.at))
				value.at++, value.count--;
			while (value.count && is_space(value.at[value.count - 1]))
				value.count--;
			return value;
		}
		while (*at && *at != '\n')
			at++;
		if (!*at)
			return (struct piece){ NULL, 0 };
		at++;
	}
}

static void write_number(struct out *out, struct piece digits, const char *missing)
{
	bool valid = digits.count > 0 && digits.count <= 10;

	for (size_t i = 0; i < digits.count; i++)
		if (digits.at[i] < '0' || digits.at[i] > '9')
			valid = false;
	/* JSON has no leading zeros. */
	while (valid && digits.count > 1 && *digits.at == '0')
		digits.at++, digits.count--;
	if (valid)
		out_bytes(out, digits.at, digits.count);
	else
		out_text(out, missing);
}

/* Whether the only seccomp filter of the process is one of the caller. */
static bool has_own_filter_only(const struct facts_source *from)
{
	return from->own_filter &&
	       same(status_field("Seccomp_filters"), (struct piece){ "1", 1 });
}

static void write_process(struct out *out, const struct facts_source *from)
{
	static const char *const sets[][2] = {
		{ "effective", "CapEff" }, { "permitted", "CapPrm" }, { "inheritable", "CapInh" },
		{ "bounding", "CapBnd" }, { "ambient", "CapAmb" },
	};
	struct piece name = status_field("Name"), uid = status_field("Uid");

	key(out, "program");
	if (!from->full)
		json_text(out, "program");
	else if (name.at)
		json(out, name);
	else
		json_text(out, "?");
	/* The second number is the effective one. */
	while (uid.count && !is_space(*uid.at))
		uid.at++, uid.count--;
	while (uid.count && is_space(*uid.at))
		uid.at++, uid.count--;
	for (size_t i = 0; i < uid.count; i++)
		if (is_space(uid.at[i]))
			uid.count = i;
	key(out, "uid");
	write_number(out, uid, "-1");
	key(out, "capabilities");
	for (size_t i = 0; i < ARRAY_SIZE(sets); i++) {
		struct piece set = status_field(sets[i][1]);

		out_text(out, i ? ",\"" : "{\"");
		out_text(out, sets[i][0]);
		out_text(out, "\":");
		if (set.at)
			json(out, set);
		else
			out_text(out, "\"0\"");
	}
	out_text(out, "}");
	key(out, "seccomp");
	if (has_own_filter_only(from))
		out_text(out, "0");
	else
		write_number(out, status_field("Seccomp"), "0");
	key(out, "noNewPrivileges");
	name = status_field("NoNewPrivs");
	out_text(out, name.count == 1 && *name.at == '1' ? "true" : "false");
}

/* The kernel -------------------------------------------------------------- */

/* Facts that could not be read, as JSON. */
struct unknown {
	struct out out;
};

static void add_unknown(struct unknown *unknown, const char *fact, const char *why)
{
	out_text(&unknown->out, unknown->out.used ? ",{\"fact\":" : "{\"fact\":");
	json_text(&unknown->out, fact);
	key(&unknown->out, "why");
	json_text(&unknown->out, why);
	out_text(&unknown->out, "}");
}

/* Why a file was not read. A file that is too large is no matter of permissions. */
static const char *why_unread(char *why, size_t count, const char *path, long error)
{
	if (error != -MINI_E2BIG)
		return mini_join(why, count, path, ": ", mini_error_name(error), NULL);
	return mini_join(why, count, path, " has 16 KiB or more, and bpf-token-collect reads less; "
			 "bpf-token doctor --bundle reads all", NULL);
}

/* Reads a file that may be missing into `text`. */
static bool optional(struct unknown *unknown, const char *fact, const char *folder, const char *name)
{
	char path[PATH_SIZE], why[PATH_SIZE + 128];
	long ret = read_file(mini_join(path, sizeof(path), folder, name, NULL), text, sizeof(text));

	if (ret >= 0)
		return true;
	add_unknown(unknown, fact, why_unread(why, sizeof(why), path, ret));
	return false;
}

/* The whole text without spaces around it. */
static struct piece trimmed(void)
{
	struct piece piece = { text, mini_strlen(text) };

	while (piece.count && is_space(*piece.at))
		piece.at++, piece.count--;
	while (piece.count && is_space(piece.at[piece.count - 1]))
		piece.count--;
	return piece;
}

static void write_sysctl(struct out *out, struct unknown *unknown, const char *fact, const char *name,
			 const char *proc, const char *file)
{
	struct piece value, digits;

	if (!optional(unknown, fact, proc, file))
		return;
	value = digits = trimmed();
	if (digits.count && *digits.at == '-')
		digits.at++, digits.count--;
	for (size_t i = 0; i < digits.count; i++)
		if (digits.at[i] < '0' || digits.at[i] > '9')
			return;
	if (!digits.count || digits.count > 10)
		return;
	key(out, name);
	if (digits.at != value.at)
		out_text(out, "-");
	write_number(out, digits, "0");
}

static void write_lsms(struct out *out)
{
	struct piece list = trimmed();
	const char *end = list.at + list.count;

	key(out, "lsms");
	out_text(out, "[");
	for (const char *at = list.at;; at++) {
		struct piece name = { at, 0 };

		while (at < end && *at != ',')
			at++;
		name.count = (size_t)(at - name.at);
		json(out, name);
		if (at >= end)
			break;
		out_text(out, ",");
	}
	out_text(out, "]");
}

static void write_lockdown(struct out *out)
{
	static const char *const modes[] = { "none", "integrity", "confidentiality" };
	char bracket[24];

	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		if (!mini_find(text, mini_join(bracket, sizeof(bracket), "[", modes[i], "]", NULL)))
			continue;
		key(out, "lockdown");
		json_text(out, modes[i]);
		return;
	}
}

static void write_kernel(struct out *out, struct unknown *unknown, const struct facts_source *from)
{
	struct out lsms, lockdown;
	char path[PATH_SIZE];

	/* The order of reading is that of the list of what could not be read. */
	out_open(&lsms, -1);
	out_open(&lockdown, -1);
	if (optional(unknown, "lsms", from->sys, "/kernel/security/lsm"))
		write_lsms(&lsms);
	if (optional(unknown, "lockdown", from->sys, "/kernel/security/lockdown"))
		write_lockdown(&lockdown);
	write_sysctl(out, unknown, "sysctl", "unprivilegedBpfDisabled", from->proc,
		     "/sys/kernel/unprivileged_bpf_disabled");
	write_sysctl(out, unknown, "perf_event_paranoid", "perfEventParanoid", from->proc,
		     "/sys/kernel/perf_event_paranoid");
	out_bytes(out, lsms.bytes, lsms.used);
	out_bytes(out, lockdown.bytes, lockdown.used);
	out_release(&lsms);
	out_release(&lockdown);
	key(out, "btf");
	mini_join(path, sizeof(path), from->sys, "/kernel/btf/vmlinux", NULL);
	out_text(out, SYS(__NR_faccessat, -100 /* AT_FDCWD */, path, 0) == 0 ? "true" : "false");
}

static void write_release(struct out *out, const struct facts_source *from)
{
	struct new_utsname name;

	key(out, "release");
	if (from->release)
		json_text(out, from->release);
	else if (SYS(__NR_uname, &name) == 0)
		json_text(out, name.release);
	else
		json_text(out, "");
}

static bool is_on_host(const struct bpffs_line *mount)
{
	for (size_t list = 0; list < ARRAY_SIZE(hosts); list++)
		for (size_t i = 0; i < hosts[list].count; i++)
			if (same(hosts[list].found[i].device, mount->device))
				return true;
	return false;
}

/* Whether this process is on the host, where process 1 is that of the host, too. */
static bool reads_from_host(const struct facts_source *from)
{
	char path[PATH_SIZE];

	read_link(mini_join(path, sizeof(path), from->proc, "/self/ns/user", NULL), text, sizeof(text));
	return mini_equal(text, "user:[" INITIAL_USERNS "]");
}

/*
 * Reads the BPF filesystems of the host, which only a reader in the initial user
 * namespace sees. Process 1 has them, also if the reader has a mount namespace of its own.
 * Returns NULL, or why they are unknown.
 */
static const char *read_host(const struct facts_source *from)
{
	static const char *const names[] = { "/1/mountinfo", "/self/mountinfo" };
	static char why[PATH_SIZE + 128];
	char path[PATH_SIZE];
	size_t count = 0;

	if (!reads_from_host(from))
		return "this process runs inside a container";
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		/* One that cannot be read shows no filesystem. */
		find_bpffs(mini_join(path, sizeof(path), from->proc, names[i], NULL), &hosts[i]);
		count += hosts[i].count;
		if (hosts[i].more || count > MOST_MOUNTS)
			return "there are more than " MOST_MOUNTS_TEXT " BPF filesystems";
		if (hosts[i].cut)
			return mini_join(why, sizeof(why), "bpf-token-collect reads lines below 64 KiB, and ",
					 path, " has longer ones", NULL);
	}
	return NULL;
}

/* Whether the process is in the network namespace of process 1, which the host owns. */
static void write_network(struct out *out, const char *pid, const struct facts_source *from)
{
	char path[PATH_SIZE], own[64], host[64];

	if (!reads_from_host(from) ||
	    read_link(mini_join(path, sizeof(path), from->proc, "/", pid, "/ns/net", NULL), own,
		      sizeof(own)) < 0 ||
	    read_link(mini_join(path, sizeof(path), from->proc, "/1/ns/net", NULL), host,
		      sizeof(host)) < 0)
		return;
	key(out, "hostNetwork");
	out_text(out, mini_equal(own, host) ? "true" : "false");
}

/* Why something that must be there was not read. */
static void set_problem(struct facts_problem *problem, const char *pid, const char *path, long error)
{
	if (error == -MINI_ENOENT || error == -MINI_ESRCH)
		mini_join(problem->text, sizeof(problem->text), "there is no process ", pid,
			  ", or it has exited", NULL);
	else if (error == -MINI_E2BIG)
		why_unread(problem->text, sizeof(problem->text), path, error);
	else
		mini_join(problem->text, sizeof(problem->text), "cannot read ", path, ": ",
			  mini_error_name(error), "; read it as root", NULL);
}

/* Reads what must be there. */
static bool read_required(const char *pid, const struct facts_source *from,
			  struct facts_problem *problem)
{
	char path[PATH_SIZE];
	long ret = read_short_lines(mini_join(path, sizeof(path), from->proc, "/", pid, "/status", NULL),
				    status, sizeof(status));

	if (ret >= 0)
		ret = find_bpffs(mini_join(path, sizeof(path), from->proc, "/", pid, "/mountinfo", NULL),
				 &mounts);
	if (ret < 0)
		set_problem(problem, pid, path, ret);
	return ret >= 0;
}

/* The inode of the user namespace, as digits in `inode`. */
static bool read_namespace(const char *pid, const struct facts_source *from, char *inode, size_t size,
			   struct facts_problem *problem)
{
	char path[PATH_SIZE];
	long ret = read_link(mini_join(path, sizeof(path), from->proc, "/", pid, "/ns/user", NULL), text,
			     sizeof(text));
	size_t at = 0;

	if (ret == -MINI_ENOENT)
		mini_join(problem->text, sizeof(problem->text), "there is no process ", pid,
			  ", or it has exited", NULL);
	else if (ret < 0)
		mini_join(problem->text, sizeof(problem->text),
			  "cannot read the user namespace of process ", pid, ": ",
			  mini_error_name(ret), "; run it as root", NULL);
	if (ret < 0)
		return false;
	if (mini_starts(text, "user:["))
		for (const char *digit = text + 6; *digit && *digit != ']' && at + 1 < size; digit++)
			inode[at++] = *digit;
	inode[at] = '\0';
	return true;
}

static void write_mounts(struct out *out, bool known, bool full)
{
	key(out, "bpffs");
	out_text(out, "[");
	for (size_t i = 0; i < mounts.count; i++) {
		if (i)
			out_text(out, ",");
		write_mount(out, &mount_lines[i], i + 1, full);
		if (known) {
			key(out, "onHost");
			out_text(out, is_on_host(&mount_lines[i]) ? "true" : "false");
		}
		out_text(out, "}");
	}
	out_text(out, "]");
}

/* What is known of the mounts, and what is not. */
static const char *judge_mounts(struct unknown *unknown, const struct facts_source *from, bool initial)
{
	const char *why = read_host(from);

	if (why && !initial)
		add_unknown(unknown, "mounts of the host", why);
	if (mounts.more)
		add_unknown(unknown, "BPF filesystems after the first " MOST_MOUNTS_TEXT,
			    "bpf-token-collect lists no more; bpf-token doctor --bundle lists all");
	if (mounts.cut)
		add_unknown(unknown, "BPF filesystems with long lines in mountinfo",
			    "bpf-token-collect reads lines below 64 KiB; "
			    "bpf-token doctor --bundle reads all");
	return why;
}

static void release_mounts(void)
{
	release_bpffs(&mounts);
	for (size_t i = 0; i < ARRAY_SIZE(hosts); i++)
		release_bpffs(&hosts[i]);
}

bool write_facts(struct out *out, const char *pid, const struct facts_source *from,
		 struct facts_problem *problem)
{
	struct unknown unknown;
	const char *why_unknown;
	char inode[24];
	bool initial;

	/* What a process before this one left. */
	release_mounts();
	if (!read_required(pid, from, problem) ||
	    !read_namespace(pid, from, inode, sizeof(inode), problem))
		return false;
	initial = mini_equal(inode, INITIAL_USERNS);
	out_open(&unknown.out, -1);
	why_unknown = judge_mounts(&unknown, from, initial);
	out_text(out, "{\"schema\":\"bpf-token/facts@1\",\"pid\":");
	out_text(out, pid);
	write_release(out, from);
	write_process(out, from);
	key(out, "userns");
	out_text(out, "{\"inode\":");
	write_number(out, (struct piece){ inode, mini_strlen(inode) }, "0");
	out_text(out, initial ? ",\"initial\":true}" : ",\"initial\":false}");
	write_network(out, pid, from);
	if (from->filters && same(status_field("Seccomp"), (struct piece){ "2", 1 })) {
		char why[128];

		if (!from->filters(out, pid, why, sizeof(why)))
			add_unknown(&unknown, "seccomp filters", why);
	}
	write_mounts(out, !why_unknown, from->full);
	{
		char name[PATH_SIZE];
		struct out manager;

		out_open(&manager, -1);
		if (optional(&unknown, "cgroup", from->proc,
			     mini_join(name, sizeof(name), "/", pid, "/cgroup", NULL)))
			write_manager(&manager, text, from->full);
		write_kernel(out, &unknown, from);
		out_bytes(out, manager.bytes, manager.used);
		out_release(&manager);
	}
	write_runsc(out, from->proc, pid, reads_from_host(from));
	key(out, "unknown");
	out_text(out, "[");
	out_bytes(out, unknown.out.bytes, unknown.out.used);
	out_text(out, "]}");
	out_release(&unknown.out);
	return true;
}
