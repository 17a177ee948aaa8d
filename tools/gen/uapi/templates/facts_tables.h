/* SPDX-License-Identifier: MIT */
#include <generated/facts.h>

@names@

static const struct facts_enum facts_enums[NR_FACTS_ENUMS] = {
@enums@
};

static const struct facts_release facts_releases[FACTS_NR_RELEASES] = {
@releases@
};

static const struct facts_attr facts_attrs[] = {
@attrs@
};

/* The release with that code, or a null pointer. */
static inline const struct facts_release *facts_release_by_code(__u32 code)
{
	for (__u32 i = 0; i < FACTS_NR_RELEASES; i++)
		if (facts_releases[i].code == code)
			return &facts_releases[i];
	return (const struct facts_release *)0;
}

/* Advances to the next name; a zeroed `name` gets the first one. Returns 0 at the end. */
static inline int facts_next_name(const struct facts_enum *e, struct facts_name *name)
{
	__u32 i;

	if (!name->name) {
		name->name = e->names;
	} else {
		name->name += __builtin_strlen(name->name) + 1;
		name->nr++;
		name->value++;
	}
	name->since = 0;
	name->until = 0;
	for (i = 0; i < e->nr_explicit; i++) {
		if (e->explicit[i].nr != name->nr)
			continue;
		name->value = e->explicit[i].value;
		name->since = e->explicit[i].since;
		name->until = e->explicit[i].until;
	}
	return *name->name != 0;
}

static inline int facts_name_in(const struct facts_name *name, __u32 release)
{
	return name->since <= release && (!name->until || release < name->until);
}

/* One more than the highest value in a release, which is __MAX_... there. */
static inline __u32 bpf_enum_bound(enum facts_enum_id id, __u32 release)
{
	struct facts_name name = { 0 };
	__u32 bound = 0;

	while (facts_next_name(&facts_enums[id], &name))
		if (facts_name_in(&name, release) && name.value >= bound)
			bound = name.value + 1;
	return bound;
}

/* sizeof(union bpf_attr) in a release; 0 for an unknown one. */
static inline __u32 bpf_attr_union_size(__u32 release)
{
	const struct facts_release *r = facts_release_by_code(release);

	return r ? r->attr_size : 0;
}

static inline const struct facts_attr *facts_attr_of(__u32 cmd, __u32 release)
{
	const struct facts_attr *found = (const struct facts_attr *)0;

	for (__u32 i = 0; i < sizeof(facts_attrs) / sizeof(facts_attrs[0]); i++)
		if (facts_attrs[i].cmd == cmd && facts_attrs[i].since <= release)
			found = &facts_attrs[i];
	return found;
}

/* The offset after a command's last field; 0 if the release does not have the command. */
static inline __u32 bpf_attr_last_field_end(__u32 cmd, __u32 release)
{
	const struct facts_attr *a = facts_attr_of(cmd, release);

	return a ? a->last_field_end : 0;
}

/* Offset of a command's token fd; -1 if it has none. */
static inline int bpf_token_fd_offset(__u32 cmd, __u32 release)
{
	const struct facts_attr *a = facts_attr_of(cmd, release);

	return a ? a->token_fd : -1;
}
