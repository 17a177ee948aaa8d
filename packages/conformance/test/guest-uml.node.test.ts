// SPDX-License-Identifier: MIT
import { describeGuest } from "./guest-suite.ts";

describeGuest("uml", {
  "prog-target.yaml": "BTF number 1 is the kernel's own, which it does not have",
});
