// SPDX-License-Identifier: MIT
import type { TestInput } from "@bpf-token/loader";
import { type ProgramSpec, parseObject } from "@bpf-token/object";
import { bpfReleases } from "../../../generated/subject-names.js";
import { actionName } from "../../../program-test/actions.js";
import type { TestRunOutcome } from "../../../verify/index.js";
import type { Command, Context } from "../../command.js";
import { readInputFile } from "../../input/files.js";
import { throwMalformed } from "../../input/malformed.js";
import { Exit, type ExitCode, UsageError } from "../../usage.js";
import { readLimit } from "./limit.js";
import { type MapReport, mapLines, mapReport } from "./map-text.js";
import { openVerifier } from "./worker.js";

const [DEFAULT_RELEASE] = bpfReleases;

/** The fields of `bpf-token test-run --json`. Bytes are hexadecimal. */
interface TestRunReport {
  readonly file: string;
  readonly release: string;
  readonly program: string;
  readonly verdict: TestRunOutcome["verdict"];
  readonly reason: string;
  readonly returned: number | null;
  readonly packet: string | null;
  readonly context: string | null;
  /** The maps that programs can write. 64-bit numbers beyond 2^53 are strings. */
  readonly maps: readonly MapReport[];
}

/** `bpf-token test-run`: runs a program on a packet, without root. */
export const testRun: Command = {
  usage: `usage: bpf-token test-run OBJECT --program NAME [--packet FILE|HEX]
                          [--context FILE|HEX] [--release R] [--limit SECONDS]
                          [--json]

Loads a program of a compiled BPF object on Linux's own BPF subsystem, compiled
to WebAssembly, and runs it once with BPF_PROG_TEST_RUN. Prints the return
value, and afterwards the packet, the context and the elements of maps and
variables, without those that are zero. Runs nothing on the kernel of this
machine.

'bpf-token verify --help' says how to build the module.

  --program NAME      the program
  --packet FILE|HEX   the packet: a file with its bytes, or hexadecimal digits.
                      XDP, tc and socket filters take an Ethernet frame with its
                      headers; the kernel refuses shorter ones with EINVAL
  --context FILE|HEX  the context in the layout of the program type; for
                      SEC("syscall"), the memory that the program gets
  --release R         the release of the kernel; default: ${DEFAULT_RELEASE}
  --limit SECONDS     stop a program that does not end; default: 10
  --json              print the result as JSON

The kernel's interpreter runs the program. The module does not have every kernel
function (kfunc); a call of a missing one ends the run with its name.

exit codes: 0 it ran, 1 the kernel refused, or OBJECT is malformed, 2 usage, or
            a file cannot be read, 3 the module is missing, does not have what
            the program needs, or the program did not end within the limit

examples:
  bpf-token test-run xdp.bpf.o --program drop --packet frame.bin
  bpf-token test-run xdp.bpf.o --program drop \\
    --packet ffffffffffff0000000000000800
`,
  options: {
    program: { type: "string" },
    packet: { type: "string" },
    context: { type: "string" },
    release: { type: "string" },
    limit: { type: "string" },
  },
  values: { release: bpfReleases },
  run: async (context) => {
    const { files, values } = context.parsed;
    const [file] = files;
    if (file === undefined || files.length > 1)
      throw new UsageError("test-run: needs exactly one OBJECT");
    if (values.program === undefined) throw new UsageError("test-run: needs --program NAME");
    const limit = readLimit("test-run", values.limit);
    const data = await readBytes("--packet", values.packet);
    const memory = await readBytes("--context", values.context);
    const bytes = await readInputFile(file);
    const program = findProgram(file, bytes, String(values.program));
    const input = { ...(data && { data }), ...(memory && { context: memory }) };
    return runWith(context, { file, bytes, program, input, limit });
  },
};

/** Reads hexadecimal digits, or the bytes of a file. */
async function readBytes(option: string, value: unknown): Promise<Uint8Array | undefined> {
  if (value === undefined) return undefined;
  const text = String(value).replaceAll(/[\s:]/g, "");
  if (text === "") throw new UsageError(`test-run: ${option} needs a FILE or hexadecimal digits`);
  if (!/^[0-9a-f]+$/i.test(text)) return new Uint8Array(await readInputFile(String(value)));
  if (text.length % 2 === 0) return Uint8Array.from(Buffer.from(text, "hex"));
  throw new UsageError(
    `test-run: ${option} has an odd number of hexadecimal digits; write a file as ./${text}`,
  );
}

function findProgram(file: string, bytes: Uint8Array, name: string): ProgramSpec {
  let programs: readonly ProgramSpec[];
  try {
    programs = parseObject(bytes, { name: file }).programs;
  } catch (error) {
    return throwMalformed(file, error);
  }
  const found = programs.find((one) => one.name === name);
  if (found !== undefined) return found;
  const has = `it has: ${programs.map((one) => one.name).join(", ")}`;
  throw new UsageError(`test-run: the object has no program '${name}' (${has})`);
}

interface Request {
  readonly file: string;
  readonly bytes: Uint8Array;
  readonly program: ProgramSpec;
  readonly input: TestInput;
  readonly limit: number;
}

async function runWith(context: Context, request: Request): Promise<ExitCode> {
  const { file, bytes, program, input, limit } = request;
  const release = String(context.parsed.values.release ?? DEFAULT_RELEASE);
  const from = import.meta.url;
  const opened = { command: "test-run", from, release, limit };
  const { kernel, worker } = await openVerifier(context, opened);
  const { testRunInWorker } = await import("../../../verify/index.js");
  try {
    const asked = { kernel, object: bytes, name: file, program: program.name, input };
    const { verdict, reason, result, maps } = await testRunInWorker(worker, asked);
    const report: TestRunReport = {
      ...{ file, release: kernel.release, program: program.name, verdict, reason },
      returned: result?.retval ?? null,
      packet: result === null ? null : hex(result.data),
      context: result === null ? null : hex(result.context),
      maps: maps.map(mapReport),
    };
    if (context.json) context.printJson("test-run", report);
    else printReport(context, report, request);
    if (verdict === "ran") return Exit.FINE;
    return verdict === "refused" ? Exit.FINDINGS : Exit.CANNOT_TELL;
  } finally {
    worker.close();
  }
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

function printReport(
  { line, paint }: Context,
  { file, release, verdict, reason, returned, packet, context, maps }: TestRunReport,
  { program, input }: Request,
): void {
  line(`${paint("strong", `${file} ${program.name}`)} on Linux ${release}`);
  if (returned === null) {
    line(`  ${paint(verdict === "refused" ? "bad" : "warn", verdict)}: ${reason}`);
    return;
  }
  const action = actionName(program.type, returned);
  line(`  returned ${returned}${action === undefined ? "" : ` (${action})`}`);
  if (packet !== null && input.data !== undefined) printBytes(line, "packet", packet, input.data);
  if (context !== null && input.context !== undefined)
    printBytes(line, "context", context, input.context);
  for (const text of mapLines(maps)) line(text);
}

const ROW = 32;

function printBytes(line: Context["line"], what: string, after: string, before: Uint8Array): void {
  if (after === hex(before)) {
    line(`  ${what}: ${before.length} bytes, unchanged`);
    return;
  }
  line(`  ${what}: ${after.length / 2} bytes`);
  for (let at = 0; at < after.length; at += ROW) {
    const bytes = after.slice(at, at + ROW).replaceAll(/(..)(?=.)/g, "$1 ");
    line(`    ${(at / 2).toString(16).padStart(4, "0")}  ${bytes}`);
  }
}
