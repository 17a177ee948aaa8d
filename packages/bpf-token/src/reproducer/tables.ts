// SPDX-License-Identifier: MIT
import type { FlatArg } from "@bpf-token/syscall";
import type { RecordedStep } from "./recording.js";

const ops: Readonly<Record<RecordedStep["op"], string>> = {
  call: "CALL",
  fork: "FORK",
  wait: "WAIT",
  exit: "EXIT",
  send: "SEND",
  "open-namespace": "OPEN_NS",
  other: "SETTLE",
};

/** Formats recorded steps as a table of `struct step` with its memory. */
export function tableOf(steps: readonly RecordedStep[]): string {
  const memory = steps.flatMap((step, i) => memoryOf(step, i));
  const rows = steps.map(
    (step, i) =>
      `	{\n${fieldsOf(step, i)
        .map((line) => `		${line},\n`)
        .join("")}	},`,
  );
  return [...memory, `static const struct step steps[] = {\n${rows.join("\n")}\n};\n`].join("\n");
}

function memoryOf(step: RecordedStep, index: number): readonly string[] {
  if (step.op !== "call") return [];
  const lines: string[] = [];
  if (step.before.length > 0) {
    const segments = step.before.map(
      (bytes) => `	MEMORY(${string(withoutZeros(bytes))}, ${bytes.length}),\n`,
    );
    lines.push(`static const struct segment memory_${index + 1}[] = {\n${segments.join("")}};\n`);
  }
  const { fixups } = step.call;
  if (fixups.length > 0) {
    const rows = fixups.map(
      ({ segment, offset, to }) => `	{ ${segment}, ${offset}, ${argument(to)} },\n`,
    );
    lines.push(`static const struct fixup pointers_${index + 1}[] = {\n${rows.join("")}};\n`);
  }
  return lines;
}

function fieldsOf(step: RecordedStep, index: number): readonly string[] {
  const head = [
    `.task = ${step.by}`,
    `.op = ${ops[step.op]}`,
    `.text = ${string(step.text)}`,
    `.answer = ${step.ret ?? 0}`,
    ...(step.returns === "fd" ? [".exact = 1"] : []),
  ];
  switch (step.op) {
    case "call": {
      const { call, before } = step;
      return [
        ...head,
        `.nr = __NR_${call.entry.name}`,
        `.args = { ${call.args.map(argument).join(", ") || "{ NUM, 0 }"} }`,
        ...(before.length > 0
          ? [`.segments = memory_${index + 1}`, `.nr_segments = ${before.length}`]
          : []),
        ...(call.fixups.length > 0
          ? [`.fixups = pointers_${index + 1}`, `.nr_fixups = ${call.fixups.length}`]
          : []),
      ];
    }
    case "fork":
    case "wait":
      return [...head, `.other = ${step.child}`];
    case "exit":
      return [...head, `.other = ${step.status}`];
    case "send":
      return [...head, `.args = { { NUM, ${unsigned(step.fd)} } }`, `.other = ${step.to}`];
    case "open-namespace":
      return [...head, `.other = ${step.of}`, `.name = ${string(step.kind)}`];
    default:
      return head;
  }
}

function argument(arg: FlatArg): string {
  if (arg.kind === "seg") return `{ SEG, ${arg.segment} }`;
  return arg.kind === "bad" ? "{ BAD, 0 }" : `{ NUM, ${unsigned(arg.value)} }`;
}

function unsigned(value: number | bigint): string {
  const all = BigInt.asUintN(64, BigInt(value));
  return all < 1_000_000n ? `${all}` : `0x${all.toString(16)}`;
}

function withoutZeros(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(0, 1 + bytes.findLastIndex((byte) => byte !== 0));
}

/** Formats bytes or text as a string literal of C. */
export function string(value: string | Uint8Array): string {
  const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value;
  return `"${[...bytes].map(character).join("")}"`;
}

/** Three octal digits end an escape, whatever follows. `?` could begin a trigraph. */
function character(byte: number): string {
  const plain = byte >= 0x20 && byte < 0x7f && !`"\\?`.includes(String.fromCharCode(byte));
  return plain ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, "0")}`;
}

/** Formats lines of a block comment, which no text in them can end. */
export function comment(text: string): string {
  return text
    .replaceAll("*/", "* /")
    .split(/\r?\n/)
    .map((line) => ` * ${line}`)
    .join("\n");
}
