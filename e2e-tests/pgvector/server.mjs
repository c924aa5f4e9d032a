// PostgreSQL with pgvector on a port of the loopback address, until the process that started this one ends.
import { PGlite } from "@electric-sql/pglite";
import { vector } from "@electric-sql/pglite-pgvector";
import { PGLiteSocketServer } from "@electric-sql/pglite-socket";

// Node.js 18, which Debian 12 has, does not have it.
globalThis.CustomEvent ??= class extends Event {
  constructor(type, options) {
    super(type, options);
    this.detail = options?.detail;
  }
};

process.stdin.on("end", () => process.exit()).resume();
const db = await PGlite.create({ extensions: { vector } });
const port = Number(process.argv[2]);
await new PGLiteSocketServer({ db, host: "127.0.0.1", port, maxConnections: 100 }).start();
