import { join } from "node:path";

import type { NextConfig } from "next";

const config: NextConfig = {
  // The client stands beside the example, outside of its folder.
  turbopack: { root: join(import.meta.dirname, "../..") },
};

export default config;
