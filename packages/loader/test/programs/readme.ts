// SPDX-License-Identifier: MIT
// Runs the README's example while sending packets to the loopback interface.
import { createSocket } from "node:dgram";

const socket = createSocket("udp4");
const timer = setInterval(() => socket.send("to nobody", 9, "127.0.0.1"), 5);
// @ts-expect-error The test generates this module from the README.
await import("./lines-of-readme.ts");
clearInterval(timer);
socket.close();
console.log("end of lines");
