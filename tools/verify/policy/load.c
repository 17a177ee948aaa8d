// SPDX-License-Identifier: MIT
// load OBJECT [PROGRAM...]: loads an object with libbpf as the tool that it belongs to does. The tool sets
// sizes that the object leaves at 0, and chooses programs: those in the arguments are not loaded.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

/* kernel.perf_event_max_stack is 127 unless an administrator changes it. */
#define STACK_DEPTH 127

static int set_sizes(struct bpf_map *map)
{
	enum bpf_map_type type = bpf_map__type(map);
	int err = 0;

	if (type == BPF_MAP_TYPE_STACK_TRACE && bpf_map__value_size(map) == 0)
		err = bpf_map__set_value_size(map, STACK_DEPTH * sizeof(__u64));
	if (err == 0 && bpf_map__max_entries(map) == 0 && type != BPF_MAP_TYPE_PERF_EVENT_ARRAY)
		err = bpf_map__set_max_entries(map, type == BPF_MAP_TYPE_RINGBUF ? 4096 : 1);
	return err;
}

int main(int argc, char **argv)
{
	struct bpf_object *object;
	struct bpf_program *program;
	struct bpf_map *map;

	if (argc < 2)
		return 2;
	object = bpf_object__open_file(argv[1], NULL);
	if (object == NULL)
		return 1;
	bpf_object__for_each_map(map, object)
		if (set_sizes(map) != 0)
			return 1;
	for (int i = 2; i < argc; i++) {
		program = bpf_object__find_program_by_name(object, argv[i]);
		if (program == NULL || bpf_program__set_autoload(program, false) != 0)
			return 2;
	}
	return bpf_object__load(object) != 0;
}
