// SPDX-License-Identifier: MIT
import type { OpenComparison, SubjectRequest } from "@bpf-token/fuzz/node";
import { modelRuns } from "../../../diff/model-runs.js";
import { decidedBy } from "../../../diff/places.js";
import { KernelPool } from "../../../subjects/pool.js";
import type { Subject } from "../../../subjects/subject.js";
import type { CommandIo, Context } from "../../command.js";
import { assertDistinct, chooseComparable } from "../../input/kernels.js";

/** The open subjects of `bpf-token fuzz`. */
export interface OpenSubjects {
  readonly open: OpenComparison;
  /** All requested subjects, also those that do not boot. */
  readonly subjects: readonly SubjectRequest[];
  close(): void;
}

/**
 * Finds and opens the subjects of `--subjects`.
 *
 * @param confined - whether modules omit faults and LSM answers.
 * @throws UsageError for unknown names; InconclusiveError if a kernel is not available.
 */
export async function openSubjects(
  names: readonly string[],
  context: Context,
  confined = false,
): Promise<OpenSubjects> {
  const choices: Subject[] = [];
  for (const name of names) choices.push(await chooseComparable(name, context));
  const pools = choices.map((choice) => new KernelPool(choice));
  const subjects = choices.map((choice, i) => subjectRequest(choice, pools[i] as KernelPool));
  assertDistinct("fuzz", subjects);
  const open = await openAll(subjects, context.io, confined);
  const close = (): void => {
    open.close();
    for (const pool of pools) pool.close();
  };
  return { open, subjects, close };
}

function subjectRequest(choice: Subject, pool: KernelPool): SubjectRequest {
  const { backend, release, own, upstream, exits } = choice;
  const name = own === "kernel" ? backend : `${backend}@${release}`;
  return {
    name,
    release,
    own,
    open: () => choice.open(true),
    scenarios: {
      name,
      release,
      own,
      ...(exits && { places: (scenario) => decidedBy(exits, scenario) }),
      run: (scenario) => pool.run(scenario),
    },
    ...(upstream !== undefined && { upstream }),
    // Root in a guest can change state that later sequences see: /proc modes, mounts, sysctls.
    ...(choice.shared && { changes: true }),
    ...(choice.bpf !== undefined && { boots: true }),
  };
}

async function openAll(
  subjects: readonly SubjectRequest[],
  io: CommandIo,
  confined: boolean,
): Promise<OpenComparison> {
  const [{ openComparison }, { defaultCompiler, storeFolder, UpstreamStore }] = await Promise.all([
    import("@bpf-token/fuzz/node"),
    import("@bpf-token/upstream/node"),
  ]);
  return openComparison(subjects, {
    store: new UpstreamStore(storeFolder(io.env)),
    compiler: defaultCompiler,
    modelRun: modelRuns(),
    confined,
    onSkippedSubject: (name, why) => io.stderr.line(`bpf-token: fuzz: ${name}: ${why}`),
  });
}
