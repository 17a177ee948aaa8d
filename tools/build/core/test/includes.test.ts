// SPDX-License-Identifier: MIT
import { describe, expect, it } from "vitest";
import { headersOf } from "../lib/includes.mjs";

const files: Record<string, string> = {
  "core-c/fs/a.c": '#include <linux/b.h>\n  # include "mount.h"\n#include <stdarg.h>\n',
  "core-c/fs/mount.h": "",
  "core-c/include/linux/b.h": "#if 0\n#include <linux/c.h>\n#endif\n",
  "core-c/include/linux/c.h": "#include <linux/b.h>\n#include <uapi/linux/d.h>\n",
  "core-c/include/uapi/linux/d.h": "",
  "core-c/include/linux/unseen.h": "",
  "core-c/fs/macro.c": "#include TRACE(events)\n",
};
const headers = new Set(Object.keys(files).filter((path) => path.endsWith(".h")));
const read = (path: string): string => files[path] ?? "";

describe("the headers that a source includes", () => {
  it("include indirect ones, those next to the source, and those under false conditions", () => {
    expect(headersOf("core-c/fs/a.c", read, headers)).toEqual([
      "core-c/fs/mount.h",
      "core-c/include/linux/b.h",
      "core-c/include/linux/c.h",
      "core-c/include/uapi/linux/d.h",
    ]);
  });

  it("are all headers where a macro forms the name", () => {
    expect(headersOf("core-c/fs/macro.c", read, headers)).toEqual([...headers].sort());
  });
});
