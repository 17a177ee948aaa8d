// SPDX-License-Identifier: MIT
import { createKernel } from "@bpf-token/kernel-wasm";
import { diff, parseScenario } from "@bpf-token/scenario";
import { Errno } from "@bpf-token/uapi";
import { describe, expect, test } from "vitest";
import { subjectOf } from "../../src/diff/index.ts";
import { modelRuns } from "../../src/diff/model-runs.ts";
import { reproducerOf } from "../../src/reproducer/index.ts";
import { assertAllowedMaps } from "../../src/reproducer/map-refusals.ts";
import { recordScenario } from "../../src/reproducer/recording.ts";
import { assertAllowed, assertAllowedScenario } from "../../src/reproducer/refusals.ts";

/** The last call of a scenario, as it is recorded. */
function lastOf(steps: string) {
  const scenario = parseScenario(`name: x\nsteps:\n${steps}`);
  const kernel = createKernel({ release: "7.3" });
  const recorded = recordScenario(kernel, scenario);
  kernel.close();
  const last = recorded.at(-1);
  if (last === undefined) throw new Error("nothing was recorded");
  return last;
}

describe("refuses", () => {
  test.each([
    ["openat: { dirfd: -100, filename: /proc/self/fd/5, flags: [RDWR] }", "TP-16"],
    ["openat: { dirfd: 3, filename: fd/5 }", "TP-16"],
    ["openat: { dirfd: -100, filename: /proc/self }", "TP-16"],
    ["chdir: /proc/self/fd", "TP-16"],
    ["openat: { dirfd: 3, filename: '', flags: 0x4000000 }", "TP-16"],
    ["open_tree: { dirfd: 3, path: '', flags: 0x1000 }", "TP-16"],
    ["mount: { source: /proc/1/fd/5, target: /mnt, mountflags: 0x1000 }", "TP-16"],
    ["prlimit64: { pid: 0, resource: 7 }", "can affect the machine"],
    ["init_module: {}", "can affect the machine"],
    ["fcntl: { fd: 3, cmd: SETFL, arg: 0x2000 }", "can affect the machine"],
    ["fcntl: { fd: 3901, cmd: GETFD }", "of the program itself"],
    ["mmap: { length: 4096, prot: 3, flags: 0x11, fd: 3 }", "replaces memory"],
    ["ioctl: { fd: 0, request: 0x5412 }", "can affect the machine"],
    ["fsconfig: { fs_fd: 3, cmd: SET_STRING, key: source, value: /proc/self/fd/4 }", "TP-16"],
    ["fsopen: { fs_name: ext4 }", "may reach the machine"],
    ["mount: { source: none, target: /mnt, filesystemtype: sysfs }", "may reach the machine"],
    ["umount2: { target: / }", "unmounts the root"],
    ["unshare: { flags: [NEWPID] }", "leaves the process tree"],
    ["bpf: PROG_ATTACH\n    attr: {}", "can affect other processes"],
    ["bpf: LINK_CREATE\n    attr: {}", "can affect other processes"],
    ["bpf: MAP_GET_FD_BY_ID\n    attr: {}", "the objects of the machine"],
    [
      "bpf: MAP_CREATE\n    attr: { map_type: ARRAY, value_size: 65536, max_entries: 65536 }",
      "64 MiB",
    ],
    ["bpf: MAP_CREATE\n    attr: { map_type: RINGBUF, max_entries: 0x80000000 }", "64 MiB"],
    [
      "bpf: MAP_CREATE\n    attr: { map_type: HASH, key_size: 1, value_size: 1, max_entries: 0x1000000 }",
      "64 MiB",
    ],
    [
      "bpf: MAP_CREATE\n    attr: { map_type: PERCPU_ARRAY, key_size: 4, value_size: 8, max_entries: 0x10000 }",
      "64 MiB",
    ],
    [
      "bpf: MAP_CREATE\n    attr: { map_type: ARRAY, value_size: 0x10000, max_entries: 0xffffff }\n    size: 15",
      "64 MiB",
    ],
    [
      "bpf: MAP_CREATE\n    attr: { map_type: STRUCT_OPS, key_size: 4, max_entries: 1 }",
      "for the whole machine",
    ],
    ["fchmodat: { dirfd: 3901, filename: kmsg, mode: 0o777 }", "of the program itself"],
    ["openat: { dirfd: 0x100000f3d, filename: kmsg }", "of the program itself"],
    ["dup2: { oldfd: 0, newfd: 3900 }", "of the program itself"],
    ["close: 4095", "of the program itself"],
    ["fsconfig: { fs_fd: 3, cmd: SET_FD, key: source, aux: 3901 }", "of the program itself"],
    ["write_sysctl: { name: kernel.unprivileged_bpf_disabled, value: 1 }", "not a call"],
    ["exec: {}", "not a call"],
    ["fail: { alloc: 1 }", "not a call"],
    ["lsm: { bpf: EPERM }", "not a call"],
  ])("%s", (step, why) => {
    expect(() => assertAllowed(lastOf(`  - ${step}\n`))).toThrow(why);
  });

  test.each(["EMFILE", "ENFILE", "ENOMEM"] as const)("a token that is not created: %s", (name) => {
    const step = lastOf("  - bpf: TOKEN_CREATE\n    attr: { bpffs_fd: -1 }\n");
    expect(() => assertAllowed(step)).not.toThrow();
    expect(() => assertAllowed({ ...step, ret: -Errno[name] })).toThrow("TP-24");
  });

  test.each([0, -Errno.EFAULT])("a program that runs, with the answer %i", (ret) => {
    const step = lastOf("  - bpf: PROG_TEST_RUN\n    attr: { prog_fd: 999 }\n");
    expect(() => assertAllowed(step)).not.toThrow();
    expect(() => assertAllowed({ ...step, ret })).toThrow("runs a program");
  });

  test("a command that reads objects, except with an answer that ends the program", () => {
    const step = lastOf("  - bpf: MAP_GET_FD_BY_ID\n    attr: { map_id: 1 }\n");
    const refused = { ...step, ret: -Errno.EPERM };
    expect(() => assertAllowed(refused)).toThrow("the objects of the machine");
    expect(() => assertAllowed(refused, new Set([Errno.EPERM]))).not.toThrow();
    for (const ret of [0, 5, -Errno.ENOENT]) {
      const other = { ...step, ret };
      expect(() => assertAllowed(other, new Set([Errno.EPERM]))).toThrow(
        "the objects of the machine",
      );
    }
    const attach = { ...lastOf("  - bpf: PROG_ATTACH\n    attr: {}\n"), ret: -Errno.EPERM };
    expect(() => assertAllowed(attach, new Set([Errno.EPERM]))).toThrow("affect other processes");
  });

  test("no number that is not a file descriptor", () => {
    const step = lastOf("  - fchmodat: { dirfd: -100, filename: /tmp/x, mode: 0o7777 }\n");
    expect(() => assertAllowed(step)).not.toThrow();
  });

  test("maps that are large together", () => {
    const large =
      "  - bpf: MAP_CREATE\n    attr: { map_type: ARRAY, key_size: 4, value_size: 1024, max_entries: 65000 }\n";
    const step = lastOf(large);
    expect(() => assertAllowed(step)).not.toThrow();
    expect(() => assertAllowedMaps(Array(8).fill(step))).not.toThrow();
    expect(() => assertAllowedMaps(Array(9).fill(step))).toThrow("512 MiB together");
  });

  test("a file descriptor of the program, sent to another task", () => {
    const step = { ...lastOf("  - close: 0\n"), op: "send", fd: 3901, to: 1 } as const;
    expect(() => assertAllowed(step)).toThrow("of the program itself");
  });

  test("a scenario for the model only, and one that needs its features", () => {
    const scenario = parseScenario("name: x\nsteps: [fsopen: bpf]");
    expect(() => assertAllowedScenario({ ...scenario, backends: ["model"] })).toThrow(
      "only for model",
    );
    expect(() =>
      assertAllowedScenario({ ...scenario, backends: ["model", "guest"] }),
    ).not.toThrow();
    expect(() => assertAllowedScenario({ ...scenario, needs: { features: ["lsm"] } })).toThrow(
      "'lsm'",
    );
  });
});

