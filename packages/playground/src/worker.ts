// SPDX-License-Identifier: MIT
// The model and all other long work run in workers, so that the page stays responsive.
import type { JobName, Jobs, Question, Reply } from "./messages.js";
import { answerOf } from "./try/answer.js";

type Job<Name extends JobName> = (
  input: Jobs[Name]["input"],
  report: (partial: Jobs[Name]["output"]) => void,
) => Jobs[Name]["output"] | Promise<Jobs[Name]["output"]>;

/** What only some views need is loaded with the first question of such a view. */
const jobs: { readonly [Name in JobName]: Job<Name> } = {
  try: answerOf,
  releases: async (input) => (await import("./releases/answer.js")).releaseRows(input),
  scenario: async (input) => (await import("./scenario/answer.js")).scenarioAnswer(input),
  words: async () => (await import("./scenario/vocabulary.js")).readVocabulary(),
  library: async () => (await import("./scenario/library.js")).suiteFiles(),
  start: async (input) => (await import("./start/answer.js")).startAnswer(input),
  object: async (input) => (await import("./object/answer.js")).objectAnswer(input),
  verify: async (input, report) => (await import("./verify/answer.js")).verifyAnswer(input, report),
  upstream: async (input, report) =>
    (await import("./upstream/answer.js")).upstreamAnswer(input, report),
  matrix: async (input, report) => (await import("./matrix/answer.js")).matrixAnswer(input, report),
  run: async (input) => (await import("./verify/run.js")).runAnswer(input),
};

self.addEventListener("message", ({ data }: MessageEvent<Question>) => {
  reply(data).then((message) => self.postMessage(message));
});

async function reply({ id, name, input }: Question): Promise<Reply> {
  try {
    const job = jobs[name] as Job<JobName>;
    const report = (output: Jobs[JobName]["output"]): void =>
      self.postMessage({ id, output, partial: true } satisfies Reply);
    return { id, output: await job(input, report) };
  } catch (error) {
    return { id, crash: error instanceof Error ? error.message : String(error) };
  }
}
