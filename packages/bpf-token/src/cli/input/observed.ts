// SPDX-License-Identifier: MIT
import type { ObservedProcess } from "@bpf-token/diagnose";
import type { KernelRelease } from "@bpf-token/uapi";
import type { Context } from "../command.js";
import { InconclusiveError } from "../usage.js";

/**
 * Runs a command under the recorder of `trace` and returns the processes to diagnose, at least one.
 *
 * @throws InconclusiveError if there is no recorder, or if the command does not run.
 */
export async function observeCommand(
  command: readonly [string, ...string[]],
  release: KernelRelease | undefined,
  { io }: Context,
): Promise<readonly [ObservedProcess, ...ObservedProcess[]]> {
  const { ProcessObserver, RecordingParser } = await import("@bpf-token/diagnose");
  const native = await import("@bpf-token/kernel-native/record");
  const observer = new ProcessObserver(release === undefined ? {} : { release });
  const parser = new RecordingParser();
  let status: number | undefined;
  let observed: readonly ObservedProcess[];
  try {
    const onLine = (line: string): void => {
      const event = parser.parse(line);
      if (event !== undefined) observer.add(event);
    };
    status = await native.record({ command, onLine, env: io.env });
  } catch (error) {
    if (!(error instanceof native.NativeUnavailableError)) throw error;
    throw new InconclusiveError(`doctor: a command cannot be recorded: ${error.why}`);
  } finally {
    observed = observer.end({ succeeded: status === 0 });
  }
  // The recorder has printed why the command cannot be run.
  const [first, ...more] = observed;
  const notRun = (status === 126 || status === 127) && (first?.calls ?? 0) === 0;
  if (first === undefined || notRun) {
    throw new InconclusiveError(
      `doctor: '${command[0]}' ended with ${status} before it made a bpf() call`,
    );
  }
  if (first.outdated) {
    throw new InconclusiveError(
      `doctor: '${command[0]}' made no bpf() call, so no token decides; if it failed, strace -f shows the call, and 'bpf-token explain' reads that log`,
    );
  }
  return [first, ...more];
}
