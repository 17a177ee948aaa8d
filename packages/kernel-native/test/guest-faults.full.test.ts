// SPDX-License-Identifier: MIT
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { KernelLostError, raw } from "@bpf-token/syscall";
import { AT, O } from "@bpf-token/uapi";
import { afterEach, expect, test } from "vitest";
import { type GuestKernel, openGuestKernel } from "../src/index.ts";
import { bundleFixture, executor } from "./bundle.ts";
import { describeGuest, testedGuests } from "./guests.ts";
import { tree, whenDead } from "./native.ts";

for (const guest of testedGuests) {
  describeGuest(guest, `guest:${guest} that fails`, () => {
    let kernel: GuestKernel | undefined;
    afterEach(() => kernel?.close());

    test("a stopped guest is detected and killed by its supervisor", async () => {
      kernel = openGuestKernel({ guest, deadlineMs: 2000 });
      const task = kernel.init.fork();
      const all = tree(kernel.executorPid);
      for (const { pid } of all.slice(1)) process.kill(pid, "SIGSTOP");
      expect(() => raw.getpid(task)).toThrow(/^kernel lost: the guest did not answer for 7000 ms/);
      await whenDead(all);
      expect(() => raw.getpid(kernel?.init ?? task)).toThrow(KernelLostError);
      kernel.close();
      kernel = openGuestKernel({ guest });
      expect(raw.getpid(kernel.init)).toBe(kernel.init.pid);
    });

    test("a killed guest is detected at once, also in a batch", async () => {
      kernel = openGuestKernel({ guest });
      const task = kernel.init.fork();
      const all = tree(kernel.executorPid);
      process.kill(all[1]?.pid ?? 0, "SIGKILL");
      const steps = Array.from({ length: 50 }, () => ({ task, nr: 39 }));
      expect(() => kernel?.batch(steps)).toThrow(/^kernel lost: the guest was ended by signal 9/);
      await whenDead(all);
    });

    test("a panic is reported with the kernel's message", async () => {
      kernel = openGuestKernel({ guest });
      const { init } = kernel;
      const all = tree(kernel.executorPid);
      const path = "/proc/sysrq-trigger";
      const fd = raw.openat(init, AT.FDCWD, path, O.WRONLY | O.CLOEXEC, 0);
      expect(fd).toBeGreaterThanOrEqual(0);
      const crash = (): number => raw.write(init, fd, new TextEncoder().encode("c"), 1);
      expect(crash).toThrow(
        /^kernel lost: the guest('s kernel panicked: .*sysrq| ended| was ended)/i,
      );
      await whenDead(all);
    });

    test("if Node is killed, no process is left", async () => {
      const folder = mkdtempSync(join(tmpdir(), "kernel-native-"));
      try {
        const script = await bundleFixture(folder);
        const env = { ...process.env, BPF_TOKEN_EXECUTOR: executor() };
        const stdio = ["pipe", "pipe", "ignore"] as const;
        const node = spawn(process.execPath, [script, "hang", guest], { env, stdio: [...stdio] });
        const [line] = await once(createInterface(node.stdout as Readable), "line");
        const all = tree(Number(line));
        expect(all.length).toBeGreaterThan(1);
        node.kill("SIGKILL");
        await whenDead(all);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    });
  });
}
