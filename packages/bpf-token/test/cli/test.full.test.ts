// SPDX-License-Identifier: MIT
// Tests of BPF programs on Linux's own interpreter. `npm run kernel-bpf -- build` builds the modules.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createBpfKernel } from "@bpf-token/kernel-bpf";
import { bpfKernelFolder, bpfKernelReleases, readBpfKernel } from "@bpf-token/kernel-bpf/node";
import { capabilityMask } from "@bpf-token/syscall";
import { describe, expect, onTestFinished, type TestContext, test } from "vitest";
import {
  fuzzProgram,
  loadForTest,
  matchers,
  type ProgramMatchers,
  packet,
  type TestLoadOptions,
  type TestObject,
  type TestRun,
} from "../../src/program-test/index.ts";
import { hex } from "../../src/program-test/value/show.ts";
import { compiled } from "./compiled.ts";
import { describeNative } from "./native.ts";
import { cli } from "./run-cli.ts";

declare module "vitest" {
  // eslint-disable-next-line @typescript-eslint/no-empty-object-type -- it adds to an interface
  interface Matchers<T> extends ProgramMatchers<T> {}
}
expect.extend(matchers);

const env = { BPF_TOKEN_BPF_KERNELS: bpfKernelFolder() };
const built = bpfKernelReleases();
const releases = built.length > 0 ? built : ["6.12"];

function needModule(context: TestContext): void {
  if (built.length === 0) context.skip("bpf-token test: no module of Linux was built");
}

