// SPDX-License-Identifier: MIT
import { check, type FdLike, fdOf, raw } from "@bpf-token/syscall";
import { ProgType, SO, SOL } from "@bpf-token/uapi";
import type { Program } from "../objects/program.js";
import { AttachError } from "./error.js";

/**
 * A socket filter on a socket, which stays there until somebody takes it away or the socket is closed:
 * sockets have no links. It takes neither capability nor token to put it there.
 */
export class SocketFilter implements Disposable {
  readonly #program: Program;
  readonly #socket: number;
  #detached = false;

  /** @internal See {@link attachToSocket}. */
  constructor(program: Program, socket: number) {
    this.#program = program;
    this.#socket = socket;
  }

  /**
   * Takes the filter away from the socket, which has to be open still. May be called again.
   *
   * @throws BpfError if the kernel refuses: EPERM for a filter that was locked.
   */
  detach(): void {
    if (this.#detached) return;
    setFilter(this.#program, this.#socket, "DETACH_BPF");
    this.#detached = true;
  }

  [Symbol.dispose](): void {
    this.detach();
  }
}

/**
 * Filters what a socket receives with a program of `SEC("socket")`, which answers how many bytes of a
 * packet are kept. Takes the place of a filter that was there. Since Linux 3.19.
 *
 * @param socket - a socket of the program's task.
 * @throws AttachError for a program of another type; BpfError if the kernel refuses: ENOTSOCK.
 *   NotModelledError on the model.
 */
export function attachToSocket(program: Program, socket: FdLike): SocketFilter {
  if (program.spec.type !== ProgType.SOCKET_FILTER) {
    throw new AttachError(program.name, 'sockets take socket filters, SEC("socket")');
  }
  const fd = fdOf(socket);
  setFilter(program, fd, "ATTACH_BPF");
  return new SocketFilter(program, fd);
}

function setFilter(
  { task, fd }: Program,
  socket: number,
  option: "ATTACH_BPF" | "DETACH_BPF",
): void {
  const value = new Uint8Array(4);
  // To take a filter away needs a number too, which nobody looks at.
  if (option === "ATTACH_BPF") new DataView(value.buffer).setInt32(0, fd.fd, true);
  const ret = raw.setsockopt(task, socket, SOL.SOCKET, SO[option], value, value.length);
  check(task, { syscall: "setsockopt", cmd: `SO_${option}` }, ret);
}
