// SPDX-License-Identifier: MIT
// What the page's thread does with a packet, without a browser.
import { bpfKernelReleases, readBpfKernel } from "@bpf-token/kernel-bpf/node";
import { describe, expect, test } from "vitest";
import { compileFile } from "../../../../packages/object/test/compile.mjs";
import { processOf } from "../../../../packages/playground/src/verify/answer.ts";
import { readPacketText } from "../../../../packages/playground/src/verify/packet-text.ts";
import {
  type RunResult,
  runRequest,
} from "../../../../packages/playground/src/verify/run-request.ts";
import { root } from "../../../lib/run.mjs";

const release = bpfKernelReleases()[0];
const object = release && compileFile(`${root}packages/bpf-token/test/fixtures/page.bpf.c`);
const why = release === undefined ? "no module of Linux was built" : "no clang";

type Process = Parameters<typeof processOf>[0];

describe("a run", () => {
  const run = (program: string, text: string, process: Partial<Process> = {}) => {
    const kernel = readBpfKernel(release as string);
    const about = { kernel, name: "page.bpf.o", program, packet: readPacketText(text) };
    const how = processOf({ lacks: [], token: false, ...process });
    const steps = [...runRequest({ ...about, object: object as Uint8Array, ...how })];
    return steps.at(-1) as RunResult & { readonly failed: string };
  };

  test("has the return value, the packet, the maps and the lines", (context) => {
    if (object === undefined) return context.skip(`runs on a packet: ${why}`);
    const { action, packet: after, instructions, maps, lines } = run("fill", "eth, ipv4, udp");
    expect([action, after[0], (instructions ?? 0) > 100]).toEqual(["XDP_PASS", 0xff, true]);
    const [variables, ...others] = maps;
    const seen = others.find(({ name }) => name === "seen");
    expect(variables).toMatchObject({ name: "variables", elements: [{ key: "sum", value: "41" }] });
    expect(seen).toMatchObject({ more: 24, stopped: undefined, refused: undefined });
    expect(seen?.elements.length).toBe(16);
    expect(seen?.elements.every(({ value }) => value === "1")).toBe(true);
    const ran = (text: string) => lines.find((line) => line.text.trim() === text)?.ran;
    expect(ran("map_update_elem(&seen, &key, &one, 0);")).toBe(40);
    expect([ran("sum = 41;"), ran("sum = 9;")]).toEqual([1, 0]);
    expect(run("fill", "eth, ipv6, udp").action).toBe("XDP_TX");
  });

  test("loads the program in the process of the view", (context) => {
    if (object === undefined) return context.skip(`runs on a packet: ${why}`);
    expect(run("fill", "eth, ipv4", { token: true, lacks: ["SYS_ADMIN"] }).action).toBe("XDP_PASS");
    expect(run("fill", "eth, ipv4", { lacks: ["BPF", "SYS_ADMIN"] }).failed).toContain("EPERM");
  });

  test("shows maps of every kind in short", (context) => {
    if (object === undefined) return context.skip(`runs on a packet: ${why}`);
    const { maps } = run("store", "eth");
    const shown = maps.map(({ name, elements, stopped, refused }) => {
      const pairs = elements.map(({ key, value }) => `${key}: ${value}`);
      return [name, pairs.join(), stopped ?? refused];
    });
    expect(shown).toEqual([
      ["variables", "sum: 0", undefined],
      ["large", "3: 5", 10_000],
      ["each", "1: [6]", undefined],
      ["waiting", "1: 07 00 00 00", undefined],
      ["filter", "", "ENOTSUPP"],
      ["events", "record 1: 07 00 00 00", undefined],
      ["seen", "", undefined],
    ]);
  });

  test("gives an sk_lookup program the packet's addresses", (context) => {
    if (object === undefined) return context.skip(`runs on a packet: ${why}`);
    const returned = (text: string) => run("choose", text).returned;
    expect(returned("eth, ipv4, { udp: { dst: 53 } }")).toBe(1);
    expect(returned("eth, ipv4, { udp: { dst: 54 } }")).toBe(0);
    expect(returned("eth, ipv6, { udp: { dst: 53 } }")).toBe(0);
  });

  test.for([
    ["fill", "one byte", "ff", "the packet has 1 byte, an Ethernet header has 14"],
    ["fill", "many bytes", "00".repeat(80_000), "the packet is too long: it has 80000 bytes"],
    ["choose", "ICMP", "eth, ipv4, icmp", "is not TCP or UDP"],
    ["dissect", "IPv4", "eth, ipv4", "bpf-token test FILE --kernels native"],
    ["none", "Ethernet", "eth", "the object has no program 'none'"],
  ] as const)("of %s on %s says why not", ([program, , text, cause], context) => {
    if (object === undefined) return context.skip(`runs on a packet: ${why}`);
    expect(run(program, text).failed).toContain(cause);
  });
});
