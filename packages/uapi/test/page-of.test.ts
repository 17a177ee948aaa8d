// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import { checkTable, pageOf } from "../src/index.ts";

test("every check has a page of its own, other causes a place on the page of their tool", () => {
  expect(pageOf("token.dropped.map")).toBe("checks/token.dropped.map.html");
  expect(pageOf("doctor.seccomp")).toBe("docs/doctor.html#doctorseccomp");
  expect(pageOf("explain.btf_missing")).toBe("docs/explain.html#explainbtf_missing");
  expect(pageOf("trace.pin_mode")).toBe("docs/trace.html#tracepin_mode");
  expect(checkTable().filter(({ id }) => pageOf(id) !== `checks/${id}.html`)).toEqual([]);
});
