// SPDX-License-Identifier: MIT
// Files outside of a source, which nothing may read.
import { mkdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const MARK = "bpf_token_bait_6b1f";

/** Creates the files. */
export function createBait(folder) {
  const kernel = join(folder, "kernel");
  mkdirSync(join(kernel, "bpf"), { recursive: true });
  const secret = join(folder, "secret.c");
  const token = join(kernel, "bpf/token.c");
  writeFileSync(secret, `char ${MARK}[] = { 1 };\n`);
  writeFileSync(token, `int bpf_token_create(void *attr) { return ${MARK}; }\n`);
  return { secret, token, kernel, missing: join(folder, "missing") };
}

const files = ({ secret, token }) => [secret, token];
const NEVER = 1_000_000;

/** Sets the time of the last read so far back that the next read changes it. */
export function arm(bait) {
  for (const file of files(bait)) utimesSync(file, NEVER, Date.now() / 1000);
}

/** The files that were read since {@link arm}. */
export function readOf(bait) {
  return files(bait).filter((file) => statSync(file).atimeMs !== NEVER * 1000);
}

/** Whether the file system records reads. Some are mounted without that. */
export function recordsReads(bait) {
  arm(bait);
  readFileSync(bait.secret);
  const records = readOf(bait).length === 1;
  arm(bait);
  return records;
}

/** The contents of files outside that a text contains. */
export function leaksIn(texts) {
  const wanted = [MARK, "root:x:0:0"].map((text) => Buffer.from(text));
  return texts.flatMap((text) =>
    wanted.filter((mark) => Buffer.from(text).includes(mark)).map((mark) => mark.toString()),
  );
}
