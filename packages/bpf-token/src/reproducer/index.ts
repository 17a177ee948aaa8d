// SPDX-License-Identifier: MIT
export { type ReproducerSubject, reproducerOf } from "./program.js";
export { ReproducerRefused } from "./refusals.js";
