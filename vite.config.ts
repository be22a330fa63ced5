import { resolve } from 'node:path';
import { defineConfig, type Plugin } from 'vite';
import { notices } from './vite.notices.ts';

const VOCABULARY = resolve(import.meta.dirname, 'src/events');

/**
 * Marks the schema constructors of the vocabulary as pure, so that a schema the page checks nothing by is left out. It reads
 * modules of src/events only, and of those the ones that import the constructors: an option by bare name would also drop calls
 * of that name from dependencies.
 */
const pureSchemas: Plugin = {
  name: 'pure-schemas',
  enforce: 'pre',
  transform(code, id) {
    if (!id.startsWith(VOCABULARY) || !code.includes("from '@sinclair/typebox'")) return null;
    const imported = /import \{([^}]*)\} from '\.\/schema\.ts'/.exec(code)?.[1] ?? '';
    const names = ['message', 'part'].filter((name) => new RegExp(`\\b${name}\\b`).test(imported));
    const calls = new RegExp(`(?<![\\w.$])(?:${['Type\\.\\w+', ...names].join('|')})(?=\\()`, 'g');
    return code.replace(calls, '/* @__PURE__ */ $&');
  },
};

/** Leaves what an icon draws: what stands around it is the same in all, or the page's own to say. Its licence stands in the notices. */
const bareIcons: Plugin = {
  name: 'bare-icons',
  transform(code, id) {
    if (!id.endsWith('.svg?raw')) return null;
    const text: string = JSON.parse(code.slice(code.indexOf('"'), code.lastIndexOf('"') + 1));
    const drawn = text
      .replace(/^[\s\S]*?<svg[^>]*>/, '<svg>')
      .replace(/>\s+</g, '><')
      .replace(/ \/>/g, '/>');
    return `export default ${JSON.stringify(drawn.trim())}`;
  },
};

/** Builds the page into dist/ui: hashed files, nothing inline, as the server's content policy asks. */
export default defineConfig({
  root: resolve(import.meta.dirname, 'src/ui'),
  base: './',
  plugins: [pureSchemas, bareIcons, notices(resolve(import.meta.dirname, 'src/ui'))],
  build: {
    outDir: resolve(import.meta.dirname, 'dist/ui'),
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 800,
    rolldownOptions: {
      input: ['index.html', 'perfetto.html'].map((name) => resolve(import.meta.dirname, 'src/ui', name)),
    },
  },
});
