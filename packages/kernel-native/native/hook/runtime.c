// SPDX-License-Identifier: MIT
/*
 * The wrapper for engines without hooks.d, such as Docker: it adds the hook to
 * config.json of the bundle, if an annotation asks for a delegation, and then
 * executes the real OCI runtime with the same arguments.
 */
#include <asm/unistd.h>
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/stat.h>
#include "hook.h"
#include "addon/sys.h"

#define DEFAULT_CONFIG "/etc/bpf-token/hook.json"

enum { FILE_MOST = 4 << 20 };

/* Whether a global option of runc and crun has a value. */
static bool has_value(const char *word)
{
	static const char *const options[] = {
		"--root", "--log", "--log-format", "--log-level", "--criu", "--rootless",
		"--cgroup-manager", NULL,
	};

	for (const char *const *option = options; *option; option++)
		if (same(word, *option))
			return true;
	return false;
}

/*
 * The bundle of a command that creates a container; NULL for other commands. runc also takes one
 * hyphen, crun also -bDIR, and the last one counts.
 */
static const char *bundle_of(char **argv)
{
	const char *bundle = ".";
	char **at = argv + 1;

	for (; *at && **at == '-'; at++)
		if (has_value(*at) && at[1])
			at++;
	if (!*at || (!same(*at, "create") && !same(*at, "run")))
		return NULL;
	for (at++; *at && !same(*at, "--"); at++) {
		const char *word = starts_with(*at, "--") ? *at + 1 : *at;

		if ((same(word, "-bundle") || same(word, "-b")) && at[1])
			bundle = *++at;
		else if (starts_with(word, "-bundle="))
			bundle = word + strlen("-bundle=");
		else if (starts_with(word, "-b="))
			bundle = word + strlen("-b=");
		else if (starts_with(*at, "-b") && !same(word, "-bundle"))
			bundle = *at + strlen("-b");
	}
	return bundle;
}

static void write_text(int fd, const char *text, size_t size)
{
	while (size) {
		long n = sys(__NR_write, fd, text, size);

		if (n == -EINTR)
			continue;
		if (n < 0)
			fail("config.json of the bundle cannot be written (", errno_name(n), ")");
		text += n;
		size -= n;
	}
}

/* Text to insert must not end its JSON string. */
static void check_plain(const char *text)
{
	for (; *text; text++)
		if (*text == '"' || *text == '\\' || (unsigned char)*text < ' ')
			fail("a path of the hook has a character that JSON would need to escape");
}

/* Inserts @head, the hook and @tail after @at bytes of the text, and replaces the file. */
static void replace(const char *file, const struct json *json, size_t size, size_t at, const char *head,
		    const char *tail, const char *config)
{
	static char fresh[TEXT_MAX + 32], self[TEXT_MAX];
	long fd, n = sys6(__NR_readlinkat, AT_FDCWD, (long)"/proc/self/exe", (long)self,
			  sizeof(self) - 1, 0, 0);

	if (n < 0)
		fail("/proc/self/exe cannot be read (", errno_name(n), ")");
	check_plain(self);
	check_plain(config);
	append(fresh, sizeof(fresh), file);
	append(fresh, sizeof(fresh), ".bpf-token");
	sys6(__NR_unlinkat, AT_FDCWD, (long)fresh, 0, 0, 0, 0);
	fd = sys6(__NR_openat, AT_FDCWD, (long)fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600, 0, 0);
	if (fd < 0)
		fail(fresh, " cannot be created (", errno_name(fd), ")");
	write_text(fd, json->text, at);
	const char *const parts[] = {
		head, "{\"path\":\"", self, "\",\"args\":[\"bpf-token-hook\",\"--config\",\"", config,
		"\"],\"timeout\":20}", tail,
	};
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		write_text(fd, parts[i], strlen(parts[i]));
	write_text(fd, json->text + at, size - at);
	n = sys6(__NR_renameat2, AT_FDCWD, (long)fresh, AT_FDCWD, (long)file, 0, 0);
	if (n < 0)
		fail(file, " cannot be replaced (", errno_name(n), ")");
	sys(__NR_close, fd, 0, 0);
}

static void add_hook(const char *bundle, const struct host_config *config)
{
	static char file[TEXT_MAX];
	struct json json;
	const char *problem;
	char *text;
	long fd, size;
	int hooks, list;

	if (!append(file, sizeof(file), bundle) || !append(file, sizeof(file), "/config.json"))
		fail("the path of the bundle is too long");
	fd = sys6(__NR_openat, AT_FDCWD, (long)file, O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0, 0, 0);
	/* The runtime reports this itself. */
	if (fd < 0)
		return;
	size = read_whole(fd, FILE_MOST, &text);
	sys(__NR_close, fd, 0, 0);
	problem = size < 0 ? errno_name(size) : json_parse(&json, text, size);
	if (problem)
		fail(file, " cannot be used: ", problem);
	if (!has_annotation(&json, config))
		return;
	hooks = json_get(&json, 0, "hooks");
	list = json_get(&json, hooks, "createRuntime");
	if (json_is(&json, list, JSMN_ARRAY))
		replace(file, &json, size, json.tokens[list].start + 1, "",
			json_first(&json, list) == NONE ? "" : ",", config->file);
	else if (list != NONE)
		fail("hooks.createRuntime in ", file, " is no list");
	else if (json_is(&json, hooks, JSMN_OBJECT))
		replace(file, &json, size, json.tokens[hooks].start + 1, "\"createRuntime\":[",
			json_first(&json, hooks) == NONE ? "]" : "],", config->file);
	else if (hooks != NONE)
		fail("hooks in ", file, " is no object");
	else
		replace(file, &json, size, json.tokens[0].start + 1, "\"hooks\":{\"createRuntime\":[",
			"]},", config->file);
}

static bool is_self(const char *path)
{
	struct statx self, other;

	return sys6(__NR_statx, AT_FDCWD, (long)"/proc/self/exe", 0, STATX_INO, (long)&self, 0) == 0 &&
	       sys6(__NR_statx, AT_FDCWD, (long)path, 0, STATX_INO, (long)&other, 0) == 0 &&
	       self.stx_ino == other.stx_ino && self.stx_dev_major == other.stx_dev_major &&
	       self.stx_dev_minor == other.stx_dev_minor;
}

_Noreturn void run_runtime(char **argv, char **envp)
{
	static struct host_config config;
	const char *file = DEFAULT_CONFIG, *bundle;
	long error;

	if (argv[1] && same(argv[1], "--hook-config") && argv[2]) {
		file = argv[2];
		argv[2] = argv[0];
		argv += 2;
	}
	bundle = bundle_of(argv);
	if (bundle)
		read_host_config(file, &config);
	else
		read_runtime(file, &config);
	if (config.runtime[0] != '/')
		fail("'runtime' is missing in ", file, ". Fix: the absolute path of runc or crun");
	if (is_self(config.runtime))
		fail("'runtime' in ", file, " is this wrapper itself");
	if (bundle)
		add_hook(bundle, &config);
	argv[0] = config.runtime;
	error = sys(__NR_execve, config.runtime, argv, envp);
	fail(config.runtime, " cannot be executed (", errno_name(error), ")");
}
