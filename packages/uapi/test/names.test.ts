// SPDX-License-Identifier: MIT
import { describe, expect, it } from "vitest";
import {
  AT,
  BPF_F,
  BPF_UPDATE,
  Capability,
  type CheckId,
  CLONE,
  checkById,
  checkTable,
  Errno,
  errnoName,
  FSPICK,
  FsconfigCmd,
  fixFor,
  HelperId,
  Insn,
  insn,
  MAGIC,
  MNT,
  nearest,
  O,
  PR,
  RESOLVE,
  S,
  syscallByName,
  syscallByNr,
  syscallTable,
} from "../src/index.ts";

describe("errno", () => {
  it("has the numbers in the specification (section 0.3)", () => {
    const listed = { EPERM: 1, ENOENT: 2, E2BIG: 7, EBADF: 9, ENOMEM: 12, EACCES: 13, EFAULT: 14 };
    const more = { EBUSY: 16, ENODEV: 19, EINVAL: 22, ENFILE: 23, EMFILE: 24, ENOSPC: 28 };
    const rest = { ESPIPE: 29, ERANGE: 34, EBADFD: 77, EOPNOTSUPP: 95, ENOTSUPP: 524 };
    expect(Errno).toMatchObject({ ...listed, ...more, ...rest });
  });

  it("names every number from 1 to 133 except the two that do not exist", () => {
    const unnamed = [...Array(133).keys()]
      .map((i) => i + 1)
      .filter((n) => errnoName(n) === undefined);
    expect(unnamed).toEqual([41, 58]);
  });

  it("accepts both signs, and returns the first of two names", () => {
    expect(errnoName(1)).toBe("EPERM");
    expect(errnoName(-1)).toBe("EPERM");
    expect(errnoName(-524)).toBe("ENOTSUPP");
    expect(errnoName(11)).toBe("EAGAIN");
    expect(errnoName(35)).toBe("EDEADLK");
    expect(errnoName(0)).toBeUndefined();
    expect(errnoName(4094)).toBeUndefined();
    expect(errnoName(Number.NaN)).toBeUndefined();
  });
});

describe("capabilities", () => {
  it("are bits 0 to 40, each with one name", () => {
    expect(Object.values(Capability)).toEqual([...Array(41).keys()]);
    expect(Capability).toMatchObject({ SETGID: 6, SETUID: 7, NET_ADMIN: 12, SYS_CHROOT: 18 });
    expect(Capability).toMatchObject({ SYS_ADMIN: 21, SETFCAP: 31, PERFMON: 38, BPF: 39 });
  });
});

describe("flags", () => {
  it("match x86-64", () => {
    expect(O).toMatchObject({
      RDONLY: 0,
      CREAT: 64,
      CLOEXEC: 0x80000,
      DIRECTORY: 0x10000,
      PATH: 0x200000,
    });
    expect(AT).toMatchObject({ FDCWD: -100, EMPTY_PATH: 0x1000 });
    expect(CLONE.NEWUSER | CLONE.NEWNS).toBe(0x10020000);
    expect(MNT).toMatchObject({ DETACH: 2, NOFOLLOW: 8 });
    expect(FSPICK.EMPTY_PATH).toBe(8);
    expect(RESOLVE.NO_MAGICLINKS).toBe(2);
    expect(S).toMatchObject({ IFMT: 0o170000, IFDIR: 0o40000, ISVTX: 0o1000 });
    expect(MAGIC.BPF_FS).toBe(0xcafe4a11);
    expect(FsconfigCmd).toMatchObject({ SET_STRING: 1, CMD_CREATE: 6, CMD_RECONFIGURE: 7 });
  });

  it("bpf(2) has one token flag for three flags fields", () => {
    expect(BPF_F.TOKEN_FD).toBe(0x10000);
    expect(BPF_F).toMatchObject({
      RDONLY: 8,
      WRONLY: 16,
      RDONLY_PROG: 128,
      TEST_REG_INVARIANTS: 128,
    });
    expect(BPF_UPDATE).toEqual({ ANY: 0, NOEXIST: 1, EXIST: 2 });
  });

  it("prctl(2) flags match", () => {
    expect(PR).toMatchObject({ SET_DUMPABLE: 4, SET_KEEPCAPS: 8, CAPBSET_DROP: 24 });
    expect(PR).toMatchObject({ SET_SECUREBITS: 28, SET_NO_NEW_PRIVS: 38, CAP_AMBIENT: 47 });
  });
});

