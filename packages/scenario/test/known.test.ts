// SPDX-License-Identifier: MIT
import { attrLayout, type BpfCmdName, newestRelease } from "@bpf-token/uapi";
import { describe, expect, test } from "vitest";
import {
  appliesTo,
  type CallDifference,
  configurationOf,
  KnownDifferences,
  knownDifferences,
  knownLoaderDifference,
  loaderDifferences,
} from "../src/known/index.ts";
import { calls } from "../src/language/calls.ts";

const native = configurationOf({ backend: "native", release: "6.18.44-x" });
const guest = configurationOf({ backend: "guest:6.12", release: "6.12.118+deb13" });
const uml = configurationOf({ backend: "guest:uml", release: "6.12.113" });

/** Parses a difference from a short form: `bpf BPF_PROG_LOAD prog_type=X: ok, EPERM`. */
function difference(text: string, more: Partial<CallDifference> = {}): CallDifference {
  const [head = "", answers = ""] = text.split(": ");
  const [call = "", ...words] = head.split(" ");
  const [cmd, values] = call === "bpf" ? [words[0], words.slice(1)] : [undefined, words];
  const named = Object.fromEntries(values.map((word) => word.split("=")));
  const [model = "", kernel = ""] = answers.split(", ").map((word) => word);
  const answer = (word: string) =>
    /^\d+$/.test(word) ? { word: "ok", value: Number(word) } : { word };
  return {
    ...{ call, what: "result", before: [] },
    ...(cmd === undefined ? { args: named, attr: {} } : { args: { cmd }, attr: named }),
    ...{ model: answer(model), kernel: answer(kernel) },
    ...more,
  };
}

const idOf = (
  one: CallDifference,
  kernel = native,
  comparison: "suite" | "matrix" | "fuzz" = "fuzz",
): string | undefined => new KnownDifferences(knownDifferences, comparison, kernel).find(one)?.id;

describe("configurations", () => {
  test("the builds of guests are known; the config of another kernel lists its missing options", () => {
    expect(guest.without).toEqual(["BPF_LIRC_MODE2"]);
    for (const name of ["6.12-arm64", "6.18", "6.19", "7.0", "7.1", "7.2", "7.3"]) {
      const { without } = configurationOf({ backend: `guest:${name}`, release: `${name}.1` });
      expect(without).toEqual(guest.without);
    }
    expect(native.without).toBeUndefined();
    const kconfig = "CONFIG_BPF_JIT=y\nCONFIG_XDP_SOCKETS=m\n# CONFIG_BPF_LSM is not set\n";
    expect(configurationOf({ backend: "native", release: "6.18" }, kconfig).without).toEqual([
      "BPF_LIRC_MODE2",
      "BPF_LSM",
      "DEBUG_INFO_BTF",
      "PERF_EVENTS",
    ]);
  });

  test.each([
    ["any kernel", {}, "yes"],
    ["guests", { backend: "guest" }, "yes"],
    ["the running kernel", { backend: "native" }, "no"],
    ["from this stable release on", { from: "6.12.118" }, "yes"],
    ["from a later one on", { from: "6.12.119" }, "no"],
    ["until the next series", { before: "6.13" }, "yes"],
    ["until this release", { before: "6.12.118" }, "no"],
    ["a build without infrared", { without: "BPF_LIRC_MODE2" }, "yes"],
    ["a build without a compiler", { without: "BPF_JIT" }, "no"],
    ["a property that nobody can read", { property: "of a machine" }, "maybe"],
  ] as const)("%s", (_, applies, expected) => {
    expect(appliesTo(applies, guest)).toBe(expected);
  });

  test("an option of an unknown build may be missing", () => {
    expect(appliesTo({ without: "BPF_JIT" }, native)).toBe("maybe");
  });

  test("no entry applies to a model", () => {
    expect(appliesTo({}, { backend: "model", release: "6.18" })).toBe("no");
  });
});

