// SPDX-License-Identifier: MIT
// Large files that some views of the playground load: modules of Linux's BPF subsystem, and a compiler.
import { cpSync, createReadStream, existsSync, readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { root } from "../../../lib/run.mjs";

/** The files of a release that the page loads. */
const KERNEL_FILES = ["kernel.wasm", "vmlinux.btf", "config"];
const types = { ".js": "text/javascript", ".wasm": "application/wasm", ".html": "text/html" };

/**
 * The modules that this machine built, for the view "Verifier". A name has the hash of the module, so
 * that no cache is stale.
 */
export async function kernelFolders() {
  const { bpfKernelFolder, bpfKernelReleases } = await import("@bpf-token/kernel-bpf/node");
  const top = bpfKernelFolder();
  return bpfKernelReleases(top).map((release) => {
    const folder = join(top, release);
    const { sha256 } = JSON.parse(readFileSync(join(folder, "kernel.json"), "utf8"));
    const name = `${release}-${sha256.slice(0, 12)}`;
    return { kind: "kernels", name, folder, files: KERNEL_FILES };
  });
}

/** The compiler from npm for the view "token.c", if it is installed. */
export function compilerFolders() {
  const top = `${root}node_modules/@yowasp/clang`;
  if (!existsSync(top)) return [];
  const { version } = JSON.parse(readFileSync(join(top, "package.json"), "utf8"));
  const folder = join(top, "gen");
  return [{ kind: "compiler", name: version, folder, files: readdirSync(folder) }];
}

/** Names the folders in the page: data-kernels and data-compiler. */
export function withExtras(html, extras) {
  const attribute = (kind) => {
    const names = extras.filter((one) => one.kind === kind).map(({ name }) => name);
    return names.length === 0 ? "" : `data-${kind}="${names.join(" ")}" `;
  };
  return html.replace("<html ", `<html ${attribute("kernels")}${attribute("compiler")}`);
}

/** Copies the files to where the page loads them. */
export function copyExtras(extras, site) {
  for (const { kind, name, folder, files } of extras) {
    for (const file of files) cpSync(join(folder, file), join(site, kind, name, file));
  }
}

/** A Vite plugin whose preview server has the files. */
export function extrasPlugin(extras, index) {
  return {
    name: "extras",
    configurePreviewServer({ middlewares }) {
      middlewares.use(({ url }, response, next) => {
        const { pathname } = new URL(url, "http://127.0.0.1");
        const [, kind, name, file] = pathname.split("/");
        const extra = extras.find((one) => one.kind === kind && one.name === name);
        const isPage = pathname === "/" || pathname === "/index.html";
        if (!isPage && !extra?.files.includes(file)) return next();
        const type = types[extname(file ?? ".html")] ?? "application/octet-stream";
        response.setHeader("content-type", isPage ? "text/html" : type);
        if (isPage) response.end(withExtras(readFileSync(index, "utf8"), extras));
        else createReadStream(join(extra.folder, file)).pipe(response);
      });
    },
  };
}
