// SPDX-License-Identifier: GPL-2.0-only
import { BpfError, bpf, createMap, createToken, fdinfo, raw } from "@bpf-token/syscall";
import {
  Capability,
  Errno,
  kernelReleases,
  MapType,
  newestRelease,
  syscallByName,
} from "@bpf-token/uapi";
import { describe, expect, test } from "vitest";
import {
  createKernel,
  embeddedModule,
  type KernelOptions,
  UnknownReleaseError,
} from "../src/index.ts";
import { container, delegated } from "./container.ts";

describe("createKernel", () => {
  test.each(kernelReleases)("boots %s with one task, which is root", (release) => {
    using kernel = createKernel({ release });
    expect(kernel.release).toBe(release);
    expect(kernel.backend).toBe("model");
    expect(kernel.init.pid).toBe(1);
    expect(raw.getpid(kernel.init)).toBe(1);
    expect(kernel.openFds(kernel.init).map(({ fd, kind }) => [fd, kind])).toEqual([
      [0, "null"],
      [1, "null"],
      [2, "null"],
    ]);
  });

  test("follows the newest release by default", () => {
    using kernel = createKernel();
    expect(kernel.release).toBe(newestRelease);
  });

  test.each([
    ["6.180", "Linux 6.180 does not exist; 7.0 follows 6.19"],
    ["6.8", "Linux 6.8 has no BPF tokens; they exist since Linux 6.9"],
    ["99.1", "Linux 99.1 is newer than every modelled release"],
    ["v10-review", "unknown release 'v10-review'; did you mean 'v10-reviewed'?"],
    ["", "unknown release ''"],
  ])("refuses the release '%s'", (release, message) => {
    const make = () => createKernel({ release: release as "6.9" });
    expect(make).toThrow(UnknownReleaseError);
    expect(make).toThrow(RangeError);
    expect(make).toThrow(message);
  });

  test.each([
    ["6.10", "6.9"],
    ["6.11", "6.9"],
    ["6.13", "6.12"],
    ["6.16", "6.15"],
    ["7.1", "7.1"],
  ] as const)("follows in %s the rules of %s", (release, rules) => {
    using kernel = createKernel({ release });
    expect(kernel.release).toBe(rules);
  });

  test("checks its other options", () => {
    expect(() => createKernel({ seed: -1 })).toThrow("seed must be an unsigned 32-bit integer");
    expect(() => createKernel({ seed: 0.5 })).toThrow(RangeError);
    expect(() => createKernel({ unprivilegedBpfDisabled: 3 as 2 })).toThrow(
      "unprivilegedBpfDisabled must be 0, 1 or 2, not 3",
    );
  });

  test("sets the sysctl at boot", () => {
    for (const value of [0, 1, 2] as const) {
      using kernel = createKernel({ unprivilegedBpfDisabled: value });
      expect(kernel.readSysctl("kernel.unprivileged_bpf_disabled")).toBe(value);
    }
    using kernel = createKernel();
    expect(kernel.readSysctl("kernel.unprivileged_bpf_disabled")).toBe(2);
    expect(() => kernel.readSysctl("kernel.unprivileged_bpf_disable" as never)).toThrow(
      "did you mean 'kernel.unprivileged_bpf_disabled'?",
    );
  });

  test("boots without vmlinux BTF on request", () => {
    using kernel = createKernel({ vmlinuxBtf: false });
    const next = (start: number) => bpf(kernel.init, "BTF_GET_NEXT_ID", { start_id: start });
    expect(next(0)).toBe(-Errno.ENOENT);
    expect(bpf(kernel.init, "BTF_GET_FD_BY_ID", { btf_id: 0 })).toBe(-Errno.ENOENT);
    expect(bpf(kernel.init, "BTF_GET_FD_BY_ID", { btf_id: 1 })).toBe(-Errno.ENOENT);
    const code = { insns: new Uint8Array(8), insn_cnt: 1, license: "GPL" };
    const program = { ...code, prog_type: 26, expected_attach_type: 24, attach_btf_id: 1 };
    expect(bpf(kernel.init, "PROG_LOAD", program)).toBe(-Errno.EINVAL);
    using usual = createKernel();
    expect(bpf(usual.init, "BTF_GET_NEXT_ID", { start_id: 0 })).toBe(0);
  });

  test("without vmlinux BTF, BTF_LOAD refuses a kptr, which Linux 6.9 accepts in map values", () => {
    // Struct 7 has a pointer with the tag "kptr" to struct 4; 1 is an int.
    const words = [
      ...[1, 0x0100_0000, 4, 32, 1, 0x0100_0000, 8, 64, 17, 0x0400_0002, 16, 10, 2, 0, 12, 2, 64],
      ...[17, 0x0400_0001, 4, 10, 1, 0, 5, 0x1200_0000, 4, 0, 0x0200_0000, 5],
      ...[17, 0x0400_0001, 8, 10, 6, 0],
    ];
    const strings = new TextEncoder().encode("\0int\0kptr\0a\0wide\0v\0");
    const header = [0x0001_eb9f, 24, 0, words.length * 4, words.length * 4, strings.length];
    const btf = new Uint8Array([
      ...new Uint8Array(Uint32Array.from([...header, ...words]).buffer),
      ...strings,
    ]);
    const answers = (options: KernelOptions): readonly number[] => {
      using kernel = createKernel(options);
      const btf_fd = bpf(kernel.init, "BTF_LOAD", { btf, btf_size: btf.length });
      if (btf_fd < 0) return [btf_fd];
      const types = { btf_fd, btf_key_type_id: 1, btf_value_type_id: 7 };
      const sizes = { map_type: 1, key_size: 4, value_size: 8, max_entries: 1, map_flags: 128 };
      return [btf_fd, bpf(kernel.init, "MAP_CREATE", { ...sizes, ...types })];
    };
    expect(answers({})).toEqual([3, -Errno.EACCES]);
    expect(answers({ vmlinuxBtf: false })).toEqual([-Errno.EINVAL]);
    expect(answers({ vmlinuxBtf: false, release: "6.12" })).toEqual([-Errno.EINVAL]);
    expect(answers({ release: "6.9" })).toEqual([3, -Errno.EACCES]);
    expect(answers({ vmlinuxBtf: false, release: "6.9" })).toEqual([3, 4]);
  });

  test("accepts a compiled module", () => {
    using kernel = createKernel({ module: embeddedModule() });
    expect(raw.getpid(kernel.init)).toBe(1);
  });
});

