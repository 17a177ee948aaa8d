// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attributes and capabilities that each map type requires. Models: the ->map_alloc_check() and
 * ->map_alloc() of kernel/bpf/{arraymap,hashtab,...}.c and net/.
 */
#include <linux/align.h>
#include <linux/capability.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/release.h>
#include <generated/needs.h>

#include "internal.h"
#include "map_elem.h"

#define KMALLOC_MAX		(4U << 20)	/* on x86-64 */
#define PCPU_MIN_UNIT_SIZE	32768U
#define PERF_MAX_STACK_DEPTH	127U
#define MAX_BPF_STACK		512U
#define NR_CPUS			8192U
#define SIZEOF_BUCKET		16U
#define NUMA_NO_NODE		(-1)
#define SIZEOF_STACK_BUILD_ID	32U
#define SIZEOF_HTAB_ELEM	48U
#define SIZEOF_INSN_ARRAY_VALUE	16U
#define LOCAL_STORAGE_MAX	65407U	/* the 16-bit limit, minus an element header of 128 bytes */
#define LPM_DATA_MAX		256U	/* after the four bytes of prefixlen */
#define LPM_KEY_MIN		5U
#define LPM_KEY_MAX		(4U + LPM_DATA_MAX)
#define MEMORY_MAX		(1ULL << 30)	/* memory of the modelled machine, for one map */
#define HASH_BUCKETS		4096U

#define ACCESS_MASK (BPF_F_RDONLY | BPF_F_WRONLY | BPF_F_RDONLY_PROG | BPF_F_WRONLY_PROG)
#define FD_ACCESS_MASK (BPF_F_RDONLY | BPF_F_WRONLY)

static bool access_ok(u32 flags)
{
	return (flags & (BPF_F_RDONLY_PROG | BPF_F_WRONLY_PROG)) !=
	       (BPF_F_RDONLY_PROG | BPF_F_WRONLY_PROG);
}

static bool numa_chosen(const union bpf_attr *attr)
{
	return attr->map_flags & BPF_F_NUMA_NODE && (int)attr->numa_node != NUMA_NO_NODE;
}

static int bad_attr(const union bpf_attr *attr)
{
	return refuse(-EINVAL, CHK_MAP_CREATE_ATTR, (u64)attr->key_size << 32 | attr->value_size,
		      (u64)attr->max_entries << 32 | attr->map_type);
}

static int bad_flags(const union bpf_attr *attr, u32 allowed)
{
	return refuse(-EINVAL, CHK_MAP_CREATE_TYPE_FLAGS, allowed, attr->map_flags);
}

static int too_big(u64 limit, u64 wanted)
{
	return refuse(-E2BIG, CHK_MAP_CREATE_TOO_BIG, limit, wanted);
}

/* Checks that most types share: sizes, max_entries, and no flags except @allowed. */
enum { ANY = ~0U, FOUR_OR_EIGHT = ~1U };

static bool size_ok(u32 size, u32 wanted)
{
	if (wanted == ANY)
		return size;
	return wanted == FOUR_OR_EIGHT ? size == 4 || size == 8 : size == wanted;
}

static int check_plain(const union bpf_attr *attr, u32 key_size, u32 value_size, u32 allowed)
{
	if (!attr->max_entries || !size_ok(attr->key_size, key_size) ||
	    !size_ok(attr->value_size, value_size))
		return bad_attr(attr);
	if (attr->map_flags & ~allowed || !access_ok(attr->map_flags))
		return bad_flags(attr, allowed);
	return 0;
}

