import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { classifyMongodb } from '../../src/drivers/mongodb/classify.ts';
import { splitMongodb } from '../../src/events/engines/mongodb-statements.ts';
import type { QueryView } from '../../src/events/views/query-view.ts';
import { mongodbStatements } from '../safety/corpus.ts';
import { withClient } from '../servers/mongodb.ts';
import { type CuttingProxy, cuttingProxy, mongodbEngine, provided, wholeState } from './mongodb-engine.ts';
import { RealWorkspace } from './real-workspace.ts';

const DATABASE = 'querytape_safety';
const TOGETHER = 10;

describe('statements on MongoDB through a whole session of a read-only profile', () => {
  let proxy: CuttingProxy;
  let world: RealWorkspace;
  let sessionId: string;

  const run = async (text: string): Promise<QueryView[]> => {
    const command = { type: 'query.submit', sessionId, tabId: 't', text, goOnAfterError: true } as const;
    const answer = await world.answer(command);
    if (!('refused' in answer)) return Promise.all(answer.queryIds!.map((queryId) => world.ended(queryId)));
    // What can't be read as a statement is refused as it is submitted.
    expect(answer.refused.code, text).toBe('script.cannotRun');
    return [];
  };
  const outside = async (...commands: Record<string, unknown>[]): Promise<void> =>
    withClient(provided(), async (client) => {
      for (const command of commands) await client.db(DATABASE).command(command);
    });
  const statements = mongodbStatements().filter(({ text }) => splitMongodb(text).length > 0);

  beforeAll(async () => {
    proxy = await cuttingProxy(provided());
    await outside(
      { dropDatabase: 1 },
      {
        insert: 'orders',
        documents: [1, 2, 3].map((n) => ({ _id: n, a: n, who: n, total: n * 10, tags: ['a'] })),
      },
      { insert: 'people', documents: [{ _id: 1, name: 'Ann', boss: 2 }] },
      { insert: 'old', documents: [{ _id: 9, a: 1 }] },
      { createIndexes: 'orders', indexes: [{ key: { a: 1 }, name: 'a_1' }] },
      { create: 'seen', viewOn: 'orders', pipeline: [{ $match: { a: 1 } }] },
    );
    const engine = mongodbEngine(provided(), proxy);
    world = await RealWorkspace.start({
      ...engine,
      target: { ...engine.target, database: DATABASE },
      readOnly: true,
    });
    sessionId = await world.open();
    expect(world.state.sessions[sessionId]?.state).toBe('ready');
  });
  afterAll(async () => {
    await world.stop();
    await proxy.close();
    await outside({ dropDatabase: 1 });
  });

  it('each that is judged a read changes nothing', { timeout: 120_000 }, async () => {
    const before = await wholeState(provided());
    let ran = 0;
    const reads = statements.filter(({ text }) => classifyMongodb(text).verdict === 'read');
    // The whole state is looked at for every few statements, as it costs more than they do.
    for (let at = 0; at < reads.length; at += TOGETHER) {
      const some = reads.slice(at, at + TOGETHER).map(({ text }) => text);
      for (const text of some) {
        const queries = await run(text);
        for (const { verdict } of queries) expect(verdict, text).toBe('read');
        if (queries.every(({ outcome }) => outcome === 'succeeded')) ran++;
      }
      expect(await wholeState(provided()), some.join('\n')).toBe(before);
    }
    process.stdout.write(
      `MongoDB: ${reads.length} reads, of which ${ran} ran to their end; nothing changed\n`,
    );
    expect(reads.length).toBeGreaterThan(120);
    expect(ran).toBeGreaterThan(50);
  });

  it('each that is none is refused by its verdict, and changes nothing', { timeout: 120_000 }, async () => {
    const before = await wholeState(provided());
    const others = statements.filter(({ text }) => {
      const { verdict, harmlessSetting } = classifyMongodb(text);
      return verdict !== 'read' && !harmlessSetting;
    });
    let unreadable = 0;
    for (const { text } of others) {
      const queries = await run(text);
      if (queries.length === 0) {
        unreadable++;
        continue;
      }
      // What comes after a statement that was refused is not sent.
      const first = queries.find(({ verdict }) => verdict !== 'read');
      expect(first, text).toMatchObject({ outcome: 'refused' });
      expect(first?.refusedCode, text).toMatch(/^readOnly\./);
      for (const { outcome, verdict } of queries)
        if (verdict !== 'read') expect(outcome, text).not.toBe('succeeded');
    }
    expect(await wholeState(provided())).toBe(before);
    expect(others.length - unreadable).toBeGreaterThan(200);
  });

  it('would be seen to change something: the checksum is of use', async () => {
    const changes: Record<string, unknown>[] = [
      { insert: 'orders', documents: [{ _id: 99 }] },
      { update: 'orders', updates: [{ q: { _id: 99 }, u: { $set: { a: 1 } } }] },
      { delete: 'orders', deletes: [{ q: { _id: 99 }, limit: 0 }] },
      { create: 'made' },
      { createIndexes: 'made', indexes: [{ key: { b: 1 }, name: 'b_1' }] },
      { aggregate: 'orders', pipeline: [{ $match: {} }, { $out: 'copy' }], cursor: {} },
      { drop: 'made' },
    ];
    let before = await wholeState(provided());
    for (const change of changes) {
      await outside(change);
      const after = await wholeState(provided());
      expect(after, JSON.stringify(change)).not.toBe(before);
      before = after;
    }
  });
});