describe("a container", () => {
  test("creates a token and a map with it, and gets reasons for refusals", () => {
    using kernel = createKernel();
    const { task, bpffs } = delegated(kernel, {
      delegate_cmds: "map_create",
      delegate_maps: "array",
    });
    const array = { type: "ARRAY", keySize: 4, valueSize: 8, maxEntries: 1 } as const;
    const without = refusedBy(() => createMap(task, array));
    expect(without.code).toBe("EPERM");

    const token = createToken(task, bpffs);
    expect(fdinfo(task, token)).toContain("allowed_cmds:\t0x1\nallowed_maps:\t0x4\n");
    const map = createMap(task, { ...array, token });
    expect(kernel.openFds(task).map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(["dir", "token", "map"]),
    );

    const hash = refusedBy(() => createMap(task, { ...array, type: "HASH", token }));
    expect(hash.code).toBe("EPERM");
    const dropped = hash.refusal?.chain.find((step) => step.errno === undefined);
    expect(dropped).toMatchObject({ needed: "bit hash", present: "array" });
    expect(dropped?.missing).toEqual({ axis: "maps", bit: MapType.HASH });
    expect(hash.refusal?.certainty).toBe("observed");
    map.close();
    token.close();
    bpffs.close();
  });

  test("is not root outside its user namespace", () => {
    using kernel = createKernel();
    const task = container(kernel);
    expect(kernel.writeSysctl(task, "kernel.unprivileged_bpf_disabled", 0)).toBe(-1);
    expect(task.refusal()?.needed).toBe("CAP_SYS_ADMIN in user namespace #1");
    const missing = { axis: "caps", bit: Capability.SYS_ADMIN, owner: 1, caller: 2 };
    expect(task.refusal()?.missing).toEqual(missing);
    expect(task.refusal()?.present).toBe("all 41 capabilities (caller in user namespace #2)");
    expect(kernel.writeSysctl(kernel.init, "kernel.unprivileged_bpf_disabled", 0)).toBe(0);
    expect(kernel.readSysctl("kernel.unprivileged_bpf_disabled")).toBe(0);
  });
});

describe("several kernels", () => {
  test("share nothing", () => {
    const kernels = kernelReleases.flatMap((release) =>
      Array.from({ length: 8 }, () => createKernel({ release })),
    );
    kernels.forEach((kernel, i) => {
      for (let n = 0; n < i % 5; n++) raw.dup(kernel.init, 0);
    });
    kernels.forEach((kernel, i) => {
      expect(kernel.openFds(kernel.init)).toHaveLength(3 + (i % 5));
      kernel.close();
    });
    expect(kernels).toHaveLength(8 * kernelReleases.length);
  });

  test("can be created and closed a thousand times", () => {
    for (let i = 0; i < 1000; i++) {
      using kernel = createKernel({ seed: i });
      expect(kernel.init.syscall(syscallByName.getpid.nr)).toBe(1);
    }
  });

  test("are equal after equal calls", () => {
    const [a, b] = [createKernel({ seed: 7 }), createKernel({ seed: 7 })].map((kernel) => {
      const { task, bpffs } = delegated(kernel);
      return fdinfo(task, createToken(task, bpffs));
    });
    expect(a).toBe(b);
  });
});

function refusedBy(work: () => unknown): BpfError {
  try {
    work();
  } catch (error) {
    if (error instanceof BpfError) return error;
    throw error;
  }
  throw new Error("the kernel did not refuse");
}
