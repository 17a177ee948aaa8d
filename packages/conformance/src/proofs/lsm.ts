// SPDX-License-Identifier: MIT
import { bpf, type LsmHook, raw, unshare } from "@bpf-token/syscall";
import { AT, AttachType, BPF_COMMON, Capability, Errno, MapType, ProgType } from "@bpf-token/uapi";
import { container, fullDelegation, recordHooks, stack, TOKEN_FD, xdp } from "./fixtures.js";
import { lsmTokenProofs } from "./lsm-token.js";
import { type ModelKernel, type Proof, prove, proveEqual } from "./proof.js";

/** The permission bits that are compared with owner and mode. */
const READ_WRITE_EXECUTE = 7;
const BPF_FS_MAGIC = 0xcafe4a11;
const CLONE_NEWUSER = 0x10000000;

const tokenCreate: Proof = {
  name: "the hooks of TOKEN_CREATE run in order, and the last one gets a complete token",
  rules: ["LS-01", "LS-02", "LS-03", "TC-06", "TC-08", "TC-14"],
  run(open) {
    const kernel = open();
    const masks = ["0x21", "0x4", "0x40", "0x2000000000"] as const;
    const [delegate_cmds, delegate_maps, delegate_progs, delegate_attachs] = masks;
    const { app, create } = container(kernel, {
      ...{ delegate_cmds, delegate_maps, delegate_progs, delegate_attachs },
    });
    const calls = recordHooks(kernel, "bpf", "inode_permission", "capable", "bpf_token_create");
    prove(create() >= 0, "the token is created");
    const order = ["bpf", "inode_permission", "capable", "bpf_token_create"];
    proveEqual(
      calls.map(({ hook, pid }) => [hook, pid]),
      order.map((hook) => [hook, app.pid]),
      "hooks and the task that calls them",
    );
    const [, inode, capable, made] = calls;
    proveEqual(Number(inode?.mask) & READ_WRITE_EXECUTE, 0, "bits of read, write and execute");
    proveEqual(inode?.magic, BPF_FS_MAGIC, "the file system of the inode");
    proveEqual(capable?.cap, Capability.BPF, "the capability");
    proveEqual(made?.ino, inode?.ino, "the inode of the path");
    const [allowedCmds, allowedMaps, allowedProgs, allowedAttachs] = masks.map(BigInt);
    const filled = { allowedCmds, allowedMaps, allowedProgs, allowedAttachs };
    proveEqual(made?.token, { userns: capable?.userns, ...filled }, "the token");
  },
};

/** The arguments of the hook `bpf` for one call. */
function reportedAttr(kernel: ModelKernel, cmd: number, attr: Uint8Array): unknown {
  const calls = recordHooks(kernel, "bpf");
  raw.bpf(kernel.init, cmd, attr, attr.length);
  kernel.lsm.off("bpf");
  const [call] = calls;
  prove(call?.attr instanceof Uint8Array, "the hook gets the attributes");
  return [call.cmd, call.size, call.fromKernel, [...call.attr]];
}

const UNION = 168;

const everyCommand: Proof = {
  name: "the hook of bpf() gets the command, the copied attributes and their size",
  rules: ["LS-01", "EN-06"],
  run(open) {
    const [now, before] = [open(), open({ release: "6.12" })];
    const bytes = Uint8Array.from({ length: UNION + 8 }, (_, i) => (i < 12 ? i + 1 : 0));
    const whole = [...bytes].slice(0, UNION);
    const part = whole.map((byte, i) => (i < 4 ? byte : 0));
    proveEqual(reportedAttr(now, 99, bytes.slice(0, 4)), [99, 4, false, part], "a short attribute");
    const [negative, withoutBit] = [-1, -1 & ~BPF_COMMON.ATTRS];
    proveEqual(reportedAttr(now, negative, bytes), [withoutBit, UNION, false, whole], "a long one");
    const long = reportedAttr(open({ release: "6.18" }), negative, bytes);
    proveEqual(long, [negative, UNION, false, whole], "a long one in 6.18");
    proveEqual(reportedAttr(before, 0, bytes), [0, 152, undefined, whole.slice(0, 152)], "in 6.12");
  },
};

