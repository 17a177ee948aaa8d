// SPDX-License-Identifier: MIT
import { newestRelease } from "@bpf-token/uapi";
import { expect, test } from "vitest";
import type { FakeOptions } from "./fake-kernel.ts";
import { play } from "./play.ts";

test("needs, sysctl and backends skip a scenario, with the reason", () => {
  const skipped = (header: string, options: FakeOptions = {}) => {
    const { outcome, reason, kernel } = play("  - getpid:", options, header);
    return [outcome, reason, kernel.calls.length, kernel.tasks.length];
  };
  expect(skipped('needs: { since: "6.9" }\n', { release: "6.8.12" })).toEqual([
    "skipped",
    `kernel 6.8.12 has no BPF tokens; facts are known from 6.9 to ${newestRelease}`,
    0,
    1,
  ]);
  expect(skipped('needs: { since: "6.13" }\n', { release: "6.12.118" })).toEqual([
    "skipped",
    "needs Linux 6.13 or later, this is 6.12.118",
    0,
    1,
  ]);
  expect(skipped('needs: { until: "6.17" }\n', { release: "6.18.44" })[1]).toBe(
    "applies only up to Linux 6.17, this is 6.18.44",
  );
  expect(skipped('needs: { until: "6.17", why: unsafe later }\n', { release: "6.18.44" })[1]).toBe(
    "applies only up to Linux 6.17, this is 6.18.44: unsafe later",
  );
  expect(skipped('needs: { since: "6.9" }\n', { release: "v10" })[0]).toBe("skipped");
  expect(skipped('needs: { since: "6.13", until: "6.13" }\n', { release: "6.13.0" })[0]).toBe(
    "passed",
  );
  expect(skipped("needs: { features: [lsm] }\n")[1]).toBe(
    "needs 'lsm', which the fake backend does not have",
  );
  expect(skipped("backends: [model, native]\n")[1]).toBe(
    "applies only to model, native, not to the fake backend",
  );
  const guest = { backend: "guest:7.3" };
  expect(skipped("backends: [model, guest]\n", guest)[0]).toBe("passed");
  expect(skipped('backends: ["guest:7.3"]\n', guest)[0]).toBe("passed");
  expect(skipped('backends: ["guest:6.12"]\n', guest)[0]).toBe("skipped");
  expect(skipped("sysctl: { kernel.unprivileged_bpf_disabled: 1 }\n")[1]).toBe(
    "needs kernel.unprivileged_bpf_disabled = 1, here it is 2",
  );
});

test("a writable sysctl is set, and restored at the end", () => {
  let during = -1;
  const options: FakeOptions = {
    features: { sysctl: true },
    sysctl: 2,
    answer: (_call, task) => {
      during = task.kernel.sysctl;
      return undefined;
    },
  };
  const { outcome, kernel } = play(
    "  - getpid:",
    options,
    "sysctl: { kernel.unprivileged_bpf_disabled: 0 }\n",
  );
  expect([outcome, during, kernel.sysctl]).toEqual(["passed", 0, 2]);
});

test("a step for other kernels is skipped, the others run", () => {
  const { events, outcome } = play('  - getpid:\n    needs: { since: "6.17" }\n  - umask: 0', {
    release: "6.12",
  });
  expect(outcome).toBe("passed");
  expect(events.map((event) => [event.call, event.outcome])).toEqual([
    ["getpid", "skipped"],
    ["umask", "answered"],
  ]);
  expect(events[0]?.verdict).toBeUndefined();
});
