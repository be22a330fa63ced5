import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { dataFolder, removeFolder } from '../test/e2e/client.ts';
import { type Bench, type Figure, median } from './figure.ts';

const DIST = resolve('dist');
const UNSAVED = ['--allow-unsaved-profiles'];

function untilFirstWord(args: string[]): Promise<number> {
  return new Promise((told) => {
    const at = performance.now();
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    child.stdout.once('data', () => {
      told(performance.now() - at);
      child.kill('SIGINT');
    });
  });
}

async function start(): Promise<Figure[]> {
  const ours: number[] = [];
  const bare: number[] = [];
  for (let round = 0; round < 9; round++) {
    const folder = dataFolder();
    bare.push(await untilFirstWord(['-e', 'console.log(1)']));
    ours.push(
      await untilFirstWord([
        join(DIST, 'main.js'),
        'serve',
        '--json',
        '--port',
        '0',
        '--data-dir',
        folder,
        ...UNSAVED,
      ]),
    );
    removeFolder(folder);
  }
  const how = 'median of 9 alternating, without the demo';
  return [
    { name: 'start to ready', value: median(ours), unit: 'ms', aim: null, how },
    { name: '… over bare Node', value: median(ours) / median(bare), unit: '×', aim: 2.5, how },
  ];
}

/** What the page loads before it is there; what it loads when it is first needed is left out. */
function pageSize(): Figure {
  const page = readFileSync(join(DIST, 'ui', 'index.html'), 'utf8');
  const names = [...page.matchAll(/(?:src|href)="([^"]+\.(?:js|css))"/g)].map(([, name]) => name!);
  const bytes = names.reduce((sum, name) => sum + gzipSync(readFileSync(join(DIST, 'ui', name))).length, 0);
  const how = 'script and style of the first load';
  return { name: 'page, gzipped', value: bytes / 1024, unit: 'KiB', aim: 240, how };
}

/** The built program from outside: start and size. */
export const program: Bench = {
  name: 'program',
  run: async () => [...(await start()), pageSize()],
};
