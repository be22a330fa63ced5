import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';

/** A bundled package, by the folder below the last `node_modules` of a module's path. */
const PACKAGE = /^(.*[/\\]node_modules[/\\](?:@[^/\\]+[/\\])?[^/\\]+)[/\\]/;
const LICENCE_FILE = /^(?:licen[cs]e|copying|notice)/i;
const FILE_NAME = 'THIRD-PARTY-NOTICES.txt';

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  /** By which packages named their licences before npm had `license`. */
  readonly licenses?: readonly { readonly type: string }[];
  readonly author?: string | { readonly name: string };
}

/**
 * Writes the licences of the packages whose code or files are in what is built, beside it: most of them may be copied only with their
 * copyright notice. A package without a licence file is named with its licence and author.
 */
export function notices(root: string): Plugin {
  return {
    name: 'notices',
    generateBundle(_options, bundle) {
      const sources = Object.values(bundle).flatMap((built) =>
        built.type === 'chunk' ? built.moduleIds : built.originalFileNames.map((name) => join(root, name)),
      );
      const folders = new Set(
        sources.flatMap((source) => PACKAGE.exec(source.replace(/^\0/, ''))?.[1] ?? []),
      );
      const texts = [...folders].sort().map(noticeOf);
      const source = `Packages that are part of this build, with their licences.\n\n${texts.join('\n')}`;
      this.emitFile({ type: 'asset', fileName: FILE_NAME, source });
    },
  };
}

function noticeOf(folder: string): string {
  const { name, version, license, licenses, author } = JSON.parse(
    readFileSync(join(folder, 'package.json'), 'utf8'),
  ) as Manifest;
  const spdx = license ?? licenses?.map(({ type }) => type).join(' OR ');
  if (!spdx) throw new Error(`${name} names no licence, so it can't be part of a build`);
  const files = readdirSync(folder).filter((file) => LICENCE_FILE.test(file));
  const texts = files.map((file) => readFileSync(join(folder, file), 'utf8').trim());
  const owner = typeof author === 'string' ? author : author?.name;
  const words = texts.length > 0 ? texts.join('\n\n') : `Copyright: ${owner ?? `the authors of ${name}`}`;
  return `${'='.repeat(80)}\n${name} ${version} (${spdx})\n\n${words}\n`;
}
