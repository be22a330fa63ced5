import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { Replay } from '../../../src/actors/replay.ts';
import { DriverError } from '../../../src/drivers/driver.ts';
import type { Accepted, CommandAnswer } from '../../../src/events/command.ts';
import type { SeenWait } from '../../../src/events/lock-wait.ts';
import { fold } from '../../../src/events/views/state.ts';
import { eventually, fakeWorkspace } from './fakes.ts';

const FREE: SeenWait = {
  waits: 'none',
  lock: null,
  waitedMs: null,
  isCut: false,
  waitEvent: '',
  blockers: [],
  note: '',
};

let world: ReturnType<typeof fakeWorkspace>;
let queryId: string;
/** What the server answers when it is asked who blocks the statement. */
let answer: () => Promise<SeenWait>;

const state = () => fold(world.tape.envelopes);
const ask = async (): Promise<CommandAnswer> => world.workspace.take({ type: 'query.blockers', queryId });
const recorded = (type: string) => world.tape.envelopes.filter(({ event }) => event.type === type);

beforeEach(async () => {
  world = fakeWorkspace({ spillFolder: mkdtempSync(join(tmpdir(), 'querytape-unit-')) });
  Object.assign(world.driver, { blockers: () => answer() });
  answer = async () => FREE;
  const opened = world.workspace.take({ type: 'session.open', profileId: 'p1' });
  const sessionId = ((await opened) as Accepted).sessionId!;
  await eventually(() => state().sessions[sessionId]?.state === 'ready');
  const submit = { type: 'query.submit', sessionId, tabId: 't1', text: 'select 1' } as const;
  queryId = (world.workspace.take(submit) as Accepted).queryIds![0]!;
  await eventually(() => world.driver.executions.find(({ text }) => text === 'select 1'));
});

function proveTape(): void {
  const replay = new Replay();
  for (const envelope of world.tape.envelopes) replay.step(envelope);
  expect(replay.report()).toMatchObject({ matched: true, mismatches: [], unproven: 0 });
}

describe('the question who blocks a statement', () => {
  it('is asked of its server once at a time', async () => {
    let reply = (_seen: SeenWait): void => undefined;
    answer = () =>
      new Promise((resolve) => {
        reply = resolve;
      });
    const first = ask();
    await eventually(() => recorded('query.blockersWanted').length === 1);
    expect(await ask()).toMatchObject({ refused: { code: 'blockers.busy' } });
    reply(FREE);
    expect(await first).toMatchObject({ blockers: { waits: 'none' }, queryIds: [queryId] });
    expect(recorded('query.blockersFound')).toHaveLength(1);
    proveTape();
  });

  it.each<[string, Error, string]>([
    ['its server refuses it', new DriverError({ code: '42501', source: 'server', message: 'no' }), '42501'],
    ['the disk refuses its record', Object.assign(new Error('full'), { code: 'ENOSPC' }), 'ENOSPC'],
  ])('can be asked again where %s', async (_why, error, code) => {
    answer = () => Promise.reject(error);
    expect(await ask()).toMatchObject({ refused: { code } });
    expect(recorded('query.blockersNotFound').at(-1)?.event).toMatchObject({ code });
    answer = async () => FREE;
    expect(await ask()).toMatchObject({ accepted: true });
    proveTape();
  });

  it('can be asked again after a defect, which is none of the user’s', async () => {
    answer = () => Promise.reject(new TypeError('no function'));
    await expect(ask()).rejects.toThrow('no function');
    answer = async () => FREE;
    expect(await ask()).toMatchObject({ accepted: true });
    proveTape();
  });
});
