// SPDX-License-Identifier: MIT
// Compares the verdicts of two kernels on the programs of an object.

/** Removes addresses, object ids and times, which change from load to load. */
export function comparableLog(log) {
  return log
    .replace(/\(18\) r(\d+) = 0x[0-9a-f]+ */g, "(18) r$1 = ADDRESS ")
    .replace(/0x[0-9a-f]{8,}/g, "ADDRESS")
    .replace(/verification time \d+ usec/g, "verification time N usec")
    .replace(/\bid=\d+/g, "id=N")
    .trim();
}

/** What the module does not have. The error of the facade names the backend as well. */
export function missing(why) {
  return why.split("\n")[0].replace("not modelled by the bpf backend: ", "");
}

function verdictText({ error, why, isTrap }) {
  if (error === 0) return "accepted";
  return `${isTrap ? "trapped" : "refused"} (${why.split("\n")[0]})`;
}

/**
 * Compares two maps of verdicts and counts.
 *
 * @param result - the counts so far and the lines about differences.
 * @param ours - as `judge` returns it; `isNotModelled` if the module cannot answer.
 * @param line - prints a line about a program with equal verdicts.
 */
export function compareVerdicts(result, object, ours, theirs, line) {
  for (const [program, mine] of ours) {
    const real = theirs.get(program);
    const name = `${object} ${program}`;
    if (real.error === null) {
      result.notCompared++;
      result.differences.push(`not compared: ${name}: ${real.why}`);
      continue;
    }
    if (mine.isNotModelled) {
      result.notModelled++;
      result.differences.push(`not modelled: ${name}: ${missing(mine.why)}`);
      continue;
    }
    result.programs++;
    if (mine.isTrap || (mine.error === 0) !== (real.error === 0)) {
      const both = `module ${verdictText(mine)}, guest ${verdictText(real)}`;
      result.differences.push(`different verdict: ${name}: ${both}`);
      continue;
    }
    result.equal++;
    line(`equal: ${name}: ${verdictText(mine)}`);
    if (mine.error === real.error) result.errnoEqual++;
    else result.differences.push(`different errno: ${name}: ${mine.error}, ${real.error}`);
    if (mine.error === 0 || (mine.log === "" && real.log === "")) continue;
    result.refused++;
    if (comparableLog(mine.log) === comparableLog(real.log)) result.logEqual++;
    else result.differences.push(`different log: ${name}`);
  }
}
