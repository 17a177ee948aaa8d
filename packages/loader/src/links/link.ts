// SPDX-License-Identifier: MIT
import { bpf, check, OwnedFd, type Task } from "@bpf-token/syscall";
import type { Program } from "../objects/program.js";

/** What a kernel tells of every link. */
export interface LinkInfo {
  /** `enum bpf_link_type` of the kernel. */
  readonly type: number;
  readonly id: number;
  /** The program's id. */
  readonly programId: number;
}

/** The three numbers that links of all types begin with. */
const INFO = 12;

/**
 * A program that is attached, as long as somebody has the link: a descriptor or a pin. Links take no
 * token; what may be attached the kernel decides by other rules. Since Linux 5.7.
 */
export class Link implements Disposable {
  /** Its descriptor. */
  readonly fd: OwnedFd<"link">;
  /** The program's name. */
  readonly program: string;

  /** @internal Links come out of {@link attach}. */
  constructor(fd: OwnedFd<"link">, program: string) {
    this.fd = fd;
    this.program = program;
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
  info(): LinkInfo {
    const bytes = new Uint8Array(INFO);
    const attr = { bpf_fd: this.fd.fd, info_len: INFO, info: { bytes } };
    this.#check("OBJ_GET_INFO_BY_FD", bpf(this.task, "OBJ_GET_INFO_BY_FD", attr));
    const view = new DataView(bytes.buffer);
    const word = (at: number): number => view.getUint32(at, true);
    return { type: word(0), id: word(4), programId: word(8) };
  }

  /**
   * Puts another program of the same type in the place of the one that is attached, without a gap.
   * Links of trace points, functions and iterators cannot do that.
   *
   * @throws BpfError if the kernel refuses.
   */
  update(program: Program): void {
    const attr = { link_fd: this.fd.fd, new_prog_fd: program.fd.fd };
    this.#check("LINK_UPDATE", bpf(this.task, "LINK_UPDATE", attr));
  }

  /**
   * Detaches the program while the link is there. Since Linux 5.9, of networks and control groups;
   * others end with {@link Link.close}.
   *
   * @throws BpfError if the kernel refuses (EOPNOTSUPP).
   */
  detach(): void {
    this.#check("LINK_DETACH", bpf(this.task, "LINK_DETACH", { link_fd: this.fd.fd }));
  }

  /**
   * Keeps it attached after this process: a file in a BPF FS.
   *
   * @throws BpfError if the kernel refuses.
   */
  pin(path: string): void {
    const attr = { bpf_fd: this.fd.fd, pathname: path };
    this.#check("OBJ_PIN", bpf(this.task, "OBJ_PIN", attr));
  }

  /** Closes the descriptor, which detaches the program unless the link is pinned. */
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

/** The link behind a descriptor that a call has answered. */
export function adoptLink(task: Task, ret: number, cmd: string, program: string): Link {
  const call = { syscall: "bpf", cmd: `BPF_${cmd}` };
  return new Link(OwnedFd.adopt(task, ret, "link", call), program);
}
