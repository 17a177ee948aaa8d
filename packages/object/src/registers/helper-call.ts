// SPDX-License-Identifier: MIT
import { HelperId, MapType } from "@bpf-token/uapi";
import { helperShapes } from "./helpers.js";
import { checkOverwrite, checkRead, rangeOf, writeRange } from "./stack.js";
import { describe, read, refuseLeak, type Step } from "./step.js";
import {
  anyScalar,
  anything,
  isConstant,
  isSure,
  Kind,
  mayPoint,
  pointer,
  type Value,
} from "./value.js";

const shapes = helperShapes();
const socketMaps: ReadonlySet<number> = new Set([
  ...[MapType.SOCKMAP, MapType.SOCKHASH, MapType.XSKMAP],
]);
const mapsOfMaps: ReadonlySet<number> = new Set([MapType.ARRAY_OF_MAPS, MapType.HASH_OF_MAPS]);

/** Before this release, helpers with a number as result read it, too. */
const WRITES_UNTIL = "6.12";

/**
 * Checks the arguments of a helper.
 *
 * @returns the result in R0.
 */
export function stepHelper(step: Step): Value {
  const id = step.code.imm[step.at] ?? 0;
  const shape = shapes.get(id);
  if (shape === undefined) return unknownHelper(step);
  if (shape.perfmon !== undefined) step.refuse(`calls bpf_${shape.perfmon}()`, true);
  shape.args.forEach((word, i) => {
    checkArgument(step, word, i + 1);
  });
  if (id === HelperId.tail_call) checkProgramArray(step);
  return resultOf(step, shape.result);
}

/** A helper whose arguments are not known may read what the stack has. */
function unknownHelper(step: Step): Value {
  for (let register = 1; register <= 5; register++) checkUnknown(step, register);
  return anything;
}

/** An argument that the kernel may read and write. */
export function checkUnknown(step: Step, register: number): void {
  const value = step.state.regs[register];
  if (value === undefined || (value.kinds & Kind.STACK) === 0) return;
  const range = rangeOf(value, 0, Infinity);
  checkRead({ ...step, refuse: (text) => step.refuse(text, false) }, register, range, value);
  writeRange(step.state, range, value);
}

function checkArgument(step: Step, word: string, register: number): void {
  const value = read(step, register);
  const kind = word[0];
  if (kind === ".") refuseLeak(step, register, value, "is passed to a helper as a number");
  if (kind === undefined || !"kvVrwfFo".includes(kind) || !mayPoint(value)) return;
  if ((value.kinds & Kind.OBJECT) !== 0) {
    step.refuse(`${describe(register, value)}, is passed as memory`, isSure(value));
  }
  if ((value.kinds & Kind.STACK) === 0) return;
  const [size, isExact] = sizeOf(step, word, register);
  const range = { ...rangeOf(value, 0, size) };
  // Of memory with a size that is not constant, the kernel asks that all of it was written.
  const isWritten = (kind === "V" || kind === "F" || kind === "w") && isExact;
  if (isWritten) checkOverwritten(step, range, value);
  else {
    const until = kind === "o" ? WRITES_UNTIL : undefined;
    const refuse: Step["refuse"] = (text, sure) => step.refuse(text, sure && isExact, until);
    checkRead({ ...step, refuse }, register, range, value);
  }
  if ("VwFo".includes(kind))
    writeRange(step.state, { ...range, isExact: range.isExact && isExact }, value);
}

/** The kernel overwrites a pointer byte by byte. */
function checkOverwritten(
  step: Step,
  { start, end }: ReturnType<typeof rangeOf>,
  value: Value,
): void {
  for (let at = start; at < end; at += 4)
    checkOverwrite(step, { start: at, end: Math.min(at + 4, end), isExact: true }, value);
}

/** The size of the memory of an argument, and whether it is the same on every path. */
function sizeOf(step: Step, word: string, register: number): readonly [number, boolean] {
  if (word.length > 1) return [Number(word.slice(1)), true];
  const { map } = read(step, 1);
  if (word === "k") return [map?.keySize ?? Infinity, map !== undefined];
  if (word === "v" || word === "V") return [map?.valueSize ?? Infinity, map !== undefined];
  const size = read(step, register + 1);
  return [size.kinds === Kind.SCALAR ? size.hi : Infinity, isConstant(size)];
}

/** Without CAP_PERFMON, all paths must call with the same array. */
function checkProgramArray(step: Step): void {
  if (read(step, 2).map === undefined)
    step.refuse("several program arrays reach one tail call", false);
}

function resultOf(step: Step, result: string): Value {
  const more = { nullable: result.endsWith("?") };
  const { map } = read(step, 1);
  switch (result[0]) {
    case "V": {
      if (map === undefined) {
        const others = step.code.mapsHoldPointers ? Kind.MAP | Kind.SOCKET : 0;
        return pointer(Kind.MAP_VALUE | others, more);
      }
      if (socketMaps.has(map.type)) return pointer(Kind.SOCKET, more);
      if (!mapsOfMaps.has(map.type)) return pointer(Kind.MAP_VALUE, { ...more, map });
      const { inner } = map;
      return pointer(Kind.MAP, { ...more, ...(inner === undefined ? {} : { map: inner }) });
    }
    case "M":
      return pointer(Kind.MEM, more);
    case "S":
      return pointer(Kind.SOCKET, more);
    case "O":
      return pointer(Kind.OBJECT, more);
    default:
      return anyScalar;
  }
}
