// SPDX-License-Identifier: MIT
// Loads a page in Firefox through Marionette, Firefox's remote protocol. Messages are `[0, id,
// command, parameters]` and `[1, id, error, result]` as JSON after their length.
import { spawn } from "node:child_process";
import {
  accessSync,
  constants,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isRequired } from "../../../lib/chromium.mjs";

const usual = ["/usr/bin/firefox-esr", "/usr/bin/firefox"];
const DEADLINE_MS = 60_000;

/**
 * With port 0 the system chooses a port, and Firefox writes it into its profile. The other
 * preferences disable network access.
 */
const preferences = `
user_pref("marionette.port", 0);
user_pref("app.update.enabled", false);
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
user_pref("network.proxy.type", 0);
user_pref("services.settings.server", "data:,");
`;

/**
 * The Firefox to run, or undefined; throws if BPF_TOKEN_REQUIRE names firefox and there is none.
 */
export function findFirefox(env = process.env, candidates = usual) {
  const found = candidates.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
  if (!found && isRequired("firefox", env)) {
    throw new Error("no Firefox found, but BPF_TOKEN_REQUIRE names firefox");
  }
  return found;
}

/** Splits received bytes into messages; returns them and the remaining bytes. */
export function readMessages(bytes) {
  const messages = [];
  let rest = bytes;
  for (;;) {
    const colon = rest.indexOf(":");
    const end = colon + 1 + Number(rest.subarray(0, Math.max(colon, 0)).toString());
    if (colon < 0 || rest.length < end) return { messages, rest };
    messages.push(JSON.parse(rest.subarray(colon + 1, end).toString()));
    rest = rest.subarray(end);
  }
}

/** Polls until `look` returns a value; the error names what did not arrive. */
async function waitFor(name, look) {
  const until = Date.now() + DEADLINE_MS;
  while (Date.now() < until) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((later) => setTimeout(later, 50));
  }
  throw new Error(`Firefox: ${name} did not arrive within ${DEADLINE_MS / 1000} s`);
}

function portIn(profile, browser) {
  const path = join(profile, "MarionetteActivePort");
  return waitFor("its port", () => {
    if (browser.exitCode !== null) throw new Error(`Firefox ended with ${browser.exitCode}`);
    // Firefox creates the file before it writes the port, so an empty file has no port yet.
    return (existsSync(path) && Number(readFileSync(path, "utf8"))) || undefined;
  });
}

/** The connection: `call(command, parameters)` resolves to the result. */
async function dial(port) {
  const socket = connect(port, "127.0.0.1");
  const waiting = new Map();
  let bytes = Buffer.alloc(0);
  let last = 0;
  // Firefox first sends a short line about itself, which is ignored.
  await new Promise((ready, failed) => socket.once("data", ready).once("error", failed));
  const lose = (cause) => {
    for (const { reject } of waiting.values()) reject(cause ?? new Error("Firefox hung up"));
  };
  socket.on("error", lose).on("close", () => lose());
  socket.on("data", (more) => {
    const { messages, rest } = readMessages(Buffer.concat([bytes, more]));
    bytes = rest;
    for (const [, id, error, result] of messages) {
      const { resolve, reject } = waiting.get(id);
      waiting.delete(id);
      if (error) reject(new Error(`Firefox: ${error.message}`));
      else resolve(result);
    }
  });
  const call = (command, parameters = {}) =>
    new Promise((resolve, reject) => {
      const text = JSON.stringify([0, ++last, command, parameters]);
      waiting.set(last, { resolve, reject });
      socket.write(`${Buffer.byteLength(text)}:${text}`);
    });
  return { call, close: () => socket.destroy() };
}

async function ask({ call }, url) {
  const { capabilities } = await call("WebDriver:NewSession", {});
  await call("WebDriver:Navigate", { url });
  // Without a sandbox, so that the script sees the globals of the page.
  const look = { script: "return JSON.stringify(window.answer)", args: [], sandbox: null };
  const answer = await waitFor("the page's answer", async () => {
    const { value } = await call("WebDriver:ExecuteScript", look);
    return value === null ? undefined : JSON.parse(value);
  });
  return { version: capabilities.browserVersion, answer };
}

/** Loads a page in Firefox; returns the value of its `globalThis.answer`. */
export async function askFirefox(program, url) {
  const profile = mkdtempSync(join(tmpdir(), "bpf-token-firefox-"));
  writeFileSync(join(profile, "user.js"), preferences);
  const args = ["--headless", "--no-remote", "--marionette", "--profile", profile];
  const env = { ...process.env, HOME: profile, MOZ_CRASHREPORTER_DISABLE: "1" };
  const browser = spawn(program, args, { env, stdio: "ignore" });
  const gone = new Promise((ended) => browser.once("exit", ended));
  try {
    const wire = await dial(await portIn(profile, browser));
    try {
      return await ask(wire, url);
    } finally {
      wire.close();
    }
  } finally {
    browser.kill();
    await gone;
    rmSync(profile, { recursive: true, force: true, maxRetries: 10 });
  }
}