const maps: Proof = {
  name: "the hook of MAP_CREATE gets the map and the token in use",
  rules: ["LS-06", "MC-17"],
  run(open) {
    const kernel = open();
    const { app, create } = container(kernel, fullDelegation);
    const token = create();
    const calls = recordHooks(kernel, "bpf_token_cmd", "bpf_map_create");
    prove(stack(app, token) >= 0 && stack(kernel.init) >= 0, "the maps are created");
    const [cmd, made, without] = calls;
    proveEqual(calls.length, 3, "hook calls");
    proveEqual([made?.hook, made?.mapType], ["bpf_map_create", MapType.STACK], "the map");
    proveEqual([made?.token, made?.fromKernel], [cmd?.token, false], "the token");
    proveEqual([without?.pid, without?.token], [kernel.init.pid, null], "no token");
    kernel.lsm.answer("bpf_token_cmd", "EPERM");
    proveEqual(stack(app, token), -Errno.EPERM, "with an ignored token");
    proveEqual(calls.length, 3, "hook calls for a map refused earlier");
  },
};

const size: Proof = {
  name: "the hook of MAP_CREATE runs after the size check of an array",
  rules: ["MC-17", "MC-19"],
  run(open) {
    const kernel = open();
    const { app, create } = container(kernel, fullDelegation);
    const map_token_fd = create();
    const array = (max_entries: number): number => {
      const map = { map_type: MapType.ARRAY, key_size: 4, value_size: 4, max_entries };
      return bpf(app, "MAP_CREATE", { ...map, map_flags: TOKEN_FD, map_token_fd });
    };
    kernel.lsm.answer("bpf_map_create", "EBUSY");
    proveEqual(array(0x8000_0001), -Errno.E2BIG, "an array too large for a mask");
    proveEqual(array(1), -Errno.EBUSY, "a valid array");
  },
};

const programs: Proof = {
  name: "the hook of PROG_LOAD gets no token argument up to 7.2; the program holds the token",
  rules: ["LS-07", "PL-13", "PL-18"],
  run(open) {
    for (const release of ["6.18", "7.2", "7.3"] as const) {
      const kernel = open({ release });
      const { app, create } = container(kernel, fullDelegation);
      const token = create();
      const calls = recordHooks(kernel, "bpf_token_cmd", "bpf_prog_load");
      prove(xdp(app, token) >= 0 && xdp(kernel.init) >= 0, "programs are loaded");
      const [cmd, loaded, without] = calls;
      proveEqual(calls.length, 3, "hook calls");
      const type = [loaded?.progType, loaded?.expectedAttachType];
      proveEqual(type, [ProgType.XDP, AttachType.XDP], "the program");
      const passed = release === "7.3" ? cmd?.token : null;
      proveEqual(
        [loaded?.token, loaded?.progToken],
        [passed, cmd?.token],
        `the token in ${release}`,
      );
      proveEqual([without?.token, without?.progToken], [null, null], "no token");
    }
  },
};

const namespaces: Proof = {
  name: "the hooks userns_create and capable get the creator and the capability",
  rules: ["UN-06", "CC-05"],
  run(open) {
    const kernel = open();
    const app = kernel.init.fork();
    raw.setresuid(app, 7, 7, 7);
    const calls = recordHooks(kernel, "userns_create", "capable");
    unshare(app, "user");
    unshare(app, "mnt");
    const [first, wanted] = calls;
    proveEqual([first?.hook, first?.euid], ["userns_create", 7], "the creator");
    proveEqual(
      [wanted?.hook, wanted?.cap],
      ["capable", Capability.SYS_ADMIN],
      "the required capability",
    );
    prove(
      wanted?.userns === wanted?.ofUserns && wanted?.userns !== first?.userns,
      "the required user namespace",
    );
    calls.length = 0;
    const plain = kernel.init.fork();
    raw.setresuid(plain, 7, 7, 7);
    calls.length = 0;
    proveEqual(raw.unshare(plain, 0x20000), -Errno.EPERM, "unshare without the capability");
    proveEqual(calls.length, 0, "hook calls for a missing capability");
    kernel.lsm.answer("userns_create", "EBUSY");
    proveEqual(raw.unshare(plain, CLONE_NEWUSER), -Errno.EBUSY, "a refused user namespace");
  },
};

