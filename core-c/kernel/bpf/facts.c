// SPDX-License-Identifier: GPL-2.0-only
/* Limits and sizes of the release chosen at boot. The kernel has no such file. */
#include <linux/kernel.h>
#include <linux/release.h>
#include <linux/string.h>
#include <generated/facts_tables.h>

#include "internal.h"

/*
 * Cached per release, because every bpf() call needs them. last_field_end has an entry for each
 * command.
 */
static struct release_facts {
	u32 release;
	u32 attr_size;
	u32 bound[NR_FACTS_ENUMS];
	u16 last_field_end[64];
} known;

static const struct release_facts *release_facts(void)
{
	u32 i;

	if (known.release == kernel_release)
		return &known;
	known.release = kernel_release;
	known.attr_size = bpf_attr_union_size(kernel_release);
	for (i = 0; i < NR_FACTS_ENUMS; i++)
		known.bound[i] = bpf_enum_bound((enum facts_enum_id)i, kernel_release);
	for (i = 0; i < ARRAY_SIZE(known.last_field_end); i++)
		known.last_field_end[i] = (u16)bpf_attr_last_field_end(i, kernel_release);
	return &known;
}

/** bpf_release_bound() - Get the __MAX_... value of an enum in this release. */
u32 bpf_release_bound(enum facts_enum_id id)
{
	return release_facts()->bound[id];
}

/** bpf_known_mask() - Get the bits of a delegation mask that this release knows. */
u64 bpf_known_mask(enum facts_enum_id id)
{
	u32 bound = bpf_release_bound(id);

	return (1ULL << bound) - 1;
}

/** bpf_release_attr_size() - Get sizeof(union bpf_attr) in this release. */
u32 bpf_release_attr_size(void)
{
	return release_facts()->attr_size;
}

/** bpf_release_last_field_end() - Get the end of a command's last attribute in this release. */
u32 bpf_release_last_field_end(u32 cmd)
{
	return release_facts()->last_field_end[cmd];
}

/** bpf_release_token_fd_offset() - Get the offset of a command's token fd; -1 if it takes none. */
int bpf_release_token_fd_offset(u32 cmd)
{
	return bpf_token_fd_offset(cmd, kernel_release);
}

/**
 * bpf_enum_next() - Iterate over the names of an enum in this release, in order of declaration.
 * @id: the enum
 * @name: all zero before the first call; set to the next name
 *
 * Return: false after the last name. The kernel takes the names from its own BTF: without BTF
 * there are none, RN-07.
 */
bool bpf_enum_next(enum facts_enum_id id, struct facts_name *name)
{
	while (vmlinux_has_btf() && facts_next_name(&facts_enums[id], name))
		if (facts_name_in(name, kernel_release))
			return true;
	return false;
}

/** bpf_enum_tag() - Get the name of an enum itself. */
const char *bpf_enum_tag(enum facts_enum_id id)
{
	return facts_enums[id].name;
}

/** bpf_enum_prefix() - Get the prefix of an enum's names. */
const char *bpf_enum_prefix(enum facts_enum_id id)
{
	return facts_enums[id].prefix;
}

/** bpf_enum_value() - Look up the value of a name, ignoring case; spec OP-04, OP-05. */
bool bpf_enum_value(enum facts_enum_id id, const char *name, u32 *value)
{
	struct facts_name known = { 0 };

	/* OP-21: the kernel takes the flag for a command and shifts by 65536 modulo 64 */
	if (id == FACTS_BPF_CMD && kernel_at_least(7, 2) && vmlinux_has_btf() &&
	    !strcasecmp("COMMON_ATTRS", name)) {
		*value = 65536 % 64;
		return true;
	}
	while (bpf_enum_next(id, &known)) {
		if (strcasecmp(known.name, name))
			continue;
		*value = known.value;
		return true;
	}
	return false;
}
