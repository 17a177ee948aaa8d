// SPDX-License-Identifier: MIT
// Functions and types of kernel modules, on Linux 6.12 in a guest, where tests can load modules.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { guestsFolder } from "@bpf-token/kernel-native";
import { check, raw, type Task } from "@bpf-token/syscall";
import { expect, type TestContext, test } from "vitest";
import { attach, Collection, type LoadError, withToken } from "../../src/index.ts";
import { fixture } from "../compile.ts";
import { describeGuest } from "../kernels.ts";

/** In load order. */
const modules = ["udp_tunnel", "ip6_udp_tunnel", "ip_tunnel", "fou"];

/** Loads the modules that the guest tool stores next to the kernel; skips the test without them. */
function insertModules(context: TestContext, task: Task): void {
  const files = modules.map((name) => join(guestsFolder(), "6.12", "modules", `${name}.ko`));
  const missing = files.find((file) => !existsSync(file));
  if (missing !== undefined) {
    context.skip(`modules: no ${missing}: 'npm run guest -- build 6.12' creates it`);
  }
  for (const file of files) {
    const image = new Uint8Array(readFileSync(file));
    const ret = raw.init_module(task, image, image.length, "");
    check(task, { syscall: "init_module", cmd: file }, ret);
  }
}

describeGuest("modules of Linux 6.12", (guest) => {
  test("finds functions and types of a module after it is loaded", (context) => {
    const task = guest().init.fork();
    const before = guest().openFds(task).length;
    const object = fixture(context, "modules");
    const data = new Uint8Array(64);
    const load = (program: string): Collection =>
      Collection.load(task, object, { programs: [program], token: "never" });
    const why = "nor in that of its modules";
    expect(() => load("calls")).toThrow(
      `extern bpf_skb_set_fou_encap: no such symbol of this type`,
    );
    expect(() => load("calls")).toThrow(why);
    expect(() => load("built")).toThrow(why);
    // A weak one may be missing: its address is then 0.
    const without = load("tries");
    expect(without.program("tries").testRun({ data }).retval).toBe(-1 >>> 0);
    without.close();
    const unknown = load("measures");
    expect(unknown.program("measures").testRun({ data }).retval).toBe(-1 >>> 0);
    unknown.close();

    insertModules(context, task);
    const calls = load("calls");
    // EINVAL shows that the module's function ran: it refuses packets that are not of a tunnel.
    expect(calls.program("calls").testRun({ data }).retval).toBe(-22 >>> 0);
    calls.close();
    const tries = load("tries");
    expect(tries.program("tries").testRun({ data }).retval).toBe(-22 >>> 0);
    tries.close();
    // After a pointer and two bytes.
    const measures = load("measures");
    expect(measures.program("measures").testRun({ data }).retval).toBe(10);
    measures.close();
    const built = load("built");
    const link = attach(built.program("built"));
    expect(link.info().programId).toBe(built.program("built").info().id);
    link.close();
    built.close();
    expect(guest().openFds(task)).toHaveLength(before);
    task.close();
  });

  test("an error explains that a container cannot list modules", async (context) => {
    const kernel = guest();
    const object = fixture(context, "modules");
    const all = { cmds: "any", maps: "any", progs: "any", attachs: "any" } as const;
    await withToken({ kernel, ...all }, (task) => {
      const load = (): unknown => {
        try {
          return Collection.load(task, object, { programs: ["calls"], env: {} }).close();
        } catch (error) {
          return (error as LoadError).message;
        }
      };
      expect(load()).toContain("the BTF of its modules cannot be listed: EPERM");
    });
  });
});