static int array_check(const union bpf_attr *attr)
{
	const u32 allowed = BPF_F_NUMA_NODE | BPF_F_MMAPABLE | ACCESS_MASK |
			    BPF_F_PRESERVE_ELEMS | BPF_F_INNER_MAP;
	bool percpu = attr->map_type == BPF_MAP_TYPE_PERCPU_ARRAY;
	int err = check_plain(attr, 4, ANY, allowed);

	if (err)
		return err;
	if (percpu && numa_chosen(attr))
		return bad_flags(attr, allowed & ~BPF_F_NUMA_NODE);
	if (attr->map_type != BPF_MAP_TYPE_ARRAY &&
	    attr->map_flags & (BPF_F_MMAPABLE | BPF_F_INNER_MAP))
		return bad_flags(attr, allowed & ~(BPF_F_MMAPABLE | BPF_F_INNER_MAP));
	if (attr->map_type != BPF_MAP_TYPE_PERF_EVENT_ARRAY &&
	    attr->map_flags & BPF_F_PRESERVE_ELEMS)
		return bad_flags(attr, allowed & ~BPF_F_PRESERVE_ELEMS);
	if (attr->value_size > INT_MAX)
		return too_big(INT_MAX, attr->value_size);
	if (percpu && ALIGN((u64)attr->value_size, 8) > PCPU_MIN_UNIT_SIZE)
		return too_big(PCPU_MIN_UNIT_SIZE, attr->value_size);
	return 0;
}

static int fd_array_check(const union bpf_attr *attr)
{
	if (attr->value_size != 4)
		return bad_attr(attr);
	if (attr->map_flags & (BPF_F_RDONLY_PROG | BPF_F_WRONLY_PROG))
		return bad_flags(attr, FD_ACCESS_MASK);
	return array_check(attr);
}

static int htab_check(const union bpf_attr *attr)
{
	const u32 allowed = BPF_F_NO_PREALLOC | BPF_F_NO_COMMON_LRU | BPF_F_NUMA_NODE |
			    ACCESS_MASK | BPF_F_ZERO_SEED;
	bool percpu = attr->map_type == BPF_MAP_TYPE_PERCPU_HASH ||
		      attr->map_type == BPF_MAP_TYPE_LRU_PERCPU_HASH;
	bool lru = attr->map_type == BPF_MAP_TYPE_LRU_HASH ||
		   attr->map_type == BPF_MAP_TYPE_LRU_PERCPU_HASH;
	bool percpu_lru = attr->map_flags & BPF_F_NO_COMMON_LRU;

	if (attr->map_flags & BPF_F_ZERO_SEED && !capable(CAP_SYS_ADMIN))
		return refuse(-EPERM, CHK_MAP_CREATE_ZERO_SEED,
			      bpf_evidence_cap(NULL, CAP_SYS_ADMIN), evidence_caps_held());
	if (attr->map_flags & ~allowed || !access_ok(attr->map_flags) || (!lru && percpu_lru))
		return bad_flags(attr, allowed);
	if (lru && attr->map_flags & BPF_F_NO_PREALLOC)
		return refuse(-ENOTSUPP, CHK_MAP_CREATE_LRU_PREALLOC, 0, attr->map_flags);
	if (numa_chosen(attr) && (percpu || percpu_lru))
		return bad_flags(attr, allowed & ~BPF_F_NUMA_NODE);
	if (!attr->max_entries || !attr->key_size || !attr->value_size)
		return bad_attr(attr);
	if ((u64)attr->key_size + attr->value_size >= KMALLOC_MAX - SIZEOF_HTAB_ELEM)
		return too_big(KMALLOC_MAX - SIZEOF_HTAB_ELEM - 1,
			       (u64)attr->key_size + attr->value_size);
	if (percpu && kernel_at_least(6, 12) &&
	    ALIGN((u64)attr->value_size, 8) > PCPU_MIN_UNIT_SIZE)
		return too_big(PCPU_MIN_UNIT_SIZE, attr->value_size);
	return 0;
}

static int rhash_check(const union bpf_attr *attr)
{
	const u32 max = U16_MAX;
	u64 entries = attr->map_extra;

	if (!(attr->map_flags & BPF_F_NO_PREALLOC) || attr->map_flags & BPF_F_ZERO_SEED)
		return bad_flags(attr, BPF_F_NO_PREALLOC | BPF_F_NUMA_NODE | ACCESS_MASK);
	if (attr->key_size > max)
		return too_big(max, attr->key_size);
	if (entries >> 32)
		return bad_attr(attr);
	if (entries > max)
		return too_big(max, entries);
	return entries > attr->max_entries ? bad_attr(attr) : htab_check(attr);
}