/** Writes a file of tests for the object `filter`, and runs it. */
async function runTests(context: TestContext, tests: string, ...words: string[]) {
  needModule(context);
  const folder = mkdtempSync(join(tmpdir(), "bpf-token-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "t.yaml");
  writeFileSync(file, `object: ${compiled(context, "filter")}\n${tests}`);
  const { code, out, err } = await cli(["test", file, ...words], {}, env);
  return { code, out: out.replaceAll(file, "t.yaml"), err: err.replaceAll(file, "t.yaml") };
}

const passing = `
tests:
  - name: a blocked address is dropped and reported
    maps: { blocked: { 10.0.0.1: 1 } }
    time: 5s
    program: filter
    packet: [eth, { ipv4: { src: 10.0.0.1 } }, udp, { payload: hello }]
    returns: XDP_DROP
    verified: 1000
    expect:
      packet: unchanged
      maps:
        totals: { 0: { packets: 1, bytes: 33 }, 1: { packets: 0 } }
        blocked: { 10.0.0.1: 1, 10.0.0.2: ~ }
      variables: { seen: 1, last: 5000000000 }
      events: { events: { type: event, list: [{ address: 10.0.0.1, length: 33, reason: 1 }] } }
  - name: every test starts afresh
    program: filter
    packet: [eth, ipv4, udp]
    repeat: 3
    returns: XDP_PASS
    expect: { variables: { seen: 3 }, events: { events: [] } }
  - name: programs in order
    steps:
      - { maps: { blocked: { 10.0.0.1: 1 } } }
      - { program: filter, packet: [eth, ipv4], returns: 1 }
      - { maps: { blocked: { 10.0.0.1: ~ } }, program: filter, packet: [eth, ipv4], returns: 2 }
  - name: a context by its members
    program: classify
    packet: [eth, ipv4, udp]
    context: { mark: 3 }
    returns: TC_ACT_SHOT
    expect: { context: { mark: 7 } }
  - name: a context that the kernel fills
    program: classify
    packet: [eth, ipv4, udp]
    expect: { context: { mark: 7 } }
  - name: a tail call
    maps: { next: { 1: { program: second } } }
    program: first
    packet: [eth, ipv4]
    returns: XDP_TX
  - name: a header that ends too early
    program: filter
    packet: [eth, ipv4, udp, { truncate: 20 }]
    returns: XDP_DROP
`;

const failing = `
tests:
  - name: wrong
    program: filter
    packet: [eth, ipv4, udp]
    returns: XDP_DROP
    instructions: 5
    verified: 9
    expect:
      packet: "00"
      maps: { totals: { 0: { packets: 2 } }, blocked: { 1.2.3.4: 1 } }
      variables: { seen: 7 }
      events: { events: [ff] }
  - { name: no such value, program: filter, packet: [eth, ipv4], returns: TC_ACT_OK }
  - { name: no such member, maps: { totals: { 0: { packet: 1 } } }, expect: {} }
  - { name: no such map, expect: { maps: { total: {} } } }
  - { name: a short packet, program: filter, packet: "00" }
  - { name: no such program, program: filters, packet: [eth] }
  - { name: a constant, variables: { longest: 5 }, expect: { variables: { longest: 5 } } }
  - { name: elements, maps: { blocked: { 1.1.1.1: 1 } }, expect: { elements: { blocked: 0 } } }
  - { name: a key, maps: { blocked: { 1.1.1.1: 1 } }, expect: { maps: { blocked: { 1.1.1.2: 1 } } } }
  - { name: fine, program: filter, packet: [{ eth: { type: 0x86dd } }], returns: XDP_PASS }
`;

describe.each(releases)("bpf-token test on Linux %s", (release) => {
  const on = ["--kernels", `bpf:${release}`];

  test("tests that pass", async (context) => {
    const { code, out, err } = await runTests(context, passing, ...on);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toBe(`t.yaml on bpf:${release}
  passed      a blocked address is dropped and reported
  passed      every test starts afresh
  passed      programs in order
  passed      a context by its members
  passed      a context that the kernel fills
  passed      a tail call
  passed      a header that ends too early
7 passed, 0 failed
`);
  });

  test("each failure has the place of what was expected", async (context) => {
    const { code, out } = await runTests(context, failing, ...on);
    expect(code).toBe(1);
    const text = out.replaceAll(/ {2}\d+ instructions$/gm, "").replaceAll(/\d+ inst/g, "N inst");
    expect(text).toBe(`t.yaml on bpf:${release}
  FAILED      wrong
      t.yaml:7:14  filter returned 2 (XDP_PASS), expected XDP_DROP
      t.yaml:11:15  the packet has 42 bytes, expected 1
      t.yaml:8:19  N instructions ran, at most 5 expected
      t.yaml:9:15  the verifier processed N instructions of filter, at most 9 expected
      t.yaml:12:28  totals[0].packets is 1, expected 2
      t.yaml:12:57  blocked[1.2.3.4] does not exist; the map has no elements
      t.yaml:13:20  seen is 1, expected 7
      t.yaml:14:17  events has 0 events, expected 1
  FAILED      no such value
      t.yaml:15:75  'TC_ACT_OK' is no return value of filter, whose type has XDP_ABORTED, XDP_DROP, XDP_PASS, XDP_TX, XDP_REDIRECT
  FAILED      no such member
      t.yaml:16:50  totals[0]: the type has no member 'packet'; did you mean 'packets'?
  FAILED      no such map
      t.yaml:17:44  the object has no map 'total'; did you mean 'totals'? Its maps: totals, blocked, next, events
  FAILED      a short packet
      t.yaml:18:38  the kernel refused the run: the packet has 1 byte, an Ethernet header has 14
  FAILED      no such program
      t.yaml:19:39  the object has no program 'filters'; did you mean 'filter'? Its programs: filter, second, first, rare, classify
  FAILED      a constant
      t.yaml:20:38  longest is constant; only 'variables' of the file or of loadForTest() set it
  FAILED      elements
      t.yaml:21:80  blocked has 1 element, expected 0
  FAILED      a key
      t.yaml:22:84  blocked[1.1.1.2] does not exist; the map has 1.1.1.1
  passed      fine
1 passed, 9 failed
`);
  });

  test("programs that a test cannot run, and those that the kernel refuses", async (context) => {
    needModule(context);
    const folder = mkdtempSync(join(tmpdir(), "bpf-token-test-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, "t.yaml");
    const object = compiled(context, "mixed");
    const one = (name: string, more: string): string =>
      `  - { name: ${name}, program: ${name}, ${more} }\n`;
    const tests = [
      ...[one("trace", "returns: 0"), one("device", "returns: 0"), one("raw", "packet: ff")],
      ...[one("unchecked", "packet: [eth]"), one("drop", "packet: [eth], returns: XDP_DROP")],
      one("route", "packet: [eth, ipv4]"),
    ];
    writeFileSync(file, `object: ${object}\ntests:\n${tests.join("")}`);
    const { code, out } = await cli(["test", file, ...on], {}, env);
    const text = out.replaceAll(file, "t.yaml").split("\n").slice(1);
    const verify = "so a test cannot run";
    expect(text.slice(0, 6)).toEqual([
      "  cannot run  trace",
      expect.stringContaining(
        `t.yaml:3:29  the kernel calls tracing programs itself, ${verify} trace`,
      ),
      "  cannot run  device",
      expect.stringContaining(`the kernel calls cgroup_device programs itself, ${verify} device`),
      "  FAILED      raw",
      "      t.yaml:5:27  raw is a raw_tracepoint program: it has a context, and no packet",
    ]);
    expect(text.slice(6, 9)).toEqual([
      "  FAILED      unchecked",
      expect.stringMatching(/the kernel refused unchecked: .*EACCES.*: .*invalid access to packet/),
      "  passed      drop",
    ]);
    expect(text.slice(9, 11)).toEqual([
      "  cannot run  route",
      expect.stringMatching(/does not have the kernel's function \w+, which route needs$/),
    ]);
    expect(code).toBe(1);
  });

  test.each([
    ["no object", "it is no compiled BPF object"],
    ["\u007fELF", "the object was not loaded"],
  ])("a malformed object is a failure of its file: %j", async (bytes, message) => {
    const folder = mkdtempSync(join(tmpdir(), "bpf-token-test-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, "a.o"), bytes);
    const text = "object: a.o\ntests:\n  - { name: a, program: p }\n";
    writeFileSync(join(folder, "t.yaml"), text);
    const { code, out, err } = await cli(["test", join(folder, "t.yaml"), ...on], {}, env);
    if (built.length === 0)
      return expect([code, err]).toEqual([3, expect.stringContaining("Fix:")]);
    expect(out).toContain(message);
    expect(code).toBe(1);
  });

  test("a program that does not end fails, and the next test runs", async (context) => {
    needModule(context);
    const folder = mkdtempSync(join(tmpdir(), "bpf-token-test-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, "t.yaml");
    const tests = "tests:\n  - { name: a, program: never, packet: &p [eth, ipv4] }\n";
    const next = "  - { name: b, program: swap, packet: *p, returns: XDP_TX }\n";
    writeFileSync(file, `object: ${compiled(context, "runs")}\n${tests}${next}`);
    const { code, out } = await cli(["test", file, ...on, "--limit", "0.5"], {}, env);
    expect(out).toContain("FAILED      a\n");
    expect(out).toContain(":3:5  the test did not end within 0.5 s");
    expect(out).toContain("passed      b");
    expect(code).toBe(1);
  });

  test("a program that does not end takes no lines of other tests", async (context) => {
    needModule(context);
    const folder = mkdtempSync(join(tmpdir(), "bpf-token-test-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, "t.yaml");
    const one = (program: string): string =>
      `  - { name: ${program}, program: ${program}, packet: [eth, ipv4] }\n`;
    const names = ["swap", "swap", "never", "measure"];
    writeFileSync(file, `object: ${compiled(context, "runs")}\ntests:\n${names.map(one).join("")}`);
    const lcov = join(folder, "bpf.lcov");
    const words = ["test", file, ...on, "--limit", "0.5", "--coverage", lcov];
    const { out } = await cli(words, {}, env);
    expect(out).toContain("3 passed, 1 failed");
    const source = new URL("../fixtures/runs.bpf.c", import.meta.url);
    const lines = readFileSync(source, "utf8").split("\n");
    const countOf = (text: string): string | undefined => {
      const number = lines.findIndex((line) => line.includes(text)) + 1;
      return new RegExp(`^DA:${number},(\\d+)$`, "m").exec(readFileSync(lcov, "utf8"))?.[1];
    };
    expect([countOf("if (data + 14 > end)"), countOf("return packet->len")]).toEqual(["2", "1"]);
  });

  test("the lines that ran are written for lcov, and as HTML", async (context) => {
    const folder = mkdtempSync(join(tmpdir(), "bpf-token-test-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, "bpf.lcov");
    const html = ["--coverage-html", join(folder, "html")];
    const { code, out } = await runTests(context, passing, ...on, "--coverage", file, ...html);
    expect(code).toBe(0);
    expect(out).toMatch(/\d+ of \d+ source lines ran/);
    const lines = readFileSync(file, "utf8").split("\n");
    expect(lines).toContainEqual(expect.stringMatching(/^SF:.*filter\.bpf\.c$/));
    const ran = lines.filter((line) => /^DA:\d+,[1-9]/.test(line)).length;
    expect(lines).toContain(`LH:${ran}`);
    expect(ran).toBeGreaterThan(20);
    const index = readFileSync(join(folder, "html/index.html"), "utf8");
    const all = lines.filter((line) => line.startsWith("DA:")).length;
    expect(index).toContain(`<span class='fraction'>${ran}/${all}</span>`);
  });

  test("variables of the file are set at the load", async (context) => {
    const test =
      "tests: [{ name: a, program: filter, packet: [eth, ipv4, udp], returns: XDP_DROP }]";
    const { out } = await runTests(
      context,
      `variables: { longest: 0x14, seen: 5 }\n${test}`,
      ...on,
    );
    expect(out).toContain("1 passed, 0 failed");
    const wrong = await runTests(context, `variables: { longer: 1 }\n${test}`, ...on);
    expect(wrong.out).toContain(
      "the object has no variable 'longer'; did you mean 'longest'? Its variables: ",
    );
    const unfit = await runTests(context, `variables: { longest: text }\n${test}`, ...on);
    expect(unfit.out).toContain("longest: a number is expected, not 'text'");
    expect(unfit.code).toBe(1);
  });
});

function filterObject(context: TestContext, release: string, seed = 1): TestObject {
  needModule(context);
  const kernel = createBpfKernel(readBpfKernel(release, bpfKernelFolder()));
  const bytes = readFileSync(compiled(context, "filter"));
  const object = loadForTest(bytes, { kernel, name: "filter.bpf.o", coverage: true, seed });
  onTestFinished(() => object.close());
  return object;
}

const frame = packet([{ eth: {} }, { ipv4: {} }, { udp: {} }]);

describe.each(releases)("coverage on Linux %s", (release) => {
  /** The number of the line of the fixture that has a text. */
  const source = readFileSync(new URL("../fixtures/filter.bpf.c", import.meta.url), "utf8");
  const lineOf = (text: string): number => source.slice(0, source.indexOf(text)).split("\n").length;
  const ran = (object: TestObject, text: string) =>
    object.coverage().find(({ line }) => line === lineOf(text));

  test("counts lines and both ways of branches", (context) => {
    const object = filterObject(context, release);
    for (let i = 0; i < 3; i++) object.run("filter", { packet: frame });
    object.run("filter", { packet: frame.slice(0, 20) });
    expect(ran(object, "seen++")).toMatchObject({ ran: 3 });
    expect(ran(object, "if ((void *)header + 14")).toMatchObject({ ran: 4 });
    const short = ran(object, "if ((void *)(header + 1)");
    expect(short?.branches).toEqual([{ jumped: 1, passed: 3 }]);
    expect(ran(object, "event->address = address")).toMatchObject({ ran: 0 });
    object.map<number, number>("blocked").set(0x0100000a, 1);
    object.run("filter", { packet: frame });
    expect(ran(object, "event->address = address")).toMatchObject({ ran: 1 });
    object.reset();
    expect(object.coverage().every((line) => line.ran === 0)).toBe(true);
  });

  test("counts a program that a tail call starts, and its instructions", (context) => {
    const object = filterObject(context, release);
    object.map("next").set(1, object.collection.program("second").fd.fd);
    const { action, instructions } = object.run("first", { packet: frame });
    expect([action, instructions]).toEqual(["XDP_TX", 8]);
    expect(ran(object, "random = get_prandom_u32()")).toMatchObject({ ran: 1 });
  });

  test("matchers compare a run, and what the verifier processed", (context) => {
    const object = filterObject(context, release);
    const run = object.run("second", { packet: frame });
    expect(run).toHaveAction("XDP_TX");
    expect(run).toHavePacket(frame);
    expect(run).toRunWithin(run.instructions ?? 0);
    const instructions = object.verifiedInstructions("filter");
    expect(instructions).toBeGreaterThan(20);
    expect(object).toVerifyWithin({ program: "filter", instructions });
    const wrong = () => expect(object).toVerifyWithin({ program: "filter", instructions: 9 });
    expect(wrong).toThrow(`processed ${instructions} instructions of filter, at most 9 expected`);
    expect(() => object.verifiedInstructions("filters")).toThrow("no program 'filters'");
  });

  test("a token or capabilities load the object, or are too few", (context) => {
    needModule(context);
    const bytes = readFileSync(compiled(context, "filter"));
    const load = (options: Partial<TestLoadOptions>) => {
      const kernel = createBpfKernel(readBpfKernel(release, bpfKernelFolder()));
      onTestFinished(() => kernel.close());
      return loadForTest(bytes, { kernel, programs: ["filter"], ...options });
    };
    const delegation = { cmds: "any", maps: "any", progs: ["xdp"], attachs: "any" } as const;
    const object = load({ delegation });
    for (let i = 0; i < 2; i++) {
      object.map<number, number>("blocked").set(0x0100000a, 1);
      expect(object.run("filter", { packet: frame })).toHaveAction("XDP_DROP");
      object.reset();
      expect(object.run("filter", { packet: frame })).toHaveAction("XDP_PASS");
      object.reset();
    }
    const few = { ...delegation, progs: ["socket_filter"] } as const;
    expect(() => load({ delegation: few })).toThrow(/program filter: .*EPERM/);
    const capabilities = capabilityMask(["BPF", "NET_ADMIN"]);
    expect(load({ capabilities }).run("filter", { packet: frame })).toHaveAction("XDP_PASS");
    expect(() => load({ capabilities: capabilityMask(["NET_ADMIN"]) })).toThrow(/EPERM/);
  });

  test("a file with a delegation or capabilities passes, or names what was refused", async (context) => {
    const tests = `tests: [{ name: t, program: filter, packet: [eth, ipv4], returns: XDP_PASS }]`;
    const masks = (progs: string) => `{ cmds: any, maps: any, progs: [${progs}], attachs: any }`;
    const on = ["--kernels", `bpf:${release}`];
    const whole = await runTests(context, `delegate: ${masks("xdp")}\n${tests}`, ...on);
    expect([whole.code, whole.err]).toEqual([0, ""]);
    const few = await runTests(context, `delegate: ${masks("tracing")}\n${tests}`, ...on);
    expect(few.code).toBe(1);
    expect(few.out).toMatch(/the kernel refused filter: .*EPERM/);
    const caps = await runTests(context, `caps: [CAP_NET_ADMIN]\n${tests}`, ...on);
    expect([caps.code, caps.err]).toEqual([1, ""]);
    expect(caps.out).toMatch(/the object was not loaded: .*lacks CAP_BPF.*EPERM/);
  });

  test("a seed chooses the random numbers", (context) => {
    const numbers = [1, 1, 2].map((seed) => {
      const object = filterObject(context, release, seed);
      object.run("second", { packet: frame });
      const first = object.variables.get("random");
      object.reset();
      object.run("second", { packet: frame });
      expect(object.variables.get("random")).toBe(first);
      return first;
    });
    expect(numbers[0]).toBe(numbers[1]);
    expect(numbers[2]).not.toBe(numbers[0]);
  });

  test("events that reach around the end of a ring buffer are whole", (context) => {
    const object = filterObject(context, release);
    object.map<number, number>("blocked").set(0x0100000a, 1);
    const event = { address: 0x0100000a, length: 28, reason: 1 };
    for (let round = 0; round < 30; round++) {
      for (let i = 0; i < 10; i++) object.run("filter", { packet: frame });
      expect(object.events("events", "event")).toEqual(Array.from({ length: 10 }, () => event));
    }
    for (let i = 0; i < 300; i++) object.run("filter", { packet: frame });
    // Each has a header of eight bytes, and the kernel keeps one byte free.
    expect(object.events("events")).toHaveLength(4096 / 16 - 1);
    expect(() => object.events("blocked")).toThrow("map blocked is not a ring buffer");
    expect(() => object.events("events", "evnt")).toThrow("has no BTF type evnt");
  });

  test("fuzzing finds a rare packet, shortens it, and repeats itself", (context) => {
    const object = filterObject(context, release);
    const options = {
      program: "rare",
      seeds: [frame],
      ...{ seed: 10, runs: 4000 },
      check: ({ action }: TestRun) => (action === "XDP_ABORTED" ? "aborted" : undefined),
    };
    const { runs, corpus, finding } = fuzzProgram(object, options);
    expect(finding?.text).toBe("aborted");
    expect(hex(finding?.packet ?? new Uint8Array())).toBe(
      `${"00".repeat(15)}80${"00".repeat(6)}0106${"00".repeat(10)}`,
    );
    expect(corpus.length).toBeGreaterThan(2);
    expect(fuzzProgram(object, options).runs).toBe(runs);
    // Changes make packets that are too short for this program type.
    const tc = { program: "classify", seeds: [frame], runs: 200, check: () => undefined };
    expect(fuzzProgram(object, tc)).toMatchObject({ runs: 200, finding: undefined });
    const { finding: none } = fuzzProgram(object, { ...options, runs: 5 });
    expect(none).toBeUndefined();
    expect(() => fuzzProgram(object, { ...options, seeds: [] })).toThrow("seeds has no packet");
    object.map<number, number>("blocked").set(1, 1);
    const prepared = fuzzProgram(object, {
      ...{ program: "filter", seeds: [frame], runs: 1 },
      prepare: (one) => one.map<number, number>("blocked").set(0x0100000a, 1),
      check: ({ action }) => (action === "XDP_DROP" ? action : undefined),
    });
    expect(prepared.finding).toMatchObject({ text: "XDP_DROP", seed: 0 });
    expect(finding?.seed).toBeUndefined();
  });

  test("a program fixes the checksum of a port that it changes", (context) => {
    needModule(context);
    const kernel = createBpfKernel(readBpfKernel(release, bpfKernelFolder()));
    using object = loadForTest(readFileSync(compiled(context, "rewrite")), { kernel });
    const to = (dst: number): Uint8Array =>
      packet(["eth", "ipv4", { udp: { dst } }, { payload: "query" }]);
    const run = object.run("rewrite", { packet: to(53) });
    expect(run).toHaveAction("TC_ACT_OK");
    expect(run).toHavePacket(to(5353));
    expect(run.context[8]).toBe(5);
  });

  test("each object needs its own kernel", (context) => {
    needModule(context);
    const kernel = createBpfKernel(readBpfKernel(release, bpfKernelFolder()));
    const bytes = readFileSync(compiled(context, "filter"));
    loadForTest(bytes, { kernel }).close();
    expect(() => loadForTest(bytes, { kernel })).toThrow("create a kernel for each test object");
  });

  test("fuzzing needs counts of instructions", (context) => {
    needModule(context);
    const kernel = createBpfKernel(readBpfKernel(release, bpfKernelFolder()));
    using object = loadForTest(readFileSync(compiled(context, "filter")), { kernel });
    const options = { program: "filter", seeds: [frame], check: () => undefined };
    expect(() => fuzzProgram(object, options)).toThrow("load the object with { coverage: true }");
  });

  test("an object closes after a run that needs a missing function", (context) => {
    needModule(context);
    const kernel = createBpfKernel(readBpfKernel(release, bpfKernelFolder()));
    const object = loadForTest(readFileSync(compiled(context, "page")), { kernel });
    expect(() => object.run("dissect", { packet: frame })).toThrow("does not have the kernel's");
    object.close();
    expect(kernel.closed).toBe(true);
  });

  test("counted programs return what others return", (context) => {
    const object = filterObject(context, release);
    const plain = createBpfKernel(readBpfKernel(release, bpfKernelFolder()));
    const bytes = readFileSync(compiled(context, "filter"));
    using uncounted = loadForTest(bytes, { kernel: plain });
    expect(uncounted.run("filter", { packet: frame }).instructions).toBeUndefined();
    expect(uncounted.coverage()).toEqual([]);
    expect(() => object.run("classify", { packet: frame.slice(0, 20) })).toThrow(
      "headers of Ethernet and IPv4",
    );
    for (const length of [42, 100, 200]) {
      const data = new Uint8Array(length);
      data.set(frame.subarray(0, length));
      for (const name of ["filter", "classify", "second", "first"]) {
        const { instructions, ...counted } = object.run(name, { packet: data });
        expect(counted).toMatchObject({ returned: uncounted.run(name, { packet: data }).returned });
        expect(instructions).toBeGreaterThan(1);
      }
    }
  });
});

describeNative("bpf-token test on the running kernel", [], () => {
  test("returns what the modules return, and names what it cannot show", async (context) => {
    const tests = `
programs: [filter, classify]
tests:
  - name: passes
    program: filter
    packet: [eth, { ipv4: { src: 10.0.0.1 } }, udp]
    returns: XDP_PASS
    expect: { packet: unchanged, variables: { seen: 1 }, maps: { totals: { 0: { bytes: 28 } } } }
  - { name: afresh, program: filter, packet: [eth, ipv4], expect: { variables: { seen: 1 } } }
  - { name: shot, program: classify, packet: [eth, ipv4, udp], returns: TC_ACT_SHOT }
  - { name: a time, time: 1s, program: filter, packet: [eth, ipv4] }
`;
    const kernels = ["native", ...built.map((one) => `bpf:${one}`)].join();
    const { code, out } = await runTests(context, tests, "--kernels", kernels);
    const gap = "      t.yaml:12:40  native has no clock that a test can set";
    expect(out.split("\n").slice(0, 6)).toEqual([
      ...["t.yaml on native", "  passed      passes", "  passed      afresh"],
      ...["  passed      shot", "  cannot run  a time", gap],
    ]);
    expect(out).toContain(`${3 + 4 * built.length} passed, 0 failed, 1 cannot run`);
    expect(code).toBe(3);
  });

  test.for(["caps: none", "delegate: { cmds: any }", "seed: 1"])(
    "cannot run a file with '%s'",
    async (line, context) => {
      const tests = `${line}\ntests: [{ name: t, program: filter, packet: [eth, ipv4] }]`;
      const { code, out, err } = await runTests(context, tests, "--kernels", "native");
      expect([code, err]).toEqual([3, ""]);
      expect(out).toMatch(/^ {2}cannot run {2}load\n.*: native has no \w/m);
    },
  );
});
