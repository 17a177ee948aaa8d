// SPDX-License-Identifier: MIT
const head = `# The model compared with real kernels

This page is for readers who want to know how far the model agrees with real kernels. It lists each rule of the
[specification](spec/semantics.md) with the result on each kernel.

\`npm run tool fidelity -- --write\` runs every scenario of the suite on these kernels and on the model of their
release, and writes this page. It compares the result or errno of each call, file descriptors, memory that
the kernel wrote, and the contents of /proc. A rule agrees if all scenarios that name the rule and run on
the kernel agree; the number in parentheses is the number of these scenarios.

\`native\` is the running kernel of the machine that wrote this page. \`guest:6.12\` is Debian's kernel in QEMU,
and \`guest:uml\` is Debian's User-mode Linux. [The matrix](matrix.md) compares permissions cell by cell.
`;

const bpfHead = `# Linux's BPF subsystem as a module, compared with the model and guests

This page is for readers who want to know what \`bpf:6.12\` and \`bpf:7.3\` answer: Linux's own BPF subsystem, compiled
to WebAssembly. It lists each rule of the [specification](spec/semantics.md) with the result on each kernel.
[fidelity.md](fidelity.md) has the other kernels.

\`npm run tool fidelity -- --subjects bpf:6.12,guest:6.12,bpf:7.3,guest:7.3 --write\` runs every scenario of the suite on
these kernels and on the model of their release, and writes this page. A scenario with a call that the module
does not have is not compared.
`;

/** docs/fidelity.md, or docs/fidelity-bpf.md. Reasons are numbered, because many cells share the same reason. */
export function page(subjects, rows, isBpf = false) {
  const reasons = new Map();
  const note = (why) => {
    if (!reasons.has(why)) reasons.set(why, reasons.size + 1);
    return `[${reasons.get(why)}](#reasons)`;
  };
  const cell = ({ how, n = 0, why = [] }) => {
    if (how === "agree") return `agree (${n})`;
    const head = how === "differ" && n > 0 ? `differ; agree (${n})` : how;
    return `${head} ${[...new Set(why.map(general))].map(note).join(" ")}`;
  };
  const titles = subjects.map(({ name, release }) => `${name}, ${release}`);
  const lines = rows.map(({ id, cells }) => `| ${id} | ${cells.map(cell).join(" | ")} |`);
  const count = (how) =>
    subjects.map((_, i) => rows.filter(({ cells }) => cells[i].how === how).length).join(" | ");
  return `<!-- SPDX-License-Identifier: MIT -->
<!-- Written by tools/verify/fidelity/fidelity.mjs; DO NOT EDIT. -->
${isBpf ? bpfHead : head}
| | ${titles.join(" | ")} |
|---|${subjects.map(() => "---|").join("")}
| agree | ${count("agree")} |
| differ for a known reason | ${count("differ")} |
| not tried | ${count("not tried")} |
| differ unexpectedly | ${count("unexpected")} |

## Rules

| rule | ${titles.join(" | ")} |
|---|${subjects.map(() => "---|").join("")}
${lines.join("\n")}

## Reasons

${[...reasons].map(([why, n]) => `${n}. ${why}`).join("\n")}
`;
}

/** A reason without the kernel's name and build, which the column heading shows. */
export function general(why) {
  return why
    .replace(/, this is [^;)]*/, "")
    .replace(/, which the \S+ backend does not have/, ", which is not available on this kernel")
    .replace(/, not for the \S+ backend$/, "")
    .replace(/^not modelled by the bpf backend: (.*)$/, "the module does not have $1")
    .trim();
}

/** Whether a page differs from the current results, and why. */
export function stale(text, now, name = "docs/fidelity.md") {
  const titles = (page) => /^\| rule \|.*$/m.exec(page)?.[0];
  if (text === now) return { differs: false };
  if (titles(text) !== titles(now)) {
    return { differs: false, why: `${name} covers other kernels: ${titles(text)}` };
  }
  const lines = new Set(text.split("\n"));
  const first = now.split("\n").find((line) => !lines.has(line));
  return {
    differs: true,
    why: `${name} is out of date (update it with --write): ${first ?? "some lines are missing"}`,
  };
}