static int insn_array_check(const union bpf_attr *attr)
{
	return check_plain(attr, 4, SIZEOF_INSN_ARRAY_VALUE, 0);
}

static int fd_htab_check(const union bpf_attr *attr)
{
	return attr->value_size != 4 ? bad_attr(attr) : htab_check(attr);
}

static int queue_check(const union bpf_attr *attr)
{
	int err = check_plain(attr, 0, ANY, BPF_F_NUMA_NODE | ACCESS_MASK);

	if (!err && attr->value_size > KMALLOC_MAX)
		return too_big(KMALLOC_MAX, attr->value_size);
	return err;
}

static int bloom_check(const union bpf_attr *attr)
{
	if (attr->value_size > KMALLOC_MAX)
		return too_big(KMALLOC_MAX, attr->value_size);
	return 0;
}

static int reuseport_check(const union bpf_attr *attr)
{
	return size_ok(attr->value_size, FOUR_OR_EIGHT) ? array_check(attr) : bad_attr(attr);
}

static int local_storage_check(const union bpf_attr *attr)
{
	const u32 allowed = BPF_F_NO_PREALLOC | BPF_F_CLONE;

	if (attr->map_flags & ~allowed || !(attr->map_flags & BPF_F_NO_PREALLOC))
		return bad_flags(attr, allowed);
	if (attr->max_entries || attr->key_size != 4 || !attr->value_size ||
	    !attr->btf_key_type_id || !attr->btf_value_type_id)
		return bad_attr(attr);
	if (attr->value_size > LOCAL_STORAGE_MAX)
		return too_big(LOCAL_STORAGE_MAX, attr->value_size);
	return 0;
}

static int struct_ops_check(const union bpf_attr *attr)
{
	const u32 allowed = BPF_F_LINK | (kernel_at_least(6, 9) ? BPF_F_VTYPE_BTF_OBJ_FD : 0);

	if (attr->key_size != 4 || attr->max_entries != 1 || !attr->btf_vmlinux_value_type_id)
		return bad_attr(attr);
	return attr->map_flags & ~allowed ? bad_flags(attr, allowed) : 0;
}

/* The checks below run during allocation, after the capability checks. */

/*
 * Spec MC-19: as a Spectre mitigation the kernel rounds max_entries up to a power of two for an
 * index mask. CAP_PERFMON in init_user_ns (no token) bypasses it.
 */
static int array_alloc(const union bpf_attr *attr)
{
	const u32 limit = 1U << 31;

	if (attr->max_entries > limit && !bpf_token_capable(NULL, CAP_PERFMON))
		return refuse(-E2BIG, CHK_MAP_CREATE_ARRAY_MASK, limit, attr->max_entries);
	return 0;
}

static int htab_alloc(const union bpf_attr *attr)
{
	u32 limit = 1U << 27;	/* keeps the size of the bucket array below 2^32 bytes */

	return attr->max_entries > limit ? too_big(limit, attr->max_entries) : 0;
}

static int lpm_alloc(const union bpf_attr *attr)
{
	u32 node = kernel_at_least(6, 13) ? 24 : 40;	/* without and with an rcu_head */

	if (!(attr->map_flags & BPF_F_NO_PREALLOC))
		return bad_flags(attr, BPF_F_NO_PREALLOC);
	if (attr->key_size < LPM_KEY_MIN || attr->key_size > LPM_KEY_MAX ||
	    attr->value_size > KMALLOC_MAX - LPM_DATA_MAX - node)
		return bad_attr(attr);
	return check_plain(attr, ANY, ANY, BPF_F_NO_PREALLOC | BPF_F_NUMA_NODE | ACCESS_MASK);
}

