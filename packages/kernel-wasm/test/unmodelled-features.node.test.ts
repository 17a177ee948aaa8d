// SPDX-License-Identifier: GPL-2.0-only
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { NotModelledError, raw } from "@bpf-token/syscall";
import { syscallTable } from "@bpf-token/uapi";
import { expect, test } from "vitest";
import { createKernel, unmodelledFeatures } from "../src/index.ts";
import { unmodelled } from "../src/refusals/unmodelled.ts";

const core = fileURLToPath(new URL("../../../core-c/", import.meta.url));

const files = readdirSync(core, { recursive: true, encoding: "utf8" }).filter(
  (file) => file.endsWith(".c") && !/^(tests|fuzz|build)\b/.test(file),
);
const source = files.map((file) => readFileSync(`${core}${file}`, "utf8")).join("\n");
const table = [
  ...readFileSync(`${core}include/trace/unmodelled.def`, "utf8").matchAll(
    /^UNMODELLED\((\w+), "([^"]+)"\)$/gm,
  ),
].map(([, id = "", what = ""]) => ({ id, what }));

/** What the core reports as unmodelled: its table, and format strings cut at their first `%`. */
function named(): ReadonlySet<string> {
  const made = [...source.matchAll(/snprintf\(unknown_syscall,[^"]*"([^"]+)"/g)].map(
    ([, what = ""]) => what,
  );
  return new Set([...table.map(({ what }) => what), ...made]);
}

const known = unmodelledFeatures.flatMap(({ names }) => names);

function knows(what: string): boolean {
  return known.some((name) =>
    name.endsWith("…") ? what.startsWith(name.slice(0, -1).trimEnd()) : name === what,
  );
}

test("lists exactly what the core reports as unmodelled, with a reason", () => {
  const said = [...named()];
  expect(said.length).toBeGreaterThan(40);
  expect(said.filter((what) => !knows(what))).toEqual([]);
  const open = known.filter((name) => !name.endsWith("…"));
  expect(open.filter((name) => !said.includes(name))).toEqual([]);
  expect(new Set(known).size).toBe(known.length);
});

test("the core uses each name of its table, and the host reads the same names", () => {
  expect(table.filter(({ id }) => !source.includes(`UNMODELLED_${id}`))).toEqual([]);
  expect(unmodelled.slice(1)).toEqual(table.map(({ what }) => what));
});

test("lists the system calls that only real kernels have", () => {
  const missing = syscallTable.filter(({ nr, name }) => {
    using kernel = createKernel();
    const task = kernel.init.fork();
    try {
      task.syscall(nr);
    } catch (error) {
      if (!(error instanceof NotModelledError)) throw error;
      return error.what === name;
    }
    return false;
  });
  const absent = [
    ...["eventfd2", "fchdir", "init_module", "openat2", "perf_event_open", "pipe2", "setsockopt"],
    "socketpair",
  ];
  expect(missing.map(({ name }) => name).sort()).toEqual(absent);
});

test("an unmodelled call throws with a listed name", () => {
  using kernel = createKernel();
  const { init } = kernel;
  const whatOf = (call: () => unknown): string => {
    try {
      call();
    } catch (error) {
      if (error instanceof NotModelledError) return error.what;
    }
    throw new Error("the call is modelled");
  };
  for (const what of [
    whatOf(() => init.syscall(999)),
    whatOf(() => raw.bpf(init, 16, new Uint8Array(64), 64)),
    whatOf(() => raw.openat(init, -100, "/proc/self/maps", 0, 0)),
    whatOf(() => raw.openat(init, -100, "/proc/meminfo", 0, 0)),
    whatOf(() => raw.openat(init, -100, "/proc/self/ns/net", 0, 0)),
    whatOf(() => raw.fsopen(init, "overlay", 0)),
    whatOf(() => raw.fsopen(init, "fuse.sshfs", 0)),
    whatOf(() => raw.mount(init, "none", "/mnt", "ext4", 0, null)),
    whatOf(() => raw.memfd_create(init, "pages", 4)),
    whatOf(() => raw.openat(init, -100, "/proc/sys/kernel/pid_max", 0, 0)),
  ])
    expect([what, knows(what)]).toEqual([what, true]);
});
