// SPDX-License-Identifier: MIT
// The SDK of the Model Context Protocol. The build bundles it into this file, so that only `mcp` loads it
// and an installation needs no other package.
export { McpServer } from "@modelcontextprotocol/server";
export { StdioServerTransport } from "@modelcontextprotocol/server/stdio";
export { array, enum as oneOf, object, string } from "zod";