static int stack_trace_alloc(const union bpf_attr *attr)
{
	const u32 allowed = BPF_F_NUMA_NODE | FD_ACCESS_MASK | BPF_F_STACK_BUILD_ID;
	u32 entry = attr->map_flags & BPF_F_STACK_BUILD_ID ? SIZEOF_STACK_BUILD_ID : 8;

	int err = check_plain(attr, 4, ANY, allowed);

	if (err)
		return err;
	if (attr->value_size % entry || attr->value_size / entry > PERF_MAX_STACK_DEPTH)
		return bad_attr(attr);
	if (attr->max_entries > 1U << 31)
		return too_big(1U << 31, attr->max_entries);
	return 0;
}

static int bloom_alloc(const union bpf_attr *attr)
{
	if (attr->map_extra & ~0xfULL)
		return bad_attr(attr);
	return check_plain(attr, 0, ANY, BPF_F_NUMA_NODE | BPF_F_ZERO_SEED | ACCESS_MASK);
}

static int ringbuf_alloc(const union bpf_attr *attr)
{
	if (!is_power_of_2(attr->max_entries) || attr->max_entries % PAGE_SIZE)
		return bad_attr(attr);
	return check_plain(attr, 0, 0, BPF_F_NUMA_NODE);
}

static int devmap_attr(const union bpf_attr *attr)
{
	if (attr->map_type == BPF_MAP_TYPE_DEVMAP_HASH && attr->max_entries > 1U << 31)
		return bad_attr(attr);
	return check_plain(attr, 4, FOUR_OR_EIGHT, BPF_F_NUMA_NODE | FD_ACCESS_MASK);
}

/* Since 6.9 the kernel checks these attributes before the capabilities. */
static int devmap_check(const union bpf_attr *attr)
{
	return kernel_at_least(6, 9) ? devmap_attr(attr) : 0;
}

static int devmap_alloc(const union bpf_attr *attr)
{
	return kernel_at_least(6, 9) ? 0 : devmap_attr(attr);
}

static int sockmap_alloc(const union bpf_attr *attr)
{
	return attr->max_entries > INT_MAX ? bad_attr(attr) : devmap_attr(attr);
}

static int sockhash_alloc(const union bpf_attr *attr)
{
	int err = check_plain(attr, ANY, FOUR_OR_EIGHT, BPF_F_NUMA_NODE | FD_ACCESS_MASK);

	if (err)
		return err;
	if (attr->key_size > MAX_BPF_STACK)
		return too_big(MAX_BPF_STACK, attr->key_size);
	return attr->max_entries > UINT_MAX / SIZEOF_BUCKET ? bad_attr(attr) : 0;
}

static int cpumap_alloc(const union bpf_attr *attr)
{
	int err = check_plain(attr, 4, FOUR_OR_EIGHT, BPF_F_NUMA_NODE);

	if (!err && attr->max_entries > NR_CPUS)
		return too_big(NR_CPUS, attr->max_entries);
	return err;
}

static int xskmap_alloc(const union bpf_attr *attr)
{
	return check_plain(attr, 4, 4, BPF_F_NUMA_NODE | FD_ACCESS_MASK);
}

static int cgroup_storage_alloc(const union bpf_attr *attr)
{
	const u32 allowed = BPF_F_NUMA_NODE | ACCESS_MASK;
	u32 max = attr->map_type == BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE ? PCPU_MIN_UNIT_SIZE :
									   LOCAL_STORAGE_MAX;

	if ((attr->key_size != 8 && attr->key_size != 16) || !attr->value_size)
		return bad_attr(attr);
	if (attr->value_size > max)
		return too_big(max, attr->value_size);
	if (attr->map_flags & ~allowed || !access_ok(attr->map_flags))
		return bad_flags(attr, allowed);
	return attr->max_entries ? bad_attr(attr) : 0;
}

static int arena_alloc(const union bpf_attr *attr)
{
	const u32 allowed = BPF_F_SEGV_ON_FAULT | BPF_F_MMAPABLE | BPF_F_NO_USER_CONV;

	int err = check_plain(attr, 0, 0, allowed);

	if (err)
		return err;
	if (!(attr->map_flags & BPF_F_MMAPABLE) || attr->map_extra & (PAGE_SIZE - 1))
		return bad_attr(attr);
	if ((u64)attr->max_entries * PAGE_SIZE > 1ULL << 32)
		return too_big(1ULL << 32, (u64)attr->max_entries * PAGE_SIZE);
	if (attr->map_extra >> 32 !=
	    (attr->map_extra + (u64)attr->max_entries * PAGE_SIZE - 1) >> 32)
		return refuse(-ERANGE, CHK_MAP_CREATE_ARENA_RANGE, 0, attr->map_extra);
	return 0;
}

