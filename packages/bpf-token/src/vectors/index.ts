// SPDX-License-Identifier: MIT
export { vectorRunner } from "./runner.js";
export * from "./vector.js";
