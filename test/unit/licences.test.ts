import { readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { expect, it } from 'vitest';

/** Licences (SPDX) under which a package may be a part of a program that is licensed under Apache-2.0. */
const TAKEN: ReadonlySet<string> = new Set([
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'ISC',
  'MIT',
  // Of typefaces, which may go with any program.
  'OFL-1.1',
  'Unlicense',
]);

interface Locked {
  readonly license?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly dev?: boolean;
  readonly resolved?: string;
  readonly integrity?: string;
}

const ROOT = join(import.meta.dirname, '../..');
const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
  readonly packages: Readonly<Record<string, Locked>>;
};
/** What is installed with Querytape, and what is bundled into it: every package that a source names, with all that those need. */
const inBundles = bundled();
const shipped = Object.entries(lock.packages).filter(
  ([path, { dev }]) => path !== '' && (!dev || inBundles.has(path)),
);

function bundled(): Set<string> {
  const found = new Set<string>();
  const add = (name: string, from: string): void => {
    // As Node looks: below the package itself, then further out.
    let at = from;
    while (at !== '' && !lock.packages[`${at}/node_modules/${name}`])
      at = at.replace(/(?:^|\/)node_modules\/(?:@[^/]+\/)?[^/]+$/, '');
    const path = at === '' ? `node_modules/${name}` : `${at}/node_modules/${name}`;
    if (found.has(path) || !lock.packages[path]) return;
    found.add(path);
    for (const needed of Object.keys(lock.packages[path].dependencies ?? {})) add(needed, path);
  };
  const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' });
  for (const file of sources.filter((name) => /\.(?:ts|css)$/.test(name))) {
    const text = readFileSync(join(ROOT, 'src', file), 'utf8');
    for (const [, name] of text.matchAll(/(?:from|import)[ (]+'((?:@[^/']+\/)?[^./'][^/']*)/g))
      if (!isBuiltin(name!)) add(name!, '');
  }
  return found;
}

it('ships packages under licences that Apache-2.0 programs may contain', () => {
  expect(shipped.length).toBeGreaterThan(100);
  for (const name of ['mongodb', 'bson', 'lit', '@fontsource-variable/inter', 'ssh2'])
    expect(shipped.map(([path]) => path)).toContain(`node_modules/${name}`);
  const licensed = shipped.map(([path, { license }]) => ({ path, license: license ?? olderField(path) }));
  const others = licensed.filter(({ license }) => !alternatives(license).some((one) => TAKEN.has(one)));
  expect(others).toEqual([]);
});

it('locks every package to its content, and names no registry', () => {
  const packages = Object.entries(lock.packages).filter(([path]) => path !== '');
  expect(
    packages.filter(([, { integrity }]) => !integrity?.startsWith('sha512-')).map(([path]) => path),
  ).toEqual([]);
  expect(packages.filter(([, { resolved }]) => resolved !== undefined).map(([path]) => path)).toEqual([]);
});

/** The field by which packages named their licences before npm had `license`, which the lock file does not have. */
function olderField(path: string): string {
  const { licenses = [] } = JSON.parse(readFileSync(join(ROOT, path, 'package.json'), 'utf8')) as {
    readonly licenses?: readonly { readonly type: string }[];
  };
  return licenses.map(({ type }) => type).join(' OR ');
}

/** The licences one may choose among: `(MIT OR Apache-2.0)`. */
function alternatives(expression: string): string[] {
  return expression.replace(/[()]/g, '').split(' OR ');
}
