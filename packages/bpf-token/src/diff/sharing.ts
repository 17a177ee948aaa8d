// SPDX-License-Identifier: MIT
import type { DiffSubject } from "@bpf-token/scenario";

/** What was compared between two subjects, and what both have in common, in words. */
export function sharing(a: DiffSubject, b: DiffSubject): string {
  const around = "the bpf() entry, capabilities, namespaces, the mount API, descriptors";
  if (a.own === "kernel" || b.own === "kernel") {
    const both = a.own === b.own;
    return both
      ? "compared: two real kernels; shared: the program that makes the calls"
      : "compared: everything that a call reaches; shared: nothing but the calls";
  }
  const files = [a.own, b.own].flatMap((own) => (typeof own === "string" ? [] : own));
  if (files.length === 0) return "compared: two releases of the model; shared: its code";
  const names = [...new Set(files)].map((path) => path.split("/").at(-1) ?? path).sort();
  const rest = names.includes("inode.c") ? around : `BPF FS, ${around}`;
  return `compared: ${names.join(", ")}; shared: ${rest}`;
}