/* The modelled vmlinux BTF contains no struct_ops, so every value type id is refused. */
static int struct_ops_alloc(const union bpf_attr *attr)
{
	if (attr->map_flags & BPF_F_VTYPE_BTF_OBJ_FD)
		return not_modelled(UNMODELLED_MODULE_STRUCT_OPS);
	return refuse(-ENOTSUPP, CHK_MAP_CREATE_STRUCT_OPS, 0, attr->btf_vmlinux_value_type_id);
}

struct map_type {
	int (*check)(const union bpf_attr *attr);
	int (*alloc)(const union bpf_attr *attr);
	const struct bpf_map_ops *ops;	/* NULL: element commands are unmodelled */
	u8 btf;
	u8 unmodelled;	/* what NotModelledError names if ops is NULL */
};

static const struct map_type map_types[] = {
	[BPF_MAP_TYPE_HASH] = { htab_check, htab_alloc, &htab_map_ops, MAP_BTF_NONE, 0 },
	[BPF_MAP_TYPE_ARRAY] = { array_check, array_alloc, &array_map_ops, MAP_BTF_ARRAY, 0 },
	[BPF_MAP_TYPE_PROG_ARRAY] = { fd_array_check, array_alloc, &prog_array_map_ops,
		MAP_BTF_NONE, 0 },
	[BPF_MAP_TYPE_PERF_EVENT_ARRAY] = { fd_array_check, array_alloc, NULL,
		MAP_BTF_NO_BTF, UNMODELLED_ELEMENTS_PERF_EVENT_ARRAY },
	[BPF_MAP_TYPE_PERCPU_HASH] = { htab_check, htab_alloc, &htab_map_ops, MAP_BTF_NONE, 0 },
	[BPF_MAP_TYPE_PERCPU_ARRAY] = { array_check, array_alloc, &array_map_ops,
		MAP_BTF_ARRAY, 0 },
	[BPF_MAP_TYPE_STACK_TRACE] = { NULL, stack_trace_alloc, NULL,
		MAP_BTF_NO_BTF, UNMODELLED_ELEMENTS_STACK_TRACE },
	[BPF_MAP_TYPE_CGROUP_ARRAY] = { fd_array_check, array_alloc, NULL,
		MAP_BTF_NO_BTF, UNMODELLED_ELEMENTS_CGROUP_ARRAY },
	[BPF_MAP_TYPE_LRU_HASH] = { htab_check, htab_alloc, &htab_map_ops, MAP_BTF_NONE, 0 },
	[BPF_MAP_TYPE_LRU_PERCPU_HASH] = { htab_check, htab_alloc, &htab_map_ops, MAP_BTF_NONE, 0 },
	[BPF_MAP_TYPE_LPM_TRIE] = { NULL, lpm_alloc, NULL,
		MAP_BTF_TRIE, UNMODELLED_ELEMENTS_LPM_TRIE },
	[BPF_MAP_TYPE_ARRAY_OF_MAPS] = { fd_array_check, array_alloc, &array_of_maps_map_ops,
		MAP_BTF_NO_BTF, 0 },
	[BPF_MAP_TYPE_HASH_OF_MAPS] = { fd_htab_check, htab_alloc, &htab_of_maps_map_ops,
		MAP_BTF_NO_BTF, 0 },
	[BPF_MAP_TYPE_DEVMAP] = { devmap_check, devmap_alloc, NULL,
		MAP_BTF_NO_BTF, UNMODELLED_ELEMENTS_DEVMAP },
	[BPF_MAP_TYPE_SOCKMAP] = { NULL, sockmap_alloc, NULL,
		MAP_BTF_NONE, UNMODELLED_ELEMENTS_SOCKMAP },
	[BPF_MAP_TYPE_CPUMAP] = { NULL, cpumap_alloc, NULL,
		MAP_BTF_NONE, UNMODELLED_ELEMENTS_CPUMAP },
	[BPF_MAP_TYPE_XSKMAP] = { NULL, xskmap_alloc, NULL,
		MAP_BTF_NO_BTF, UNMODELLED_ELEMENTS_XSKMAP },
	[BPF_MAP_TYPE_SOCKHASH] = { NULL, sockhash_alloc, NULL,
		MAP_BTF_NONE, UNMODELLED_ELEMENTS_SOCKHASH },
	[BPF_MAP_TYPE_CGROUP_STORAGE] = { NULL, cgroup_storage_alloc, NULL,
		MAP_BTF_CGROUP, UNMODELLED_ELEMENTS_CGROUP_STORAGE },
	[BPF_MAP_TYPE_REUSEPORT_SOCKARRAY] = { reuseport_check, NULL, NULL,
		MAP_BTF_NONE, UNMODELLED_ELEMENTS_REUSEPORT_SOCKARRAY },
	[BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE] = { NULL, cgroup_storage_alloc, NULL,
		MAP_BTF_CGROUP, UNMODELLED_ELEMENTS_PERCPU_CGROUP_STORAGE },
	[BPF_MAP_TYPE_QUEUE] = { queue_check, NULL, NULL, MAP_BTF_NONE, UNMODELLED_ELEMENTS_QUEUE },
	[BPF_MAP_TYPE_STACK] = { queue_check, NULL, NULL, MAP_BTF_NONE, UNMODELLED_ELEMENTS_STACK },
	[BPF_MAP_TYPE_SK_STORAGE] = { local_storage_check, NULL, NULL,
		MAP_BTF_INT, UNMODELLED_ELEMENTS_SK_STORAGE },
	[BPF_MAP_TYPE_DEVMAP_HASH] = { devmap_check, devmap_alloc, NULL,
		MAP_BTF_NO_BTF, UNMODELLED_ELEMENTS_DEVMAP_HASH },
	[BPF_MAP_TYPE_STRUCT_OPS] = { struct_ops_check, struct_ops_alloc, NULL, MAP_BTF_NONE, 0 },
	[BPF_MAP_TYPE_RINGBUF] = { NULL, ringbuf_alloc, NULL,
		MAP_BTF_NONE, UNMODELLED_ELEMENTS_RINGBUF },
	[BPF_MAP_TYPE_INODE_STORAGE] = { local_storage_check, NULL, NULL,
		MAP_BTF_INT, UNMODELLED_ELEMENTS_INODE_STORAGE },
	[BPF_MAP_TYPE_TASK_STORAGE] = { local_storage_check, NULL, NULL,
		MAP_BTF_INT, UNMODELLED_ELEMENTS_TASK_STORAGE },
	[BPF_MAP_TYPE_BLOOM_FILTER] = { bloom_check, bloom_alloc, NULL,
		MAP_BTF_VOID, UNMODELLED_ELEMENTS_BLOOM_FILTER },
	[BPF_MAP_TYPE_USER_RINGBUF] = { NULL, ringbuf_alloc, NULL,
		MAP_BTF_NONE, UNMODELLED_ELEMENTS_USER_RINGBUF },
	[BPF_MAP_TYPE_CGRP_STORAGE] = { local_storage_check, NULL, NULL,
		MAP_BTF_INT, UNMODELLED_ELEMENTS_CGRP_STORAGE },
	[BPF_MAP_TYPE_ARENA] = { NULL, arena_alloc, NULL, MAP_BTF_ANY, UNMODELLED_ELEMENTS_ARENA },
	[BPF_MAP_TYPE_INSN_ARRAY] = { insn_array_check, NULL, NULL,
		MAP_BTF_UNMODELLED, UNMODELLED_ELEMENTS_INSN_ARRAY },
	[BPF_MAP_TYPE_RHASH] = { rhash_check, NULL, NULL, MAP_BTF_NONE, UNMODELLED_ELEMENTS_RHASH },
};

