// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import { allowedAt, complaint, licenceOf } from "../spdx.mjs";

const licences = (name: string) => (/^kernel-(wasm|bpf)$/.test(name) ? "GPL-2.0-only" : "MIT");

test.each([
  ["// SPDX-License-Identifier: MIT\n", "MIT"],
  ["/* SPDX-License-Identifier: GPL-2.0-only */\n#pragma once\n", "GPL-2.0-only"],
  ["#!/usr/bin/env node\n// SPDX-License-Identifier: MIT\n", "MIT"],
  ["#!/usr/bin/env bash\n# SPDX-License-Identifier: MIT\n", "MIT"],
  ["\n// SPDX-License-Identifier: MIT\n", undefined],
  ["", undefined],
])("the licence of %j is %s", (text, licence) => {
  expect(licenceOf(text)).toBe(licence);
});

test.each([
  ["packages/uapi/src/index.ts", ["MIT"]],
  ["packages/kernel-wasm/src/index.ts", ["GPL-2.0-only"]],
  ["core-c/kernel/bpf/token.c", ["GPL-2.0-only"]],
  ["packages/kernel-native/native/executor/main.c", ["MIT"]],
  ["core-c/include/uapi/linux/bpf.h", ["GPL-2.0-only", "MIT"]],
  ["vitest.config.ts", ["MIT"]],
])("%s may be under %j", (path, allowed) => {
  expect(allowedAt(path, licences)).toEqual(allowed);
});

test("a wrong and a missing licence give different errors", () => {
  const mit = "// SPDX-License-Identifier: MIT\n";
  expect(complaint("tools/a.mjs", mit, licences)).toBeUndefined();
  expect(complaint("core-c/fs/open.c", mit, licences)).toBe(
    "core-c/fs/open.c: licence MIT is not allowed here; use GPL-2.0-only",
  );
  expect(complaint("tools/a.mjs", "export {};\n", licences)).toContain("no SPDX line first");
});
