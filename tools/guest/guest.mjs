#!/usr/bin/env node
// SPDX-License-Identifier: MIT
import { readOptions } from "../lib/options.mjs";
import { guestNames, sourceNames } from "../lib/releases.mjs";
import { build } from "./lib/build.mjs";
import { CannotError } from "./lib/errors.mjs";
import { source } from "./lib/source.mjs";
import { startAll } from "./lib/start.mjs";

const verbs = { build, source, start: startAll };

const HELP = `usage: npm run guest -- build|source|start GUEST...

Prepares the kernels of guests, for tests and for --subject guest:7.3.
GUEST is ${guestNames.join(", ")}.

  build   downloads Debian's packages of a kernel without installing them, and unpacks the kernel to
          the folder where openGuestKernel looks for it. 6.12, 6.12-arm64 and uml come from Debian
          stable, the others from its backports. apt runs with its own configuration and state. It
          uses this machine's mirrors and checks signatures. Prints versions and hashes.
  source  downloads Debian's package of the kernel source of a release in the same way, and keeps its
          archive in the folder sources/ of the guests folder, for 'bpf-token upstream build' and
          'npm run kernel-bpf'. Also keeps the configuration of the kernel that guests boot.
  start   boots a guest and creates a token in it. Several guests run in parallel, one per processor.

Exit codes: 0 done; 1 it failed; 2 usage; 3 not possible on this machine.`;

const { verb, guests } = readOptions(HELP, { allowPositionals: true }, ({ positionals }) => {
  const [verb, ...guests] = positionals;
  if (!Object.hasOwn(verbs, verb ?? ""))
    throw new RangeError("the first argument must be build, source or start");
  const [known, kind] = verb === "source" ? [sourceNames, "release"] : [guestNames, "guest"];
  const unknown = guests.find((name) => !known.includes(name));
  if (unknown !== undefined || guests.length === 0) {
    const problem = unknown === undefined ? `name a ${kind}` : `unknown ${kind} '${unknown}'`;
    throw new RangeError(`${problem} (known: ${known.join(", ")})`);
  }
  return { verb, guests };
});
try {
  process.exitCode = (await verbs[verb](guests)) ?? 0;
} catch (error) {
  if (!(error instanceof CannotError)) throw error;
  console.error(error.message);
  process.exitCode = 3;
}