/** bpf_map_type_known() - Does this release know the map type? Spec MC-07. */
bool bpf_map_type_known(u32 type)
{
	return type && type < bpf_release_bound(FACTS_BPF_MAP_TYPE) &&
	       type < ARRAY_SIZE(map_types);
}

/** bpf_map_type_alloc_check() - Check the attributes, before any capability: MC-08. */
int bpf_map_type_alloc_check(const union bpf_attr *attr)
{
	const struct map_type *t = &map_types[attr->map_type];

	return t->check ? t->check(attr) : 0;
}

/*
 * Offloaded maps: loopback, the only device, accepts none. Models: kernel/bpf/offload.c; spec
 * MC-09, MC-13.
 */
static int offload_alloc(const union bpf_attr *attr)
{
	if (!capable(CAP_SYS_ADMIN))
		return refuse(-EPERM, CHK_MAP_CREATE_OFFLOAD_CAPABLE,
			      bpf_evidence_cap(NULL, CAP_SYS_ADMIN), evidence_caps_held());
	if ((attr->map_type != BPF_MAP_TYPE_ARRAY && attr->map_type != BPF_MAP_TYPE_HASH) ||
	    attr->map_ifindex != LOOPBACK_IFINDEX)
		return refuse(-EINVAL, CHK_MAP_CREATE_OFFLOAD, LOOPBACK_IFINDEX,
			      attr->map_ifindex);
	return refuse(-EOPNOTSUPP, CHK_MAP_CREATE_OFFLOAD_DEVICE, 0, attr->map_ifindex);
}

