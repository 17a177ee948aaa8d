// SPDX-License-Identifier: MIT
// Loads an object with libbpf and attaches its program to the loopback interface: with a BPF link, or by
// netlink as xdp-loader, bpftool net and tc do.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_link.h>
#include <string.h>

enum { LOOPBACK = 1 };

static int attach_link(struct bpf_program *program)
{
	struct bpf_link *link = bpf_program__type(program) == BPF_PROG_TYPE_XDP ?
					bpf_program__attach_xdp(program, LOOPBACK) :
					bpf_program__attach_tcx(program, LOOPBACK, NULL);

	return link == NULL;
}

static int attach_netlink(struct bpf_program *program)
{
	DECLARE_LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = LOOPBACK, .attach_point = BPF_TC_INGRESS);
	DECLARE_LIBBPF_OPTS(bpf_tc_opts, opts, .prog_fd = bpf_program__fd(program));

	if (bpf_program__type(program) == BPF_PROG_TYPE_XDP)
		return bpf_xdp_attach(LOOPBACK, opts.prog_fd, XDP_FLAGS_SKB_MODE, NULL) != 0;
	return bpf_tc_hook_create(&hook) != 0 || bpf_tc_attach(&hook, &opts) != 0;
}

int main(int argc, char **argv)
{
	struct bpf_object *object;
	struct bpf_program *program;

	if (argc != 3)
		return 2;
	object = bpf_object__open_file(argv[1], NULL);
	if (object == NULL || bpf_object__load(object) != 0)
		return 1;
	program = bpf_object__next_program(object, NULL);
	return strcmp(argv[2], "link") == 0 ? attach_link(program) : attach_netlink(program);
}
