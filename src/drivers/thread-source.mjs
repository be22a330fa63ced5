// Runs a thread's program from source, as the tests do: Node 20 does not read TypeScript by itself. Not in the bundle.
import { register } from 'node:module';

// What a text becomes is remembered on the disk: to load what makes it takes longer than most threads work.
const hooks = `
import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
const root = new URL(${JSON.stringify(new URL('../../', import.meta.url).href)});
const made = new URL('node_modules/.cache/thread-source/', root);
const settings = await readFile(new URL('./tsconfig.json', root));
mkdirSync(made, { recursive: true });
async function scriptOf(path) {
  const text = await readFile(path, 'utf8');
  const file = new URL(createHash('sha256').update(settings).update(text).digest('hex'), made);
  try {
    return await readFile(file, 'utf8');
  } catch {
    const { transformWithOxc } = await import(${JSON.stringify(import.meta.resolve('vite'))});
    const { code } = await transformWithOxc(text, path, { sourcemap: false });
    // Other threads may read it meantime: it is there whole or not at all.
    const begun = new URL(randomUUID(), made);
    await writeFile(begun, code);
    await rename(begun, file);
    return code;
  }
}
export async function load(url, context, next) {
  if (!url.endsWith('.ts')) return next(url, context);
  return { format: 'module', source: await scriptOf(fileURLToPath(url)), shortCircuit: true };
}`;

register(`data:text/javascript,${encodeURIComponent(hooks)}`);
await import(process.argv[2]);
