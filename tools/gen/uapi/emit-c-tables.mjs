// SPDX-License-Identifier: MIT
// @ts-check
import { codeOf, delegationEnums, endOf, isIn, lastFieldIn, unionSizeIn } from "./facts.mjs";
import { cHeader } from "./text.mjs";

/** @typedef {import("./facts.mjs").Facts} Facts */

const licence = "GPL-2.0-only";
const tokenFields = ["map_token_fd", "prog_token_fd", "btf_token_fd", "fd_by_id_token_fd"];

/**
 * Facts that the model asks for at run time, because one module follows all releases.
 *
 * @param {Facts} facts
 * @returns {Map<string, string>}
 */
export function emitTables(facts) {
  return new Map([
    ["core-c/include/generated/facts.h", cHeader(licence, "_GENERATED_FACTS_H", shapes(facts))],
    [
      "core-c/include/generated/facts_tables.h",
      cHeader(licence, "_GENERATED_FACTS_TABLES_H", tables(facts)),
    ],
  ]);
}

/** @param {Facts} facts */
function shapes(facts) {
  const sizes = facts.releases.map((r) => unionSizeIn(facts, r.code));
  const ids = delegationEnums.map((e) => `\tFACTS_${e.toUpperCase()},`).join("\n");
  return `#include <linux/types.h>

/* Codes of releases: 1 v10-03, 2 v10, 3 v10-reviewed, X * 1000 + Y for Linux X.Y. */
#define FACTS_OLDEST ${facts.releases[0]?.code}
#define FACTS_NEWEST ${facts.releases.at(-1)?.code}
#define FACTS_NR_RELEASES ${facts.releases.length}
#define FACTS_MAX_ATTR_SIZE ${Math.max(...sizes)}

/* The enums whose values can be delegated. */
enum facts_enum_id {
${ids}
	NR_FACTS_ENUMS
};

/* A name without the prefix of its enum: what facts_next_name() gives. */
struct facts_name {
	const char *name;
	__u32 nr;		/* in the order of declaration, from 0 */
	__u32 value;
	__u32 since;		/* 0: older than all */
	__u32 until;		/* code of the first release without it, 0 while it is there */
};

/* What of a name is not as usual: one more than the value before, older than all, there for good. */
struct facts_odd {
	__u8 nr;
	__u8 value;
	__u16 since;
	__u16 until;
};

/* In the order of declaration: of two names for one value the first is the one to print. */
struct facts_enum {
	const char *name;
	const char *prefix;
	const char *names;	/* one behind the other, an empty one at the end */
	const struct facts_odd *odd;
	__u32 nr_odd;
};

struct facts_release {
	const char *name;
	__u32 code;
	__u32 attr_size;
};

/* One per command and span of releases; from the code since on, until the next row. */
struct facts_attr {
	__u32 cmd;
	__u32 since;
	__u32 last_field_end;
	__s32 token_fd;		/* offset of the token descriptor, or -1 */
};`;
}

/** @param {Facts} facts */
function tables(facts) {
  const enums = delegationEnums.map((key) => {
    const e = /** @type {import("./facts.mjs").EnumFacts} */ (facts.enums[key]);
    const names = e.members.map((m) => `\t"${m.name}\\0"`).join("\n");
    return [
      `static const char facts_names_${key}[] =\n${names};`,
      `static const struct facts_odd facts_odd_${key}[] = {\n${oddRows(e).join("\n")}\n};`,
    ].join("\n\n");
  });
  const index = delegationEnums.map((key) => {
    const e = /** @type {import("./facts.mjs").EnumFacts} */ (facts.enums[key]);
    return `\t[FACTS_${key.toUpperCase()}] = { "${key}", "${e.prefix}", facts_names_${key},\n\t\tfacts_odd_${key}, ${oddRows(e).length} },`;
  });
  const releases = facts.releases.map(
    (r) => `\t{ "${r.name}", ${r.code}, ${unionSizeIn(facts, r.code)} },`,
  );
  return [
    "#include <generated/facts.h>",
    ...enums,
    `static const struct facts_enum facts_enums[NR_FACTS_ENUMS] = {\n${index.join("\n")}\n};`,
    `static const struct facts_release facts_releases[FACTS_NR_RELEASES] = {\n${releases.join("\n")}\n};`,
    `static const struct facts_attr facts_attrs[] = {\n${attrRows(facts).join("\n")}\n};`,
    lookups,
  ].join("\n\n");
}

/**
 * The members that facts_next_name() could not tell from their place.
 *
 * @param {import("./facts.mjs").EnumFacts} e
 */
function oddRows(e) {
  let expected = 0;
  return e.members.flatMap((m, nr) => {
    const since = codeOf(m.since);
    const until = m.until === undefined ? 0 : codeOf(m.until);
    const usual = m.value === expected && since === 0 && until === 0;
    expected = Number(m.value) + 1;
    return usual ? [] : [`\t{ ${nr}, ${m.value}, ${since}, ${until} },\t/* ${m.name} */`];
  });
}

/** @param {Facts} facts */
function attrRows(facts) {
  const rows = [];
  for (const m of facts.enums.bpf_cmd?.members ?? []) {
    if (m.aliasOf !== undefined) continue;
    let before = "";
    for (const { code } of facts.releases.filter((r) => isIn(m, r.code))) {
      const end = endOf(lastFieldIn(facts, m.name, code));
      const row = `${end}, ${tokenOffset(facts, m.name, code, end)}`;
      if (row !== before) rows.push(`\t{ ${m.value}, ${code}, ${row} },\t/* ${m.name} */`);
      before = row;
    }
  }
  return rows;
}

/**
 * Where a command takes the token descriptor. A field behind the last one is not taken.
 *
 * @param {Facts} facts
 * @param {string} cmd
 * @param {number} code
 * @param {number} end
 */
function tokenOffset(facts, cmd, code, end) {
  const group = facts.attr.groups[facts.attr.commands[cmd]?.group ?? ""];
  const field = group?.fields.find(
    (f) => tokenFields.includes(f.name) && isIn(f, code) && endOf(f) <= end,
  );
  return field?.offset ?? -1;
}

const lookups = `/* The release of that code, or a null pointer. */
static inline const struct facts_release *facts_release_by_code(__u32 code)
{
	for (__u32 i = 0; i < FACTS_NR_RELEASES; i++)
		if (facts_releases[i].code == code)
			return &facts_releases[i];
	return (const struct facts_release *)0;
}

/* The name behind one, or the first; what it is of a name that is all zero before. */
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
	for (i = 0; i < e->nr_odd; i++) {
		if (e->odd[i].nr != name->nr)
			continue;
		name->value = e->odd[i].value;
		name->since = e->odd[i].since;
		name->until = e->odd[i].until;
	}
	return *name->name != 0;
}

static inline int facts_name_in(const struct facts_name *name, __u32 release)
{
	return name->since <= release && (!name->until || release < name->until);
}

/* One more than the highest value that a release has: what __MAX_... is there. */
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

/* The byte behind a command's last field; 0 if the release has no such command. */
static inline __u32 bpf_attr_last_field_end(__u32 cmd, __u32 release)
{
	const struct facts_attr *a = facts_attr_of(cmd, release);

	return a ? a->last_field_end : 0;
}

/* Offset of the token descriptor that a command takes; -1 if it takes none. */
static inline int bpf_token_fd_offset(__u32 cmd, __u32 release)
{
	const struct facts_attr *a = facts_attr_of(cmd, release);

	return a ? a->token_fd : -1;
}`;
