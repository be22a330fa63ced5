// Runs a thread's program from source, as the tests do: Node 20 does not read TypeScript by itself. Not in the bundle.
import { register } from 'node:module';

const hooks = `
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
const { transformWithOxc } = await import(${JSON.stringify(import.meta.resolve('vite'))});
export async function load(url, context, next) {
  if (!url.endsWith('.ts')) return next(url, context);
  const path = fileURLToPath(url);
  const { code } = await transformWithOxc(await readFile(path, 'utf8'), path, { sourcemap: false });
  return { format: 'module', source: code, shortCircuit: true };
}`;

register(`data:text/javascript,${encodeURIComponent(hooks)}`);
await import(process.argv[2]);
