import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { apply, emptyState, STATE_VERSION } from '../src/events/views/state.ts';
import { dataFolder, environmentOf, removeFolder } from '../test/e2e/client.ts';
import { type Bench, type Figure, mainThreadMs, median } from './figure.ts';
import { writeScenes } from './scenes.ts';

const DIST = resolve('dist');
const ROUNDS = 11;
/** A week of daily work: some 1 500 statements a day. */
const WEEK_RECORDS = 100_000;

interface Start {
  readonly ms: number;
  /** Of the main thread, by the kernel's scheduler. */
  readonly cpuMs: number;
}

/** Starts a program, and stops it once it has said its first word. */
async function untilFirstWord(args: readonly string[], env = process.env): Promise<Start> {
  const at = performance.now();
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'], env });
  const ended = once(child, 'exit');
  await once(child.stdout, 'data');
  const start = { ms: performance.now() - at, cpuMs: mainThreadMs(child.pid!) };
  child.kill('SIGINT');
  await ended;
  return start;
}

function ours(folder: string): Promise<Start> {
  const args = [join(DIST, 'main.js'), 'serve', '--json', '--port', '0', '--data-dir', folder];
  return untilFirstWord([...args, '--allow-unsaved-profiles'], environmentOf(folder));
}

/** A process that waits, so that its time can be read after its first word. */
const BARE = ['-e', 'console.log(1); setTimeout(() => {}, 10000)'];

async function start(): Promise<Figure[]> {
  const fresh: Start[] = [];
  const withWeek: Start[] = [];
  const bare: Start[] = [];
  const week = dataFolder();
  await writeScenes(join(week, 'tape'), WEEK_RECORDS, {
    version: STATE_VERSION,
    initial: emptyState,
    apply,
  });
  for (let round = 0; round < ROUNDS; round++) {
    const folder = dataFolder();
    bare.push(await untilFirstWord(BARE));
    fresh.push(await ours(folder));
    withWeek.push(await ours(week));
    removeFolder(folder);
  }
  removeFolder(week);
  const over = (starts: readonly Start[], part: keyof Start): number =>
    median(starts.map((one, round) => one[part] / bare[round]![part]));
  const how = `median of ${ROUNDS} alternating, without the demo`;
  const all = `${WEEK_RECORDS.toLocaleString('en')} records on the tape`;
  return [
    { name: 'start to ready', value: median(fresh.map(({ ms }) => ms)), unit: 'ms', aim: null, how },
    { name: '… over bare Node', value: over(fresh, 'ms'), unit: '×', aim: 2.5, how },
    { name: "… main thread's time over bare Node's", value: over(fresh, 'cpuMs'), unit: '×', aim: 2.5, how },
    {
      name: 'start on a week of tape, over bare Node',
      value: over(withWeek, 'ms'),
      unit: '×',
      aim: null,
      how: all,
    },
    {
      name: "… main thread's time over bare Node's",
      value: over(withWeek, 'cpuMs'),
      unit: '×',
      aim: null,
      how: all,
    },
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