describe("instructions", () => {
  it("are eight bytes: mov64 r0, 0; exit", () => {
    const mov = insn(Insn.ALU64 | Insn.MOV | Insn.K, 0);
    expect([...mov]).toEqual([0xb7, 0, 0, 0, 0, 0, 0, 0]);
    expect([...insn(Insn.JMP | Insn.EXIT)]).toEqual([0x95, 0, 0, 0, 0, 0, 0, 0]);
  });

  it("call helpers by id", () => {
    expect(HelperId).toMatchObject({ map_lookup_elem: 1, trace_printk: 6, get_current_task: 35 });
    const call = insn(Insn.JMP | Insn.CALL, 0, 0, 0, HelperId.jiffies64);
    expect([...call]).toEqual([0x85, 0, 0, 0, 118, 0, 0, 0]);
    expect(Object.keys(HelperId).length).toBe(212);
  });

  it("encode registers in four bits, and signed numbers", () => {
    expect([...insn(Insn.LD | Insn.IMM | Insn.DW, 1, Insn.PSEUDO_MAP_FD, -2, -1)]).toEqual([
      0x18, 0x11, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff,
    ]);
    expect([...insn(0, 0, 0, 0, 0xffff_ffff)].slice(4)).toEqual([255, 255, 255, 255]);
  });

  it("refuse operands out of range", () => {
    expect(() => insn(256)).toThrow("bpf_insn.code: 256 is not in 0…255");
    expect(() => insn(0, 16)).toThrow("bpf_insn.dst_reg: 16 is not in 0…15");
    expect(() => insn(0, 0, 0, 40000)).toThrow("bpf_insn.off: 40000 is not in -32768…32767");
    expect(() => insn(0, 0, 0, 0, 2 ** 32)).toThrow(/^bpf_insn\.imm/);
  });
});

describe("the system call table", () => {
  it("is indexed by name and number", () => {
    expect(syscallByName.bpf.nr).toBe(321);
    expect(syscallByName.openat.args.map((a) => a.kind)).toEqual(["fd", "str", "int", "mode"]);
    expect(syscallByName.fsopen.nr).toBe(430);
    expect(syscallByNr.get(432)?.name).toBe("fsmount");
    expect(syscallByNr.get(9999)).toBeUndefined();
    expect(syscallTable.length).toBe(Object.keys(syscallByName).length);
  });

  it("has every system call of the model", () => {
    const wanted =
      "bpf openat openat2 close dup dup2 dup3 fcntl read write lseek ioctl mmap fstat newfstatat fstatfs readlinkat umask prlimit64 unshare setns setresuid setresgid setfsuid setfsgid getresuid getresgid setgroups capget capset prctl mkdirat unlinkat fchmodat fchownat chdir fchdir chroot fsopen fsconfig fsmount fspick move_mount open_tree mount umount2 getpid memfd_create pipe2 socketpair eventfd2 setsockopt perf_event_open init_module setxattr lsetxattr fsetxattr getxattr lgetxattr fgetxattr listxattr llistxattr flistxattr removexattr lremovexattr fremovexattr";
    expect(Object.keys(syscallByName).sort()).toEqual(wanted.split(" ").sort());
  });

  it("gives direction and size of memory, by an existing argument", () => {
    for (const call of syscallTable) {
      for (const arg of call.args.filter((a) => a.kind === "ptr")) {
        expect(arg.dir, `${call.name} ${arg.name}`).toBeDefined();
        if (arg.size !== undefined && "arg" in arg.size) {
          expect(call.args.map((a) => a.name)).toContain(arg.size.arg);
        }
      }
    }
  });
});

describe("the check table", () => {
  it("is indexed by id, and has valid errnos", () => {
    expect(new Set(checkTable().map(({ id }) => id)).size).toBe(checkTable().length);
    for (const check of checkTable()) {
      expect(checkById(check.id)).toBe(check);
      if (check.errno !== undefined) expect(Errno[check.errno]).toBeGreaterThan(0);
      expect(check.sentence).not.toBe("");
    }
    expect(checkById("token.create")).toBeUndefined();
  });

  it("has every field of a check", () => {
    expect(checkById("token.create.fd")).toEqual({
      id: "token.create.fd",
      errno: "EBADF",
      file: "kernel/bpf/token.c",
      func: "bpf_token_create",
      rules: ["TC-03"],
      evidence: "FD",
      sentence: expect.stringContaining("O_PATH"),
    });
    expect(checkById("token.dropped.cmd")?.errno).toBeUndefined();
  });

  it("returns the fix of a check", () => {
    expect(fixFor("token.create.flags")).toContain("token_create.flags");
    expect(fixFor("no.check" as CheckId)).toBeUndefined();
  });
});

describe("nearest()", () => {
  it.each([
    ["map_creat", "map_create"],
    ["MAP_CREATE", "map_create"],
    ["prog_laod", "prog_load"],
    ["amp_craete", "map_create"],
    ["abp_create", "map_create"],
    ["xap_craeet", "map_create"],
    ["xaq_craeet", undefined],
    ["xyz", undefined],
    ["", undefined],
  ])("returns for '%s' %s", (word, found) => {
    expect(nearest(word, ["map_create", "prog_load", "btf_load"])).toBe(found);
  });
});
