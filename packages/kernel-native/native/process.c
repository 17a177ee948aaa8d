// SPDX-License-Identifier: MIT
#include "process.h"

/* The kernel's own layout of a signal action: handler, flags, restorer, mask. */
void set_signal(int signal, unsigned long handler)
{
	unsigned long action[4] = { handler, 0, 0, 0 };

	SYS(__NR_rt_sigaction, signal, action, 0, 8);
}

uint64_t block_signals(uint64_t mask)
{
	enum { SET_MASK = 2 };
	uint64_t former = 0;

	SYS(__NR_rt_sigprocmask, SET_MASK, &mask, &former, sizeof(mask));
	return former;
}

static const char *variable(char **envp, const char *name)
{
	for (; *envp; envp++)
		if (mini_starts(*envp, name))
			return *envp + mini_strlen(name);
	return NULL;
}

/* Executes a file. One that the kernel does not know is a script of the shell, as for execvp(). */
static long execute_file(const char *path, char **argv, char **envp)
{
	static const char shell[] = "/bin/sh";
	long ret = SYS(__NR_execve, path, argv, envp);
	size_t count = 0;

	if (ret != -MINI_ENOEXEC)
		return ret;
	while (argv[count])
		count++;
	const char *words[count + 2];

	words[0] = shell;
	words[1] = path;
	for (size_t i = 1; i <= count; i++)
		words[i + 1] = argv[i];
	SYS(__NR_execve, shell, words, envp);
	return ret;
}

long execute(char **argv, char **envp)
{
	const char *folders = variable(envp, "PATH=");
	char path[4096], folder[2048];
	long best = -MINI_ENOENT;

	if (!argv[0][0])
		return best;
	if (mini_find(argv[0], "/"))
		return execute_file(argv[0], argv, envp);
	for (folders = folders ? folders : "/usr/bin:/bin"; ; folders++) {
		size_t n = 0;
		long ret;

		for (; *folders && *folders != ':'; folders++)
			if (n + 1 < sizeof(folder))
				folder[n++] = *folders;
		folder[n] = '\0';
		mini_join(path, sizeof(path), n ? folder : ".", "/", argv[0], NULL);
		ret = execute_file(path, argv, envp);
		if (ret != -MINI_ENOENT)
			best = ret;
		if (!*folders)
			return best;
	}
}

/* The words of src/explain/setup-failure.ts of the package bpf-token. */
static const char *reason(long error, const char *name)
{
	switch (error) {
	case -MINI_ENOENT:
		return mini_find(name, "/") ? "it or its interpreter does not exist" :
					      "there is no such program";
	case -MINI_EACCES:
		return "it is a directory, or not executable";
	case -MINI_E2BIG:
		return "its arguments and variables are too long";
	case -MINI_ENOEXEC:
		return "it is not a program of this machine";
	default:
		return mini_error_name(error);
	}
}

void execute_or_exit(const char *who, char **argv, char **envp)
{
	long ret = execute(argv, envp);
	char message[512];

	mini_complain(mini_join(message, sizeof(message), who, ": cannot run '", argv[0], "': ",
				reason(ret, argv[0]), NULL));
	mini_exit(ret == -MINI_ENOENT ? 127 : 126);
}
