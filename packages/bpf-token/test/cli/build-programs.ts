// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const files = {
  recorder: "bpf-token-record",
  collector: "bpf-token-collect",
  interceptor: "bpf-token-intercept",
  addon: "bpf-token.node",
  hook: "bpf-token-hook",
};
const at = (name: string): string => fileURLToPath(new URL(`../../../../${name}`, import.meta.url));
const sources = at("packages/kernel-native/native");
const changed = (file: string): number => statSync(file).mtimeMs;

/** The path of a native program. */
export const programPath = (name: keyof typeof files): string =>
  at(`packages/kernel-native/prebuilds/linux-${process.arch}/${files[name]}`);

/**
 * Compiles native programs that are missing or older than a source. Compiling takes longer than most
 * tests; and mutation testing puts other programs there, which must stay.
 */
export function buildPrograms(...names: readonly (keyof typeof files)[]): void {
  const paths = names.map(programPath);
  const newest = Math.max(
    ...readdirSync(sources, { recursive: true, encoding: "utf8" }).map((name) =>
      changed(join(sources, name)),
    ),
  );
  if (paths.every((path) => existsSync(path) && changed(path) >= newest)) return;
  const build = at("tools/build/native/build.mjs");
  spawnSync(process.execPath, [build, "--quiet", ...names, process.arch]);
}
