// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import { MAX_OPERATIONS, type ModelFactory, openNativeKernel } from "@bpf-token/kernel-native";
import { createKernel } from "@bpf-token/kernel-wasm";
import {
  BpfError,
  bpf,
  createMap,
  createToken,
  delegateBpffs,
  getCapabilities,
  type Kernel,
  raw,
  type Task,
  unshare,
} from "@bpf-token/syscall";
import { AT, BpfCmd, Errno, FD, O, syscallByName } from "@bpf-token/uapi";
import { describe, expect, test, vi } from "vitest";
import { whyNotNative } from "./require-native.ts";

const hash = { type: "HASH", keySize: 4, valueSize: 8, maxEntries: 1 } as const;
const why = whyNotNative();

/** Runs a function on the running kernel, whose refusals this model explains. */
function onNative(model: ModelFactory, use: (task: Task, kernel: Kernel) => void): void {
  using kernel = openNativeKernel({ model });
  use(kernel.init.fork(), kernel);
}

function thrownBy(act: () => void): BpfError {
  try {
    act();
  } catch (error) {
    if (BpfError.is(error)) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

/** A task in a container with a token for arrays creates a hash map. */
function refusedMap(app: Task, kernel: Kernel): BpfError {
  unshare(app, "user", "mnt");
  const bpffs = delegateBpffs(app, kernel.init, {
    delegate_cmds: "map_create",
    delegate_maps: "array",
  });
  const token = createToken(app, bpffs);
  return thrownBy(() => createMap(app, { ...hash, token }));
}

/** The code in the section "Why a call was refused", and its output. */
function example(): readonly string[] {
  const readme = new URL("../../kernel-native/README.md", import.meta.url);
  const section = readFileSync(readme, "utf8").split("## Why a call was refused")[1] ?? "";
  return [...section.matchAll(/```\w+\n([\s\S]*?)```/g)].slice(0, 2).map(([, text = ""]) => text);
}

function inferring(): void {
  test("a refusal of the running kernel has the whole chain of the model", () => {
    onNative(createKernel, (app, kernel) => {
      const { refusal, message } = refusedMap(app, kernel);
      expect(refusal?.certainty).toBe("inferred");
      expect(refusal?.chain.map(({ check }) => check)).toEqual([
        "token.dropped.map",
        "map.create.sysctl",
      ]);
      expect(app.refusal()).toEqual(refusal);
      expect(message).toMatch(
        /: EPERM: .* \[token\.dropped\.map\]; without the token: .* \[map\.create\.sysctl\?\]; see checks\/token\.dropped\.map\.html$/,
      );
    });
  });

  test("the model is created once, when a reason is first requested", () => {
    const make = vi.fn<ModelFactory>(createKernel);
    onNative(make, (app) => {
      expect(raw.close(app, 99)).toBe(-Errno.EBADF);
      expect(make).not.toHaveBeenCalled();
      expect(app.refusal()?.check).toBe("close.fd");
      expect(raw.setns(app, 99, 0)).toBe(-Errno.EBADF);
      expect(app.refusal()?.check).toBe("setns.fd");
      expect(make).toHaveBeenCalledOnce();
    });
  });

  test("the first task of the model has the permissions of the real one", () => {
    const made: Kernel[] = [];
    const model: ModelFactory = (config) => {
      const kernel = createKernel(config);
      made.push(kernel);
      return kernel;
    };
    onNative(model, (app, kernel) => {
      unshare(app, "user");
      raw.setns(kernel.init, 99, 0);
      expect(kernel.init.refusal()?.certainty).toBe("inferred");
      const { permitted } = getCapabilities((made[0] as Kernel).init);
      expect(permitted).toBe(getCapabilities(kernel.init).permitted);
    });
  });

  test("a batch is recorded like its calls", () => {
    using kernel = openNativeKernel({ model: createKernel });
    const app = kernel.init.fork();
    const { close, unshare: own, dup } = syscallByName;
    const steps = [
      { task: app, nr: own.nr, args: [0x1000_0000] },
      { task: app, nr: dup.nr, args: [0] },
      { task: app, nr: close.nr, args: [3] },
      { task: app, nr: close.nr, args: [3] },
    ];
    expect(kernel.batch(steps)).toEqual([0, 3, 0, -Errno.EBADF]);
    expect(app.refusal()?.check).toBe("close.fd");
  });

  test("a sweep is not recorded, so later refusals are unexplained", () => {
    using kernel = openNativeKernel({ model: createKernel });
    const app = kernel.init.fork();
    const { nr } = syscallByName.close;
    expect(kernel.sweep([app], [{ nr, args: [99] }])).toEqual([[-Errno.EBADF]]);
    raw.close(app, 99);
    expect(app.refusal()).toBeUndefined();
    expect(app.unexplained()?.reason).toMatch(/^the calls of an earlier sweep were not recorded/);
  });

  test("a task whose last call succeeded has no refusal", () => {
    onNative(createKernel, (app) => {
      raw.close(app, 99);
      raw.getpid(app);
      expect([app.refusal(), app.unexplained?.()]).toEqual([undefined, undefined]);
    });
  });

  test("no reason is inferred after too many calls, until the next tasks", () => {
    onNative(createKernel, (app, kernel) => {
      for (let i = 0; i < MAX_OPERATIONS; i++) raw.getpid(app);
      raw.close(app, 99);
      expect(app.refusal()).toBeUndefined();
      expect(app.unexplained?.()?.reason).toMatch(/^too long to infer: more than 20000 calls/);
      app.close();
      const next = kernel.init.fork();
      raw.close(next, 99);
      expect(next.refusal()?.check).toBe("close.fd");
    });
  });

  test("the example in the README runs", () => {
    const [code = "", out] = example();
    const log = vi.spyOn(console, "log").mockReturnValue();
    const packages = { openNativeKernel, createKernel, BpfError, createMap, unshare };
    new Function(
      "packages",
      code
        .replace(/import .* from .*;/g, "")
        .replace(/^/, `const {${Object.keys(packages)}} = packages;`),
    )(packages);
    expect(log.mock.calls.map((words) => words.join(" "))).toEqual([out?.trim()]);
    log.mockRestore();
  });

  test("without a model, the missing model is the reason", () => {
    using kernel = openNativeKernel();
    raw.close(kernel.init, 99);
    expect(kernel.init.refusal()).toBeUndefined();
    expect(kernel.init.unexplained()?.reason).toMatch(/opened without a model that infers them$/);
  });
}

function diverging(): void {
  test("a different errno of the model is reported", () => {
    // The attribute of Linux 6.9 is shorter, and the bytes after it must be 0.
    onNative(
      (config) => createKernel({ ...config, release: "6.9" }),
      (app) => {
        expect(raw.bpf(app, BpfCmd.MAP_FREEZE, new Uint8Array(168).fill(7), 168)).toBe(
          -Errno.EINVAL,
        );
        const step = {
          index: 1,
          call: `bpf(BPF_MAP_FREEZE) by task ${app.pid}`,
          real: "EINVAL",
          model: "E2BIG",
        };
        expect(app.refusal()).toBeUndefined();
        expect(app.unexplained?.()).toEqual({
          reason: "the model of Linux 6.9 answers E2BIG: a divergence",
          divergence: { at: step, first: step },
        });
      },
    );
  });

  test("a model that does not refuse is reported, and follows the kernel", () => {
    onNative(
      (config) => createKernel({ ...config, unprivilegedBpfDisabled: 0 }),
      (app) => {
        unshare(app, "user");
        const { refusal, unexplained, message } = thrownBy(() => createMap(app, hash));
        expect(refusal).toBeUndefined();
        expect(unexplained?.divergence?.at).toMatchObject({ real: "EPERM", model: "3" });
        expect(message).toBe(
          "bpf(BPF_MAP_CREATE): EPERM: the model of Linux 6.18 answers 3 and does not refuse: a divergence",
        );
        expect(raw.openat(app, AT.FDCWD, "/", O.RDONLY, 0)).toBe(3);
        expect(raw.setns(app, 3, 0)).toBe(-Errno.EINVAL);
        expect(app.refusal()).toMatchObject({ check: "setns.kind", certainty: "inferred" });
      },
    );
  });

  test("the first of several differences is named", () => {
    // No release before Linux 6.15 accepts names as option values.
    onNative(
      (config) => createKernel({ ...config, release: "6.9", vmlinuxBtf: false }),
      (app, kernel) => {
        const { refusal, unexplained } = refusedMap(app, kernel);
        expect(refusal).toBeUndefined();
        expect(unexplained?.divergence?.first).toMatchObject({ real: "0", model: "EINVAL" });
        expect(unexplained?.divergence?.first.call).toMatch(/^fsconfig by task/);
        expect(unexplained?.reason).toMatch(
          /a divergence; they first differed in call \d+, fsconf/,
        );
      },
    );
  });

  test("only a file descriptor that the model does not have is missing", () => {
    onNative(
      (config) => createKernel({ ...config, bpfSyscall: false }),
      (app) => {
        const map = bpf(app, "MAP_CREATE", {
          map_type: 2,
          key_size: 4,
          value_size: 8,
          max_entries: 1,
        });
        const root = raw.openat(app, AT.FDCWD, "/", O.RDONLY, 0);
        expect([map, root]).toEqual([3, 4]);
        // In the model, the directory has number 3.
        expect(raw.fcntl(app, root, 1, 0)).toBe(0);
        expect(raw.setns(app, root, 0)).toBe(-Errno.EINVAL);
        expect(app.refusal()?.check).toBe("setns.kind");
        const copy = raw.fcntl(app, map, 1030, 0);
        expect(copy).toBe(5);
        expect(raw.setns(app, copy, 0)).toBe(-Errno.EINVAL);
        expect(app.refusal()).toBeUndefined();
        expect(app.unexplained?.()?.divergence?.first).toMatchObject({
          real: "3",
          model: "ENOSYS",
        });
        raw.close(app, map);
        expect(raw.openat(app, AT.FDCWD, "/", O.RDONLY, 0)).toBe(3);
        expect(raw.fcntl(app, 3, 2, FD.CLOEXEC)).toBe(0);
        expect(raw.setns(app, 3, 0)).toBe(-Errno.EINVAL);
        expect(app.refusal()?.check).toBe("setns.kind");
      },
    );
  });
}

if (why !== undefined) {
  test("inferred refusals", (context) => context.skip(why));
} else {
  describe("a refusal is inferred", inferring);
  describe("a divergence is reported", diverging);
}
