import { resolve } from 'node:path';
import { defineConfig } from 'vite';
import { moduleType } from './vite.module-type.ts';

/** Bundles bench/ beside the program that it measures, whose package.json calls its files CommonJS. What is in node_modules stays there. */
export default defineConfig({
  plugins: [moduleType('module')],
  build: {
    ssr: true,
    outDir: resolve(import.meta.dirname, 'dist/bench'),
    emptyOutDir: true,
    target: 'node20',
    rolldownOptions: {
      // Statements are judged in a thread of its own here too.
      input: {
        run: resolve(import.meta.dirname, 'bench/run.ts'),
        'bare-program': resolve(import.meta.dirname, 'bench/bare-program.ts'),
        compare: resolve(import.meta.dirname, 'bench/compare.ts'),
        'classifier-worker': resolve(import.meta.dirname, 'src/drivers/classifier-worker.ts'),
        'replay-worker': resolve(import.meta.dirname, 'src/main/replay-worker.ts'),
      },
      output: { entryFileNames: '[name].js' },
    },
  },
});
