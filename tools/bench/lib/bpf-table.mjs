// SPDX-License-Identifier: MIT
// The table of docs/verify.md, from the rows of kernel-bpf.mjs.

const loads = ["2 instructions", "2,002 instructions processed"];
const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;
const kilobytes = (bytes) => `${Math.floor(bytes / 1000)} kB`;
const milliseconds = (ms) => `${ms.toFixed(0)} ms`;
const microseconds = (ns) => `${(ns / 1000).toFixed(0)} µs`;

/**
 * Formats the figures of all modules as Markdown, a column for each.
 *
 * @param rows - what `bpfKernelRows` returns; all rows of a module, or it throws.
 */
export function bpfTable(rows) {
  const find = (name) => {
    const found = rows.find((one) => one.name.startsWith(name));
    if (found === undefined) throw new Error(`the figure '${name}' was not measured`);
    return found;
  };
  const releases = rows.flatMap(({ name }) => /^bpf (\S+): boot$/.exec(name)?.[1] ?? []);
  const line = (title, cell) => [title, ...releases.map((release) => cell(`bpf ${release}: `))];
  const lines = [
    line("module with gzip", (of) => kilobytes(find(`${of}module`).median)),
    line("boot with the whole BTF, best of 11", (of) => milliseconds(find(`${of}boot`).min)),
    line("the same in a page of Chromium", (of) => milliseconds(find(`${of}page`).min)),
    ...loads.flatMap((name) => {
      const load = `load + close, ${name}`;
      const own = find(`running kernel: ${load}`).median;
      const ratio = (of) => `${(find(of + load).median / own).toFixed(1)} ×`;
      return [
        line(`load and close, ${name}, median of warm loads`, (of) =>
          microseconds(find(of + load).median),
        ),
        line("the same, compared with the running kernel", ratio),
      ];
    }),
    line("programs of objects, compared with the running kernel, median", (of) => {
      return `${find(`${of}loads next to`).median.toFixed(1)} ×`;
    }),
    line("1,000 test runs of 200 instructions, each on a restored kernel", (of) =>
      milliseconds(find(`${of}1,000 test runs`).median),
    ),
    line("the same, compared with a load and a run each on the running kernel", (of) => {
      const own = find("running kernel: 1,000 test runs").median;
      return `${(find(`${of}1,000 test runs`).median / own).toFixed(1)} ×`;
    }),
    line("memory after boot", (of) => megabytes(find(`${of}memory`).median)),
    line("growth after 100,000 loads", (of) => megabytes(find(`${of}growth after 100000`).median)),
  ];
  const head = [["", ...releases.map((release) => `Linux ${release}`)]];
  const rule = [["---", ...releases.map(() => "---")]];
  return [...head, ...rule, ...lines].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
