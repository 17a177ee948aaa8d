// SPDX-License-Identifier: MIT
import { dirname, resolve } from "node:path";
import { bpfReleases } from "../../../generated/subject-names.js";
import { testFileOn } from "../../../program-test/in-worker.js";
import {
  type LineCoverage,
  lcov,
  mergeCoverage,
  type NotLoaded,
  runTestFileInWorker,
  type TestEvent,
} from "../../../program-test/index.js";
import type { Command, Context } from "../../command.js";
import { writeRegularFile } from "../../input/files.js";
import { chooseSubject } from "../../input/kernels.js";
import { Exit, oneOf, UsageError } from "../../usage.js";
import { readLimit } from "../verify/limit.js";
import { openVerifier } from "../verify/worker.js";
import { type FormatName, formats, type Outcome, type Report } from "./formats.js";
import { htmlWriter } from "./html.js";
import { type ReadTests, readTests } from "./read.js";

const [DEFAULT_RELEASE] = bpfReleases;
const kernelNames: readonly string[] = [...bpfReleases.map((one) => `bpf:${one}`), "native"];

/** `bpf-token test`: runs tests of BPF programs, without root. */
export const test: Command = {
  usage: `usage: bpf-token test FILE.yaml… [--kernels LIST] [--only TEXT]
                      [--coverage FILE] [--coverage-html FOLDER]
                      [--limit SECONDS] [--format text|tap|junit|github]
                      [--json]

Loads the BPF object that each file names, runs its programs on packets, and
compares return values, packets, maps, variables and events with what the file
expects. Each test starts on a freshly loaded object. Needs no root: Linux's own
BPF subsystem, compiled to WebAssembly, runs the programs.

docs/testing-programs.md describes the files. 'bpf-token verify --help' says how
to build the module.

  --kernels LIST    the kernels, such as bpf:6.12,bpf:7.3,native; default: those
                    of the file, or bpf:${DEFAULT_RELEASE}. 'native' loads the object into
                    the running kernel, as root, and runs XDP, tc and socket
                    filters
  --only TEXT       only the tests whose names contain TEXT
  --coverage FILE   write which source lines ran to FILE, in the format of lcov,
                    and print a summary; the object must have been compiled with
                    'clang -g'
  --coverage-html FOLDER
                    write them as HTML pages into FOLDER, which is new or empty,
                    or has an earlier report; needs Istanbul's packages of npm
  --limit SECONDS   stop a test that does not end; default: 10
  --format FORMAT   text (default), TAP, JUnit, or annotations of GitHub Actions
  --json            print the results as JSON

exit codes: 0 all tests passed, 1 a test failed, the kernel refused the object,
            or it is malformed, 2 usage, or a file cannot be read, 3 no test
            failed, but a kernel is missing or does not have what a program
            needs, or the output cannot be written

examples:
  bpf-token test filter.test.yaml
  bpf-token test filter.test.yaml --kernels bpf:6.12,bpf:7.3 --format junit
  bpf-token test tests/*.yaml --coverage bpf.lcov
`,
  options: {
    kernels: { type: "string" },
    only: { type: "string" },
    coverage: { type: "string" },
    "coverage-html": { type: "string" },
    limit: { type: "string" },
    format: { type: "string" },
  },
  values: { kernels: kernelNames, format: Object.keys(formats) },
  run: async (context) => {
    const { files, values } = context.parsed;
    if (files.length === 0)
      throw new UsageError("test: FILE is missing, e.g. 'bpf-token test filter.test.yaml'");
    const limit = readLimit("test", values.limit);
    const format = oneOf("format", String(values.format ?? "text"), formatNames);
    if (context.json && values.format !== undefined)
      throw new UsageError("test: --json and --format exclude each other");
    const asked = values.kernels === undefined ? undefined : kernelList(String(values.kernels));
    const wanted = (["coverage", "coverage-html"] as const).find(
      (one) => values[one] !== undefined,
    );
    if (wanted !== undefined && asked?.every((kernel) => kernel === "native"))
      throw new UsageError(
        `test: --${wanted} needs a kernel such as bpf:6.12; 'native' counts no lines`,
      );
    const only = values.only === undefined ? undefined : String(values.only);
    const all = await readTests(files, only);
    const write = await coverageWriters(values.coverage, values["coverage-html"]);
    const outcomes: Outcome[] = [];
    let lines: readonly LineCoverage[] = [];
    const print = context.json ? undefined : formats[format](context);
    for (const tests of all) {
      const kernels = asked ?? kernelsOf(tests);
      for (const kernel of kernels) {
        print?.begin?.(tests.path, kernel);
        const options = { limit, coverage: wanted !== undefined };
        for await (const event of events(context, tests, kernel, options)) {
          if ("coverage" in event) lines = mergeCoverage([lines, event.coverage]);
          const outcome = outcomeOf(tests.path, kernel, event);
          if (outcome === undefined) continue;
          outcomes.push(outcome);
          print?.outcome?.(outcome);
        }
      }
    }
    const covered = wanted === undefined ? undefined : lines;
    for (const one of write) await one(lines, all);
    const report: Report = { outcomes, covered };
    if (context.json) context.printJson("test", jsonOf(report));
    else print?.end(report);
    return exitOf(outcomes);
  },
};

