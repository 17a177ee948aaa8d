// SPDX-License-Identifier: MIT
// Maps, variables and events that a test sets and compares, in YAML and in TypeScript.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createBpfKernel } from "@bpf-token/kernel-bpf";
import { bpfKernelFolder, bpfKernelReleases, readBpfKernel } from "@bpf-token/kernel-bpf/node";
import type { BpfMap } from "@bpf-token/loader";
import { Btf, type Value, valueCodec } from "@bpf-token/object";
import { describe, expect, onTestFinished, type TestContext, test } from "vitest";
import {
  type ExpectedState,
  fuzzProgram,
  loadForTest,
  matchers,
  type ProgramMatchers,
  packet,
  type TestObject,
  type TestState,
} from "../../src/program-test/index.ts";
import { takenMembers } from "../../src/program-test/refused-context.ts";
import { isList } from "../../src/program-test/value/show.ts";
import { compiled } from "./compiled.ts";
import { cli } from "./run-cli.ts";

declare module "vitest" {
  // eslint-disable-next-line @typescript-eslint/no-empty-object-type -- it adds to an interface
  interface Matchers<T> extends ProgramMatchers<T> {}
}
expect.extend(matchers);

const built = bpfKernelReleases();
const frame = packet(["eth", "ipv4"]);

function needModule(context: TestContext): void {
  if (built.length === 0) context.skip("state of a test object: no module of Linux was built");
}

const flow = { saddr: "10.0.0.1", port: "htons(53)" };
const state: TestState = {
  maps: {
    flows: [[flow, "fe80::1"]],
    hosts: { "fe80::1": 41 },
    next: { 1: { program: "last" } },
  },
  variables: { limit: 9 },
};
const expected: ExpectedState = {
  maps: { flows: [[flow, "fe80::1"]], hosts: { "fe80::1": 42, "fe80::2": null } },
  variables: { limit: 9 },
  elements: { flows: 1 },
  events: { events: { type: "event", list: [{ limit: 9 }] } },
};

