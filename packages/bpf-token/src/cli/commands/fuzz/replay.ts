// SPDX-License-Identifier: MIT
import type { MinimizedFinding } from "@bpf-token/fuzz";
import type { FoundFinding } from "@bpf-token/fuzz/node";
import type { Context } from "../../command.js";
import { HELP, readSubjects } from "../../input/fuzz-request.js";
import { partingLines } from "../../text/fuzz-text.js";
import { Exit, type ExitCode, UsageError } from "../../usage.js";
import { type OpenSubjects, openSubjects } from "./open.js";

/** Options that choose sequences, which a replay does not. */
const others = ["sequences", "steps", "time", "seed", "corpus", "shard", "findings"] as const;

/** `bpf-token fuzz --replay FINDING`: runs the bytes of a finding again. */
export async function replay(context: Context): Promise<ExitCode> {
  const { values, files } = context.parsed;
  const [stray] = files;
  if (stray !== undefined) throw new UsageError(`fuzz: unexpected argument '${stray}'`, HELP);
  const other = others.find((name) => values[name] !== undefined);
  if (other !== undefined) {
    throw new UsageError(`fuzz: --replay runs one input, so --${other} does not apply`, HELP);
  }
  const { readFinding } = await import("@bpf-token/fuzz/node");
  const place = String(values.replay);
  const found = readFinding(place);
  const { record } = found;
  if (record === undefined && values.subjects === undefined) {
    throw new UsageError(`fuzz: '${place}' names no kernels; give --subjects A,B`, HELP);
  }
  const names = readSubjects(values.subjects ?? record?.subjects.join());
  if (values.subjects === undefined) assertNotNative(names);
  const opened = await openSubjects(names, context, record?.confined);
  try {
    await assertSameSequence(context, found, opened);
    return await run(context, found.input, opened);
  } finally {
    opened.close();
  }
}

/** Anybody may have written the finding, and root would make its calls on this machine. */
function assertNotNative(names: readonly string[]): void {
  if (names.every((name) => name.split("@")[0] !== "native")) return;
  const why = "its calls would run on the running kernel, which only the command line may choose";
  throw new UsageError(`fuzz: ${why}; add --subjects ${names.join(",")}`, HELP);
}

/** Real kernels do not run all sequences of modules, and another build may read the bytes otherwise. */
async function assertSameSequence(
  context: Context,
  { record }: FoundFinding,
  { subjects }: OpenSubjects,
): Promise<void> {
  if (record === undefined) return;
  const [{ isReal }, { loadSdk }] = await Promise.all([
    import("@bpf-token/fuzz/node"),
    import("@bpf-token/kernel-wasm/sdk"),
  ]);
  if (!record.confined && subjects.some(isReal)) {
    throw new UsageError(
      "fuzz: the finding was made without a real kernel; with one, its bytes are another sequence",
      HELP,
    );
  }
  if (record.generator !== (await loadSdk()).id) {
    context.io.stderr.line(
      "bpf-token: fuzz: another build of bpf-token made the finding, so its bytes may be another sequence",
    );
  }
}

async function run(context: Context, input: Uint8Array, { open }: OpenSubjects): Promise<ExitCode> {
  const { Fuzzer } = await import("@bpf-token/fuzz");
  const fuzzer = new Fuzzer(open.comparison);
  const finding = fuzzer.replay(input);
  const ended = [...fuzzer.ended.keys()];
  const minimized = finding && fuzzer.minimize(finding);
  if (context.json) {
    context.printJson("fuzz-replay", {
      subjects: open.names,
      finding: minimized && plain(minimized),
      ...(ended.length > 0 && { ended }),
    });
  } else print(context, minimized, ended, open.names);
  if (finding !== undefined) return Exit.FINDINGS;
  return ended.length > 0 || open.names.length < 2 ? Exit.CANNOT_TELL : Exit.FINE;
}

function plain({ kind, subject, message, reproduces, parting }: MinimizedFinding): object {
  return { kind, subject, message, reproduces, ...(parting && { parting }) };
}

function print(
  { line, paint }: Context,
  finding: MinimizedFinding | undefined,
  ended: readonly string[],
  names: readonly string[],
): void {
  if (finding === undefined) {
    for (const why of ended) line(`${paint("warn", "ended early")}  ${why}`);
    if (ended.length === 0) line(`${paint("good", "no difference")}  ${names.join(" : ")}`);
    return;
  }
  line(`${paint("bad", "DIFFERS")}  ${finding.message}`);
  for (const text of finding.parting === undefined ? [] : partingLines(finding.parting)) {
    line(`  ${text}`);
  }
}
