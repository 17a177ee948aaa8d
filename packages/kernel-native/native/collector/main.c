// SPDX-License-Identifier: MIT
/*
 * bpf-token-collect: prints what decides about the bpf() calls of a process, as
 * `bpf-token doctor --from` reads it. For containers without Node.
 */
#include "collector/facts.h"
#include "collector/parts.h"

static const char usage[] =
	"usage: bpf-token-collect [--full] [--seccomp] [PID]\n"
	"\n"
	"Prints the facts of a process as JSON for `bpf-token doctor --from FILE`; without\n"
	"PID, of itself. It changes nothing and makes no bpf() call. The report has no names\n"
	"and of paths only /sys/fs/bpf, /run/bpf and /bpf.\n"
	"\n"
	"  --full      keep names and paths\n"
	"  --seccomp   read the seccomp filters too. That stops the process for a moment, and\n"
	"              needs CAP_SYS_ADMIN on the host, and no filter of this program itself\n"
	"  --proc DIR  the mount point of proc; default /proc\n"
	"  --sys DIR   the mount point of sysfs; default /sys\n"
	"\n"
	"exit codes: 0 printed, 2 usage, 3 the process cannot be read";

static int complain(const char *a, const char *b)
{
	char message[600];

	mini_complain(mini_join(message, sizeof(message), "bpf-token-collect: ", a, b, NULL));
	return 2;
}

int mini_main(int argc, char **argv, char **envp)
{
	struct facts_source from = { .proc = "/proc", .sys = "/sys" };
	struct facts_problem problem = { "" };
	const char *pid = NULL;
	char self[16];
	struct out out;

	(void)envp;
	for (int i = 1; i < argc; i++) {
		const char *word = argv[i];

		if (mini_equal(word, "--help") || mini_equal(word, "-h")) {
			out_open(&out, 1);
			out_text(&out, usage);
			out_text(&out, "\n");
			out_flush(&out);
			return 0;
		}
		if (mini_equal(word, "--full"))
			from.full = true;
		else if (mini_equal(word, "--seccomp"))
			from.filters = write_seccomp;
		else if (mini_equal(word, "--proc") && i + 1 < argc)
			from.proc = argv[++i];
		else if (mini_equal(word, "--sys") && i + 1 < argc)
			from.sys = argv[++i];
		else if (*word == '-')
			return complain("unknown option, or one without its value: ", word);
		else if (pid)
			return complain("only one process can be given, not also ", word);
		else if (mini_number(word) <= 0 || *word == '0')
			return complain("not the number of a process: ", word);
		else
			pid = word;
	}
	if (from.filters && !pid)
		return complain("--seccomp needs the number of a process", "");
	if (!pid) {
		out_open(&out, -1);
		out_number(&out, SYS(__NR_getpid));
		out_bytes(&out, "", 1);
		pid = mini_join(self, sizeof(self), out.bytes, NULL);
		out_release(&out);
	}
	out_open(&out, -1);
	if (!write_facts(&out, pid, &from, &problem)) {
		complain(problem.text, "");
		return 3;
	}
	out_text(&out, "\n");
	out.fd = 1;
	out_flush(&out);
	if (!out.failed)
		return 0;
	complain("the report cannot be written", "");
	return 3;
}
