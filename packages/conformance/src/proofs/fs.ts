// SPDX-License-Identifier: MIT
import { bpf, mounts, raw, type Task, unshare } from "@bpf-token/syscall";
import { AT, Errno, FSCONFIG, type KernelRelease, kernelReleases, MS, O } from "@bpf-token/uapi";
import {
  type ModelKernel,
  type Proof,
  type ProofKernelOptions,
  proveEqual,
  proveNotModelled,
} from "./proof.js";

const set = (task: Task, fd: number, key: string, value: string): number =>
  raw.fsconfig(task, fd, FSCONFIG.SET_STRING, key, value, 0);

/** A task with its own mounts, and a filesystem context for options. */
function contextOf(kernel: ModelKernel): { host: Task; context: number } {
  const host = kernel.init.fork();
  unshare(host, "mnt");
  return { host, context: raw.fsopen(host, "bpf", 0) };
}

/** The options of a BPF filesystem in /proc/mounts. */
function shown(kernel: ModelKernel, data: string): string {
  const { host } = contextOf(kernel);
  proveEqual(raw.mount(host, "x", "/mnt", "bpf", 0, data), 0, `mount with ${data}`);
  const line = mounts(host)
    .split("\n")
    .find((text) => text.includes(" /mnt bpf "));
  raw.umount2(host, "/mnt", 0);
  return line?.replace(/^x \/mnt bpf rw,relatime,?| 0 0$/g, "") ?? "nothing";
}

const merged: readonly KernelRelease[] = kernelReleases.filter((name) => !name.startsWith("v10"));
const without: ProofKernelOptions = { vmlinuxBtf: false };

/** Names need the kernel's BTF, which a scenario cannot remove. */
export const fsProofs: readonly Proof[] = [
  {
    name: 'without kernel BTF delegations accept numbers and "any" but no names',
    rules: ["RN-07", "OP-04"],
    run(open) {
      for (const release of merged) {
        const named = contextOf(open({ release }));
        proveEqual(set(named.host, named.context, "delegate_cmds", "map_create"), 0, "a name");
        const { host, context } = contextOf(open({ release, ...without }));
        const answers = ["map_create", "0x2:MAP_CREATE", "any", "0x3"].map((value) =>
          set(host, context, "delegate_cmds", value),
        );
        proveEqual(answers, [-Errno.EINVAL, -Errno.EINVAL, 0, 0], release);
      }
    },
  },
  {
    name: 'without kernel BTF masks appear as numbers, all known bits as "any"',
    rules: ["RN-07", "RN-04", "RN-05"],
    run(open) {
      const data = "delegate_cmds=0x21,delegate_maps=0x8000000000000006,delegate_attachs=any";
      const numbers = "delegate_cmds=0x21,delegate_maps=0x6,delegate_attachs=any";
      const names = "delegate_cmds=map_create:prog_load,delegate_maps=hash:array";
      for (const release of merged) {
        proveEqual(shown(open({ release, ...without }), data), numbers, `${release} without BTF`);
        const wanted = `${names},delegate_attachs=any`;
        proveEqual(shown(open({ release }), data), wanted, `${release} with BTF`);
      }
    },
  },
  {
    name: "an inode of a bpffs has at most 128 attributes security.*",
    rules: ["FS-32"],
    run(open) {
      for (const release of ["7.2", "7.3"] as const) {
        const { host } = contextOf(open({ release }));
        raw.mount(host, "x", "/mnt", "bpf", 0, null);
        const put = (name: string): number => raw.setxattr(host, "/mnt", name, null, 0, 0);
        const names = Array.from({ length: 128 }, (_, i) => `security.${i}`);
        proveEqual(
          names.map(put).filter((answer) => answer !== 0),
          [],
          "128 attributes",
        );
        proveEqual(put("security.more"), -Errno.ENOSPC, "one more");
        proveEqual(put("security.0"), -Errno.ENOSPC, "a replacement needs room for both");
        proveEqual(put("trusted.more"), 0, "no limit of trusted.*");
        proveEqual(raw.removexattr(host, "/mnt", "security.0"), 0, "remove");
        proveEqual(put("security.more"), 0, "after the removal");
      }
    },
  },
  {
    name: "a list of more than 64 KiB is E2BIG",
    rules: ["PF-14"],
    run(open) {
      const { host } = contextOf(open({ release: "7.3" }));
      raw.mount(host, "x", "/mnt", "bpf", 0, null);
      const list = new Uint8Array(0x1_0000);
      const name = (i: number): string => `trusted.${String(i).padStart(247, "x")}`;
      for (let i = 0; i < 256; i++) raw.setxattr(host, "/mnt", name(i), null, 0, 0);
      proveEqual(raw.listxattr(host, "/mnt", list, 0xffff), -Errno.ERANGE, "a smaller buffer");
      proveEqual(raw.listxattr(host, "/mnt", list, 0x1_0000), 0x1_0000, "256 names of 256 bytes");
      proveEqual(raw.setxattr(host, "/mnt", "trusted.a", null, 0, 0), 0, "one more");
      proveEqual(raw.listxattr(host, "/mnt", list, 0x1_0000), -Errno.E2BIG, "64 KiB");
      proveEqual(raw.listxattr(host, "/mnt", list, 0x1_0001), -Errno.E2BIG, "more than 64 KiB");
      proveEqual(raw.listxattr(host, "/mnt", null, 0), 0x1_000a, "the size of the list");
    },
  },
  {
    name: "a mount of another mount namespace cannot be a mount point",
    rules: ["MN-11"],
    run(open) {
      // The native executor follows no links of /proc. Checked by hand on 6.18.
      const { init } = open();
      const fd = raw.openat(init, AT.FDCWD, "/tmp", O.DIRECTORY, 0);
      const child = init.fork();
      unshare(child, "mnt");
      const foreign = `/proc/self/fd/${fd}`;
      const bind = MS.BIND;
      proveEqual(raw.mount(child, "none", foreign, "tmpfs", 0, null), -Errno.EINVAL, "new");
      proveEqual(raw.mount(child, "/mnt", foreign, null, bind, null), -Errno.EINVAL, "bind");
      const own = `/proc/self/fd/${raw.openat(child, AT.FDCWD, "/tmp", O.DIRECTORY, 0)}`;
      proveEqual(raw.mount(child, "/mnt", own, null, bind, null), 0, "bind on its own mount");
      proveEqual(raw.mount(child, "none", own, "tmpfs", 0, null), 0, "new on its own mount");
    },
  },
  {
    name: "mapping a map into memory is not modelled",
    rules: ["PF-10", "TP-05"],
    run(open) {
      const { init } = open();
      const map = { map_type: 2, key_size: 4, value_size: 4, max_entries: 1, map_flags: 1024 };
      const map_fd = bpf(init, "MAP_CREATE", map);
      proveNotModelled(() => raw.mmap(init, 0, 4096, 3, 1, map_fd, 0), "mapping maps into memory");
    },
  },
];
