// SPDX-License-Identifier: MIT

/** What a reproducer does with an answer: it is like that of one of two kernels. */
export const harnessVerdict: string = String.raw`
static int is_like(const struct expected *one, long ret, char **memory)
{
	if (!one->bytes)
		return one->answer < 0 ? ret == one->answer : ret >= 0;
	if (AS_TEXT)
		return ret >= 0 && memmem(memory[DECIDING_SEGMENT], ret, one->bytes, one->size) != NULL;
	return ret >= 0 && !memcmp(memory[DECIDING_SEGMENT] + DECIDING_OFFSET, one->bytes, one->size);
}

static void finish(int at, long ret, char **memory)
{
	const struct step *step = &steps[at];
	int as_on_both = step->exact || step->answer < 0 ? ret == step->answer : ret >= 0;

	if (ret < 0)
		dprintf(out, "# %d %s = %ld (%s)\n", at + 1, step->text, ret, strerror(-ret));
	else
		dprintf(out, "# %d %s = %ld\n", at + 1, step->text, ret);
	if (at == NR_STEPS - 1) {
		int first = is_like(&expected[0], ret, memory), second = is_like(&expected[1], ret, memory);

		/* 1: the first kernel, 2: the second, 3: neither */
		shared->verdict = first && !second ? 1 : second && !first ? 2 : 3;
	} else if (!as_on_both) {
		dprintf(out, "# step %d: both kernels answer %ld; the rest is not comparable\n", at + 1, step->answer);
		shared->verdict = 3;
		shared->ended = 1;
	}
	set_turn(at + 1);
}

`;

/** The start of a reproducer. */
export const harnessMain: string = String.raw`
int main(void)
{
	struct rlimit limit;
	pid_t pid;

	out = 1;
	getrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_max < HIGH + 196)
		limit.rlim_max = HIGH + 196;
	limit.rlim_cur = limit.rlim_max;
	if (geteuid())
		skip("it needs root: its first task is root of the initial user namespace");
	if (setrlimit(RLIMIT_NOFILE, &limit))
		skip("the limit of file descriptors is too low");
	if (!has_tokens())
		skip("the kernel has no BPF tokens");
	if (SYSCTL >= 0 && sysctl_now() != SYSCTL)
		skip("kernel.unprivileged_bpf_disabled has another value than in the scenario");
	out = high(dup(1));
	guard_page = mmap(NULL, sysconf(_SC_PAGESIZE), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (guard_page == MAP_FAILED || shared == MAP_FAILED)
		skip("there is no memory");
	if (unshare(CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWUTS))
		skip("it cannot create namespaces");
	pid = fork();
	if (pid == 0)
		init();
	if (pid < 0)
		skip("it cannot fork");
	int status;
	waitpid(pid, &status, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status) == SKIP)
		return SKIP;
	dprintf(out, "1..1\n");
	if (shared->verdict == 1 || shared->verdict == 2) {
		const struct expected *one = &expected[shared->verdict - 1];

		dprintf(out, "ok 1 - answered as %s: %s\n", one->kernel, one->shown);
		return 0;
	}
	dprintf(out, "not ok 1 - answered neither as %s (%s) nor as %s (%s)\n", expected[0].kernel,
		expected[0].shown, expected[1].kernel, expected[1].shown);
	return 1;
}
`;