describe("the registry", () => {
  test("has entries with unique ids, reasons and evidence", () => {
    const all = [...knownDifferences, ...loaderDifferences];
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
    for (const { id, why, evidence } of all) {
      expect(id).toMatch(/^[a-z]+\.[a-z-]+$/);
      expect(why.length, id).toBeGreaterThan(10);
      expect(evidence.length, id).toBeGreaterThan(5);
    }
    for (const { id, where, shownBy } of knownDifferences) {
      expect(where.length, id).toBeGreaterThan(0);
      expect(shownBy.length, id).toBeGreaterThan(0);
    }
  });

  test("patterns name calls, arguments, commands and fields that exist", () => {
    for (const { id, where } of knownDifferences) {
      for (const { call = [], args = {}, attr = {} } of where) {
        const cmds = [args.cmd ?? []].flat().map((cmd) => String(cmd).replace(/^BPF_/, ""));
        for (const name of [call].flat()) {
          const params = calls.get(name)?.params.map((param) => param.name);
          expect(params, `${id}: ${name}`).toEqual(expect.arrayContaining(Object.keys(args)));
          if (name !== "bpf") continue;
          for (const cmd of cmds) {
            const fields = attrLayout(cmd as BpfCmdName, newestRelease).fields.map(
              (field) => field.name,
            );
            expect(fields, `${id}: ${cmd}`).toEqual(expect.arrayContaining(Object.keys(attr)));
          }
        }
      }
    }
  });

  test("an entry that certainly applies is idle until a difference matches it", () => {
    const known = new KnownDifferences(knownDifferences, "matrix", guest);
    expect(known.idle().map(({ id }) => id)).toEqual(["build.infrared"]);
    known.find(difference("bpf BPF_PROG_LOAD prog_type=BPF_PROG_TYPE_LIRC_MODE2: ok, EINVAL"));
    expect(known.idle()).toEqual([]);
    const unknown = new KnownDifferences(knownDifferences, "matrix", native);
    expect(unknown.idle().map(({ id }) => id)).toEqual(["executor.struct-ops"]);
  });

  test("differences from libbpf are found by kind", () => {
    expect(knownLoaderDifference("calls", "legacy maps")?.id).toBe("libbpf.legacy-maps");
    expect(knownLoaderDifference("verdicts", "legacy maps")).toBeUndefined();
    expect(knownLoaderDifference("calls", "instructions")).toBeUndefined();
  });

  test("differences from libbpf apply to versions of it", () => {
    const idOf = (version: string) => knownLoaderDifference("calls", "legacy maps", version)?.id;
    expect(["0.9", "0.10"].map(idOf)).toEqual([undefined, undefined]);
    expect(["1.0", "1.5", "1.10"].map(idOf)).toEqual(Array(3).fill("libbpf.legacy-maps"));
  });
});

describe("builds", () => {
  test.each([
    ["BPF_PROG_LOAD prog_type=BPF_PROG_TYPE_LIRC_MODE2: ok, EINVAL", guest, "build.infrared"],
    ["BPF_PROG_LOAD prog_type=BPF_PROG_TYPE_LIRC_MODE2: ok, EPERM", guest, undefined],
    ["BPF_PROG_LOAD prog_type=BPF_PROG_TYPE_XDP: ok, EINVAL", guest, undefined],
    ["BPF_PROG_LOAD prog_type=BPF_PROG_TYPE_KPROBE: ok, EINVAL", uml, "build.perf-programs"],
    ["BPF_PROG_LOAD prog_type=BPF_PROG_TYPE_KPROBE: ok, EINVAL", guest, undefined],
    ["BPF_MAP_CREATE map_type=BPF_MAP_TYPE_XSKMAP: ok, EINVAL", uml, "build.xdp-sockets"],
    ["BPF_MAP_CREATE map_type=BPF_MAP_TYPE_ARRAY: ok, EINVAL", uml, undefined],
    ["BPF_PROG_LOAD prog_type=BPF_PROG_TYPE_LSM: ok, EPERM", native, "build.trampolines"],
    ["BPF_PROG_LOAD prog_type=BPF_PROG_TYPE_LSM: ok, EPERM", guest, undefined],
    ["BPF_MAP_CREATE map_type=BPF_MAP_TYPE_CPUMAP: ok, E2BIG", native, "build.processors"],
    ["BPF_MAP_CREATE map_type=BPF_MAP_TYPE_CPUMAP: ok, EINVAL", native, undefined],
  ])("bpf %s", (text, kernel, id) => {
    expect(idOf(difference(`bpf ${text}`), kernel)).toBe(id);
  });

  test("an entry excuses nothing in other comparisons", () => {
    const load = difference("bpf BPF_PROG_LOAD prog_type=BPF_PROG_TYPE_LSM: ok, EPERM");
    expect(idOf(load, native, "matrix")).toBe("build.trampolines");
    expect(idOf(load, native, "suite")).toBeUndefined();
  });

  test("the stable release decides whether an entry applies", () => {
    const detach = difference("bpf BPF_PROG_DETACH attach_type=BPF_TCX_INGRESS: ENODEV, EPERM");
    expect(idOf(detach, guest, "suite")).toBe("release.detach-by-device");
    expect(idOf(detach, uml, "suite")).toBeUndefined();
  });

  test.each([
    ["6.18.15", "release.exclusive-inner"],
    ["6.18.44", undefined],
    ["6.19.14", "release.exclusive-inner-later"],
    ["7.0.13", "release.exclusive-inner-later"],
    ["7.1.13", undefined],
  ])("an exclusive map in a map of maps, on %s", (release, id) => {
    const kernel = configurationOf({ backend: "guest:x", release });
    const map = "bpf BPF_MAP_CREATE map_type=BPF_MAP_TYPE_HASH_OF_MAPS: ENOTSUPP, 7";
    expect(idOf(difference(map), kernel, "suite")).toBe(id);
    const element = "bpf BPF_MAP_UPDATE_ELEM map_fd=3: ENOTSUPP, EINVAL";
    expect(idOf(difference(element), kernel, "suite")).toBe(id);
    const array = "bpf BPF_MAP_CREATE map_type=BPF_MAP_TYPE_ARRAY: ENOTSUPP, 7";
    expect(idOf(difference(array), kernel, "suite")).toBeUndefined();
  });

  test("the executor keeps tokens away from kernels since 6.19 only", () => {
    const kept = difference("bpf BPF_TOKEN_CREATE: EMFILE, kept-away");
    const at = (release: string) => configurationOf({ backend: "native", release });
    expect(idOf(kept, at("6.19.0"))).toBe("executor.token-room");
    expect(idOf(kept, at("7.3.4"))).toBe("executor.token-room");
    expect(idOf(kept, at("6.18.44"))).toBeUndefined();
  });
});

