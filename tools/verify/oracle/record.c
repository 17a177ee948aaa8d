// SPDX-License-Identifier: MIT
/*
 * record: records libbpf's bpf(2) calls, object by object.
 *
 * usage: record BLOBS TARGET_BTF OBJECT...
 *
 * libbpf runs on a fake bpf(2) that accepts everything, so neither root nor a verifier nor a kernel
 * is needed. Each call is a line of JSON on standard output. Bytes go to the file BLOBS, and the
 * lines contain their offsets.
 */
#include "fake-bpf.h"

/* Map names beyond this number are unique. */
#define MAPS 1024

static FILE *blobs;
/* Names of the maps that were created for the object. */
static char made[MAPS][BPF_OBJ_NAME_LEN];
static int nr_made;

static void put_blob(const char *key, const void *bytes, size_t size)
{
	printf(",\"%s\":[%ld,%zu]", key, ftell(blobs), bytes ? size : 0);
	if (bytes)
		fwrite(bytes, 1, size, blobs);
}

/*
 * Numbers maps as NAME#0, NAME#1 …, because names that differ only after 15 characters are equal.
 */
static void number_map(const char *name, char numbered[32])
{
	int i, before = 0;

	for (i = 0; i < nr_made; i++)
		before += !strcmp(made[i], name);
	if (nr_made < MAPS)
		strcpy(made[nr_made++], name);
	snprintf(numbered, 32, "%s#%d", name, before);
}

static int map_create(const union bpf_attr *attr)
{
	char numbered[32] = "probe";

	/* libbpf's probes create maps, too. */
	if (loading && is_own_map(attr->map_name)) {
		number_map(attr->map_name, numbered);
		printf("{\"call\":\"map\",\"name\":\"%s\",\"type\":%u,\"keySize\":%u,\"valueSize\":%u,"
		       "\"maxEntries\":%u,\"flags\":%u,\"keyTypeId\":%u,\"valueTypeId\":%u,"
		       "\"extra\":\"%llu\",\"numaNode\":%u,\"inner\":%s,\"typed\":%s}\n",
		       attr->map_name, attr->map_type, attr->key_size, attr->value_size,
		       attr->max_entries, attr->map_flags, attr->btf_key_type_id,
		       attr->btf_value_type_id, (unsigned long long)attr->map_extra,
		       attr->numa_node, attr->inner_map_fd ? "true" : "false",
		       attr->btf_fd ? "true" : "false");
	}
	return new_fd(numbered, MAP_BYTES);
}

/* Whether the fd is that of a map; if so, returns its name. */
static int map_name(int fd, char name[32])
{
	char path[32], link[64] = "";

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (readlink(path, link, sizeof(link) - 1) < 0)
		return 0;
	return sscanf(link, "/memfd:%31[^ ]", name) == 1;
}

static void put_descriptors(const struct bpf_insn *insns, unsigned int count)
{
	char name[32];
	const char *comma = "";
	unsigned int i;

	printf(",\"maps\":{");
	for (i = 0; i + 1 < count; i++) {
		if (insns[i].code != (BPF_LD | BPF_IMM | BPF_DW))
			continue;
		if ((insns[i].src_reg == BPF_PSEUDO_MAP_FD || insns[i].src_reg == BPF_PSEUDO_MAP_VALUE) &&
		    map_name(insns[i].imm, name)) {
			printf("%s\"%s\":%d", comma, name, insns[i].imm);
			comma = ",";
		}
		i++;
	}
	printf("}");
}

