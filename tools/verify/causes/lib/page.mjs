// SPDX-License-Identifier: MIT
// What the page answers. Its sources are TypeScript for a browser, so they are bundled first.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { rolldown } from "rolldown";
import { root } from "../../../lib/run.mjs";

/** Bundles the page's question to the model, and returns its functions. */
export async function openPage() {
  const folder = join(root, "node_modules/.cache/causes");
  const build = await rolldown({
    input: { ask: join(root, "packages/playground/src/try/ask.ts") },
    external: /^@bpf-token\//,
    platform: "node",
  });
  await build.write({ dir: folder, format: "esm", entryFileNames: "[name].mjs" });
  await build.close();
  return import(pathToFileURL(join(folder, "ask.mjs")).href);
}

const state = {
  ...{ place: "container", owner: "container", delegator: "host", fd: "root", creator: "self" },
  ...{ sysctl: "2", lsm: "none", token: true, flag: true, dialect: "kernel" },
};

/** The first check that decides about the calls of a combination; undefined if they succeed. */
export function askPage({ askModel }, release, { masks, caps, map, program, attach }) {
  const text = (axis) => (masks[axis] === 0n ? "" : `0x${masks[axis].toString(16)}`);
  const given = {
    ...{ ...state, release, caps, map, prog: program },
    attach: attach ?? "CGROUP_INET_INGRESS",
    masks: Object.fromEntries(Object.keys(masks).map((axis) => [axis, text(axis)])),
  };
  for (const action of ["btf", "map", "prog"]) {
    const last = askModel({ ...given, action }).at(-1);
    if (last.errno !== undefined) return last.decisions[0]?.check ?? `${last.call}: ${last.errno}`;
  }
  return undefined;
}
