// SPDX-License-Identifier: GPL-2.0-only
/*
 * Key and value types that each map type accepts: MC-15. The expected results come from real
 * kernels: packages/conformance/test/matrix/matrix-map-create.
 */
#include <linux/kernel.h>

#include "bpf_host.h"

#define T(name, kind, count) (name), (kind) << 24 | (count)
#define STRINGS "\0int\0value\0bpf_spin_lock\0kptr\0.data\0v"

/* Offsets into STRINGS. */
enum { INT_NAME = 1, VALUE = 5, LOCK = 11, KPTR = 25, DATA = 30, V = 36 };

/* Ids of the types that all tests use. */
enum {
	INT = 1, LONG, PLAIN, LOCK_STRUCT, WITH_LOCK, TYPEDEF, CONST, VOLATILE, RESTRICT, TAG, POINTER,
	WITH_POINTER, ARRAY, WITH_ARRAY, VAR, SECTION, PAIR, PLAIN_POINTER, WITH_PLAIN_POINTER,
	SHORT_INT, LOCK_VAR, LOCK_SECTION, CGROUP_KEY, INT_FIRST,
};

static const u32 types[] = {
	T(INT_NAME, BTF_KIND_INT, 0), 4, 32,
	T(INT_NAME, BTF_KIND_INT, 0), 8, 64,
	T(VALUE, BTF_KIND_STRUCT, 2), 8, VALUE, INT, 0, VALUE, INT, 32,
	T(LOCK, BTF_KIND_STRUCT, 1), 4, VALUE, INT, 0,
	T(VALUE, BTF_KIND_STRUCT, 2), 8, VALUE, LOCK_STRUCT, 0, V, INT, 32,
	T(V, BTF_KIND_TYPEDEF, 0), CONST,
	T(0, BTF_KIND_CONST, 0), VOLATILE,
	T(0, BTF_KIND_VOLATILE, 0), INT,
	T(0, BTF_KIND_RESTRICT, 0), PLAIN_POINTER,
	T(KPTR, BTF_KIND_TYPE_TAG, 0), PLAIN,
	T(0, BTF_KIND_PTR, 0), TAG,
	T(VALUE, BTF_KIND_STRUCT, 1), 8, VALUE, POINTER, 0,
	T(0, BTF_KIND_ARRAY, 0), 0, PLAIN, INT, 1,
	T(VALUE, BTF_KIND_STRUCT, 1), 8, VALUE, ARRAY, 0,
	T(V, BTF_KIND_VAR, 0), INT, 1,
	T(DATA, BTF_KIND_DATASEC, 1), 8, VAR, 0, 4,
	T(VALUE, BTF_KIND_STRUCT, 2), 16, VALUE, LONG, 0, V, LONG, 64,
	T(0, BTF_KIND_PTR, 0), INT,
	T(VALUE, BTF_KIND_STRUCT, 1), 8, VALUE, PLAIN_POINTER, 0,
	T(INT_NAME, BTF_KIND_INT, 0), 4, 24,
	T(V, BTF_KIND_VAR, 0), LOCK_STRUCT, 1,
	T(DATA, BTF_KIND_DATASEC, 1), 8, LOCK_VAR, 0, 4,
	T(VALUE, BTF_KIND_STRUCT, 2), 16, VALUE, LONG, 0, V, INT, 64,
	T(VALUE, BTF_KIND_STRUCT, 2), 16, VALUE, INT, 0, V, INT, 64,
};

static s64 btf;

static void boots(void)
{
	struct {
		struct btf_header header;
		u32 types[ARRAY_SIZE(types)];
		char strings[sizeof(STRINGS)];
	} blob = {
		.header = { .magic = BTF_MAGIC, .version = BTF_VERSION, .hdr_len = sizeof(blob.header),
			    .type_len = sizeof(types), .str_off = sizeof(types),
			    .str_len = sizeof(STRINGS) },
		.strings = STRINGS,
	};
	u32 size = sizeof(blob.header) + sizeof(types) + sizeof(STRINGS);
	union bpf_attr attr = { .btf_size = size };

	boot(RELEASE_NEWEST);
	memcpy(blob.types, types, sizeof(types));
	attr.btf = user(&blob, size);
	btf = bpf(ROOT, BPF_BTF_LOAD, &attr, sizeof(attr));
	KUNIT_EXPECT_TRUE(btf >= 0);
	kernel_user_reset();
}

/* Creates a map with BTF and returns 0 or -errno. */
static s64 create(u32 type, u32 key_size, u32 value_size, u32 key, u32 value)
{
	union bpf_attr attr = {
		.map_type = type, .key_size = key_size, .value_size = value_size, .max_entries = type != BPF_MAP_TYPE_CGROUP_STORAGE,
		.btf_fd = (u32)btf, .btf_key_type_id = key, .btf_value_type_id = value,
	};
	s64 fd = bpf(ROOT, BPF_MAP_CREATE, &attr, sizeof(attr));

	if (fd >= 0)
		KUNIT_EXPECT_EQ(sys(ROOT, close, fd), 0);
	kernel_user_reset();
	return fd < 0 ? fd : 0;
}

