// SPDX-License-Identifier: MIT
import { BpfError, type Kernel } from "@bpf-token/syscall";
import type { Subject } from "../../../subjects/subject.js";
import type { Context } from "../../command.js";
import { chooseSubject } from "../../input/kernels.js";
import { FindingError, InconclusiveError, UsageError } from "../../usage.js";
import { readLimit } from "../verify/limit.js";
import { openVerifier } from "../verify/worker.js";
import type { LoadReport } from "./report.js";
import type { SubjectLoad, SubjectOutcome } from "./subject.js";

/**
 * Loads an object on the kernel that `--subject` names.
 *
 * @throws UsageError for an unknown kernel; InconclusiveError if it is not available, does not have what
 *   the load needs, or does not answer within the limit.
 */
export async function loadOnSubject(context: Context, load: SubjectLoad): Promise<LoadReport> {
  const { subject: name, limit } = context.parsed.values;
  if (name === "native")
    throw new UsageError("load: without --subject the object is loaded on the running kernel");
  const milliseconds = readLimit("load", limit);
  const subject = await chooseSubject(String(name), context);
  const outcome =
    subject.bpf === undefined
      ? await loadHere(subject, load)
      : await loadInThread(context, subject.bpf, { load, limit: milliseconds });
  if ("refusedSetup" in outcome)
    throw new FindingError(`load: the kernel refuses the setup: ${outcome.refusedSetup}`);
  if ("unmodelled" in outcome)
    throw new InconclusiveError(
      `load: ${subject.title} does not have what the load needs: ${outcome.unmodelled}`,
    );
  const { report } = outcome;
  const text = "the model has only a part of the verifier; --subject bpf:R has all of it";
  const notes = report.loaded && subject.own === "model" ? [{ subject: "model", text }] : [];
  return { ...report, kernel: subject.title, notes: [...report.notes, ...notes] };
}

/** Linux's own verifier may not end, so it runs in a thread with a time limit. */
async function loadInThread(
  context: Context,
  release: string,
  { load, limit }: { readonly load: SubjectLoad; readonly limit: number },
): Promise<SubjectOutcome> {
  const from = import.meta.url;
  const opened = { command: "load", from, release, limit };
  const { kernel, worker } = await openVerifier(context, opened);
  const { TimeLimitError } = await import("@bpf-token/kernel-bpf");
  try {
    let outcome: SubjectOutcome = { unmodelled: "an answer" };
    for await (const step of worker.run({ kernel, load }))
      if (step !== "started") outcome = step as SubjectOutcome;
    return outcome;
  } catch (error) {
    if (!(error instanceof TimeLimitError)) throw error;
    throw new InconclusiveError(`load: the load did not end within ${limit / 1000} s`);
  } finally {
    worker.close();
  }
}

async function loadHere(subject: Subject, load: SubjectLoad): Promise<SubjectOutcome> {
  const [{ loadOnKernel }, { readGuestBtf }] = await Promise.all([
    import("./subject.js"),
    import("@bpf-token/kernel-native"),
  ]);
  const btf = readGuestBtf(subject.release);
  let kernel: Kernel | undefined;
  try {
    kernel = subject.open();
    return loadOnKernel(kernel, { ...load, ...(btf && { btf }) });
  } catch (error) {
    if (BpfError.is(error)) return { refusedSetup: error.message };
    throw error;
  } finally {
    kernel?.close();
  }
}
