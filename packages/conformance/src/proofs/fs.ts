// SPDX-License-Identifier: MIT
import { mounts, raw, type Task, unshare } from "@bpf-token/syscall";
import { Errno, FSCONFIG, type KernelRelease, kernelReleases } from "@bpf-token/uapi";
import { type ModelKernel, type Proof, type ProofKernelOptions, proveEqual } from "./proof.js";

const set = (task: Task, fd: number, key: string, value: string): number =>
  raw.fsconfig(task, fd, FSCONFIG.SET_STRING, key, value, 0);

/** A task in mounts of its own, and a context for options. */
function contextOf(kernel: ModelKernel): { host: Task; context: number } {
  const host = kernel.init.fork();
  unshare(host, "mnt");
  return { host, context: raw.fsopen(host, "bpf", 0) };
}

/** What /proc/mounts says of a BPF FS with this data. */
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

/** Names follow the kernel's own BTF, which no scenario can take away. */
export const fsProofs: readonly Proof[] = [
  {
    name: "without BTF of the kernel no name can be delegated, and numbers and any can",
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
    name: "without BTF of the kernel masks are shown as numbers, all known bits as any",
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
];
