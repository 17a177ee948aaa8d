// SPDX-License-Identifier: MIT
import { rolldown } from "rolldown";
import { beforeAll, expect, test } from "vitest";
import { buildQuietly } from "../../../lib/build-quietly.mjs";

beforeAll(() => {
  if (!buildQuietly("@bpf-token/syscall")) throw new Error("the packages do not build");
}, 300_000);

/** Bytes of a page with this code, minified. */
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

// A file for each entry is only as good as what can be left out of it: what is made when a file is
// read says so by PURE where engines of bundles cannot see it.
test.each([
  ['import { Errno } from "@bpf-token/uapi"; console.log(Errno.EPERM);', 3_000],
  ['import { errnoName } from "@bpf-token/uapi"; console.log(errnoName(1));', 4_000],
  ['import { raw } from "@bpf-token/syscall"; console.log(raw.getpid);', 500],
  ['import "@bpf-token/uapi"; import "@bpf-token/syscall";', 10],
])("%s is %i bytes at most", async (code, atMost) => {
  const bytes = await page(code);
  expect(bytes).toBeLessThanOrEqual(atMost);
});
