// SPDX-License-Identifier: MIT
// The ten lines of the README, and somebody who sends packets to this very machine meanwhile.
import { createSocket } from "node:dgram";

const socket = createSocket("udp4");
const timer = setInterval(() => socket.send("to nobody", 9, "127.0.0.1"), 5);
// @ts-expect-error The test makes this module out of the README.
await import("./lines-of-readme.ts");
clearInterval(timer);
socket.close();
console.log("end of lines");
