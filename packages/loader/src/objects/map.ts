// SPDX-License-Identifier: MIT
import type { MapSpec } from "@bpf-token/object";
import { OwnedFd, type Task } from "@bpf-token/syscall";

import { infoOf, type MapInfo } from "./info.js";

/** A map of a kernel. */
export class BpfMap implements Disposable {
  /** What it is made of. */
  readonly spec: MapSpec;
  /** Its descriptor. */
  readonly fd: OwnedFd<"map">;

  /** @internal Maps come out of collections. */
  constructor(spec: MapSpec, fd: OwnedFd<"map">) {
    this.spec = spec;
    this.fd = fd;
  }

  /** Its name in the object. */
  get name(): string {
    return this.spec.name;
  }

  /** The task whose descriptor it is. */
  get task(): Task {
    return this.fd.task;
  }

  /**
   * What the kernel tells of it.
   *
   * @throws BpfError if it is refused.
   */
  info(): MapInfo {
    return infoOf(this.task, this.fd, "bpf_map_info");
  }

  /** Closes the descriptor; the map itself lives as long as anybody uses it. */
  close(): void {
    this.fd.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** The map behind a descriptor that a call has answered. */
export function adoptMap(task: Task, spec: MapSpec, fd: number): BpfMap {
  return new BpfMap(spec, OwnedFd.adopt(task, fd, "map", { syscall: "bpf" }));
}
