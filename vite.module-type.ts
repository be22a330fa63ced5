import type { Plugin } from 'vite';

/** Says in a package.json beside the built files which of Node's two kinds of modules they are. */
export function moduleType(type: 'commonjs' | 'module'): Plugin {
  return {
    name: 'module-type',
    generateBundle() {
      this.emitFile({ type: 'asset', fileName: 'package.json', source: `{ "type": "${type}" }\n` });
    },
  };
}
