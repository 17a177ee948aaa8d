// SPDX-License-Identifier: MIT
import type { DiffSubject } from "@bpf-token/scenario";

/**
 * Describes which code a comparison of two subjects covers, and which code both share. A bug in shared
 * code shows no difference.
 *
 * @example
 * ```ts
 * sharing(model612, model618); // "compared: two releases of the model; shared: its code"
 * ```
 */
export function sharing(a: DiffSubject, b: DiffSubject): string {
  const around = "the bpf() entry, capabilities, namespaces, the mount API, file descriptors";
  if (a.own === "kernel" || b.own === "kernel") {
    const both = a.own === b.own;
    return both
      ? "compared: two real kernels; shared: the program that makes the calls"
      : "compared: everything that a call reaches; shared: nothing but the calls";
  }
  const files = [a.own, b.own].flatMap((own) => (typeof own === "string" ? [] : own));
  if (files.length === 0) return "compared: two releases of the model; shared: its code";
  const names = [...new Set(files)].map((path) => path.split("/").at(-1) ?? path).sort();
  const rest = names.includes("inode.c") ? around : `bpffs, ${around}`;
  return `compared: ${names.join(", ")}; shared: ${rest}`;
}
