// SPDX-License-Identifier: MIT
import { readlinkSync } from "node:fs";
import type { UnknownFact } from "../facts.js";
import type { MountView } from "../host.js";
import { readPlaces } from "./mounts.js";
import { namespaceOf } from "./proc-files.js";

/** A container may have 100,000 mounts with paths of any length, and many mount namespaces. */
const MOST_BYTES = 64 * 1024 * 1024;
const MOST_IN_ALL = 256 * 1024 * 1024;
const MOST_PLACES = 500_000;
/** A process can call chroot() as often as it wants. */
const MOST_ROOTS = 32;

/** The mounts that processes see, read once for each mount namespace and root directory. */
export class MountViews {
  readonly unknown: UnknownFact[] = [];
  readonly #views = new Map<string, MountView>();
  readonly #roots = new Map<number, number>();
  #left = MOST_IN_ALL;
  #places = MOST_PLACES;

  get all(): readonly MountView[] {
    return [...new Set(this.#views.values())];
  }

  /** The view of a process. `folder` is `/proc/PID`. */
  of(folder: string): MountView {
    const namespace = namespaceOf(folder, "mnt");
    // mountinfo shows only what is below the root directory. The link is not followed.
    const key = `${namespace} ${rootOf(folder)}`;
    const known = this.#views.get(key);
    if (known !== undefined) return known;
    const roots = (this.#roots.get(namespace) ?? 0) + 1;
    const view = roots > MOST_ROOTS ? this.#tooMany(namespace, roots) : this.#read(folder);
    this.#roots.set(namespace, roots);
    this.#views.set(key, view);
    return view;
  }

  #read(folder: string): MountView {
    const path = `${folder}/mountinfo`;
    const most = Math.min(MOST_BYTES, this.#left);
    if (most === 0 || this.#places <= 0) {
      const why = `those of other processes have 256 MiB, or ${MOST_PLACES} BPF filesystems`;
      return this.#skip(path, why);
    }
    const { places, cut, bytes } = readPlaces(path, most);
    this.#left -= bytes;
    this.#places -= places.length;
    if (cut) this.#skip(path, `audit reads at most ${most} bytes of it`);
    return { places };
  }

  #tooMany(namespace: number, roots: number): MountView {
    const why = `its processes have more than ${MOST_ROOTS} root directories`;
    return roots > MOST_ROOTS + 1
      ? { places: [] }
      : this.#skip(`mount namespace ${namespace}`, why);
  }

  #skip(what: string, why: string): MountView {
    this.unknown.push({ fact: `BPF filesystems in ${what}`, why });
    return { places: [] };
  }
}

/** The root directory of a process as text. It can be deeper than the kernel shows. */
export function rootOf(folder: string): string {
  try {
    return readlinkSync(`${folder}/root`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENAMETOOLONG") return `of ${folder}`;
    throw error;
  }
}