describe.each(built.length > 0 ? built : ["6.12"])("state on Linux %s", (release) => {
  function stateObject(context: TestContext, coverage = false): TestObject {
    needModule(context);
    const kernel = createBpfKernel(readBpfKernel(release, bpfKernelFolder()));
    const object = loadForTest(readFileSync(compiled(context, "state")), { kernel, coverage });
    onTestFinished(() => object.close());
    return object;
  }

  test("TypeScript sets and compares what YAML does", (context) => {
    const object = stateObject(context);
    object.set(state);
    expect(object.run("start", { packet: frame })).toHaveAction("XDP_TX");
    expect(object).toHaveState(expected);
    object.reset();
    expect(object.run("start", { packet: frame })).toHaveAction("XDP_DROP");
    expect(object.differences(expected)).toEqual([
      "flows has 0 elements, expected 1",
      "flows[{ saddr: 16777226, port: 13568 }] does not exist; the map has no elements",
      "hosts[fe80::1] does not exist; the map has no elements",
      "limit is 7, expected 9",
      "events[0].limit is 7, expected 9",
    ]);
    object.run("start", { packet: frame });
    const list = [{ interface: 3, limit: 9 }];
    expect(object.differences({ events: { events: { type: "event", list } } })).toEqual([
      expect.stringMatching(/^events\[0\]\.interface is \d+, expected 3$/),
      "events[0].limit is 7, expected 9",
    ]);
    const wrong = () => expect(object).toHaveState({ variables: { limit: 8 } });
    expect(wrong).toThrow("limit is 7, expected 8");
    expect(object).not.toHaveState({ variables: { limit: 8 } });
  });

  test("members of a context are given by name", (context) => {
    const object = stateObject(context);
    for (let i = 0; i < 3; i++)
      object.run("start", { packet: frame, context: { ingress_ifindex: 1, rx_queue_index: 0 } });
    const list = [{ interface: 1 }, { interface: 1 }, { interface: 1 }];
    expect(object).toHaveState({ events: { events: { type: "event", list } } });
    const wrong = () => object.run("start", { packet: frame, context: { ingress_ifindex: 7 } });
    expect(wrong).toThrow(
      "the kernel refused the run: it has no interface 7; a module has only lo",
    );
    for (const [context, message] of [
      [{ egress_ifindex: 1 }, "it fills egress_ifindex of the context itself; a run takes data,"],
      [{ rx_queue_index: 1 }, "rx_queue_index of the context needs ingress_ifindex"],
    ] as const)
      expect(() => object.run("start", { packet: frame, context })).toThrow(message);

    expect(() => object.run("start", { context: { ingress: 1 } })).toThrow("no member 'ingress'");
  });

  test.for([
    ["classify", "__sk_buff", 24],
    ["start", "xdp_md", 2],
  ] as const)(
    "a run of %s takes the members of %s that Linux takes",
    ([program, name, fewest], context) => {
      needModule(context);
      const kernel = createBpfKernel(readBpfKernel(release, bpfKernelFolder()));
      const file = compiled(context, program === "start" ? "state" : "filter");
      using object = loadForTest(readFileSync(file), { kernel });
      const btf = Btf.parse(kernel.btf ?? new Uint8Array());
      const codec = valueCodec<Record<string, Value>>(btf, btf.id(name, "STRUCT") ?? 0);
      const empty = codec.decode(new Uint8Array(codec.size));
      const end = name === "xdp_md" ? { data_end: frame.length, ingress_ifindex: 1 } : {};
      const values: Record<string, number> = { data: 4, wire_len: 100, rx_queue_index: 0, ...end };
      const refused = Object.keys(empty).filter((member) => {
        const shape = empty[member];
        const one = values[member] ?? 1;
        const single = typeof shape === "bigint" ? BigInt(one) : one;
        const value = isList(shape) ? shape.map((_, i) => (i === 0 ? 1 : 0)) : single;
        const bytes = codec.encode({ ...empty, ...end, [member]: value });
        try {
          object.run(program, { packet: frame, context: bytes });
          return false;
        } catch (error) {
          expect(String(error)).toMatch(/EINVAL|refused the run/);
          return true;
        }
      });
      const others = Object.keys(empty).filter((member) => !takenMembers[name]?.includes(member));
      expect(refused).toEqual(others);
      expect(others.length).toBeGreaterThanOrEqual(fewest);
    },
  );

  test("a skeleton gives names to the maps of a test object", async (context) => {
    const object = stateObject(context);
    // In the package, so that Node resolves what the skeleton imports.
    const root = fileURLToPath(new URL("../../out-tsc/", import.meta.url));
    mkdirSync(root, { recursive: true });
    const folder = mkdtempSync(join(root, "gen-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, "state.skel.ts");
    expect((await cli(["gen", compiled(context, "state"), "-o", file])).code).toBe(0);
    const { State } = (await import(file)) as {
      State: { of(collection: unknown): { maps: { hosts: BpfMap }; variables: { limit: number } } };
    };
    object.set({ maps: { hosts: { "::1": 3 } } });
    const { maps, variables } = State.of(object.collection);
    expect([...maps.hosts].map(([, count]) => count)).toEqual([3n]);
    variables.limit = 8;
    expect(object).toHaveState({ variables: { limit: 8 } });
  });

  test("fuzzing finds numbers that a program compares with", (context) => {
    const object = stateObject(context, true);
    const { finding } = fuzzProgram(object, {
      ...{ program: "magic", seeds: [frame], seed: 8, runs: 3000 },
      check: ({ action }) => (action === "XDP_ABORTED" ? action : undefined),
    });
    expect(finding?.packet.slice(16)).toEqual(
      Uint8Array.of(0xef, 0xbe, 0xad, 0xde, 0, 0, 0x11, 0x5c),
    );
  });

  test("a slot is compared by the name of its program", (context) => {
    const object = stateObject(context);
    expect(object).toHaveState({ maps: { next: { 1: null, 2: { program: "last" } } } });
    expect(object.differences({ maps: { next: { 2: { program: "start" } } } })).toEqual([
      "next[2] is last, expected start",
    ]);
  });

  test("a key in the other byte order is named", (context) => {
    const object = stateObject(context);
    object.set({ maps: { seen: { 5: 1 }, raw: { 16777226: 1 } } });
    const maps = { seen: { 83886080: 1 }, raw: { 167772161: 1, 7: 1 } };
    expect(object.differences({ maps })).toEqual([
      "seen[83886080] does not exist; the map has 5: the same bytes in the other order",
      "raw[7] does not exist; the map has 16777226",
      "raw[167772161] does not exist; the map has 16777226: the same bytes in the other order",
    ]);
  });

  test("a packet that is no bytes is named", (context) => {
    const run = () => stateObject(context).run("last", { packet: ["eth"] as never });
    expect(run).toThrow("run: packet must be bytes; packet([...]) returns them for headers");
  });

  test("null deletes an element", (context) => {
    const object = stateObject(context);
    object.set({ maps: { hosts: { "::1": 1, "::2": 2 } } });
    object.set({ maps: { hosts: { "::1": null } } });
    expect(object).toHaveState({ maps: { hosts: { "::1": null, "::2": 2 } } });
  });

  test.for<[TestState, string]>([
    [{ map: {} } as never, "a state has no 'map'; did you mean 'maps'?"],
    [{ events: {} } as never, "a state has no 'events'; known: maps, variables"],
    [{ maps: { host: {} } }, "the object has no map 'host'; did you mean 'hosts'? Its maps: "],
    [{ maps: { hosts: { "10.0.0.1": 1 } } }, "hosts: the key: a struct is expected, { in6_u: … }"],
    [
      { maps: { flows: { a: "::1" } } },
      "flows: the key: a struct is expected, { saddr: …, port: …",
    ],
    [
      { maps: { next: { 1: { program: "lost" } } } },
      "the object has no program 'lost'; did you mean 'last'? Its programs: ",
    ],
    [
      { variables: { limits: 1 } },
      "the object has no variable 'limits'; did you mean 'limit'? Its variables: ",
    ],
  ])("an error names what does not fit %#", ([wrong, message], context) => {
    expect(() => stateObject(context).set(wrong)).toThrow(message);
  });

  test("a program array loads what it names, and errors have the place of the element", async (context) => {
    needModule(context);
    const folder = mkdtempSync(join(tmpdir(), "bpf-token-test-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, "t.yaml");
    const text = `object: ${compiled(context, "state")}
tests:
  - name: tail call
    maps: { next: { 1: { program: last } } }
    program: start
    packet: [eth, ipv4]
    returns: XDP_TX
  - name: a tail call to what the object names
    variables: { slot: 2 }
    program: start
    packet: [eth, ipv4]
    returns: XDP_TX
    expect: { maps: { next: { 2: { program: last } } } }
  - name: a wrong key
    maps:
      hosts:
        fe80::1: 1
        fe80::g: 1
    program: start
    packet: [eth, ipv4]
  - name: a wrong expectation
    program: start
    packet: [eth, ipv4]
    expect:
      maps:
        hosts:
          fe80::1: ~
          10.0.0.1: 1
`;
    writeFileSync(file, text);
    const env = { BPF_TOKEN_BPF_KERNELS: bpfKernelFolder() };
    const { out, code } = await cli(["test", file, "--kernels", `bpf:${release}`], {}, env);
    const struct = "hosts: the key: a struct is expected, { in6_u: … }";
    expect(out.replaceAll(file, "t.yaml").split("\n").slice(1)).toEqual([
      "  passed      tail call",
      "  passed      a tail call to what the object names",
      "  FAILED      a wrong key",
      `      t.yaml:18:9  ${struct}, not 'fe80::g'`,
      "  FAILED      a wrong expectation",
      `      t.yaml:28:11  ${struct}, not '10.0.0.1'`,
      ...["2 passed, 2 failed", ""],
    ]);
    expect(code).toBe(1);
  });
});
