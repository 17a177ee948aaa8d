// SPDX-License-Identifier: MIT
// The smoke tests of the suite, for any engine. They need only the packed packages. The expected
// answers are data, so every engine is compared with the same answers.
import { createKernel } from "@bpf-token/kernel-wasm";
import { parseScenario, run } from "@bpf-token/scenario";
import { BpfError, createToken, delegateBpffs, unshare } from "@bpf-token/syscall";

/** The answers of a run as text: result and checks of every call, and the outcome. */
export function answersOf(file, text, release) {
  const kernel = createKernel({ release, seed: 1 });
  try {
    const trace = run(kernel, parseScenario(text, { file }));
    const calls = trace.events.map((event) => {
      const checks = (event.decisions ?? []).map((decision) => decision.check);
      return [event.result ?? event.outcome, ...checks].join(" ");
    });
    return { outcome: trace.outcome, calls };
  } finally {
    kernel.close();
  }
}

function scenarioProblems({ file, text, release, outcome, calls }) {
  const got = answersOf(file, text, release);
  const at = calls.findIndex((answer, i) => answer !== got.calls[i]);
  const where = `${file} as Linux ${release}`;
  if (got.outcome !== outcome) return [`${where}: ${got.outcome} instead of ${outcome}`];
  if (at >= 0) return [`${where}, call ${at}: "${got.calls[at]}" instead of "${calls[at]}"`];
  return got.calls.length === calls.length ? [] : [`${where}: ${got.calls.length} calls`];
}

/** Checks what no scenario covers: typed errors, owned file descriptors, and snapshots. */
function facadeProblems() {
  const kernel = createKernel();
  const app = kernel.init.fork();
  unshare(app, "user", "mnt");
  const bpffs = delegateBpffs(app, kernel.init, { delegate_cmds: "map_create" });
  const image = kernel.snapshot();
  const first = createToken(app, bpffs);
  const fd = first.fd;
  first.close();
  kernel.restore(image);
  const again = createToken(app, bpffs).fd;
  const error = thrown(() => createToken(kernel.init, bpffs.sendTo(kernel.init)));
  kernel.close();
  const problems = [];
  if (again !== fd) problems.push(`after restore the token is fd ${again}, before it was fd ${fd}`);
  if (!BpfError.is(error, "EPERM") && !BpfError.is(error, "EOPNOTSUPP")) {
    problems.push(`host root got ${error}`);
  } else if (error.refusal?.check === undefined) problems.push("a refusal does not name its check");
  return problems;
}

function thrown(call) {
  try {
    return call();
  } catch (error) {
    return error;
  }
}

/** Runs all cases; returns the number of compared runs and calls, and the problems. */
export function smoke(cases) {
  const problems = [...cases.flatMap(scenarioProblems), ...facadeProblems()];
  return { runs: cases.length, calls: cases.flatMap(({ calls }) => calls).length, problems };
}
