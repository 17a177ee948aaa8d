// SPDX-License-Identifier: MIT
/*
 * bpf-token-record: records the calls of a program that decide about its BPF tokens.
 * `bpf-token trace` starts it and explains the recording.
 */
#include <fcntl.h>
#include "record.h"

static const char usage[] =
	"usage: bpf-token-record [-o FILE | --fd N] (--pid N | -- COMMAND [ARGUMENT]...)\n"
	"\n"
	"Records the bpf() calls of a program and its children, and the calls that decide\n"
	"about them, as JSON lines for `bpf-token trace --from FILE`. The exit status is that\n"
	"of the program.\n"
	"\n"
	"  -o FILE   write the recording there; default trace.jsonl\n"
	"  --fd N    write it to this open file descriptor\n"
	"  --pid N   follow a running process until it or this program ends\n";

static int complain(const char *a, const char *b, int status)
{
	char message[600];

	mini_complain(mini_join(message, sizeof(message), "bpf-token-record: ", a, b, NULL));
	return status;
}

struct request {
	const char *file;
	long fd;
	long pid;
	char **command;
};

/* The number of a process or file descriptor; -1 for what is none. A larger one would become another. */
static long positive_int(const char *text)
{
	long number = mini_number(text);

	return number > 0x7fffffff ? -1 : number;
}

static int parse(int argc, char **argv, struct request *request)
{
	for (int i = 1; i < argc; i++) {
		const char *word = argv[i], *value = argv[i + 1];

		if (mini_equal(word, "--help") || mini_equal(word, "-h")) {
			mini_print(usage);
			return 1;
		}
		if (mini_equal(word, "--")) {
			request->command = argv + i + 1;
			return *request->command ? 0 : complain("the command is missing", "", 2);
		}
		if (!value)
			return complain("unknown option, or one without its value: ", word, 2);
		i++;
		if (mini_equal(word, "-o"))
			request->file = value;
		else if (mini_equal(word, "--fd"))
			request->fd = positive_int(value);
		else if (mini_equal(word, "--pid"))
			request->pid = positive_int(value) > 0 ? positive_int(value) : -1;
		else
			return complain("unknown option: ", word, 2);
		if (request->fd == -1)
			return complain("not the number of a file descriptor: ", value, 2);
		if (request->pid == -1)
			return complain("not the number of a process: ", value, 2);
	}
	return 0;
}

int mini_main(int argc, char **argv, char **envp)
{
	struct request request = { "trace.jsonl", -2, 0, NULL };
	int status = parse(argc, argv, &request);

	if (status)
		return status == 1 ? 0 : status;
	if (!!request.command == !!request.pid)
		return complain("give either --pid or a command after --", "", 2);
	if (request.fd < 0)
		request.fd = SYS(__NR_openat, AT_FDCWD, request.file,
				 O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	else
		SYS(__NR_fcntl, request.fd, F_SETFD, FD_CLOEXEC);
	if (request.fd < 0)
		return complain("cannot write ", request.file, 2);
	record_to((int)request.fd);
	if (request.pid) {
		status = supervise_process((int)request.pid, &record_stops);
		if (status < 0 && status != -MINI_ENOEXEC)
			return complain("cannot follow the process: ", mini_error_name(status), 3);
	} else {
		status = supervise_program(request.command, envp, record_filter(), &record_stops);
	}
	if (!record_end())
		complain("the recording is not complete: it cannot be written", "", 3);
	/* The message was printed where the program is known. */
	return status == -MINI_ENOEXEC ? 3 : status;
}
