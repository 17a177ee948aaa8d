// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { openNativeKernel } from "@bpf-token/kernel-native";
import type { BpfMap, Program } from "@bpf-token/loader";
import type { Task } from "@bpf-token/syscall";
import { expect, onTestFinished, type TestContext, test } from "vitest";
import { property } from "../../src/skeleton/type-writer.ts";
import { compiled } from "./compiled.ts";
import { describeNative } from "./native.ts";
import { cli } from "./run-cli.ts";

/** Uses the skeleton correctly, and in ways that must not compile. */
const USE = `import type { Kernel, Task } from "@bpf-token/syscall";
import { loadForTest } from "bpf-token/test";
import { Traffic, type Event, type Flow, Verdict } from "./traffic.skel.js";

export async function use(task: Task): Promise<bigint> {
  const traffic = Traffic.load(task, { variables: { limit: 60, drop_long: true } });
  const flow: Flow = { source: { bytes: new Uint8Array(16) }, port: 1, padding: 0 };
  const packets: bigint | undefined = traffic.maps.flows.get(flow)?.packets;
  const totals: readonly bigint[] | undefined = traffic.maps.totals.get(0);
  traffic.variables.seen = 7n;
  // @ts-expect-error A constant can be set only before the load.
  traffic.variables.drop_long = false;
  // @ts-expect-error The object has no such map.
  traffic.maps.flws;
  // @ts-expect-error A port is a number.
  traffic.maps.flows.delete({ ...flow, port: 1n });
  // @ts-expect-error It is undefined unless 'programs' requests it.
  traffic.programs.enter.info();
  for await (const event of traffic.read.events()) {
    const { number, name, verdict }: Event = event;
    if (verdict === Verdict.PASSED && name === "traffic") return number;
  }
  return packets ?? totals?.[0] ?? traffic.variables.seen;
}

export function tested(kernel: Kernel): number | undefined {
  using object = loadForTest(Traffic.bytes(), { kernel });
  const { maps, variables } = Traffic.of(object.collection);
  const limit: number = variables.limit;
  return maps.flows.readAll().length + limit;
}
`;

/** A directory in which Node resolves the packages. */
function folder(): string {
  const root = fileURLToPath(new URL("../../out-tsc/", import.meta.url));
  mkdirSync(root, { recursive: true });
  const made = mkdtempSync(join(root, "gen-"));
  onTestFinished(() => rmSync(made, { recursive: true }));
  return made;
}

async function skeleton(context: TestContext): Promise<string> {
  const file = join(folder(), "traffic.skel.ts");
  const object = compiled(context, "traffic");
  const made = await cli(["gen", object, "--event", "events=event", "-o", file]);
  expect(made).toEqual({ code: 0, out: "", err: "" });
  return file;
}

test("a skeleton compiles, and its types reject wrong uses", {
  timeout: 600_000,
}, async (context) => {
  const file = await skeleton(context);
  const use = join(file, "..", "use.ts");
  writeFileSync(use, USE);
  expectTypes([use, file]);
});

/** Uses the names of the module, which its types must not have taken. */
const NAMES = `import type { Task } from "@bpf-token/syscall";
import { K } from "./k.skel.js";

export function use(task: Task): number {
  using k = K.load(task, { variables: { raw: new Uint8Array(8) } });
  const bytes: Uint8Array = k.variables.raw;
  for (const [{ bytes: { length } }, { maps }] of k.maps.records) {
    if (maps.k.omit.member === 0n) return length;
  }
  k.programs.count.info();
  return bytes.length;
}
`;

test("types with the names of globals and of the module itself get other names", {
  timeout: 600_000,
}, async (context) => {
  const place = folder();
  const object = compiled(context, "names");
  const files = [join(place, "use.ts")];
  writeFileSync(join(place, "use.ts"), NAMES);
  // Each of these names is also that of an import or a global.
  for (const name of ["k", "collection", "load", "symbol", "uint8_array", "task", "bpf"]) {
    const file = join(place, `${name}.skel.ts`);
    cpSync(object, join(place, `${name}.bpf.o`));
    const made = await cli(["gen", join(place, `${name}.bpf.o`), "-o", file]);
    expect(made).toEqual({ code: 0, out: "", err: "" });
    files.push(file);
  }
  expectTypes(files);
});

