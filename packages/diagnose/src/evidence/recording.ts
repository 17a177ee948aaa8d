// SPDX-License-Identifier: MIT
import {
  attrLayout,
  BAD_ADDRESS,
  type Mem,
  newestRelease,
  type PointerSlot,
  type Ptr,
  type SyscallArg,
  syscallByName,
} from "@bpf-token/uapi";
import { checkFacts, type Facts, FactsError } from "../facts.js";
import { commandIn } from "./call-text.js";
import type { TracedFile, TraceEvent } from "./traced-call.js";

/**
 * Version of the recordings that `bpf-token-record` writes, one JSON value per line.
 *
 * @example
 * ```ts
 * if (header.schema !== TRACE_SCHEMA) throw new Error("a recording of another version");
 * ```
 */
export const TRACE_SCHEMA = "bpf-token/trace@1";

/**
 * A recording is not valid. The message names the line.
 *
 * @example
 * ```ts
 * try {
 *   new RecordingParser().parse("{}");
 * } catch (error) {
 *   if (error instanceof RecordingError) console.error(error.message);
 * }
 * ```
 */
export class RecordingError extends Error {
  override readonly name = "RecordingError" as const;
}

/** A line of a recording, of any shape. */
type Line = Readonly<Record<string, unknown>>;
/** The memory of a call by address; null where it could not be read. */
type Memory = ReadonlyMap<bigint, Uint8Array | null>;

/**
 * Parses a recording line by line.
 *
 * @example
 * ```ts
 * const parser = new RecordingParser();
 * for (const line of text.split("\n")) {
 *   const event = parser.parse(line);
 *   if (event !== undefined) replay.add(event);
 * }
 * ```
 */
export class RecordingParser {
  #lines = 0;

  /**
   * Parses the next line.
   *
   * @returns undefined for the first line, which has the version, and for an empty line.
   * @throws {@link RecordingError} for a line that is not of this version.
   */
  parse(text: string): TraceEvent | undefined {
    this.#lines++;
    if (text === "") return undefined;
    const line = this.#object(text);
    if (this.#lines === 1) {
      if (line.schema === TRACE_SCHEMA) return undefined;
      this.#fail(`schema: expected "${TRACE_SCHEMA}", got ${JSON.stringify(line.schema)}`);
    }
    const pid = this.#number(line, "pid");
    switch (line.type) {
      case "exit":
        return { type: "exit", pid };
      case "process":
        return { type: "process", pid, facts: this.#facts(line) };
      case "file":
        return { type: "file", pid, fd: this.#number(line, "fd"), file: this.#file(line) };
      case "call":
        return this.#call(line, pid);
      default:
        return this.#fail(`type: unknown value ${JSON.stringify(line.type)}`);
    }
  }

  #call(line: Line, pid: number): TraceEvent {
    const { name, log, seccomp, fds } = line;
    if (typeof name !== "string") this.#fail("name: expected a string");
    const result = this.#number(line, "result");
    const args = this.#list(line, "args").map((arg) => this.#address(arg));
    const memory = this.#memory(line);
    return {
      type: "call",
      pid,
      name: name as string,
      args: argsOf(name as string, args, memory),
      result,
      ...(line.file === undefined ? {} : { file: this.#file(line) }),
      ...(Array.isArray(fds) ? { fds: fds.map(Number) } : {}),
      ...(typeof seccomp === "boolean" ? { seccomp } : {}),
      ...(typeof log === "string" ? { log } : {}),
    };
  }

  #memory(line: Line): Memory {
    return new Map(
      this.#list(line, "memory").map((piece) => {
        const [at, bytes] = Array.isArray(piece) ? (piece as unknown[]) : [];
        return [this.#address(at), typeof bytes === "string" ? this.#bytes(bytes) : null];
      }),
    );
  }

  #bytes(base64: string): Uint8Array {
    try {
      return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    } catch {
      return this.#fail("memory: not base64");
    }
  }

