// SPDX-License-Identifier: MIT
import { cloudDifferences } from "../../src/index.ts";
import { describeGuest } from "./guest-suite.ts";

describeGuest("6.12", cloudDifferences);