static bool is_hash(u32 type)
{
	return type == BPF_MAP_TYPE_DEVMAP_HASH || map_types[type].alloc == htab_alloc;
}

/* Counts the memory that the kernel preallocates for elements; the model allocates none. */
static int map_memory(const union bpf_attr *attr)
{
	u64 bytes = round_up((u64)attr->value_size, 8);

	if (is_hash(attr->map_type))
		bytes += SIZEOF_HTAB_ELEM + round_up((u64)attr->key_size, 8);
	if (attr->map_flags & BPF_F_NO_PREALLOC || attr->map_type == BPF_MAP_TYPE_BLOOM_FILTER)
		return 0;
	if (bytes * attr->max_entries > MEMORY_MAX)
		return refuse(-ENOMEM, CHK_MAP_CREATE_MEMORY, MEMORY_MAX,
			      bytes * attr->max_entries);
	return 0;
}

/**
 * bpf_map_type_alloc() - Check the attributes during allocation, and allocate the buckets.
 *
 * Models: ->map_alloc(); spec MC-13.
 */
int bpf_map_type_alloc(struct bpf_map *map, const union bpf_attr *attr)
{
	const struct map_type *t = &map_types[map->map_type];
	int err = attr->map_ifindex ? offload_alloc(attr) : 0;

	map->ops = t->ops;
	if (err)
		return err;
	if (t->ops == &array_of_maps_map_ops || t->ops == &htab_of_maps_map_ops)
		err = bpf_map_meta_alloc(map, attr->inner_map_fd);
	if (!err && t->alloc)
		err = t->alloc(attr);
	if (!err)
		err = map_memory(attr);
	if (err)
		return err;
	return t->ops ? map_elems_alloc(map, min(map->max_entries, HASH_BUCKETS)) : 0;
}

/** bpf_map_type_cap() - Get the capability that a map type needs, or 0: MC-12. */
int bpf_map_type_cap(u32 type)
{
	return type < ARRAY_SIZE(map_type_caps) ? map_type_caps[type] : 0;
}

/** bpf_map_type_unmodelled() - Refuse an element command of a map type without ops. */
int bpf_map_type_unmodelled(u32 type)
{
	return not_modelled(map_types[type].unmodelled);
}

/** bpf_map_type_btf() - Get the rule for the key type of a map type. */
enum map_btf_rule bpf_map_type_btf(u32 type)
{
	return map_types[type].btf;
}
