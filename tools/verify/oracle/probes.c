// SPDX-License-Identifier: MIT
/*
 * probes: records in which order libbpf probes kernel features and loads an object.
 *
 * usage: probes TARGET_BTF OBJECT...
 *
 * libbpf runs on a fake bpf(2) that accepts everything, as in record.c. Each object has a process
 * of its own, because libbpf caches the probed features: per process without a token, per object
 * with a token. Every call is a line of JSON. Each object is loaded twice, without and with a
 * token.
 */
#include "fake-bpf.h"
#include <sys/wait.h>

/* Any folder works, because no kernel sees the path. */
#define TOKEN_FOLDER "/"

/* The result of a load, as an exit code. */
enum { FINE, FAILED, NO_SUCH_PROGRAM };

static void put_hex(const char *key, const void *bytes, size_t size)
{
	const unsigned char *byte = bytes;
	size_t i;

	printf(",\"%s\":\"", key);
	for (i = 0; bytes && i < size; i++)
		printf("%02x", byte[i]);
	printf("\"");
}

static void map_create(const union bpf_attr *attr)
{
	if (is_own_map(attr->map_name)) {
		printf("\"own\":\"map\",\"name\":\"%s\"", attr->map_name);
		return;
	}
	printf("\"cmd\":\"MAP_CREATE\",\"type\":%u,\"keySize\":%u,\"valueSize\":%u,\"maxEntries\":%u,"
	       "\"flags\":%u,\"name\":\"%s\",\"token\":%d",
	       attr->map_type, attr->key_size, attr->value_size, attr->max_entries,
	       attr->map_flags, attr->map_name, attr->map_token_fd > 0);
}

/* Fds depend on what is open, so they are blanked. */
static void put_insns(const union bpf_attr *attr)
{
	struct bpf_insn insns[16] = {};
	unsigned int i, count = attr->insn_cnt < 16 ? attr->insn_cnt : 16;

	memcpy(insns, (const void *)attr->insns, count * sizeof(insns[0]));
	for (i = 0; i < count; i++)
		if (insns[i].code == (BPF_LD | BPF_IMM | BPF_DW) && insns[i].src_reg)
			insns[i].imm = 0;
	put_hex("insns", insns, count * sizeof(insns[0]));
}

static void prog_load(const union bpf_attr *attr)
{
	struct bpf_program *prog = own_program(attr);

	if (prog) {
		printf("\"own\":\"program\",\"name\":\"%s\"", bpf_program__name(prog));
		return;
	}
	printf("\"cmd\":\"PROG_LOAD\",\"type\":%u,\"attach\":%u,\"flags\":%u,\"license\":\"%s\","
	       "\"name\":\"%s\",\"token\":%d,\"typed\":%d",
	       attr->prog_type, attr->expected_attach_type, attr->prog_flags,
	       (const char *)attr->license, attr->prog_name, attr->prog_token_fd > 0,
	       attr->prog_btf_fd > 0);
	put_insns(attr);
	put_hex("funcInfo", (const void *)attr->func_info,
		(size_t)attr->func_info_cnt * attr->func_info_rec_size);
}

static void btf_load(const union bpf_attr *attr)
{
	if (is_own_btf(attr)) {
		printf("\"own\":\"btf\",\"name\":\"\"");
		return;
	}
	printf("\"cmd\":\"BTF_LOAD\",\"flags\":%u,\"token\":%d", attr->btf_flags,
	       attr->btf_token_fd > 0);
	put_hex("btf", (const void *)attr->btf, attr->btf_size);
}

/* Accepts everything, and reports no existing objects. */
static long answer(int cmd)
{
	switch (cmd) {
	case BPF_MAP_CREATE:
		return new_fd("map", MAP_BYTES);
	case BPF_PROG_LOAD:
	case BPF_BTF_LOAD:
	case BPF_TOKEN_CREATE:
		return new_fd("probes", 0);
	case BPF_MAP_UPDATE_ELEM:
	case BPF_MAP_FREEZE:
	case BPF_PROG_BIND_MAP:
	case BPF_OBJ_GET_INFO_BY_FD:
		return 0;
	case BPF_BTF_GET_NEXT_ID:
		return -ENOENT;
	case BPF_LINK_CREATE:
		return -EBADF;
	default:
		return -EINVAL;
	}
}

static long fake_bpf(int cmd, const union bpf_attr *attr)
{
	printf("{\"call\":\"bpf\",");
	if (cmd == BPF_MAP_CREATE)
		map_create(attr);
	else if (cmd == BPF_PROG_LOAD)
		prog_load(attr);
	else if (cmd == BPF_BTF_LOAD)
		btf_load(attr);
	else
		printf("\"other\":%d", cmd);
	printf("}\n");
	return answer(cmd);
}

/* Loads an object with its default programs, or program number `wanted` (from 0) alone. */
static int load(const char *path, const char *target, const char *token, int wanted)
{
	LIBBPF_OPTS(bpf_object_open_opts, options, .btf_custom_path = target,
		    .bpf_token_path = token);
	struct bpf_object *object = bpf_object__open_file(path, &options);
	struct bpf_program *prog;
	int err, n = 0;

	if (wanted >= 0) {
		bpf_object__for_each_program(prog, object)
			bpf_program__set_autoload(prog, n++ == wanted);
		if (wanted >= n)
			return NO_SUCH_PROGRAM;
	}
	printf("{\"call\":\"open\",\"file\":\"%s\",\"token\":%s,\"program\":%d,\"error\":%d}\n",
	       path, *token ? "true" : "false", wanted, object ? 0 : -errno);
	if (!object)
		return FINE;
	unpin_maps(object);
	loading = object;
	err = bpf_object__load(object);
	printf("{\"call\":\"load\",\"error\":%d}\n", err);
	return err ? FAILED : FINE;
}

static int in_a_process(const char *path, const char *target, const char *token, int wanted)
{
	int status = 0;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0)
		exit(load(path, target, token, wanted));
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || !WIFEXITED(status)) {
		fprintf(stderr, "%s: libbpf crashed\n", path);
		exit(1);
	}
	return WEXITSTATUS(status);
}

static void record(const char *path, const char *target, const char *token)
{
	int i;

	if (in_a_process(path, target, token, -1) != FAILED)
		return;
	/* If one program cannot be loaded, others may still load. */
	for (i = 0; in_a_process(path, target, token, i) != NO_SUCH_PROGRAM;)
		i++;
}

int main(int argc, char **argv)
{
	int i;

	if (argc < 3) {
		fprintf(stderr, "usage: probes TARGET_BTF OBJECT...\n");
		return 2;
	}
	printf("{\"call\":\"libbpf\",\"version\":\"%s\"}\n", libbpf_version_string());
	libbpf_set_print(silent);
	for (i = 2; i < argc; i++) {
		record(argv[i], argv[1], "");
		record(argv[i], argv[1], TOKEN_FOLDER);
	}
	return 0;
}
