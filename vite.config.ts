import { resolve } from 'node:path';
import { defineConfig } from 'vite';

/** Builds the page into dist/ui: hashed files, nothing inline, as the server's content policy asks. */
export default defineConfig({
  root: resolve(import.meta.dirname, 'src/ui'),
  base: './',
  build: {
    outDir: resolve(import.meta.dirname, 'dist/ui'),
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 800,
    // A schema that the page does not check anything by does not have to be in it.
    rollupOptions: { treeshake: { manualPureFunctions: ['Type', 'message', 'part'] } },
  },
});
