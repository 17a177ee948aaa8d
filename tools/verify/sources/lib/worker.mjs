// SPDX-License-Identifier: MIT
// The process that generates sources and reads them. supervise.mjs starts it and sends runs.
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { attempt, load } from "./attempt.mjs";
import { arm, leaksIn, readOf } from "./bait.mjs";
import { generate } from "./generate.mjs";
import { COMPILER_SECONDS, CPU_SECONDS } from "./limits.mjs";

const { top, bait, template, seed, kind } = JSON.parse(process.argv[2]);
const packages = await load(COMPILER_SECONDS);

/** CPU time in seconds, of this process and of the children that ended. */
function spent() {
  const { user, system } = process.cpuUsage();
  const stat = readFileSync("/proc/self/stat", "utf8")
    .replace(/^.*\) /s, "")
    .split(" ");
  const ended = process.platform === "linux" ? (Number(stat[13]) + Number(stat[14])) / 100 : 0;
  return (user + system) / 1e6 + ended;
}

async function make(run) {
  const folder = join(top, "runs", String(run));
  mkdirSync(folder, { recursive: true });
  const source = await generate(run, seed, kind, { folder, bait, template });
  const about = `${source.kind}: ${source.place}: ${source.what}`.replaceAll(/\p{Cc}/gu, "?");
  process.send({ about });
  arm(bait);
  const start = spent();
  const { answer, wrong, texts } = await attempt(packages, source.place);
  const seconds = spent() - start;
  const problems = [];
  if (wrong !== undefined) problems.push(wrong);
  if (seconds > CPU_SECONDS) problems.push(`took ${seconds.toFixed(1)} s of CPU time`);
  const isGiven = source.namesFile === true;
  const read = isGiven ? [] : readOf(bait);
  if (read.length > 0) problems.push(`read ${read.join(", ")}, outside of the source`);
  const leaks = isGiven ? [] : leaksIn(texts);
  if (leaks.length > 0)
    problems.push(`contains ${leaks.join(", ")} of a file outside of the source`);
  if (source.proof !== undefined && existsSync(source.proof)) problems.push("ran a command");
  rmSync(folder, { recursive: true, force: true });
  return { run, answer, about, problems };
}

process.on("message", async (run) => process.send(await make(run)));
process.send("ready");
