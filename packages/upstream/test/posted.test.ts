// SPDX-License-Identifier: MIT
import { createKernel } from "@bpf-token/kernel-wasm";
import { BpfError, createToken, delegateBpffs, unshare } from "@bpf-token/syscall";
import { expect, inject, test } from "vitest";
import {
  buildUpstream,
  fileFromPatch,
  identify,
  releaseOfTexts,
  yowaspCompiler,
} from "../src/index.ts";
import { TOKEN } from "./texts.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The contents of the file that BPF_TOKEN_SEED_PATCH names, which a page cannot read. */
    postedPatch: string | undefined;
  }
}

test("the patch as posted compiles to a kernel, in Node and in a browser", {
  timeout: 600_000,
}, async (context) => {
  const patch = inject("postedPatch");
  if (patch === undefined) {
    return context.skip("upstream half: no posted patch; set BPF_TOKEN_SEED_PATCH=FILE");
  }
  const files = [{ path: TOKEN, bytes: await fileFromPatch(patch, TOKEN) }] as const;
  const release = await releaseOfTexts(files);
  expect(release).toBe("v10-03");
  const compiler = await yowaspCompiler();
  const { module, origin } = await buildUpstream(files, { compiler, release: "v10-03" });
  const [{ sha256 } = { sha256: "" }] = origin.files;
  expect(identify(sha256)?.release).toBe("v10-03");
  const kernel = createKernel({ module });
  expect(kernel).toMatchObject({ backend: "upstream", release: "v10-03" });
  const app = kernel.init.fork();
  unshare(app, "user", "mnt");
  const bpffs = delegateBpffs(app, kernel.init, { delegate_cmds: "0x2" });
  expect(createToken(app, bpffs).fd).toBeGreaterThan(0);
  // The posted version checks capabilities in the user namespace that owns the bpffs.
  expect(() => createToken(kernel.init, bpffs)).toThrow(BpfError);
  kernel.close();
});