static int prog_load(const union bpf_attr *attr)
{
	struct bpf_program *prog = loading ? own_program(attr) : NULL;

	if (prog) {
		printf("{\"call\":\"program\",\"name\":\"%s\",\"type\":%u,\"attach\":%u,\"flags\":%u,"
		       "\"attachBtfId\":%u,\"license\":\"%s\",\"kernelName\":\"%s\","
		       "\"version\":%u,\"typed\":%s,\"attachBtfFd\":%u,\"fdArray\":%s",
		       bpf_program__name(prog), attr->prog_type, attr->expected_attach_type,
		       attr->prog_flags, attr->attach_btf_id, (const char *)attr->license,
		       attr->prog_name, attr->kern_version, attr->prog_btf_fd ? "true" : "false",
		       attr->attach_btf_obj_fd, attr->fd_array ? "true" : "false");
		put_blob("insns", (const void *)attr->insns, attr->insn_cnt * sizeof(struct bpf_insn));
		put_blob("funcInfo", (const void *)attr->func_info,
			 attr->func_info_cnt * attr->func_info_rec_size);
		put_blob("lineInfo", (const void *)attr->line_info,
			 attr->line_info_cnt * attr->line_info_rec_size);
		put_descriptors((const void *)attr->insns, attr->insn_cnt);
		printf("}\n");
	}
	return new_fd("record", 0);
}

static int btf_load(const union bpf_attr *attr)
{
	if (loading && is_own_btf(attr)) {
		printf("{\"call\":\"btf\"");
		put_blob("bytes", (const void *)attr->btf, attr->btf_size);
		printf("}\n");
	}
	return new_fd("record", 0);
}

static long fake_bpf(int cmd, const union bpf_attr *attr)
{
	switch (cmd) {
	case BPF_MAP_CREATE:
		return map_create(attr);
	case BPF_PROG_LOAD:
		return prog_load(attr);
	case BPF_BTF_LOAD:
		return btf_load(attr);
	case BPF_MAP_UPDATE_ELEM:
	case BPF_MAP_FREEZE:
	case BPF_PROG_BIND_MAP:
	case BPF_OBJ_GET_INFO_BY_FD:
		return 0;
	case BPF_BTF_GET_NEXT_ID:
		return -ENOENT;
	default:
		return -EINVAL;
	}
}

static struct bpf_object *open_object(const char *path, const char *target)
{
	LIBBPF_OPTS(bpf_object_open_opts, options, .btf_custom_path = target, .bpf_token_path = "");
	struct bpf_object *object = bpf_object__open_file(path, &options);

	unpin_maps(object);
	return object;
}

static int load(struct bpf_object *object)
{
	int err;

	loading = object;
	nr_made = 0;
	err = bpf_object__load(object);
	loading = NULL;
	bpf_object__close(object);
	return err;
}

/* Loads program number `wanted` (from 0) of an object; returns whether it exists. */
static int load_alone(const char *path, const char *target, int wanted)
{
	struct bpf_object *object = open_object(path, target);
	struct bpf_program *prog;
	int n = 0;

	if (!object)
		return 0;
	bpf_object__for_each_program(prog, object)
		bpf_program__set_autoload(prog, n++ == wanted);
	load(object);
	return wanted < n;
}

static void record(const char *path, const char *target)
{
	struct bpf_object *object = open_object(path, target);
	struct bpf_program *prog;
	int err, i;

	printf("{\"call\":\"open\",\"file\":\"%s\",\"error\":%d}\n", path, object ? 0 : -errno);
	if (!object)
		return;
	bpf_object__for_each_program(prog, object)
		bpf_program__set_autoload(prog, true);
	err = load(object);
	printf("{\"call\":\"load\",\"error\":%d}\n", err);
	/* If one program cannot be loaded, others may still load. */
	for (i = 0; err && load_alone(path, target, i);)
		i++;
}

int main(int argc, char **argv)
{
	int i;

	if (argc < 4) {
		fprintf(stderr, "usage: record BLOBS TARGET_BTF OBJECT...\n");
		return 2;
	}
	blobs = fopen(argv[1], "w");
	if (!blobs) {
		perror(argv[1]);
		return 1;
	}
	libbpf_set_print(silent);
	for (i = 3; i < argc; i++)
		record(argv[i], argv[2]);
	return fclose(blobs) ? 1 : 0;
}
