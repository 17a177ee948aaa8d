// SPDX-License-Identifier: MIT

/** The table as JSON, with one line for each feature. */
export function compatJson({ bpf, ...rest }) {
  const features = Object.entries(bpf).map(([axis, entries]) => {
    const lines = Object.entries(entries).map(
      ([name, entry]) => `      ${JSON.stringify(name)}: ${JSON.stringify(entry)}`,
    );
    return `    ${JSON.stringify(axis)}: {\n${lines.join(",\n")}\n    }`;
  });
  const head = JSON.stringify(rest, null, 2).replace(/\n\}$/, "");
  return `${head},\n  "bpf": {\n${features.join(",\n")}\n  }\n}\n`;
}

/** The features that get a section of their own. */
const questions = [
  ["XDP program", "progs", "xdp"],
  ["Hash map", "maps", "hash"],
  ["Kprobe program", "progs", "kprobe"],
  ["BTF by id", "cmds", "btf_get_fd_by_id"],
  ["Resizable hash map", "maps", "rhash"],
  ["Syscall program", "progs", "syscall"],
];

const list = (value) => (Array.isArray(value) ? value : [value]);
const version = ({ version_added: since }) =>
  since === null ? "not known" : since === false ? "no" : since;
const sets = (needs) => needs.capabilities.map((set) => set.join(" + ")).join(", or ");

/** The bar of a feature: for each release, whether it has it. */
function bar(releases, cell) {
  const first = releases.findIndex((release) => code(release) >= code(version(cell)));
  return releases.map((_, n) => (first !== -1 && n >= first ? "■" : "–"));
}

/** The bar as a table, with a column for each span of releases that answer the same. */
function barTable(releases, cell) {
  const squares = bar(releases, cell);
  const first = squares.indexOf("■");
  const spans = [releases.slice(0, first), releases.slice(first)].filter((span) => span.length > 0);
  const names = spans.map((span) => `${span[0]} – ${span.at(-1)}`);
  const words = spans.map((span) =>
    span === spans.at(-1) ? `${"■".repeat(span.length)} yes` : `${"–".repeat(span.length)} no`,
  );
  return `| Linux ${names.join(" | Linux ")} |\n|${spans.map(() => "---|").join("")}\n| ${words.join(" | ")} |`;
}

const code = (release) => {
  const [major, minor] = release.split(".").map(Number);
  return major * 1000 + minor;
};

function section(table, [title, axis, name]) {
  const { description, support } = table.bpf[axis][name].__compat;
  const { releases } = table.__meta;
  const { linux } = support;
  const rows = Object.entries(support).flatMap(([id, cell]) =>
    list(cell).map((one) => {
      const own = one.alternative_name === undefined ? [] : [`\`${one.alternative_name}\``];
      const notes = [...own, ...(one.notes ?? [])].join("; ");
      return `| ${table.browsers[id].name} | ${version(one)} | ${notes} |`;
    }),
  );
  const masks = Object.entries(linux.needs.masks).map(([mask, names]) => {
    const one = mask === "attachs" && names.length > 1 ? " (that of its section)" : "";
    return `\`delegate_${mask}=${names.join(":")}\`${one}`;
  });
  return `### ${title}

The ${description}.

${barTable(releases, linux)}

| product | since | name and notes |
|---|---|---|
${rows.join("\n")}

- Needs: ${masks.join(", ")}, and ${sets(linux.needs)} in the user namespace of the token.
- Checks: ${linux.checks.map((id) => `[\`${id}\`](checks.md)`).join(", ")}.
- Evidence: ${evidenceText(table, linux.evidence)}.`;
}

function evidenceText({ evidence }, ids) {
  const found = ids.map((id) => `Linux ${evidence[id].version} (${id}, ${evidence[id].date})`);
  return found.length === 0 ? "the model only" : found.join(", ");
}

function overview(table, axis, title) {
  const { releases } = table.__meta;
  const rows = Object.entries(table.bpf[axis]).flatMap(([name, { __compat }]) => {
    const { linux, libbpf, systemd } = __compat.support;
    if (linux.needs === undefined) return [];
    return [
      `| ${name} | ${bar(releases, linux).join("")} | ${version(linux)} | ${sets(linux.needs)} | ${version(libbpf)} | ${version(systemd)} |`,
    ];
  });
  return `| ${title} | ${releases[0]} … ${releases.at(-1)} | Linux | capabilities | libbpf | systemd |
|---|---|---|---|---|---|
${rows.join("\n")}`;
}

/** docs/compatibility.md */
export function compatPage(table) {
  const { releases } = table.__meta;
  const newer = Object.entries(table.bpf.attachs).flatMap(([name, { __compat }]) => {
    const { linux } = __compat.support;
    return linux.version_added === releases[0] ? [] : [`\`${name}\` (${version(linux)})`];
  });
  const whole = Object.entries(table.bpf.delegation.any.__compat.support).flatMap(([id, cell]) =>
    list(cell).map(
      (one) =>
        `| ${table.browsers[id].name} | ${version(one)} | ${(one.notes ?? []).join("; ")} | ${(one.evidence ?? []).join(", ")} |`,
    ),
  );
  const evidence = Object.entries(table.evidence).map(
    ([id, one]) =>
      `| ${id} | ${[one.what, ...(one.except === undefined ? [] : [`except: ${one.except.join("; ")}`])].join("; ")} | ${one.version ?? "–"} | ${one.date} | ${one.source.startsWith("docs/") ? `[${one.source.slice(5)}](${one.source.slice(5)})` : `\`${one.source}\``} |`,
  );
  return `<!-- SPDX-License-Identifier: MIT -->
<!-- Written by tools/verify/compat/compat.mjs; DO NOT EDIT. -->
# Compatibility

This page is for people who choose a kernel, a loader or a container manager. It says since when each of them supports
what with a BPF token, and what that needs. [compatibility.json](compatibility.json) has the same data in the shape of
browser-compat-data; [compatibility.schema.json](compatibility.schema.json) is its schema.

\`bpf-token support --compat --type xdp\` prints one feature.
\`bpf-token support --changes 6.18:7.3 --delegation FILE\` prints what changes for a delegation between two releases.

A bar has one square for each of Linux ${releases.join(", ")}.
"Since" is exact to a release of Linux for names. For a changed answer, it is the first of these releases. A \`≤\` marks the oldest version that was tried. "Not known" means that the
product has no list of its names that this project has compared.

## A delegation

| product | since | notes | evidence |
|---|---|---|---|
${whole.join("\n")}

## Questions

${questions.map((one) => section(table, one)).join("\n\n")}

## Commands

All other commands take no token.

${overview(table, "cmds", "command")}

## Map types

${overview(table, "maps", "map type")}

## Program types

${overview(table, "progs", "program type")}

## Attach types

A program needs the attach type that it is loaded with. Linux ${releases[0]} has all names except ${newer.join(", ")}.

## Evidence

The cells of Linux are answers of the model of each release. These real kernels gave the same answers:

| id | what | version | date | source |
|---|---|---|---|---|
${evidence.join("\n")}
`;
}
