import { defineConfig } from "drizzle-kit";

/** `bun run migrations` compares schema.ts with the last snapshot and writes the next migration. */
export default defineConfig({ dialect: "sqlite", schema: "./src/schema.ts", out: "./migrations" });
