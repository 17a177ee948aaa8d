// SPDX-License-Identifier: MIT
import { check, type FdLike, fdOf, raw } from "@bpf-token/syscall";
import { ProgType, SO, SOL } from "@bpf-token/uapi";
import type { Program } from "../objects/program.js";
import { AttachError } from "./error.js";

/**
 * A socket filter that is attached to a socket. Sockets have no links: the filter stays until it is
 * detached or the socket is closed. Attaching needs neither a capability nor a token. See
 * {@link attachToSocket}.
 *
 * @example
 * ```ts
 * const filter = attachToSocket(program, socket);
 * filter.detach();
 * ```
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
   * Detaches the filter from the socket, which must still be open. You may call it again.
   *
   * @throws BpfError if the kernel refuses: EPERM for a locked filter.
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
 * Attaches a program of `SEC("socket")` to a socket. For each received packet, the program returns
 * how many bytes to keep. Replaces an existing filter. Since Linux 3.19.
 *
 * @param socket - a socket of the program's task.
 * @throws AttachError for another program type; BpfError if the kernel refuses: ENOTSOCK.
 *   NotModelledError on the model.
 * @example
 * ```ts
 * using filter = attachToSocket(collection.program("filter"), socket);
 * ```
 */
export function attachToSocket(program: Program, socket: FdLike): SocketFilter {
  if (program.spec.type !== ProgType.SOCKET_FILTER) {
    throw new AttachError(program.name, 'only programs of SEC("socket") attach to sockets');
  }
  const fd = fdOf(socket, program.task, "attachToSocket: socket");
  setFilter(program, fd, "ATTACH_BPF");
  return new SocketFilter(program, fd);
}

function setFilter(
  { task, fd }: Program,
  socket: number,
  option: "ATTACH_BPF" | "DETACH_BPF",
): void {
  const value = new Uint8Array(4);
  // SO_DETACH_BPF also needs a number, which the kernel ignores.
  if (option === "ATTACH_BPF") new DataView(value.buffer).setInt32(0, fd.fd, true);
  const ret = raw.setsockopt(task, socket, SOL.SOCKET, SO[option], value, value.length);
  check(task, { syscall: "setsockopt", cmd: `SO_${option}` }, ret);
}
