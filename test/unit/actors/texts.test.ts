import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { DraftsPort, HistoryPort } from '../../../src/actors/ports.ts';
import type { Accepted } from '../../../src/events/command.ts';
import type { SubmittedText } from '../../../src/events/history.ts';
import { fold } from '../../../src/events/views/state.ts';
import { eventually, fakeWorkspace } from './fakes.ts';
import { NO_CONFIG } from './no-config.ts';

/** A workspace whose history goes into `stored`, and is written once `release` was called. */
async function texts() {
  const stored: SubmittedText[] = [];
  const taken: string[] = [];
  let release = (): void => undefined;
  let refuse: Error | null = null;
  let written = Promise.resolve();
  const take = async (what: string): Promise<number> => {
    taken.push(what);
    if (refuse) throw refuse;
    return taken.length;
  };
  const history: HistoryPort = {
    submitted: (statements) => {
      stored.push(...statements);
      written = new Promise((resolve) => {
        release = resolve;
      });
    },
    written: () => written,
    delete: (queryIds) => take(`delete ${queryIds}`),
    purge: () => take('purge'),
  };
  const drafts: DraftsPort = {
    save: async ({ text }) => void (await take(`save ${text}`)),
    delete: async (tabId) => void (await take(`delete ${tabId}`)),
  };
  const world = fakeWorkspace({
    spillFolder: mkdtempSync(join(tmpdir(), 'querytape-unit-')),
    kept: (profiles) => ({ profiles, config: NO_CONFIG, history, drafts }),
  });
  const { sessionId } = world.workspace.take({ type: 'session.open', profileId: 'p1' }) as Accepted;
  await eventually(() => fold(world.tape.envelopes).sessions[sessionId!]?.state === 'ready');
  return {
    ...world,
    sessionId: sessionId!,
    stored,
    taken,
    release: () => release(),
    refuse(code: string) {
      refuse = Object.assign(new Error('in words'), { code });
    },
  };
}

const names = ({ tape }: Awaited<ReturnType<typeof texts>>) => tape.envelopes.map(({ event }) => event.type);

describe('the texts of a workspace', () => {
  it('are those of the user, one by one, and none of ours', async () => {
    const world = await texts();
    const { workspace, sessionId, stored } = world;
    const text = "select 'a'; select 'b'";
    const { queryIds } = workspace.take({ type: 'query.submit', sessionId, tabId: 't', text }) as Accepted;
    workspace.take({ type: 'transaction.begin', sessionId, tabId: 'u' });
    void workspace.catalogue(sessionId, { list: 'databases' }).catch(() => undefined);
    await eventually(() => names(world).filter((name) => name === 'query.submit').length >= 3);
    expect(stored).toMatchObject([
      {
        queryId: queryIds![0],
        text: "select 'a'",
        profileId: 'p1',
        profileName: 'One',
        environment: 'development',
      },
      { queryId: queryIds![1], text: "select 'b'" },
    ]);
  });

  it('are written before their statements leave', async () => {
    const world = await texts();
    const { workspace, sessionId, driver } = world;
    const sent = () => driver.executions.some(({ text }) => text === 'select 1');
    workspace.take({ type: 'query.submit', sessionId, tabId: 't', text: 'select 1' });
    await eventually(() => names(world).includes('query.classified'));
    for (let turn = 0; turn < 200; turn++) await new Promise((next) => setImmediate(next));
    expect(sent()).toBe(false);
    expect(names(world)).not.toContain('query.recorded');
    world.release();
    await eventually(sent);
  });

  it('are taken out once for one command, and drafts are taken as often as they come', async () => {
    const world = await texts();
    const { workspace, taken } = world;
    const purge = { type: 'history.purge', commandId: 'once' } as const;
    expect(await workspace.take(purge)).toEqual({ accepted: true, commandId: 'once', entries: 1 });
    expect(await workspace.take(purge)).toEqual({ accepted: true, commandId: 'once', entries: 1 });
    expect(taken).toEqual(['purge']);
    expect(names(world).filter((name) => name.startsWith('history.'))).toEqual(['history.purged']);
    const draft = {
      type: 'draft.save',
      commandId: 'd',
      tabId: 't',
      profileId: 'p1',
      text: 'select 1',
    } as const;
    await workspace.take(draft);
    await workspace.take({ ...draft, text: 'select 2' });
    expect(taken).toEqual(['purge', 'save select 1', 'save select 2']);
  });

  it('leave nothing of a draft on the tape, not even where it is refused', async () => {
    const world = await texts();
    world.refuse('ENOSPC');
    const before = world.tape.envelopes.length;
    const answer = await world.workspace.take({
      type: 'draft.save',
      tabId: 't',
      profileId: 'p1',
      text: 'geheim',
    });
    expect(answer).toMatchObject({ refused: { code: 'ENOSPC', message: 'in words' } });
    const since = world.tape.envelopes.slice(before);
    expect(since.map(({ event }) => event)).toMatchObject([
      { type: 'command.refused', command: 'draft.save', code: 'ENOSPC' },
    ]);
    expect(JSON.stringify(since)).not.toContain('geheim');
  });
});
