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

long execute(char **argv, char **envp)
{
	const char *folders = variable(envp, "PATH=");
	char path[4096], folder[2048];
	long best = -MINI_ENOENT;

	if (mini_find(argv[0], "/"))
		return SYS(__NR_execve, argv[0], argv, envp);
	for (folders = folders ? folders : "/usr/bin:/bin"; ; folders++) {
		size_t n = 0;
		long ret;

		for (; *folders && *folders != ':'; folders++)
			if (n + 1 < sizeof(folder))
				folder[n++] = *folders;
		folder[n] = '\0';
		mini_join(path, sizeof(path), n ? folder : ".", "/", argv[0], NULL);
		ret = SYS(__NR_execve, path, argv, envp);
		if (ret != -MINI_ENOENT)
			best = ret;
		if (!*folders)
			return best;
	}
}

void execute_or_exit(const char *who, char **argv, char **envp)
{
	long ret = execute(argv, envp);
	char message[512];

	mini_complain(mini_join(message, sizeof(message), who, ": cannot run ", argv[0], ": ",
				mini_error_name(ret), NULL));
	mini_exit(ret == -MINI_ENOENT ? 127 : 126);
}
