import { Worker, type WorkerOptions } from 'node:worker_threads';

/**
 * Starts a thread. Its program is an entry of its own in the bundle, `NAME.js`, or its source `NAME.ts` beside `from`, which only
 * the tests run.
 *
 * @param from the `import.meta.url` of the module that starts it
 */
export function startThread(name: string, from: string, options: WorkerOptions): Worker {
  if (!from.endsWith('.ts'))
    return new Worker(new URL(from.includes('/chunks/') ? `../${name}.js` : `./${name}.js`, from), options);
  const program = new URL(`./${name}.ts`, from).href;
  return new Worker(new URL('./thread-source.mjs', import.meta.url), { ...options, argv: [program] });
}
