export { createApp, type App } from "./app.ts";
export { startServer, type ApiServer, type ServerOptions } from "./server.ts";
