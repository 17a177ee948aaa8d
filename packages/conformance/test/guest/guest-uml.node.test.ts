// SPDX-License-Identifier: MIT
import { describeGuest } from "./guest-suite.ts";

describeGuest("uml");
