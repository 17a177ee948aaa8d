// SPDX-License-Identifier: MIT
import { rolldown } from "rolldown";
import { beforeAll, expect, test } from "vitest";
import { buildQuietly } from "../../../lib/build-quietly.mjs";

beforeAll(() => {
  if (!buildQuietly("@bpf-token/syscall")) throw new Error("the packages do not build");
}, 300_000);

/** Minified size in bytes of a page with this code. */
async function page(code: string): Promise<number> {
  const entry = `${import.meta.dirname}/page.mjs`;
  const bundle = await rolldown({
    input: entry,
    platform: "browser",
    plugins: [{ name: "page", load: (id) => (id === entry ? code : undefined), resolveId }],
  });
  const { output } = await bundle.generate({ format: "esm", minify: true });
  await bundle.close();
  return output[0].code.length;

  function resolveId(id: string): string | undefined {
    return id === entry ? id : undefined;
  }
}

// Bundling all modules into one file only works if bundlers can drop unused code. Top-level calls
// carry a PURE comment where a bundler cannot see that they have no side effects.
test.each([
  ['import { Errno } from "@bpf-token/uapi"; console.log(Errno.EPERM);', 3_000],
  ['import { errnoName } from "@bpf-token/uapi"; console.log(errnoName(1));', 4_000],
  ['import { raw } from "@bpf-token/syscall"; console.log(raw.getpid);', 500],
  ['import "@bpf-token/uapi"; import "@bpf-token/syscall";', 10],
])("%s bundles to at most %i bytes", async (code, atMost) => {
  const bytes = await page(code);
  expect(bytes).toBeLessThanOrEqual(atMost);
});
