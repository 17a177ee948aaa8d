// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { expect, test } from "vitest";
import { describeNative } from "../native.ts";
import { allowed, asked, FakeContainer, hook, hostMounts } from "./container.ts";

/** Each run draws others. */
const COUNT = 500;
/** Mounts of a container before a new one replaces it. */
const MOUNTS = 200;

const word = fc.oneof(
  fc.constantFrom("map_create", "prog_load", "array", "hash", "xdp", "any", "0x21", "1", "BPF_XDP"),
  fc.string({ maxLength: 12, unit: "binary" }),
);
const value = fc.oneof(
  fc.array(word, { minLength: 1, maxLength: 4 }).map((words) => words.join(":")),
  fc.jsonValue({ maxDepth: 1 }),
);
const key = fc.oneof(
  fc.constantFrom("cmds", "maps", "progs", "attachs").map((axis) => `bpf-token/delegate_${axis}`),
  fc.constantFrom("bpf-token/delegate_cmds.container.a", "io.kubernetes.container.name", "other"),
  fc.string({ maxLength: 20 }).map((text) => `bpf-token/${text}`),
);
const annotations = fc.oneof(
  fc.constant(asked),
  fc.dictionary(key, value, { maxKeys: 5 }).map((some) => ({ ...some })),
  fc.tuple(key, value).map(([name, one]) => ({ ...asked, [name]: one })),
);
const changes = fc.oneof(
  { weight: 3, arbitrary: fc.constant({}) },
  fc.dictionary(fc.constantFrom("id", "status", "pid", "bundle", "annotations"), fc.jsonValue()),
);
/** What happens to the text of the state: nothing, a cut, or a changed character. */
const damage = fc.oneof(
  { weight: 4, arbitrary: fc.constant(undefined) },
  fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), to: fc.string({ maxLength: 2 }) }),
);
const config = fc.oneof(
  { weight: 4, arbitrary: fc.constant<unknown>({ allow: allowed }) },
  fc.record({ allow: fc.dictionary(fc.constantFrom("cmds", "maps", "x"), fc.jsonValue()) }),
  fc.constantFrom<unknown>({ allow: allowed, path: "/run/bpf" }, { allow: { cmds: "any" } }, "{"),
);

describeNative("bpf-token-hook with random states and configurations", () => {
  test(`${COUNT} runs leave no process, and no mount beyond the allow-list`, {
    timeout: 3_600_000,
  }, async () => {
    const host = hostMounts();
    let box = await FakeContainer.start();
    let mounts = 0;
    let accepted = 0;
    let refused = 0;
    try {
      await fc.assert(
        fc.asyncProperty(
          annotations,
          changes,
          damage,
          config,
          async (notes, more, hit, permitted) => {
            if (mounts >= MOUNTS) {
              await box.remove();
              box = await FakeContainer.start();
              mounts = 0;
            }
            box.writeConfig(permitted);
            const whole = JSON.stringify(box.state({ annotations: notes, ...more }));
            const at = Math.floor((hit?.at ?? 1) * whole.length);
            const text =
              hit === undefined ? whole : whole.slice(0, at) + hit.to + whole.slice(at + 1);
            const { status, stderr } = box.hook(text);
            const now = box.mounts();
            if (status === 0) {
              accepted++;
              expect(stderr).toBe("");
              expect(now.length - mounts).toBeLessThanOrEqual(1);
              if (JSON.stringify(permitted) === JSON.stringify({ allow: allowed })) {
                for (const one of now.slice(mounts)) expect(one).not.toMatch(/hash|any|0x/);
              }
            } else {
              refused++;
              expect(status).toBe(1);
              expect(stderr).toMatch(/^bpf-token-hook: [ -~]+\n$/);
              expect(now.length).toBe(mounts);
            }
            mounts = now.length;
          },
        ),
        { numRuns: COUNT, endOnFailure: true },
      );
      expect(accepted).toBeGreaterThan(COUNT / 20);
      expect(refused).toBeGreaterThan(COUNT / 5);
      const left = spawnSync("pgrep", ["-f", `^${hook} `], { encoding: "utf8" });
      expect(left.stdout).toBe("");
      expect(hostMounts()).toEqual(host);
    } finally {
      await box.remove();
    }
  });
});
