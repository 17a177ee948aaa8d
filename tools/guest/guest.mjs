#!/usr/bin/env node
// SPDX-License-Identifier: MIT
import { readOptions } from "../lib/options.mjs";
import { build } from "./lib/build.mjs";
import { CannotError } from "./lib/errors.mjs";
import { start } from "./lib/start.mjs";

const verbs = { build, start };
const guests = ["6.12", "uml"];

const HELP = `usage: npm run guest -- build|start 6.12|uml

Prepares the kernels of guests, for tests and for --backend guest:6.12 and guest:uml.

  build   downloads Debian's package without installing it, and copies its kernel to the folder
          where openGuestKernel looks for it
  start   boots a guest and creates a token in it

Exit codes: 0 done; 1 it failed; 2 usage; 3 not possible on this machine.`;

const { verb, guest } = readOptions(HELP, { allowPositionals: true }, ({ positionals }) => {
  const [verb, guest, ...rest] = positionals;
  if (!Object.hasOwn(verbs, verb ?? ""))
    throw new RangeError("the first argument must be build or start");
  if (!guests.includes(guest) || rest.length > 0)
    throw new RangeError("name one guest: 6.12 or uml");
  return { verb, guest };
});
try {
  await verbs[verb](guest);
} catch (error) {
  if (!(error instanceof CannotError)) throw error;
  console.error(error.message);
  process.exitCode = 3;
}
