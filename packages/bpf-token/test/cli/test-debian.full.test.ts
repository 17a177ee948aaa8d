// SPDX-License-Identifier: MIT
// Programs of Debian's xdp-tools on the running kernel and on the modules: the results are equal.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createBpfKernel } from "@bpf-token/kernel-bpf";
import { bpfKernelFolder, bpfKernelReleases, readBpfKernel } from "@bpf-token/kernel-bpf/node";
import { openNativeKernel } from "@bpf-token/kernel-native";
import type { Value } from "@bpf-token/object";
import type { Kernel } from "@bpf-token/syscall";
import { expect, test } from "vitest";
import { type Layer, loadForTest, packet, type TestObject } from "../../src/program-test/index.ts";
import { hex, showValue } from "../../src/program-test/value/show.ts";
import { type Plain, sumOf, toValue, typeOf } from "../../src/program-test/values.ts";
import { describeNative } from "./native.ts";

const folder = "/usr/lib/x86_64-linux-gnu/bpf";
// xdpdump sends perf events, which the modules do not have, and the rest of xdpdump attaches to it.
const objects = existsSync(folder)
  ? readdirSync(folder).filter((name) => name.endsWith(".o") && !name.startsWith("xdpdump"))
  : [];
const built = bpfKernelReleases();

const v4 = { ipv4: { src: "10.0.0.1", dst: "10.0.0.2" } } as const;
const v6 = { ipv6: { src: "fd00::1", dst: "fd00::2" } } as const;
const packets: readonly (readonly Layer[])[] = [
  [{ eth: {} }, v4, { tcp: { src: 4000, dst: 80 } }],
  [{ eth: {} }, v4, { udp: { src: 80, dst: 53 } }, { payload: "query" }],
  [{ eth: {} }, { ipv4: { src: "10.0.0.3", dst: "10.0.0.1" } }, { icmp: {} }],
  [{ eth: {} }, v6, { tcp: { dst: 80, flags: "SA" } }],
  [{ eth: {} }, v6, { udp: { dst: 443 } }],
  [{ eth: { src: "02:00:00:00:00:09" } }, { vlan: { id: 7 } }, v4, { udp: { dst: 80 } }],
  [{ eth: { type: 0x0806 } }, { payload: new Uint8Array(28) }],
  [{ eth: {} }, { ipv4: { src: "10.0.0.1", more: true, offset: 4 } }, { payload: "fragment" }],
  [{ eth: {} }, v4, { payload: "x" }],
];

/** xdp-filter's flags: source, destination, TCP, UDP. */
const ALL = 0b1111n;
/** Port 80 in network order, and addresses. */
const elements: Readonly<Record<string, Plain>> = {
  filter_ports: 0x5000,
  filter_ipv4: "10.0.0.1",
  filter_ipv6: { in6_u: { u6_addr8: "fd00::1" } },
  filter_ethernet: { addr: "02:00:00:00:00:09" },
};

/** Sets an element of each map of xdp-filter. */
function block(object: TestObject): void {
  for (const [name, map] of object.collection.maps) {
    const key = elements[name];
    if (key === undefined) continue;
    const type = typeOf(object.object.btf, map.spec.keyTypeId, map.spec.keySize);
    map.set(toValue(key, type, name), ALL);
  }
}

/** What every program of an object returns and writes for every packet, without and with elements. */
function resultsOn(kernel: Kernel, name: string): readonly string[] {
  using object = loadForTest(readFileSync(join(folder, name)), { kernel, name });
  const results: string[] = [];
  for (const blocked of [false, true]) {
    for (const program of object.collection.programs.keys()) {
      object.reset();
      if (blocked) block(object);
      for (const layers of packets) {
        const { action, packet: after } = object.run(program, { packet: packet(layers) });
        results.push(`${program} ${action} ${hex(after)}`);
      }
      const stats = object.collection.maps.get("xdp_stats_map");
      for (const [key, value] of stats?.readAll() ?? [])
        results.push(`${showValue(key)}: ${showValue(sumOf(value as readonly Value[]))}`);
    }
  }
  return results;
}

describeNative("Debian's XDP programs", [], () => {
  test("are there", (context) => {
    context.skip(objects.length === 0, "Debian's XDP programs: xdp-tools is not installed");
    expect(objects.length).toBeGreaterThan(11);
  });

  test.for(objects)("%s returns and writes the same", (name, context) => {
    context.skip(built.length === 0, "Debian's XDP programs: no module of Linux was built");
    const wanted = resultsOn(openNativeKernel(), name);
    const returned = (action: string) => wanted.some((line) => line.split(" ")[1] === action);
    if (name.startsWith("xdpfilt"))
      expect([returned("XDP_PASS"), returned("XDP_DROP")]).toEqual([true, true]);
    for (const release of built) {
      const kernel = createBpfKernel(readBpfKernel(release, bpfKernelFolder()));
      expect(resultsOn(kernel, name)).toEqual(wanted);
    }
  });
});
