// SPDX-License-Identifier: MIT

/** The numbers of the program's own file descriptors. No call of a scenario may use one. */
export const OWN_FDS = { first: 3900, end: 4096 } as const;

/** The functions of a program that make one call. They follow the table of steps and its size, NR_STEPS. */
export const harnessCalls: string = String.raw`
#define TASKS 64
#define HIGH ${OWN_FDS.first}	/* the program's own file descriptors, above those of the tasks */
#define SECONDS 30
#define BPF_TOKEN_CREATE 36
#define SKIP 4

static struct shared {
	volatile int turn;	/* the step that may run; NR_STEPS: the end */
	volatile int received;	/* the step whose file descriptor is on its way, from 1 */
	volatile int ended;	/* the run ended early */
	volatile int verdict;	/* 0: not yet */
	volatile int failed;	/* the step with another answer, from 1 */
	volatile long answer;	/* what it answered */
	pid_t pids[TASKS];
} *shared;

static int out, procfs, sockets[TASKS][2];
static void *guard_page;

static void skip(const char *why)
{
	dprintf(out, "1..0 # SKIP %s\n", why);
	_exit(SKIP);
}

static int high(int fd)
{
	int to = fcntl(fd, F_DUPFD_CLOEXEC, HIGH);

	if (to < 0)
		skip("the limit of file descriptors is too low");
	close(fd);
	return to;
}

static void set_turn(int turn)
{
	shared->turn = turn;
	syscall(SYS_futex, &shared->turn, FUTEX_WAKE, 1 << 20, NULL, NULL, 0);
}

static void wait_turn(int turn)
{
	int now;

	while ((now = shared->turn) < turn && !shared->ended)
		syscall(SYS_futex, &shared->turn, FUTEX_WAIT, now, NULL, NULL, 0);
	if (shared->ended)
		_exit(0);
}

/* Memory that ends at a page without access, so that a longer access faults. */
static char *place(const struct segment *segment)
{
	size_t page = sysconf(_SC_PAGESIZE), body = (segment->size + page - 1) / page * page;
	char *at = mmap(NULL, body + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		abort();
	mprotect(at + body, page, PROT_NONE);
	at += body - segment->size;
	memcpy(at, segment->bytes, segment->length);
	return at;
}

static unsigned long value_of(const struct arg *arg, char **memory)
{
	if (arg->kind == SEG)
		return (unsigned long)memory[arg->value];
	return arg->kind == BAD ? (unsigned long)guard_page : arg->value;
}

/* The flags of open() in the table are those of x86-64. */
static unsigned long open_flags(unsigned long flags)
{
#ifdef __aarch64__
	static const unsigned long bits[][2] = {
		{ 0x10000, O_DIRECTORY }, { 0x20000, O_NOFOLLOW }, { 0x4000, O_DIRECT }, { 0x8000, 0400000 },
	};
	unsigned long own = flags & ~0x3c000UL;

	for (int i = 0; i < 4; i++)
		if (flags & bits[i][0])
			own |= bits[i][1];
	return own;
#else
	return flags;
#endif
}

/*
 * On Linux 6.19 and newer a token must not be created when file descriptors run out: that can stop
 * the machine later.
 */
static int has_room(void)
{
	int fds[9], count = 0, n;

	while (count < 9 && (fds[count] = eventfd(0, EFD_CLOEXEC)) >= 0)
		count++;
	for (n = 0; n < count; n++)
		close(fds[n]);
	return count == 9;
}

/* A scenario changes the capabilities that it has; this machine may give fewer of them. */
static void keep_held(uint32_t *sets)
{
	uint32_t header[] = { _LINUX_CAPABILITY_VERSION_3, 0 }, held[6];

	if (!sets || syscall(__NR_capget, header, held))
		return;
	for (int i = 0; i < 6; i++)
		sets[i] &= held[i / 3 * 3 + 1];
}

static long call(const struct step *step, char **memory)
{
	unsigned long a[6];
	long ret;
	int i;

	for (i = 0; i < step->nr_segments; i++)
		memory[i] = place(&step->segments[i]);
	for (i = 0; i < step->nr_fixups; i++) {
		unsigned long to = value_of(&step->fixups[i].to, memory);

		memcpy(memory[step->fixups[i].segment] + step->fixups[i].offset, &to, sizeof(to));
	}
	for (i = 0; i < 6; i++)
		a[i] = value_of(&step->args[i], memory);
	if (step->nr == __NR_openat)
		a[2] = open_flags(a[2]);
	if (step->nr == __NR_pipe2)
		a[1] = open_flags(a[1]);
	if (step->nr == __NR_openat2 && step->args[2].kind == SEG && step->segments[step->args[2].value].size >= 8) {
		uint64_t flags;

		memcpy(&flags, (void *)a[2], sizeof(flags));
		flags = open_flags(flags);
		memcpy((void *)a[2], &flags, sizeof(flags));
	}
	if (step->nr == __NR_bpf && a[0] == BPF_TOKEN_CREATE && !has_room())
		return -ECANCELED;
	if (step->nr == __NR_capset && step->answer == 0)
		keep_held((void *)a[1]);
#ifdef __aarch64__
	if (step->nr == __NR_dup2) {
		if (a[0] == a[1])
			return fcntl(a[0], F_GETFD) < 0 ? -EBADF : (long)a[1];
		ret = syscall(__NR_dup3, a[0], a[1], 0);
		return ret < 0 ? -errno : ret;
	}
#endif
	ret = syscall(step->nr, a[0], a[1], a[2], a[3], a[4], a[5]);
	return ret < 0 ? -errno : ret;
}

static long send_fd(int to, int fd)
{
	char byte = 0, control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec part = { &byte, 1 };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control) };
	struct cmsghdr *head = CMSG_FIRSTHDR(&message);

	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(head), &fd, sizeof(fd));
	return sendmsg(sockets[to][0], &message, 0) < 0 ? -errno : 0;
}

static long receive_fd(int task)
{
	char byte, control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec part = { &byte, 1 };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control) };
	int fd = -EMFILE;

	if (recvmsg(sockets[task][1], &message, MSG_CMSG_CLOEXEC) < 0)
		return -errno;
	if (CMSG_FIRSTHDR(&message))
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
	return fd;
}

static long open_ns(const struct step *step)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "%d/ns/%s", (int)shared->pids[step->other], step->name);
	fd = openat(procfs, path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}
`;
