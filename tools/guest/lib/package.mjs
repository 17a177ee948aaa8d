// SPDX-License-Identifier: MIT
import { CannotError } from "./errors.mjs";

/** Imports the built package that starts guests. */
export async function loadPackage() {
  return load("kernel-native");
}

/** Imports a built package of this repository. */
export async function load(name) {
  try {
    return await import(`../../../packages/${name}/dist/index.js`);
  } catch (cause) {
    if (cause.code !== "ERR_MODULE_NOT_FOUND") throw cause;
    throw new CannotError("the packages are not built: 'npm run build' first");
  }
}