/** Checks files of one folder with the compiler. */
function expectTypes(files: readonly string[]): void {
  const tsc = fileURLToPath(
    new URL("../../../../node_modules/typescript-7/bin/tsc", import.meta.url),
  );
  const compilerOptions = {
    noEmit: true,
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: true,
    module: "nodenext",
    target: "es2022",
    lib: ["es2023", "dom", "esnext.disposable"],
    types: [],
    customConditions: ["@bpf-token/source"],
  };
  const project = join(files[0] ?? "", "..", "tsconfig.json");
  writeFileSync(project, JSON.stringify({ compilerOptions, files }));
  const run = spawnSync(process.execPath, [tsc, "-p", project], { encoding: "utf8" });
  expect([run.status, run.stdout]).toEqual([0, ""]);
}

test("a name that JavaScript gives a meaning is a property like others", () => {
  const made = new Function(`return { ${property("__proto__")}: 1, ${property("a b")}: 2 };`)();
  expect(Object.entries(made)).toEqual([
    ["__proto__", 1],
    ["a b", 2],
  ]);
});

test("missing types and invalid options are reported", async (context) => {
  const object = compiled(context, "traffic");
  const wrong = async (...words: string[]) => (await cli(["gen", object, ...words])).err;
  expect(await wrong("--event", "evnts=event")).toContain("ring buffers: events");
  expect(await wrong("--event", "events=evnt")).toContain("struct evnt *unused;");
  expect(await wrong("--event", "events")).toContain("'events' is not MAP=TYPE");
  expect((await cli(["gen", object, "--json"])).out).toContain("--json needs -o");
  expect((await cli(["gen", "/proc/version"])).code).toBe(1);
  expect((await cli(["gen", object, "-o", "/nowhere/x.ts"])).code).toBe(3);
  expect((await cli(["gen", object])).out).not.toContain("eventsOf");
});

interface Loaded {
  readonly maps: {
    readonly flows: BpfMap<object, { readonly packets: bigint }>;
    readonly totals: BpfMap<number, readonly bigint[]>;
  };
  readonly programs: { readonly count: Program };
  readonly variables: {
    seen: bigint;
    limit: number;
    readonly drop_long: boolean;
    readonly name: string;
  };
  close(): void;
}

describeNative("a skeleton on the running kernel", ["clang-19"], () => {
  test("loads its object, with its variables and maps", async (context) => {
    const file = await skeleton(context);
    const module = (await import(pathToFileURL(file).href)) as {
      readonly Traffic: { load(task: Task, options: object): Loaded; bytes(): Uint8Array };
    };
    const kernel = openNativeKernel();
    try {
      const options = { token: "never", variables: { limit: 60, drop_long: true } };
      const { maps, programs, variables, close } = bound(module.Traffic.load(kernel.init, options));
      expect(variables).toMatchObject({ limit: 60, drop_long: true, name: "traffic", seen: 0n });
      const flow = { source: { bytes: new Uint8Array(16) }, port: 64, padding: 0 };
      maps.flows.set(flow, {
        packets: 1n,
        octets: 0n,
        last: 0,
        short_ones: 3,
        long_ones: 4,
      } as never);
      const result = programs.count.testRun({ data: new Uint8Array(100) });
      expect(result).toMatchObject({ retval: 0 });
      expect(variables.seen).toBe(1n);
      expect(maps.flows.get(flow)).toMatchObject({ packets: 2n, short_ones: 3, long_ones: 4 });
      expect(maps.totals.get(0)?.reduce((sum, one) => sum + one, 0n)).toBe(64n);
      variables.seen = 41n;
      programs.count.testRun({ data: new Uint8Array(100) });
      expect(variables.seen).toBe(42n);
      close();
      expect(readFileSync(file, "utf8")).toContain("DO NOT EDIT");
    } finally {
      kernel.close();
    }
  });
});

function bound(loaded: Loaded): Loaded {
  const { maps, programs, variables } = loaded;
  return { maps, programs, variables, close: () => loaded.close() };
}
