// SPDX-License-Identifier: MIT

/** What the runner does with an answer: it is the one of the vector, or the vector ends. */
export const runnerFinish: string = `
static void finish(int at, long ret, char **memory)
{
	const struct step *step = &steps[at];

	(void)memory;
	if (step->exact || step->answer < 0 ? ret == step->answer : ret >= 0) {
		if (at == NR_STEPS - 1)
			shared->verdict = 1;
	} else {
		shared->failed = at + 1;
		shared->answer = ret;
		shared->verdict = 2;
		shared->ended = 1;
	}
	set_turn(at + 1);
}
`;

/** The functions of the runner that read files and run each vector. */
export const runnerMain: string = String.raw`
static int passed, failed, skipped, number;
static int kernel_major, kernel_minor;
static const char *kernel = "?";	/* the release of the vectors that fits */

static void name_kernel(const char *given)
{
	struct utsname name;

	if (uname(&name))
		bad("there is no uname()");
	if (sscanf(given ? given : name.release, "%d.%d", &kernel_major, &kernel_minor) != 2) {
		dprintf(out, "Bail out! a release such as 6.12 is needed, not '%s'\n", given ? given : name.release);
		_exit(2);
	}
}

/* The newest release of the file that is not newer than the kernel. Releases between two answer like the older. */
static void choose_release(const struct json *all)
{
	const struct json *list = member(all, "releases"), *one;
	int major, minor, known_major = 0, known_minor = 0;

	kernel = "?";
	for (one = list ? list->first : NULL; one; one = one->next) {
		if (one->kind != TEXT || sscanf(one->text, "%d.%d", &major, &minor) != 2)
			bad("a release such as 6.12 is needed");
		if (major > kernel_major || (major == kernel_major && minor > kernel_minor))
			continue;
		if (major > known_major || (major == known_major && minor > known_minor)) {
			known_major = major;
			known_minor = minor;
			kernel = one->text;
		}
	}
}

static int is_for_this(const struct json *vector)
{
	const struct json *list = member(vector, "releases"), *one;

	for (one = list ? list->first : NULL; one; one = one->next)
		if (one->kind == TEXT && !strcmp(one->text, kernel))
			return 1;
	return 0;
}

static void result(const char *how, const struct json *vector, const char *more)
{
	const struct json *rules = member(vector, "rules"), *one;

	dprintf(out, "%s %d - %s (", how, ++number, text_of(vector, "name") ? text_of(vector, "name") : "?");
	for (one = rules ? rules->first : NULL; one; one = one->next)
		dprintf(out, "%s%s", one->kind == TEXT ? one->text : "?", one->next ? " " : "");
	dprintf(out, ")%s\n", more);
}

/* In a child, so that each vector starts alike. */
static int run_here(void)
{
	int status;
	pid_t pid;

	if (unshare(CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWUTS))
		return SKIP;
	pid = fork();
	if (pid == 0)
		init();
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return SKIP;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static void run_vector(const struct json *vector)
{
	const struct json *sysctl = member(vector, "sysctl");
	int status;
	pid_t pid;

	if (!is_for_this(vector))
		return;
	if (sysctl && (long)number_of(sysctl) != sysctl_now()) {
		skipped++;
		result("ok", vector, " # SKIP kernel.unprivileged_bpf_disabled has another value");
		return;
	}
	read_vector(vector);
	memset(shared, 0, sizeof(*shared));
	fflush(NULL);
	pid = fork();
	if (pid == 0)
		_exit(run_here());
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || !WIFEXITED(status) || WEXITSTATUS(status) == SKIP) {
		skipped++;
		result("ok", vector, " # SKIP it cannot create namespaces or processes");
	} else if (shared->verdict == 1) {
		passed++;
		result("ok", vector, "");
	} else {
		int at = shared->failed;
		long wanted = at ? steps[at - 1].answer : 0, got = shared->answer;

		int is_todo = member(vector, "configuration") != NULL;

		if (is_todo)
			skipped++;
		else
			failed++;
		result("not ok", vector, is_todo ? " # TODO the kernel may be built without it" : "");
		if (!at)
			dprintf(out, "  # step %d of %d has no answer\n", shared->turn + 1, nr_steps);
		else
			dprintf(out, "  # step %d of %d: %s\n  # answers %ld%s%s%s, and Linux %s answers %s\n", at, nr_steps,
				steps[at - 1].text, got, got < 0 ? " (" : "", got < 0 ? strerror(-got) : "",
				got < 0 ? ")" : "", kernel, wanted < 0 ? strerror(-wanted) : "success");
	}
}

static void run_file(const char *path)
{
	FILE *file = fopen(path, "r");
	struct json *all;
	const struct json *list, *one;
	char *text = NULL;
	size_t size = 0;

	input = path;
	start = position = "";
	if (!file || getdelim(&text, &size, '\0', file) < 0)
		bad("it cannot be read");
	fclose(file);
	start = position = text;
	all = read_json(0);
	if (!member(all, "version") || number_of(member(all, "version")) != VERSION)
		bad("it is no file of vectors of this version");
	choose_release(all);
	list = member(all, "vectors");
	for (one = list ? list->first : NULL; one; one = one->next)
		run_vector(one);
}

int main(int argc, char **argv)
{
	int first = argc > 2 && !strcmp(argv[1], "--release") ? 3 : 1;
	struct rlimit limit;

	out = 1;
	if (argc <= first || argv[first][0] == '-') {
		dprintf(2, "usage: %s [--release X.Y] FILE.json...\n", argv[0]);
		return 2;
	}
	name_kernel(first == 3 ? argv[2] : NULL);
	getrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_max < HIGH + 196)
		limit.rlim_max = HIGH + 196;
	limit.rlim_cur = limit.rlim_max;
	if (geteuid())
		skip("it needs root: the first task is root of the initial user namespace");
	if (setrlimit(RLIMIT_NOFILE, &limit))
		skip("the limit of file descriptors is too low");
	if (!has_tokens())
		skip("the kernel has no BPF tokens");
	out = high(dup(1));
	guard_page = mmap(NULL, sysconf(_SC_PAGESIZE), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (guard_page == MAP_FAILED || shared == MAP_FAILED)
		skip("there is no memory");
	dprintf(out, "TAP version 13\n");
	for (int i = first; i < argc; i++)
		run_file(argv[i]);
	dprintf(out, "1..%d\n# %d passed, %d failed, %d skipped on Linux %d.%d\n", number, passed, failed, skipped,
		kernel_major, kernel_minor);
	return failed ? 1 : 0;
}
`;