  #address(value: unknown): bigint {
    if (typeof value === "string" && /^0x[0-9a-f]{1,16}$/.test(value)) return BigInt(value);
    return this.#fail(`expected an address, got ${JSON.stringify(value)}`);
  }

  #object(text: string): Line {
    try {
      const value: unknown = JSON.parse(text);
      if (typeof value === "object" && value !== null && !Array.isArray(value))
        return value as Line;
    } catch {
      return this.#fail("not JSON; the recording may have been cut");
    }
    return this.#fail("expected an object");
  }

  #nested(line: Line, name: string): Line {
    const value = line[name];
    if (typeof value === "object" && value !== null) return value as Line;
    return this.#fail(`${name}: expected an object`);
  }

  #facts(line: Line): Facts {
    try {
      return checkFacts(this.#nested(line, "facts"));
    } catch (error) {
      if (error instanceof FactsError) this.#fail(`facts: ${error.message}`);
      throw error;
    }
  }

  #file(line: Line): TracedFile {
    const file = this.#nested(line, "file");
    if (typeof file.kind !== "string") this.#fail("file.kind: expected a string");
    return file as unknown as TracedFile;
  }

  #list(line: Line, name: string): readonly unknown[] {
    const value = line[name];
    return Array.isArray(value) ? value : this.#fail(`${name}: expected a list`);
  }

  #number(line: Line, name: string): number {
    const value = line[name];
    return typeof value === "number" ? value : this.#fail(`${name}: expected a number`);
  }

  #fail(problem: string): never {
    throw new RecordingError(`line ${this.#lines}: ${problem}`);
  }
}

function argsOf(name: string, args: readonly bigint[], memory: Memory): readonly SyscallArg[] {
  // A recording may name what every object has, such as "constructor".
  const entry = Object.hasOwn(syscallByName, name)
    ? syscallByName[name as keyof typeof syscallByName]
    : undefined;
  const found = args.map((arg, i): SyscallArg => {
    const kind = entry?.args[i]?.kind;
    if (kind === "str" || (kind === undefined && memory.has(arg))) return stringAt(arg, memory);
    if (kind === "ptr") return pointerTo(arg, memory);
    if (kind === "ulong" || kind === "long") return arg;
    return kind === "uint" || kind === "mode"
      ? Number(BigInt.asUintN(32, arg))
      : Number(BigInt.asIntN(32, arg));
  });
  if (name !== "bpf") return found;
  const [cmd = 0, attr = null, size = 0, common = null, commonSize = 0] = found;
  const own = attr instanceof Uint8Array ? withPointers(Number(cmd), attr, memory) : attr;
  return typeof common === "object" && common !== null
    ? [cmd, own, size, common, commonSize]
    : [cmd, own, size];
}

function pointerTo(address: bigint, memory: Memory): Exclude<Ptr, string | Mem> {
  if (address === 0n) return null;
  return memory.get(address) ?? BAD_ADDRESS;
}

function stringAt(address: bigint, memory: Memory): Ptr {
  const bytes = pointerTo(address, memory);
  if (!(bytes instanceof Uint8Array)) return bytes;
  const end = bytes.indexOf(0);
  // A string that is too long for the kernel has no end here.
  return end < 0 ? bytes : new TextDecoder().decode(bytes.subarray(0, end));
}

/** The attr with the memory that its fields point to, as far as it was recorded. */
function withPointers(cmd: number, bytes: Uint8Array, memory: Memory): Mem {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const name = commandIn({ pid: 0, name: "bpf", args: [cmd], result: 0 });
  if (name === undefined) return { bytes };
  const pointers = attrLayout(name, newestRelease).fields.flatMap(
    ({ type, offset }): PointerSlot[] => {
      if (type !== "ptr" || offset + 8 > bytes.length) return [];
      const piece = memory.get(view.getBigUint64(offset, true));
      if (piece === undefined) return [];
      return [{ offset, to: piece ?? BAD_ADDRESS }];
    },
  );
  return { bytes, pointers };
}
