// SPDX-License-Identifier: MIT
/**
 * Guests by hand: `guest.mjs build 6.12|uml` puts the guest's kernel where `openGuestKernel` looks
 * for it, out of Debian's package; nothing is installed. `guest.mjs start 6.12|uml` boots it and
 * makes a token in it.
 *
 * Exit codes: 0 done, 1 it failed, 2 usage, 3 cannot be done on this machine.
 */
import { build } from "./lib/build.mjs";
import { CannotError } from "./lib/errors.mjs";
import { start } from "./lib/start.mjs";

const verbs = { build, start };
const guests = ["6.12", "uml"];

const [verb, guest, ...rest] = process.argv.slice(2);
if (!Object.hasOwn(verbs, verb ?? "") || !guests.includes(guest) || rest.length > 0) {
  console.error("usage: guest.mjs build|start 6.12|uml");
  process.exit(2);
}
try {
  await verbs[verb](guest);
} catch (error) {
  if (!(error instanceof CannotError)) throw error;
  console.error(error.message);
  process.exitCode = 3;
}
