// SPDX-License-Identifier: MIT
import type { CauseText } from "./text.js";

/** The BTF of the kernel or of the object is missing or unreadable. */
export type BtfCauseId = "explain.btf_missing" | "explain.btf_newer" | "explain.btf_upload";

/** The texts of {@link BtfCauseId}. */
export const btfCauses: Readonly<Record<BtfCauseId, CauseText>> = {
  "explain.btf_missing": {
    kind: "kernel",
    cause: "the loader finds no BTF of the running kernel",
    decides: "ls /sys/kernel/btf/vmlinux: the file exists with CONFIG_DEBUG_INFO_BTF=y",
    fix: [
      "boot a kernel with CONFIG_DEBUG_INFO_BTF=y; in a container, mount /sys",
      "or pass BTF from BTFHub as custom BTF",
    ],
  },
  "explain.btf_newer": {
    kind: "setup",
    cause: "libbpf is too old to read the BTF of this kernel",
    decides: "ls /sys/kernel/btf/vmlinux: the file exists, and a newer bpftool can dump it",
    fix: ["build the program with a newer libbpf"],
  },
  "explain.btf_upload": {
    kind: "harmless",
    cause: "the loader could not upload the BTF of the object, and loads it without",
    decides:
      "whether a later line fails: struct_ops, kfuncs and spin locks need BTF, most objects do not",
    fix: ["with a token: add btf_load to delegate_cmds; else look at the lines after this one"],
  },
};
