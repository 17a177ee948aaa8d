// SPDX-License-Identifier: MIT
import type { Facts } from "./facts.js";

/** Paths that say nothing about the user. */
const usual = new Set(["/sys/fs/bpf", "/run/bpf", "/bpf"]);

/**
 * Replaces what could identify a user: the names of the program and of the container, and paths other
 * than the usual ones. What decides about bpf() stays.
 *
 * @example
 * ```ts
 * writeFileSync("report.json", JSON.stringify(redact(collectFacts(4711))));
 * ```
 */
export function redact(facts: Facts): Facts {
  const { manager, bpffs } = facts;
  return {
    ...facts,
    program: "program",
    bpffs: bpffs.map((mount, i) => ({
      ...mount,
      path: usual.has(mount.path) ? mount.path : `/path/${i + 1}`,
      root: mount.root === "/" ? "/" : "/directory",
    })),
    ...(manager === undefined ? {} : { manager: { kind: manager.kind, name: "name" } }),
  };
}
