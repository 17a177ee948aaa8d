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
