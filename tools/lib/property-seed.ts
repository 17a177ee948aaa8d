// SPDX-License-Identifier: MIT
// Every run of the tests tries the same random values, so that a failure is met by who causes it.
import fc from "fast-check";
import { inject } from "vitest";

fc.configureGlobal({ seed: inject("propertySeed") });