describe("memory", () => {
  const words = (...at: readonly number[]): string =>
    Array.from({ length: 26 }, (_, i) => (at.includes(4 * i) ? "0a000000" : "00000000")).join("");
  const info = (model: string, kernel: string): CallDifference =>
    difference("bpf BPF_OBJ_GET_INFO_BY_FD: ok, ok", {
      what: "memory",
      memory: {
        name: "info",
        model: { name: "info", hex: model },
        kernel: { name: "info", hex: kernel },
      },
    });

  test.each([
    ["the id of a map", words(), words(4)],
    ["and of its BTF", words(), words(4, 64)],
    ["the id of BTF", words(), words(12)],
    ["tag, code and time of a program", words(), words(4, 8, 12, 16, 40, 44)],
  ])("%s is the machine's", (_, model, kernel) => {
    expect(idOf(info(model, kernel))).toBe("machine.object-info");
  });

  test.each([
    ["the mask of a token", words(), words(0)],
    ["the size of a key, where a program has its tag", words(8, 12), words(12)],
    ["bytes of the caller", words(), words(4, 48)],
    ["the length", words(), `${words()}00`],
  ])("%s is not", (_, model, kernel) => {
    expect(idOf(info(model, kernel))).toBeUndefined();
  });

  const written = (call: string, name: string, fields?: readonly string[]): CallDifference => {
    const memory = fields === undefined ? { name } : { name, fields };
    return difference(`bpf ${call}`, { what: "memory", memory });
  };

  test.each([
    ["the log of the verifier", written("BPF_PROG_LOAD: 4, 4", "log_buf")],
    ["and in the common buffer", written("BPF_PROG_LOAD: 4, 4", "common.log_buf")],
    ["the log of BTF", written("BPF_BTF_LOAD: EINVAL, EINVAL", "btf_log_buf")],
    ["the size of the log", written("BPF_PROG_LOAD: 4, 4", "common", ["log_true_size"])],
    [
      "the size without a buffer",
      written("BPF_PROG_LOAD log_level=4: 4, 4", "attr", ["log_true_size"]),
    ],
  ])("%s is the kernel's", (_, one) => {
    expect(idOf(one, guest, "suite")).toBe("machine.verifier-log");
  });

  test.each([
    ["the log of MAP_CREATE", written("BPF_MAP_CREATE: 4, 4", "common.log_buf")],
    ["its size", written("BPF_MAP_CREATE: 4, 4", "common", ["log_true_size"])],
    ["another field", written("BPF_PROG_LOAD: 4, 4", "common", ["log_size", "log_true_size"])],
    ["the size of no log", written("BPF_PROG_LOAD log_level=0: 4, 4", "attr", ["log_true_size"])],
  ])("%s is not", (_, one) => {
    expect(idOf(one, guest, "suite")).toBeUndefined();
  });

  test("the routine that copies decides how much of a value arrives before a bad address", () => {
    const lookup = (answers: string) => written(`BPF_MAP_LOOKUP_ELEM: ${answers}`, "value");
    expect(idOf(lookup("EFAULT, EFAULT"))).toBe("machine.partial-copy");
    const log = (answers: string) => written(`BPF_MAP_CREATE: ${answers}`, "common.log_buf");
    expect(idOf(log("EFAULT, EFAULT"))).toBe("machine.partial-copy");
    expect(idOf(log("ENOSPC, ENOSPC"))).toBeUndefined();
    expect(idOf(lookup("ok, ok"))).toBeUndefined();
    expect(idOf(lookup("EFAULT, ok"))).toBeUndefined();
  });

  test("fields that the entry does not name must be equal", () => {
    const stat = (fields: readonly string[], st_mode: number): CallDifference =>
      difference("fstat fd=7: ok, ok", {
        what: "memory",
        memory: {
          ...{ name: "statbuf", fields },
          model: { name: "statbuf", hex: "", fields: { st_mode, st_nlink: 2 } },
        },
      });
    expect(idOf(stat(["st_size"], 0o40500))).toBe("executor.open-descriptors");
    expect(idOf(stat(["st_nlink"], 0o40555))).toBe("machine.proc-root");
    expect(idOf(stat(["st_size", "st_uid"], 0o40500))).toBeUndefined();
    expect(idOf(stat(["st_size"], 0o100600))).toBeUndefined();
  });

  test("only the first three file descriptors of a task belong to the executor", () => {
    const memory = { name: "buf", fields: ["f_type"] };
    const of = (fd: number) => difference(`fstatfs fd=${fd}: ok, ok`, { what: "memory", memory });
    expect(idOf(of(2))).toBe("executor.standard-files");
    expect(idOf(of(3))).toBeUndefined();
  });
});

