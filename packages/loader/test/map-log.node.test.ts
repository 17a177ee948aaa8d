// SPDX-License-Identifier: MIT
// The kernel's own words about a refused map, since Linux 7.2.
import { createKernel } from "@bpf-token/kernel-wasm";
import {
  BpfError,
  createMap,
  dropCapabilities,
  hasCommonAttrs,
  KernelLog,
  loadBtf,
  loadProgram,
  traced,
} from "@bpf-token/syscall";
import { kernelReleases, releaseCode } from "@bpf-token/uapi";
import { describe, expect, test } from "vitest";
import { verifierLogOf } from "../src/index.ts";
import { fixture } from "./compile.ts";
import { useKernels } from "./kernels.ts";
import { wrongMap } from "./map-log.ts";

const open = useKernels();
const hash = { type: "HASH", keySize: 4, valueSize: 4, maxEntries: 1 } as const;

/** The error of a call that must fail. */
function errorOf(call: () => unknown): BpfError {
  try {
    call();
  } catch (error) {
    if (error instanceof BpfError) return error;
    throw error;
  }
  throw new Error("it was created");
}

test.each(kernelReleases)("the model of %s has common attributes since 7.2", (release) => {
  using kernel = createKernel({ release });
  expect(hasCommonAttrs(kernel.init)).toBe(releaseCode(release) >= releaseCode("7.2"));
});

describe("createMap() with a log", () => {
  test("on 7.3 has the kernel's sentence and the model's reason", () => {
    using kernel = createKernel({ release: "7.3" });
    const log = new KernelLog();
    const error = errorOf(() => createMap(kernel.init, { ...hash, name: "a b", log }));
    expect(error.log).toBe("Invalid map_name.");
    expect(log.text).toBe(error.log);
    expect(error.message).toMatch(
      /^bpf\(BPF_MAP_CREATE\): EINVAL: the kernel says "Invalid map_name\.": .*\[map\.create\.name\]; see checks\/map\.create\.name\.html$/,
    );
    expect(error.refusal?.check).toBe("map.create.name");
  });

  test("on 7.1 makes the same call as without one", () => {
    using kernel = createKernel({ release: "7.1" });
    const log = new KernelLog();
    const error = errorOf(() => createMap(kernel.init, { ...hash, name: "a b", log }));
    const plain = errorOf(() => createMap(kernel.init, { ...hash, name: "a b" }));
    expect([error.log, error.message]).toEqual(["", plain.message]);
  });

  test("creates a map, and its log is empty", () => {
    using kernel = createKernel({ release: "7.3" });
    const log = new KernelLog();
    using map = createMap(kernel.init, { ...hash, log });
    expect([map.closed, log.text]).toEqual([false, ""]);
  });

  test("never explains a missing permission", () => {
    using kernel = createKernel({ release: "7.3" });
    dropCapabilities(kernel.init, "BPF", "SYS_ADMIN");
    const error = errorOf(() => createMap(kernel.init, { ...hash, log: new KernelLog() }));
    expect([error.code, error.log]).toEqual(["EPERM", ""]);
  });

  test("that is too small gets the end of the text, and ENOSPC", () => {
    using kernel = createKernel({ release: "7.3" });
    const log = new KernelLog({ size: 8 });
    const error = errorOf(() => createMap(kernel.init, { ...hash, name: "a b", log }));
    expect([error.code, log.text]).toEqual(["ENOSPC", "_name."]);
  });
});

test("a log that is used again has only the text of the last call", () => {
  using kernel = createKernel({ release: "7.3" });
  const log = new KernelLog();
  errorOf(() => createMap(kernel.init, { ...hash, name: "a b", log }));
  createMap(kernel.init, { ...hash, log }).close();
  expect(log.text).toBe("");
});

test("loadProgram() and loadBtf() pass the log in their own fields", (context) => {
  const kernel = open(context, "native");
  const program = new KernelLog();
  const insns = Uint8Array.of(0x95, 0, 0, 0, 0, 0, 0, 0);
  errorOf(() => loadProgram(kernel.init, { type: "SOCKET_FILTER", insns, log: program }));
  expect(program.text).toMatch(/^.*R0 !read_ok$/m);
  const btf = new KernelLog();
  const error = errorOf(() => loadBtf(kernel.init, new Uint8Array(24), { log: btf }));
  expect([error.log, btf.text === ""]).toEqual([btf.text, false]);
});

test.each([{ size: 0 }, { size: 1.5 }, { size: 2 ** 30 }, { level: 0 }, { level: 16 }])(
  "new KernelLog(%j) is an error",
  (options) => {
    expect(() => new KernelLog(options)).toThrow(RangeError);
  },
);

describe("the loader", () => {
  test("on 7.3 reports the kernel's sentence and the model's reason", (context) => {
    using kernel = createKernel({ release: "7.3" });
    const before = kernel.openFds(kernel.init).length;
    const error = wrongMap(kernel, fixture(context, "counter"));
    expect(error.log).toBe("Invalid numa_node.");
    expect(error.message).toMatch(
      /: bpf\(BPF_MAP_CREATE\): EINVAL: the kernel says "Invalid numa_node\.": .*\[map\.create\.numa/,
    );
    expect(error.cause?.log).toBe(error.log);
    expect(verifierLogOf(error, { programs: [] } as never)).toBeUndefined();
    expect(kernel.openFds(kernel.init)).toHaveLength(before);
  });

  test.for(["6.18", "7.1"] as const)(
    "on %s has no log, and only probes for one",
    (release, context) => {
      using kernel = createKernel({ release });
      const commands: string[] = [];
      const seen = traced(kernel, ({ call, args }) => {
        if (call === "bpf") commands.push(args[0] ?? "");
      });
      const error = wrongMap(seen, fixture(context, "counter"));
      expect([error.log, error.cause?.log]).toEqual(["", ""]);
      expect(error.message).toMatch(/: bpf\(BPF_MAP_CREATE\): EINVAL: [^:]*\[map\.create\.numa/);
      expect(commands.filter((cmd) => Number(cmd) > 0xffff)).toEqual([String(0x1_0005)]);
    },
  );
});