describe("permits", () => {
  test.each([
    "fsopen: bpf",
    "openat: { dirfd: -100, filename: /proc/self/uid_map }",
    "openat: { dirfd: -100, filename: /proc/self/fdinfo/5 }",
    "mount: { source: none, target: /mnt, filesystemtype: bpf }",
    "unshare: { flags: [NEWUSER, NEWNS] }",
    "bpf: PROG_TEST_RUN\n    attr: {}",
    "fcntl: { fd: 3, cmd: GETFD }",
    "fcntl: { fd: 3, cmd: DUPFD_CLOEXEC, arg: 9 }",
    "ioctl: { fd: 3, request: 0 }",
    "mmap: { length: 4096, prot: 3, flags: 1, fd: 3 }",
    "readlinkat: { dirfd: -100, pathname: /proc/self/fd/3 }",
    "fsconfig: { fs_fd: 3, cmd: SET_FD, key: fd, aux: 4 }",
    "settle: {}",
  ])("%s", (step) => {
    expect(() => assertAllowed(lastOf(`  - ${step}\n`))).not.toThrow();
  });
});

describe("a program", () => {
  const subjects = ["6.12", "7.3"].map((release) => {
    const open = () => createKernel({ release: release as "6.12" });
    return { ...subjectOf(`model@${release}`, open), open };
  });
  const programOf = (steps: string): string => {
    const scenario = parseScenario(`name: ends */ here\nsteps:\n${steps}`);
    const [a, b] = subjects;
    if (a === undefined || b === undefined) throw new Error("no subjects");
    return reproducerOf(diff(scenario, [a, b], modelRuns()), [a, b]);
  };

  test("has both answers, and no text of the scenario ends its comment", () => {
    const text = programOf(
      "  - bpf: TOKEN_CREATE\n    attr: { zero: 200 }\n    poke: { 152: 1 }\n",
    );
    expect(text).toContain('{ "model@6.12", "E2BIG", -7, NULL, 0 },');
    expect(text).toContain('{ "model@7.3", "EINVAL", -22, NULL, 0 },');
    expect(text).toContain(" * ends * / here\n");
  });

  test("needs a difference that can be seen", () => {
    expect(() => programOf("  - fsopen: bpf\n")).toThrow("do not differ in a call");
    const open = "openat: { dirfd: -100, filename: '', flags: [DIRECTORY, 0x4000000] }";
    expect(() => programOf(`  - ${open}\n`)).toThrow(/TP-16|do not differ/);
  });

  test("omits the steps for one release", () => {
    const step = "bpf: TOKEN_CREATE\n    attr: { zero: 200 }\n    poke: { 152: 1 }\n";
    const text = programOf(`  - needs: { since: "7.0" }\n    fsopen: bpf\n  - ${step}`);
    expect(text).not.toContain("__NR_fsopen,");
  });
});
