// SPDX-License-Identifier: MIT
import { type LintFinding, remarked } from "../../finding.js";

export const hostMount: LintFinding = {
  id: "lint.host_mount",
  severity: "error",
  confidence: "certain",
  persona: "everyone",
  sentence:
    "No token comes from a BPF filesystem that mount(8), fstab or a .mount unit mounts: its user namespace is the host's.",
  bad: {
    file: "mount.sh",
    text: "mount -t bpf -o delegate_cmds=any,delegate_maps=any,delegate_progs=any,delegate_attachs=any none /sys/fs/bpf\n",
  },
  good: {
    file: "run.sh",
    text: "bpf-token exec --caps bpf,net_admin --delegate cmds=map_create:prog_load,maps=array,progs=xdp,attachs=xdp -- agent\n",
  },
  find: remarked("host_mount"),
};
