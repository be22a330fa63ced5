import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { compose } from '../../../src/main/compose.ts';
import { logSettings } from '../../../src/main/log-settings.ts';
import { type DataPaths, dataPaths } from '../../../src/main/paths.ts';
import { readTape } from '../../../src/store/tape/tape.ts';

let folder: string;
let paths: DataPaths;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'querytape-compose-'));
  paths = dataPaths(join(folder, 'data'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

const composed = (port: number) =>
  compose({
    paths,
    port,
    pageFolder: null,
    demo: false,
    configFolder: join(folder, 'config'),
    unsavedProfiles: false,
    logging: logSettings({ log: 'none' }),
    log: () => {},
    onFatal: (error) => {
      throw error;
    },
  });

it('leaves no timer running where the port is taken, as the program then starts again on another', async () => {
  const other = createServer((request, answer) => {
    request.resume();
    answer.end();
  });
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void other.close());
  const { port } = other.address() as AddressInfo;
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', `http://127.0.0.1:${port}`);
  const began = vi.spyOn(globalThis, 'setInterval');
  const ended = vi.spyOn(globalThis, 'clearInterval');
  await expect(composed(port)).rejects.toMatchObject({ code: 'EADDRINUSE' });
  const timers = began.mock.results.map(({ value }) => value);
  expect(timers.length).toBeGreaterThan(1);
  expect(ended.mock.calls.map(([timer]) => timer)).toEqual(expect.arrayContaining(timers));
});

it('ends in order what has begun where it can not say how it is reached, and serves nothing any more', async () => {
  mkdirSync(paths.running, { recursive: true });
  chmodSync(paths.folder, 0o700);
  const began = vi.spyOn(globalThis, 'setInterval');
  const ended = vi.spyOn(globalThis, 'clearInterval');
  const listen = vi.spyOn(Server.prototype, 'listen');
  await expect(composed(0)).rejects.toMatchObject({ code: 'EISDIR' });
  const timers = began.mock.results.map(({ value }) => value);
  expect(timers.length).toBeGreaterThan(3);
  expect(ended.mock.calls.map(([timer]) => timer)).toEqual(expect.arrayContaining(timers));
  const servers = listen.mock.contexts as Server[];
  expect(servers.map(({ listening }) => listening)).toEqual([false]);
  const states: (string | null)[] = [];
  for await (const envelopes of readTape(paths.tape))
    for (const { kind, state } of envelopes) if (kind === 'workspace') states.push(state);
  expect(states.at(-1)).toBe('stopped');
});

it('ends all of itself where one step fails, so that the tape can be opened again', async () => {
  const first = await composed(0);
  rmSync(paths.running);
  mkdirSync(paths.running);
  await expect(first.stop()).rejects.toMatchObject({ code: 'ERR_FS_EISDIR' });
  rmSync(paths.running, { recursive: true });
  const second = await composed(0);
  await second.stop();
});
