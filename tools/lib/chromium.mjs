// SPDX-License-Identifier: MIT
import { accessSync, constants } from "node:fs";

const usual = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** What a run without a browser prints, once. */
export const chromiumSkipLine = "skipped: chromium half (no Chromium found; set CHROMIUM=/path)";

function runnable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * The Chromium that tests run in, or undefined where there is none.
 *
 * A path in CHROMIUM that cannot be run is an error, not a skip: somebody asked for it. So is no
 * Chromium at all where BPF_TOKEN_REQUIRE names it.
 */
export function findChromium(env = process.env, candidates = usual) {
  if (env.CHROMIUM) {
    if (runnable(env.CHROMIUM)) return env.CHROMIUM;
    throw new Error(`CHROMIUM=${env.CHROMIUM} is not a program that can be run`);
  }
  const found = candidates.find(runnable);
  if (!found && isRequired("chromium", env)) {
    throw new Error("BPF_TOKEN_REQUIRE asks for chromium, and none was found; set CHROMIUM=/path");
  }
  return found;
}

/** Whether BPF_TOKEN_REQUIRE (names with commas between) forbids to skip this half of the tests. */
export function isRequired(name, env = process.env) {
  return (env.BPF_TOKEN_REQUIRE ?? "").split(",").some((word) => word.trim() === name);
}

/** Flags that keep Chromium off the network; root cannot have its sandbox. */
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
