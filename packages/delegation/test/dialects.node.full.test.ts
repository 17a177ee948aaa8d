// SPDX-License-Identifier: MIT
import { test } from "vitest";
import { assertRoundTrips } from "./round-trip.ts";

test("10,000 random policies survive a random pair of dialects", { timeout: 900_000 }, () =>
  assertRoundTrips(10_000),
);
