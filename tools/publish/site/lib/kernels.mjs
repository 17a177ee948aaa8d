// SPDX-License-Identifier: MIT
// The modules of Linux's BPF subsystem that were built on this machine, for the view "Verifier".
import { cpSync, createReadStream, readFileSync } from "node:fs";
import { join } from "node:path";

/** The files of a release that the page loads. */
const FILES = ["kernel.wasm", "vmlinux.btf", "config"];

/** The modules in the user's cache. A name has the hash of its module, so that no cache is stale. */
export async function builtKernels() {
  const { bpfKernelFolder, bpfKernelReleases } = await import("@bpf-token/kernel-bpf/node");
  const top = bpfKernelFolder();
  return bpfKernelReleases(top).map((release) => {
    const folder = join(top, release);
    const { sha256 } = JSON.parse(readFileSync(join(folder, "kernel.json"), "utf8"));
    return { name: `${release}-${sha256.slice(0, 12)}`, folder };
  });
}

/** Names the kernels in the page. */
export function withKernels(html, kernels) {
  if (kernels.length === 0) return html;
  const names = kernels.map(({ name }) => name).join(" ");
  return html.replace("<html ", `<html data-kernels="${names}" `);
}

/** Copies the files to where the page loads them. */
export function copyKernels(kernels, site) {
  for (const { name, folder } of kernels) {
    for (const file of FILES) cpSync(join(folder, file), join(site, "kernels", name, file));
  }
}

/** A Vite plugin whose preview server has the kernels. */
export function kernelsPlugin(kernels, index) {
  return {
    name: "kernels",
    configurePreviewServer({ middlewares }) {
      middlewares.use(({ url }, response, next) => {
        const { pathname } = new URL(url, "http://127.0.0.1");
        const [, top, name, file] = pathname.split("/");
        const kernel = top === "kernels" && kernels.find((one) => one.name === name);
        if (kernel && FILES.includes(file))
          createReadStream(join(kernel.folder, file)).pipe(response);
        else if (pathname === "/" || pathname === "/index.html") {
          response.setHeader("content-type", "text/html");
          response.end(withKernels(readFileSync(index, "utf8"), kernels));
        } else next();
      });
    },
  };
}
