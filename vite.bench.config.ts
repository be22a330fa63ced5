import { resolve } from 'node:path';
import { defineConfig } from 'vite';

/** Bundles bench/ beside the program that it measures. What is in node_modules stays there. */
export default defineConfig({
  build: {
    ssr: resolve(import.meta.dirname, 'bench/run.ts'),
    outDir: resolve(import.meta.dirname, 'dist/bench'),
    emptyOutDir: true,
    target: 'node20',
  },
});
