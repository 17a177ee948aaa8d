// SPDX-License-Identifier: MIT
// Programs of the kernel's selftests on the running kernel and on the modules. The files of `selftests`
// have what the running kernel, Linux 6.18, returned; the sources are compiled here and not kept.
import { copyFileSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findClang } from "../../../../packages/bpf-token/test/cli/compiled.ts";
import { support } from "../../../../packages/bpf-token/test/cli/native.ts";
import { cli } from "../../../../packages/bpf-token/test/cli/run-cli.ts";
import {
  bpfKernelFolder,
  bpfKernelReleases,
} from "../../../../packages/kernel-bpf/src/node/index.ts";
import { guestsFolder } from "../../../../packages/kernel-native/src/index.ts";
import { findArchive } from "../../../build/kernel-bpf/lib/source.mjs";
import { onPath } from "../../../lib/run.mjs";
import { withSelftests } from "../lib/selftests.mjs";

const RELEASE = "6.12";
const MINUTES_5 = 300_000;
const folder = fileURLToPath(new URL("selftests", import.meta.url));
const names = readdirSync(folder).map((file) => basename(file, ".yaml"));
const built = bpfKernelReleases();
const kernels = ["native", ...built.map((release) => `bpf:${release}`)];

/** The tests that a kernel cannot run, by their program's file, and what it does not have. */
const exceptions: Readonly<Record<string, readonly [kernel: RegExp, test: string, why: string]>> = {
  // The module has no network stack, which calls flow dissectors.
  bpf_flow: [/^bpf:/, "finds the protocol", "function bpf_flow_dissect"],
  // An exception unwinds the stack that the JIT compiler laid out; the module interprets.
  exceptions: [/^bpf:/, "the callback chooses the result", "function bpf_throw"],
  // The values come from BPF_PROG_TEST_RUN by another program: ours runs only programs with a packet.
  iters_num: [/^native$/, "", "runs only programs that get a packet"],
};

interface Outcome {
  readonly kernel: string;
  readonly name: string;
  readonly outcome: string;
  readonly problems: readonly { readonly text: string }[];
}

/** Why the tests cannot run here. */
function missing(): string | undefined {
  if (!support.ok) return `native half: ${support.why}`;
  if (!built.includes(RELEASE)) return `no module of Linux ${RELEASE} was built`;
  const program = ["clang-19", "bpftool", "python3", "tar", "xz"].find((one) => !onPath(one));
  if (program !== undefined) return `${program} is not installed`;
  try {
    findArchive(RELEASE, { source: undefined, guests: guestsFolder() });
  } catch (error) {
    return (error as Error).message;
  }
  return undefined;
}

const why = findClang() === undefined ? "there is no clang" : missing();
let work = "";
beforeAll(async () => {
  if (why !== undefined) return;
  work = mkdtempSync(join(tmpdir(), "bpf-token-selftests-"));
  const btf = join(bpfKernelFolder(), RELEASE, "vmlinux.btf");
  const source = { release: RELEASE, guests: guestsFolder(), btf, clang: "clang-19" };
  const wanted = (name: string): boolean => names.includes(name);
  await withSelftests({ ...source, wanted }, (objects: readonly string[]) => {
    for (const path of objects) copyFileSync(path, join(work, basename(path)));
  });
  for (const name of names) copyFileSync(join(folder, `${name}.yaml`), join(work, `${name}.yaml`));
}, MINUTES_5);
afterAll(() => rmSync(work, { recursive: true, force: true }));

test("there are tests of 20 programs that all kernels run", () => {
  expect(names.length - Object.keys(exceptions).length).toBeGreaterThanOrEqual(20);
  expect(Object.keys(exceptions).filter((name) => !names.includes(name))).toEqual([]);
});

test.for(names)(
  "%s returns on the modules what it returns on the running kernel",
  async (name, context) => {
    context.skip(why !== undefined, `the kernel's selftests: ${why}`);
    const file = join(work, `${name}.yaml`);
    const env = { BPF_TOKEN_BPF_KERNELS: bpfKernelFolder() };
    const { out, err } = await cli(["test", file, "--kernels", kernels.join(), "--json"], {}, env);
    expect(err).toBe("");
    const { tests } = JSON.parse(out) as { tests: readonly Outcome[] };
    expect(new Set(tests.map(({ kernel }) => kernel))).toEqual(new Set(kernels));
    const others = tests.filter(({ outcome }) => outcome !== "passed");
    const [kernel = /^$/, prefix = "", text = ""] = exceptions[name] ?? [];
    const expected = tests.filter((one) => kernel.test(one.kernel) && one.name.startsWith(prefix));
    expect(others.map(textOf)).toEqual(
      expected.map((one) =>
        expect.stringMatching(`^${one.kernel} unmodelled ${one.name}: .*${text}`),
      ),
    );
  },
);

const textOf = ({ kernel, outcome, name, problems }: Outcome): string =>
  `${kernel} ${outcome} ${name}: ${problems.map(({ text }) => text).join("; ")}`;
