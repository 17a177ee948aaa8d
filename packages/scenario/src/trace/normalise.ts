// SPDX-License-Identifier: MIT
import { type AssignedNumber, assignedNumberFields, objectOf } from "@bpf-token/uapi";
import type { MemoryChange, ShownArg, TraceEvent } from "./trace.js";

/** Memory in the form that is compared: fields, or bytes in hex. */
export type MemoryText = string | readonly ShownArg[];

/**
 * Fields with times, sizes and addresses, which differ between kernels. The tag of a program is a hash
 * that the model does not compute.
 */
const droppedFields =
  /^(stat\.st_(?:[amc]time.*|blksize|blocks)|statfs\.f_(?:fsid|b\w|files|ffree).*|bpf_prog_info\.(?:load_time|jited_\w+|xlated_\w+|verified_insns|run_\w+|recursion_misses|map_ids|nr_\w+|netns_\w+|created_by_uid|tag)|bpf_map_info\.netns_\w+)$/;

/** Fields of iteration over all objects of a machine, which include those of other processes. */
const walkFields: readonly string[] = ["start_id", "next_id"];

/** Memory that only a real kernel writes: verifier logs. */
const logs: readonly string[] = ["log_buf", "btf_log_buf"];
const logSizes: readonly string[] = ["log_true_size", "btf_log_true_size"];

/**
 * Renames the numbers of a trace that may differ between correct kernels, in order of appearance. The
 * first inode becomes `inode 1` wherever it occurs, the next one `inode 2`.
 */
export class Renamer {
  readonly #seen = new Map<string, string>();
  readonly #counts = new Map<AssignedNumber, number>();
  readonly #renameFds: boolean;

  constructor(renameFds: boolean) {
    this.#renameFds = renameFds;
  }

  name(kind: AssignedNumber, value: string | number): string {
    const key = `${kind} ${value}`;
    const known = this.#seen.get(key);
    if (known !== undefined) return known;
    const count = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, count);
    const name = `${kind} ${count}`;
    this.#seen.set(key, name);
    return name;
  }

  /** Normalises the return value of a call. */
  result(event: TraceEvent): string {
    const value = event.answer ?? event.result ?? 0;
    if (value < 0) return event.errno ?? String(value);
    if (event.returns === "pid" || event.call === "getpid") return this.name("pid", value);
    if (event.returns === "fd" && this.#renameFds) return this.name("fd", `${event.task} ${value}`);
    // The length of a procfs file depends on the numbers in it, so its text is compared instead.
    return event.output === undefined ? String(value) : "text";
  }

  /** Normalises a text that a step read. */
  text(output: string, path = ""): string {
    const mounts = /\/(mounts|mountinfo)$/.test(path);
    return output
      .split("\n")
      .filter((line) => !mounts || / bpf /.test(line))
      .map((line) => this.#line(line))
      .join("\n");
  }

  #line(line: string): string {
    const fdinfo = /^(ino|mnt_id|prog_id|map_id|btf_id|link_id):\s*(\d+)$/.exec(line);
    if (fdinfo !== null) {
      const [, key = "", value = ""] = fdinfo;
      const kind = key === "ino" ? "inode" : key === "mnt_id" ? "mount" : objectOf(key);
      return kind === undefined ? line : `${key}: ${this.name(kind, value)}`;
    }
    // A mountinfo line begins with the ids of the mount and its parent, and the device.
    const mount = /^(\d+) (\d+) (\d+:\d+) (.*)$/.exec(line);
    if (mount === null) return line;
    const [, own = "", parent = "", device = "", rest = ""] = mount;
    const ids = `${this.name("mount", own)} ${this.name("mount", parent)}`;
    return `${ids} ${this.name("device", device)} ${rest}`;
  }

  /** Normalises memory that a call changed; returns undefined for memory that is not compared. */
  memory(change: MemoryChange): MemoryText | undefined {
    if (logs.includes(change.name)) return undefined;
    if (logSizes.some((name) => Number(change.fields?.[name] ?? 0) > 0)) return undefined;
    if (change.fields === undefined) return change.hex;
    return Object.entries(change.fields).flatMap(([name, value]) => {
      const full = `${change.struct}.${name}`;
      if (droppedFields.test(full) || logSizes.includes(name)) return [];
      if (change.name === "attr" && walkFields.includes(name)) return [];
      const kind = Object.hasOwn(assignedNumberFields, full)
        ? assignedNumberFields[full]
        : undefined;
      const renamed = kind ?? (change.name === "attr" ? objectOf(name) : undefined);
      if (renamed === undefined || value === 0) return [{ name, text: String(value) }];
      return [{ name, text: this.name(renamed, value) }];
    });
  }
}
