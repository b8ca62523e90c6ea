export { createApp, type App } from "./app.ts";
export { startServer, tokenFor, type ApiServer, type ServerOptions } from "./server.ts";
