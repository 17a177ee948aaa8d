// SPDX-License-Identifier: MIT
import { isProgram } from "./run.mjs";

const usual = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** The line that a run without a browser prints once. */
export const chromiumSkipLine =
  "skipped: tests in Chromium (no Chromium found; set CHROMIUM=/path)";

/**
 * The Chromium for tests, or undefined if there is none.
 *
 * It is an error if the path in CHROMIUM is not executable, because somebody requested it. It is
 * also an error if BPF_TOKEN_REQUIRE names chromium and there is none.
 */
export function findChromium(env = process.env, candidates = usual) {
  if (env.CHROMIUM) {
    if (isProgram(env.CHROMIUM)) return env.CHROMIUM;
    throw new Error(`CHROMIUM=${env.CHROMIUM} is not a program that can be run`);
  }
  const found = candidates.find(isProgram);
  if (!found && isRequired("chromium", env)) {
    throw new Error("no Chromium found, but BPF_TOKEN_REQUIRE names chromium; set CHROMIUM=/path");
  }
  return found;
}

/** Whether BPF_TOKEN_REQUIRE (names separated by commas) forbids to skip these tests. */
export function isRequired(name, env = process.env) {
  return (env.BPF_TOKEN_REQUIRE ?? "").split(",").some((word) => word.trim() === name);
}

/** Flags that keep Chromium off the network. Chromium's sandbox does not work for root. */
export function chromiumArgs(uid = process.getuid?.()) {
  const args = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ];
  return uid === 0 ? ["--no-sandbox", ...args] : args;
}
