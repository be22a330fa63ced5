import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { beforeAll, expect, test } from 'vitest';
import { openTape, readTape, verifyTape } from '../../../../src/store/tape/tape.ts';
import { collect, newFolder } from './folder.ts';

/** As the child folds: its checkpoints are loaded here. */
const fold = {
  initial: () => 0,
  apply: (state: number, { seq }: { seq: number }) => (seq === state + 1 ? seq : -1),
};
const entry = fileURLToPath(new URL('../fixtures/tape-child.ts', import.meta.url));
let program: string;

beforeAll(async () => {
  const result = await build({
    configFile: false,
    logLevel: 'error',
    ssr: { noExternal: true },
    build: { ssr: entry, write: false, minify: false },
  });
  const [bundle] = [result].flat();
  if (bundle === undefined || !('output' in bundle)) throw new Error('nothing was built');
  program = bundle.output[0].code;
}, 60_000);

test('a process killed at any instant loses nothing that was reported durable', {
  tags: ['slow'],
}, async () => {
  const folder = newFolder();
  let durable = 0;
  for (const reports of [1, 7, 40, 150]) {
    const child = spawn(process.execPath, ['--input-type=module', '-', folder], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    child.stdin.end(program);
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      output += text;
      if (output.split('\n').length > reports) child.kill('SIGKILL');
    });
    await once(child, 'close');
    expect(child.signalCode).toBe('SIGKILL');
    const told = Number(output.split('\n').at(-2));
    expect(told).toBeGreaterThan(durable);
    durable = told;

    // The dead process left its lock behind.
    const tape = await openTape({ folder, fold });
    expect(tape.state).toBe(tape.lastSeq);
    expect(tape.lastSeq).toBeGreaterThan(durable);
    await tape.close();
    const records = await collect(readTape(folder));
    expect(records.map(({ seq }) => seq)).toEqual(records.map((_, i) => i + 1));
    expect(await verifyTape(folder)).toMatchObject({ ok: true, firstSeq: 1, lastSeq: tape.lastSeq });
  }
});