describe("after a path of /proc", () => {
  const before = [{ call: "openat", args: { filename: "/proc/self/mounts" }, attr: {} }];

  test.each([
    ["read fd=5 count=16: 12, 16", "machine.proc-texts"],
    ["read fd=5 count=16: 12, 0", undefined],
    ["read fd=5 count=33554432: 2, ENOMEM", undefined],
    ["read fd=5 count=0x100000000: 2, EFAULT", "machine.address-space"],
    ["read fd=5 count=0x2000000: 2, EFAULT", undefined],
    ["readlinkat pathname=/proc/self: 1, EFAULT", "machine.process-links"],
    ["readlinkat pathname=/proc/self: 1, EACCES", undefined],
    ["readlinkat pathname=exe: 9, 12", "machine.proc-links"],
    ["bpf BPF_MAP_GET_NEXT_ID: ENOENT, 0", "machine.ids-of-others"],
    ["bpf BPF_MAP_GET_NEXT_ID: 0, EPERM", undefined],
    ["openat filename=maps.debug: EPERM, 8", "build.debug-files"],
    ["openat filename=maps.debug: ENOENT, 8", undefined],
  ])("%s", (text, id) => {
    expect(idOf(difference(text, { before }))).toBe(id);
  });

  test("without one, lengths of links and texts are compared", () => {
    expect(idOf(difference("read fd=5 count=16: 12, 16"))).toBeUndefined();
    expect(idOf(difference("readlinkat pathname=exe: 9, 12"))).toBeUndefined();
  });

  test("ELOOP is excused only for links of /proc on the running kernel", () => {
    const open = difference("open_tree path=/mnt: 9, ELOOP", {
      before: [{ call: "mount", args: { source: "/proc/self/fd", target: "/mnt" }, attr: {} }],
    });
    expect(idOf(open)).toBe("executor.proc-links");
    expect(idOf(open, guest)).toBeUndefined();
    expect(idOf({ ...open, before: [] })).toBeUndefined();
    const process = [{ call: "chdir", args: { filename: "/process" }, attr: {} }];
    expect(idOf({ ...open, before: process })).toBeUndefined();
  });

  test("in guests, modes of /proc decide whether namespaces can be opened", () => {
    const open = difference("open_namespace kind=user: 5, EACCES", {
      before: [{ call: "fchmodat", args: { filename: "/proc", mode: "0" }, attr: {} }],
    });
    expect(idOf(open, guest)).toBe("guest.modes-of-proc");
    expect(idOf(open, native)).toBeUndefined();
    const other = [{ call: "mkdirat", args: { pathname: "/proc" }, attr: {} }];
    expect(idOf({ ...open, before: other }, guest)).toBeUndefined();
  });
});
