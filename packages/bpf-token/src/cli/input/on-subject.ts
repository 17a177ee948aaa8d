// SPDX-License-Identifier: MIT
import {
  NativeUnavailableError,
  ProgramEndedError,
  readGuestBtf,
  runProgram,
} from "@bpf-token/kernel-native/program";
import { BpfError, type Kernel, NotModelledError, type Task } from "@bpf-token/syscall";
import type { Setup } from "../../explain/setup.js";
import type { Subject } from "../../subjects/subject.js";
import type { Context } from "../command.js";
import { type ExitCode, InconclusiveError, UsageError } from "../usage.js";
import { openProgramTask } from "./container.js";

/** A program to run on another kernel than the running one. */
export interface SubjectRun {
  readonly command: readonly [string, ...string[]];
  /** The container; undefined for root in the initial user namespace. */
  readonly setup: Setup | undefined;
  /** Where the BPF filesystem is mounted. */
  readonly place: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether to print the reasons of refused calls. */
  readonly explain: boolean;
  /** Whether a call that the kernel does not have returns ENOSYS in place of ending the program. */
  readonly lenient: boolean;
}

/** Runs a program on a kernel, and prints why its calls were refused. */
export async function runOnSubject(
  context: Context,
  subject: Subject,
  run: SubjectRun,
): Promise<ExitCode> {
  const { stderr } = context.io;
  const kernel = subject.open();
  // The texts of findings take as long to load as all else.
  const texts = run.explain ? await import("../text/refusal-report.js") : undefined;
  const report = texts && new texts.RefusalReport(context, subject);
  const missing = new Set<string>();
  try {
    return await runProgram({
      command: run.command,
      task: openTask(kernel, run),
      env: run.env,
      // The images of guests are for x86-64, and types of registers differ.
      btf: () => kernel.btf ?? (process.arch === "x64" ? readGuestBtf(subject.release) : undefined),
      onCall: (call) => report?.add(call),
      ...(run.lenient && { onMissing: ({ what }: NotModelledError) => missing.add(what) }),
    });
  } catch (error) {
    if (error instanceof NativeUnavailableError) {
      throw new InconclusiveError(`exec --subject is not available: ${error.why}`);
    }
    if (!(error instanceof NotModelledError)) throw error;
    const thread = error instanceof ProgramEndedError ? error.thread : undefined;
    throw new InconclusiveError(
      `exec: the program was ended, because ${subject.title} does not have what it used: ${error.what}. With --lenient such a call returns ENOSYS`,
      thread && (await import("../text/thread-text.js")).threadLines(thread),
    );
  } finally {
    report?.end();
    for (const what of missing) {
      stderr.line(`bpf-token: not in ${subject.title}, so the program got ENOSYS: ${what}`);
    }
    kernel.close();
  }
}

function openTask(kernel: Kernel, { setup, place }: SubjectRun): Task {
  try {
    return openProgramTask(kernel, setup, place);
  } catch (error) {
    if (!BpfError.is(error)) throw error;
    throw new UsageError(`exec: the kernel refuses the setup: ${error.message}`);
  }
}