type CoverageWriter = (
  lines: readonly LineCoverage[],
  tests: readonly ReadTests[],
) => Promise<void>;

/** What writes coverage after the tests. A place that cannot be written is an error before they run. */
async function coverageWriters(file: unknown, folder: unknown): Promise<readonly CoverageWriter[]> {
  const writers: CoverageWriter[] = [];
  if (typeof file === "string") {
    await writeRegularFile(file, "");
    writers.push((lines) => writeRegularFile(file, lcov(lines)));
  }
  if (typeof folder === "string") {
    const write = htmlWriter(folder);
    writers.push(async (lines, tests) => {
      const objects = tests.map(({ path, file }) => dirname(resolve(dirname(path), file.object)));
      write(lines, [...new Set([...objects, process.cwd()])]);
    });
  }
  return writers;
}

const formatNames = Object.keys(formats) as readonly FormatName[];

/** A file is anybody's, so only the command line chooses the running kernel. */
function kernelsOf({ path, file }: ReadTests): readonly string[] {
  const named = file.kernels ?? [`bpf:${DEFAULT_RELEASE}`];
  if (named.includes("native"))
    throw new UsageError(`${path}: only --kernels can name 'native', the running kernel`);
  return kernelList(named.join());
}

function kernelList(text: string): readonly string[] {
  return text.split(",").map((name) => oneOf("kernels", name.trim(), kernelNames));
}

interface EventOptions {
  readonly limit: number;
  readonly coverage: boolean;
}

/** Runs the tests of a file on a kernel; the running one is used without a thread. */
async function* events(
  context: Context,
  { file, object }: ReadTests,
  kernel: string,
  { limit, coverage }: EventOptions,
): AsyncGenerator<TestEvent | NotLoaded> {
  const options = { object, name: file.object };
  if (kernel === "native") {
    const subject = await chooseSubject(kernel, context);
    yield* testFileOn(subject.open(true), file, options);
    return;
  }
  const release = kernel.slice("bpf:".length);
  const opened = { command: "test", from: import.meta.url, release, limit };
  const { kernel: built, worker } = await openVerifier(context, opened);
  try {
    yield* runTestFileInWorker(worker, { kernel: built, tests: file, ...options, coverage });
  } finally {
    worker.close();
  }
}

function outcomeOf(
  file: string,
  kernel: string,
  event: TestEvent | NotLoaded,
): Outcome | undefined {
  if ("result" in event) return { file, kernel, ...event.result };
  if (!("notLoaded" in event)) return undefined;
  const outcome = event.unmodelled ? "unmodelled" : "failed";
  const at = event.at ?? { line: 1, column: 1 };
  const problems = [{ ...at, text: `the object was not loaded: ${event.notLoaded}` }];
  return { file, kernel, ...at, name: "load", outcome, problems, instructions: undefined };
}

function jsonOf({ outcomes, covered }: Report): object {
  return {
    tests: outcomes.map(({ instructions, ...rest }) => ({
      ...rest,
      instructions: instructions ?? null,
    })),
    coverage: covered ?? null,
  };
}

function exitOf(outcomes: readonly Outcome[]): Exit {
  if (outcomes.some(({ outcome }) => outcome === "failed")) return Exit.FINDINGS;
  return outcomes.every(({ outcome }) => outcome === "passed") ? Exit.FINE : Exit.CANNOT_TELL;
}
