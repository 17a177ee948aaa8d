// SPDX-License-Identifier: MIT
import { bpf, check, OwnedFd, type Task } from "@bpf-token/syscall";
import type { Program } from "../objects/program.js";

/** What the kernel reports about a link. Returned by {@link Link.info}. */
export interface LinkInfo {
  /** The link type, `enum bpf_link_type`. */
  readonly type: number;
  /** The id of the link. */
  readonly id: number;
  /** The id of the attached program. */
  readonly programId: number;
}

/** Size of the three numbers that begin the info of every link type. */
const INFO = 12;

/**
 * An attached program. It stays attached while a file descriptor or a pin refers to the link. Links
 * take no token: the kernel applies other permission checks to attaching. Since Linux 5.7.
 *
 * @example
 * ```ts
 * const link = attach(program, { ifindex: 1 });
 * link.pin("/sys/fs/bpf/count"); // stays attached after link.close()
 * ```
 */
export class Link implements Disposable {
  /** The file descriptor of the link. */
  readonly fd: OwnedFd<"link">;
  /** The program's name. */
  readonly program: string;

  /** @internal Use {@link attach}. */
  constructor(fd: OwnedFd<"link">, program: string) {
    this.fd = fd;
    this.program = program;
  }

  /** The task that owns the file descriptor. */
  get task(): Task {
    return this.fd.task;
  }

  /**
   * Asks the kernel about the link.
   *
   * @throws BpfError if the kernel refuses.
   */
  info(): LinkInfo {
    const bytes = new Uint8Array(INFO);
    const attr = { bpf_fd: this.fd.fd, info_len: INFO, info: { bytes } };
    this.#check("OBJ_GET_INFO_BY_FD", bpf(this.task, "OBJ_GET_INFO_BY_FD", attr));
    const view = new DataView(bytes.buffer);
    const word = (at: number): number => view.getUint32(at, true);
    return { type: word(0), id: word(4), programId: word(8) };
  }

  /**
   * Atomically replaces the attached program by another one of the same type. Links to tracepoints,
   * functions and iterators do not support this.
   *
   * @throws BpfError if the kernel refuses.
   */
  update(program: Program): void {
    const attr = { link_fd: this.fd.fd, new_prog_fd: program.fd.fd };
    this.#check("LINK_UPDATE", bpf(this.task, "LINK_UPDATE", attr));
  }

  /**
   * Detaches the program without closing the link. Since Linux 5.9, for network and cgroup links.
   * For other links use {@link Link.close}.
   *
   * @throws BpfError if the kernel refuses (EOPNOTSUPP for other links).
   */
  detach(): void {
    this.#check("LINK_DETACH", bpf(this.task, "LINK_DETACH", { link_fd: this.fd.fd }));
  }

  /**
   * Pins the link to a path in a BPF filesystem, so that it outlives this process.
   *
   * @throws BpfError if the kernel refuses.
   */
  pin(path: string): void {
    const attr = { bpf_fd: this.fd.fd, pathname: path };
    this.#check("OBJ_PIN", bpf(this.task, "OBJ_PIN", attr));
  }

  /** Closes the file descriptor, which detaches the program unless the link is pinned. */
  close(): void {
    this.fd.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #check(cmd: string, ret: number): void {
    check(this.task, { syscall: "bpf", cmd: `BPF_${cmd}` }, ret);
  }
}

/** Wraps the file descriptor that a call returned. */
export function adoptLink(task: Task, ret: number, cmd: string, program: string): Link {
  const call = { syscall: "bpf", cmd: `BPF_${cmd}` };
  return new Link(OwnedFd.adopt(task, ret, "link", call), program);
}
