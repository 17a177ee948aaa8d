// SPDX-License-Identifier: MIT

/** The functions of a program that run the table of steps in processes of their own. They call `finish()`. */
export const harnessRun: string = String.raw`
static void act(int me, int from)
{
	for (int at = from; at < NR_STEPS; at++) {
		const struct step *step = &steps[at];
		char *memory[32] = { 0 };
		long ret = 0;
		pid_t pid;

		if (step->op == SEND && step->other == me && step->task != me) {
			while (shared->received != at + 1 && shared->turn <= at && !shared->ended)
				usleep(100);
			if (shared->turn <= at && !shared->ended)
				finish(at, receive_fd(me), memory);
		}
		if (step->task != me)
			continue;
		wait_turn(at);
		switch (step->op) {
		case CALL:
			ret = call(step, memory);
			break;
		case FORK:
			pid = fork();
			if (pid == 0) {
				act(step->other, at + 1);
				_exit(0);
			}
			ret = pid < 0 ? -errno : pid;
			shared->pids[step->other] = pid;
			break;
		case WAIT:
			ret = waitpid(shared->pids[step->other], NULL, 0) < 0 ? -errno : 0;
			break;
		case EXIT:
			finish(at, 0, memory);
			_exit(step->other);
		case SEND:
			ret = send_fd(step->other, (int)step->args[0].value);
			if (ret == 0 && step->other != me) {
				shared->received = at + 1;
				continue;
			}
			if (ret == 0)
				ret = receive_fd(me);
			break;
		case OPEN_NS:
			ret = open_ns(step);
			break;
		case SETTLE:
			usleep(50000);
			break;
		}
		finish(at, ret, memory);
	}
	wait_turn(NR_STEPS);
}

/* A tmpfs as root, with a /proc of its own and no file of the machine. */
static const char *make_root(void)
{
	static const char *const names[] = { "proc", "sys", "sys/fs", "sys/fs/bpf", "dev", "mnt", "tmp" };

	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return "make the mounts private";
	if (mount("tmpfs", "/proc", "tmpfs", MS_NOSUID, "mode=755,size=16m") || chdir("/proc"))
		return "mount a tmpfs";
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (mkdir(names[i], 0755))
			return "make directories";
	chmod("tmp", 01777);
	chmod("proc", 0555);
	chmod("sys", 0555);
	if (mount("proc", "proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL))
		return "mount /proc";
	if (mknod("dev/null", S_IFCHR | 0666, makedev(1, 3)) || chmod("dev/null", 0666))
		return "make /dev/null";
	if (syscall(SYS_pivot_root, ".", ".") == 0)
		return umount2(".", MNT_DETACH) || chdir("/") ? "change the root" : NULL;
	return mount(".", "/", NULL, MS_MOVE, NULL) || chroot(".") || chdir("/") ? "change the root" : NULL;
}

/* Process 1 of the namespaces. When it ends, the kernel ends the tasks. */
static void init(void)
{
	const char *failed = make_root();
	struct rlimit limit;
	time_t end = time(NULL) + SECONDS;
	int null, i;
	pid_t pid;

	if (failed) {
		dprintf(out, "1..0 # SKIP cannot %s: %s\n", failed, strerror(errno));
		_exit(SKIP);
	}
	procfs = high(open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	for (i = 0; i < NR_TASKS; i++) {
		if (socketpair(AF_UNIX, SOCK_DGRAM, 0, sockets[i]))
			skip("there is no socketpair()");
		sockets[i][0] = high(sockets[i][0]);
		sockets[i][1] = high(sockets[i][1]);
	}
	null = open("/dev/null", O_RDWR);
	for (i = 0; i < 3; i++)
		dup2(null, i);
	for (i = 3; i < 256; i++)
		close(i);
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = 1024;
	setrlimit(RLIMIT_NOFILE, &limit);
	umask(022);
	pid = fork();
	if (pid == 0) {
		/* The parent may write it later. */
		shared->pids[0] = getpid();
		act(0, 0);
		_exit(0);
	}
	while (!shared->verdict && time(NULL) < end)
		usleep(1000);
	_exit(0);
}

/* A kernel without tokens does not know the command; one with tokens refuses the file descriptor. */
static int has_tokens(void)
{
	uint32_t attr[] = { 0, (uint32_t)-1 };	/* flags, bpffs_fd */

	return syscall(__NR_bpf, BPF_TOKEN_CREATE, attr, sizeof(attr)) < 0 && errno == EBADF;
}

static int sysctl_now(void)
{
	char text[4] = { 0 };
	int fd = open("/proc/sys/kernel/unprivileged_bpf_disabled", O_RDONLY);

	if (fd < 0 || read(fd, text, 3) < 1)
		return -1;
	close(fd);
	return atoi(text);
}

`;
