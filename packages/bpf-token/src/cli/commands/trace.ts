// SPDX-License-Identifier: MIT
import { appendFileSync, closeSync, createReadStream, openSync } from "node:fs";
import type { Command, Context } from "../command.js";
import { splitLines } from "../input/lines.js";
import { readRelease } from "../input/release.js";
import { systemReason } from "../system-error.js";
import { CallFindingPrinter } from "../text/call-finding-printer.js";
import { Exit, type ExitCode, FindingError, InconclusiveError, UsageError } from "../usage.js";

/** `bpf-token trace`: why the kernel refuses the calls of any program. */
export const trace: Command = {
  usage: `usage: bpf-token trace [-o FILE] [--release RELEASE] [--json]
                       (-- COMMAND [ARGUMENT…] | --pid N | --from FILE)

Runs a program, records the calls that decide about BPF tokens, and makes them
again on the model of the running kernel. For every refused call, and for every
token that the kernel ignored, prints the call as strace does, with the reason
and the fix. Where the model and the kernel disagree, it concludes nothing.
Children of the program are followed. The program needs no change.

  -o FILE, --output FILE
                     also write the recording to FILE
  --pid N            follow a running process until it ends or you press Ctrl-C
  --from FILE        explain a recording; '-' is standard input
  --release RELEASE  use the model of this release of Linux
  --json             print the findings as JSON

Findings go to standard error, because standard output belongs to the program;
with --from and --pid they go to standard output.

exit codes: that of the program; 128 + N if signal N ended it; 127 the program
            does not exist, 126 it cannot be run; 2 usage, 3 no recording.
            With --from and --pid: 0 nothing was refused, 1 findings

examples:
  bpf-token trace -- bpftool prog load x.o /sys/fs/bpf/x
  bpf-token trace -o agent.jsonl --pid 4711
  bpf-token trace --from agent.jsonl --json
`,
  options: {
    output: { type: "string", short: "o" },
    pid: { type: "string" },
    from: { type: "string" },
    release: { type: "string" },
  },
  run: async (context) => {
    const source = readSource(context);
    const { values } = context.parsed;
    const release =
      typeof values.release === "string" ? readRelease(values.release, context) : undefined;
    const { CallReplay, RecordingError, RecordingParser } = await import("@bpf-token/diagnose");
    const replay = new CallReplay(release === undefined ? {} : { release });
    const parser = new RecordingParser();
    const printer = new CallFindingPrinter(context, source.how !== "command");
    let calls = 0;
    const onLine = (line: string): void => {
      const event = parser.parse(line);
      if (event === undefined) return;
      if (event.type === "call" && event.name === "bpf") calls++;
      for (const finding of replay.add(event)) printer.add(finding);
    };
    try {
      const status = await readLines(source, onLine, context);
      const notRun = source.how === "command" && (status === 126 || status === 127) && calls === 0;
      if (source.how === "command" && status !== 0)
        for (const finding of replay.unattached()) printer.add(finding);
      const ended = source.how === "command" ? { status } : {};
      if (context.json || !notRun) printer.end({ release: replay.release, calls, ...ended });
      if (source.how === "command") return status;
      return printer.count > 0 ? Exit.FINDINGS : Exit.FINE;
    } catch (error) {
      if (error instanceof RecordingError) throw new FindingError(`trace: ${error.message}`);
      if (error instanceof RangeError) {
        throw new FindingError(`trace: ${error.message}; give a release with --release`);
      }
      throw error;
    } finally {
      replay.close();
    }
  },
};

type Source =
  | { readonly how: "command"; readonly command: readonly [string, ...string[]] }
  | { readonly how: "pid"; readonly pid: number }
  | { readonly how: "from"; readonly file: string };

function readSource({ parsed }: Context): Source {
  const { rest, files, values } = parsed;
  const own = files.slice(0, files.length - (rest?.length ?? 0));
  if (own[0] !== undefined) {
    throw new UsageError(`trace: put the command after '--': trace … -- ${own.join(" ")}`);
  }
  const given = [rest === undefined ? "" : "--", values.pid, values.from].filter(
    (one) => one !== undefined && one !== "",
  );
  if (given.length > 1) throw new UsageError("trace: give only one of -- COMMAND, --pid, --from");
  if (typeof values.from === "string") {
    if (values.output !== undefined)
      throw new UsageError("trace: --output needs a program or --pid");
    return { how: "from", file: values.from };
  }
  if (typeof values.pid === "string") {
    if (!/^[1-9]\d{0,9}$/.test(values.pid)) {
      throw new UsageError(`trace: --pid needs the number of a process, got '${values.pid}'`);
    }
    return { how: "pid", pid: Number(values.pid) };
  }
  const [program, ...args] = rest ?? [];
  if (program === undefined) {
    throw new UsageError("trace: the command is missing: trace … -- COMMAND");
  }
  return { how: "command", command: [program, ...args] };
}

async function readLines(
  source: Source,
  onLine: (line: string) => void,
  context: Context,
): Promise<ExitCode> {
  if (source.how === "from") {
    await readFile(source.file, onLine);
    return Exit.FINE;
  }
  const { output } = context.parsed.values;
  const copy = typeof output === "string" ? openRecording(output) : undefined;
  const both = (line: string): void => {
    copy?.add(line);
    onLine(line);
  };
  const native = await import("@bpf-token/kernel-native/record");
  try {
    const status = await native.record({
      ...(source.how === "pid" ? { pid: source.pid } : { command: source.command }),
      onLine: both,
      env: context.io.env,
    });
    if (source.how === "pid" && status === 3) {
      throw new InconclusiveError(`trace: process ${source.pid} cannot be followed; are you root?`);
    }
    return status;
  } catch (error) {
    if (!(error instanceof native.NativeUnavailableError)) throw error;
    throw new InconclusiveError(`trace is not available: ${error.why}`);
  } finally {
    copy?.close();
  }
}

async function readFile(file: string, onLine: (line: string) => void): Promise<void> {
  const input = file === "-" ? process.stdin : createReadStream(file);
  try {
    await splitLines(input.setEncoding("utf8"), onLine);
  } catch (error) {
    if (error instanceof FindingError) throw new FindingError(`trace: ${error.message}`);
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined || !/^E[A-Z]+$/.test(code)) throw error;
    throw new UsageError(`trace: cannot read '${file}': ${code}`, "");
  }
}

interface RecordingFile {
  add(line: string): void;
  close(): void;
}

function openRecording(file: string): RecordingFile {
  const guarded = <T>(step: () => T): T => {
    try {
      return step();
    } catch (error) {
      const why = systemReason(error) ?? String(error);
      throw new InconclusiveError(`trace: cannot write '${file}': ${why}`);
    }
  };
  const fd = guarded(() => openSync(file, "w", 0o600));
  return {
    add: (line) => guarded(() => appendFileSync(fd, `${line}\n`)),
    close: () => closeSync(fd),
  };
}
