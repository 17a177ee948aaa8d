// SPDX-License-Identifier: MIT
import { umlDifferences } from "../../src/index.ts";
import { describeGuest } from "./guest-suite.ts";

describeGuest("uml", umlDifferences);