const labels: Proof = {
  name: "the hook inode_init_security gets new directories and pins, but no root and no token",
  rules: ["FS-35"],
  run(open) {
    for (const release of ["7.1", "7.2"] as const) {
      const kernel = open({ release });
      const calls = recordHooks(kernel, "inode_init_security");
      const { app, create } = container(kernel, fullDelegation);
      raw.close(app, create());
      raw.mount(kernel.init, "x", "/mnt", "bpf", 0, null);
      proveEqual(calls.length, 0, "root directories and tokens");
      raw.mkdirat(kernel.init, AT.FDCWD, "/mnt/dir", 0o755);
      bpf(kernel.init, "OBJ_PIN", { bpf_fd: stack(kernel.init), pathname: "/mnt/dir/map" });
      const seen = calls.map((call) =>
        call.hook === "inode_init_security" ? [call.mode, call.dir === 1] : [],
      );
      const wanted = [
        [0o40755, true],
        [0o100600, false],
      ];
      proveEqual(seen, release === "7.1" ? [] : wanted, `a directory and a map in ${release}`);
      kernel.lsm.answer("inode_init_security", "ENOTTY");
      const refused = raw.mkdirat(kernel.init, AT.FDCWD, "/mnt/other", 0o755);
      proveEqual(refused, release === "7.1" ? 0 : -Errno.ENOTTY, `a refusal in ${release}`);
    }
  },
};

/** The hooks of the v10 series, except the one that returns nothing. */
const ofTheSeries: readonly LsmHook[] = [
  "bpf_token_create",
  "bpf_token_cmd",
  "bpf_token_capable",
  "bpf_map_create",
  "bpf_prog_load",
];

const older: Proof = {
  name: "patch 3 of the v10 series has none of the later hooks",
  rules: ["TC-14", "LS-03", "LS-06", "LS-07", "LS-08"],
  run(open) {
    const asked = (release: "v10-03" | "v10"): readonly string[] => {
      const kernel = open({ release });
      const { app, create } = container(kernel);
      const calls = recordHooks(kernel, ...ofTheSeries, "bpf_token_free");
      raw.close(app, create());
      stack(kernel.init);
      xdp(kernel.init);
      kernel.settle();
      return [...new Set(calls.map(({ hook }) => hook))].sort();
    };
    proveEqual(asked("v10-03"), [], "hooks called with patch 3 alone");
    const all = ["bpf_map_create", "bpf_prog_load", "bpf_token_create", "bpf_token_free"];
    proveEqual(asked("v10"), all, "hooks called in the whole v10 series");
  },
};

const record: Proof = {
  name: "the decisions of a call contain the errno of the hook, even if the caller changes it",
  rules: [
    ...["LS-01", "LS-02", "LS-03", "LS-04", "LS-05", "LS-06", "LS-07", "TC-06", "TC-14", "TA-01"],
    ...["CP-03", "CP-05", "CC-05", "UN-06", "MC-17", "PL-18", "EN-06"],
  ],
  run(open) {
    const kernel = open();
    const { app, create } = container(kernel, fullDelegation);
    const token = create();
    const calls: Partial<Record<LsmHook, () => number>> = {
      bpf: create,
      inode_permission: create,
      bpf_token_create: create,
      bpf_token_cmd: () => stack(app, token),
      bpf_token_capable: () => stack(app, token),
      bpf_map_create: () => stack(app, token),
      bpf_prog_load: () => xdp(app, token),
      userns_create: () => raw.unshare(app, CLONE_NEWUSER),
      capable: create,
    };
    for (const [name, call] of Object.entries(calls)) {
      const hook = name as LsmHook;
      kernel.lsm.answer(hook, "ENOTTY");
      const ret = call();
      kernel.lsm.answer(hook, 0);
      const own = app.decisions().find(({ check }) => check === `lsm.${hook}`);
      proveEqual(own?.errno, "ENOTTY", `the answer of ${hook}`);
      const hidden = /_(cmd|capable)$|^capable$/.test(hook);
      proveEqual(
        ret,
        hidden ? -Errno.EPERM : -Errno.ENOTTY,
        `the result for the caller of ${hook}`,
      );
    }
  },
};

/** Proofs about the arguments, the order and the recorded answers of hooks. */
export const lsmProofs: readonly Proof[] = [
  tokenCreate,
  everyCommand,
  maps,
  size,
  programs,
  namespaces,
  labels,
  older,
  record,
  ...lsmTokenProofs,
];