static void keys(void)
{
	KUNIT_EXPECT_EQ(create(BPF_MAP_TYPE_ARRAY, 4, 8, INT, PLAIN), 0);
	KUNIT_EXPECT_EQ(create(BPF_MAP_TYPE_ARRAY, 4, 8, TYPEDEF, PLAIN), 0);
	KUNIT_EXPECT_EQ(create(BPF_MAP_TYPE_ARRAY, 4, 8, PLAIN, PLAIN), -EINVAL);
	KUNIT_EXPECT_EQ(create(BPF_MAP_TYPE_ARRAY, 4, 8, SHORT_INT, PLAIN), -EINVAL);
	KUNIT_EXPECT_EQ(create(BPF_MAP_TYPE_ARRAY, 4, 8, 0, SECTION), 0);
	KUNIT_EXPECT_EQ(create(BPF_MAP_TYPE_ARRAY, 4, 8, 0, PLAIN), -EINVAL);
	KUNIT_EXPECT_EQ(create(BPF_MAP_TYPE_PERCPU_ARRAY, 4, 8, 0, SECTION),
			kernel_at_least(7, 3) ? 0 : -EINVAL);
	KUNIT_EXPECT_EQ(create(BPF_MAP_TYPE_HASH, 4, 8, INT, PLAIN), 0);
	KUNIT_EXPECT_EQ(create(BPF_MAP_TYPE_HASH, 4, 8, 0, PLAIN), -EINVAL);
	KUNIT_EXPECT_EQ(create(BPF_MAP_TYPE_HASH, 4, 8, 99, PLAIN), -EINVAL);
	KUNIT_EXPECT_EQ(create(BPF_MAP_TYPE_HASH, 8, 8, INT, PLAIN), -EINVAL);
	KUNIT_EXPECT_EQ(create(BPF_MAP_TYPE_QUEUE, 0, 8, 0, PLAIN), -EINVAL);
	KUNIT_EXPECT_EQ(create(BPF_MAP_TYPE_CGROUP_STORAGE, 16, 8, CGROUP_KEY, PLAIN), 0);
	KUNIT_EXPECT_EQ(create(BPF_MAP_TYPE_CGROUP_STORAGE, 16, 8, PAIR, PLAIN), -EINVAL);
	KUNIT_EXPECT_EQ(create(BPF_MAP_TYPE_CGROUP_STORAGE, 16, 8, INT_FIRST, PLAIN), -EINVAL);
	KUNIT_EXPECT_EQ(create(BPF_MAP_TYPE_CGROUP_STORAGE, 16, 8, WITH_ARRAY, PLAIN), -EINVAL);
	KUNIT_EXPECT_EQ(create(BPF_MAP_TYPE_CGROUP_STORAGE, 16, 8, 0, PLAIN), -EINVAL);
	KUNIT_EXPECT_EQ(create(BPF_MAP_TYPE_CGROUP_STORAGE, 8, 8, LONG, PLAIN), 0);
	KUNIT_EXPECT_EQ(create(BPF_MAP_TYPE_CGROUP_STORAGE, 8, 8, PLAIN, PLAIN), -EINVAL);
}

/* Only some map types allow values with fields that the kernel manages. */
static void values(void)
{
	KUNIT_EXPECT_EQ(create(BPF_MAP_TYPE_HASH, 4, 8, INT, 0), -EINVAL);
	KUNIT_EXPECT_EQ(create(BPF_MAP_TYPE_HASH, 4, 16, INT, PLAIN), -EINVAL);
	KUNIT_EXPECT_EQ(create(BPF_MAP_TYPE_HASH, 4, 8, INT, WITH_LOCK), 0);
	KUNIT_EXPECT_EQ(create(BPF_MAP_TYPE_HASH, 4, 8, INT, WITH_POINTER), 0);
	KUNIT_EXPECT_EQ(create(BPF_MAP_TYPE_HASH, 4, 8, INT, WITH_PLAIN_POINTER), 0);
	KUNIT_EXPECT_EQ(create(BPF_MAP_TYPE_HASH, 4, 8, INT, WITH_ARRAY), 0);
	KUNIT_EXPECT_EQ(create(BPF_MAP_TYPE_HASH, 4, 8, INT, ARRAY), 0);
	KUNIT_EXPECT_EQ(create(BPF_MAP_TYPE_ARRAY, 4, 8, 0, LOCK_SECTION), 0);
	KUNIT_EXPECT_EQ(create(BPF_MAP_TYPE_HASH, 4, 4, INT, TYPEDEF), 0);
	KUNIT_EXPECT_EQ(create(BPF_MAP_TYPE_HASH, 4, 8, INT, RESTRICT), 0);
}

KUNIT_SUITE(btf_map, KUNIT_CASE(boots), KUNIT_CASE(keys), KUNIT_CASE(values))
