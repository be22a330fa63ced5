import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CATALOGUE_PAGE_MAX } from '../../src/drivers/limits.ts';
import type { CataloguePage, Collection, CollectionKey, ColumnInfo } from '../../src/events/catalogue.ts';
import type { Command } from '../../src/events/command.ts';
import type { Cell } from '../../src/events/edit.ts';
import type { ContractEngine } from './contract.ts';
import { RealWorkspace } from './real-workspace.ts';
import { until } from './running.ts';

/** What a whole session's contract needs to know of an engine, beyond the driver's. */
export interface SessionEngine extends ContractEngine {
  /** Where collections are made, and the name of a collection's key. */
  readonly namespace: string;
  readonly key: string;
  /** The engine that the profile names, and a database that the server does not have with the code of its refusal, if it has one. */
  readonly unknownDatabase?: { readonly target: ContractEngine['target']; readonly code: string };
  readonly words: {
    /** Makes a collection of rows with the key and a `name`, or takes it away where it is there. */
    make(collection: string): string;
    drop(collection: string): string;
    add(collection: string, key: number, name: string): string;
    /** Keys and names, in the order of keys. */
    all(collection: string): string;
    /** A statement that changes every row's name. */
    rename(collection: string, name: string): string;
  };
  /** How a result's cell says a number and a text. */
  readonly cell: { number(value: number): string; text(value: string): string };
  /** Runs statements from outside. */
  outside(...texts: readonly string[]): Promise<void>;
}

/** Collections of two pages; the catalogues of each engine have more in their own tests. */
const MANY = CATALOGUE_PAGE_MAX + 1;
const RACES = 100;

/** What a session keeps on every engine, through the actors and the tape. Each test ends by proving that its tape replays. */
export function sessionContract(name: string, engineOf: () => SessionEngine): void {
  describe(`a session on ${name}:`, () => {
    let world: RealWorkspace;
    let sessionId: string;
    let engine: SessionEngine;
    const C = 'contract_rows';

    const submit = async (text: string, more: object = {}): Promise<readonly string[]> =>
      (await world.send({ type: 'query.submit', sessionId, tabId: 't1', text, ...more })).queryIds!;
    const run = async (text: string, more: object = {}) => world.ended((await submit(text, more))[0]!);
    const ask = async (text: string, more: object = {}) => {
      const query = await run(text, more);
      expect(query).toMatchObject({ outcome: 'succeeded', failure: null });
      return world.rows(query.queryId);
    };
    const names = async (tabId = 't1') =>
      (await ask(engine.words.all(C), { tabId })).map((row) => row.at(-1));
    const text = (value: string) => engine.cell.text(value);
    const step = async (type: 'transaction.begin' | 'transaction.commit' | 'transaction.rollback') => {
      const { queryIds } = await world.send({ type, sessionId, tabId: 't1' });
      for (const queryId of queryIds!) expect((await world.ended(queryId)).outcome).toBe('succeeded');
    };
    const connectionOf = (tabId: string) =>
      Object.values(world.state.connections).findLast((one) => one.tabId === tabId)!;
    const refusal = async (command: Parameters<RealWorkspace['answer']>[0]) => {
      const answer = await world.answer(command);
      return 'refused' in answer ? answer.refused : undefined;
    };
    const place = () => ({ namespace: engine.namespace, collection: C });
    const cell = (column: string, value: string | null): Cell => ({ column, value });

    beforeAll(async () => {
      engine = engineOf();
      world = await RealWorkspace.start(engine);
      sessionId = await world.open();
      expect(world.state.sessions[sessionId]).toMatchObject({ state: 'ready', failure: null });
    });
    beforeEach(async () => {
      await engine.outside(engine.words.drop(C), engine.words.make(C));
    });
    afterAll(async () => {
      await engine.outside(engine.words.drop(C));
      await world.stop();
      await until(
        'nothing of ours is left on the server',
        async () => (await engine.processes('querytape')).length === 0,
      );
    });

    it('tells who answers and what it can do', () => {
      const { server } = world.state.sessions[sessionId]!;
      expect(server?.flavour).not.toBe('');
      expect(Object.keys(server!.capabilities)).toEqual(Object.keys(engine.driver.capabilities));
    });

    it('says why it can’t be opened, and what to do', async () => {
      const { unknownDatabase } = engine;
      if (!unknownDatabase) return expect(engine.driver.engine).toBe('mongodb');
      world.profiles.add(
        {
          profileId: 'x',
          name: 'x',
          target: unknownDatabase.target,
          environment: 'development',
          readOnly: false,
        },
        engine.password,
      );
      const failed = await world.open('x');
      const { state, failure } = world.state.sessions[failed]!;
      expect([state, failure?.code]).toEqual(['failed', unknownDatabase.code]);
      expect(world.workspace.failure(failed)?.advice).toMatch(/^[A-Z].*\.$/);
    });

    it('runs a script in order on one connection, each with its rows', async () => {
      const ids = await submit([1, 2, 3].map((n) => engine.say.value(n)).join(';\n'));
      expect(ids).toHaveLength(3);
      for (const [at, id] of ids.entries()) {
        expect((await world.ended(id)).outcome).toBe('succeeded');
        expect((await world.rows(id))[0]!.at(-1)).toBe(engine.cell.number(at + 1));
      }
      expect(new Set(ids.map((id) => world.state.queries[id]!.connectionId)).size).toBe(1);
    });

    it('stops a script at an error and says what did not run; or goes on', async () => {
      const script = [engine.say.value(1), engine.say.wrong, engine.say.value(3)].join(';\n');
      const outcomes = async (ids: readonly string[]) =>
        Promise.all(ids.map(async (id) => (await world.ended(id)).outcome));
      const stopped = await submit(script);
      expect(await outcomes(stopped)).toEqual(['succeeded', 'failed', 'cancelled']);
      expect(world.state.queries[stopped[2]!]?.cancel?.reason).toBe('scriptStopped');
      expect(world.state.queries[stopped[2]!]?.recordedSeq).toBeNull();
      expect(await outcomes(await submit(script, { goOnAfterError: true }))).toEqual([
        'succeeded',
        'failed',
        'succeeded',
      ]);
    });

    it('cancels a script: what runs is stopped on the server, the rest does not run', async () => {
      const ids = await submit([engine.say.sleep(60_000), engine.say.value(2)].join(';\n'), {
        goOnAfterError: true,
      });
      await world.until(({ queries }) => queries[ids[0]!]?.state === 'executing');
      await world.send({ type: 'query.cancel', queryId: ids[0]! });
      expect(await world.ended(ids[0]!)).toMatchObject({ outcome: 'cancelled' });
      expect(world.state.queries[ids[0]!]?.cancel?.confirmedAfterMs).toBeGreaterThan(0);
      expect(await world.ended(ids[1]!)).toMatchObject({ outcome: 'cancelled', recordedSeq: null });
    });

    it('times a statement out on the server, and goes on', async () => {
      const query = await run(engine.say.sleep(60_000), { timeoutMs: 150 });
      expect(query).toMatchObject({ outcome: 'timedOut', cancel: { reason: 'timeout' } });
      expect(query.cancel?.confirmedAfterMs).toBeGreaterThan(0);
      expect((await ask(engine.say.value(5)))[0]!.at(-1)).toBe(engine.cell.number(5));
    });

    it('stops at a row limit, and keeps the connection', async () => {
      const before = connectionOf('t1').connectionId;
      const query = await run(engine.say.rows(400_000), { rowsMax: 100, fetchAll: true });
      expect(query).toMatchObject({ outcome: 'succeeded', rows: 100, rowsComplete: false, cut: 'rowLimit' });
      expect(await world.rows(query.queryId)).toHaveLength(100);
      await ask(engine.say.value(1));
      expect(connectionOf('t1').connectionId).toBe(before);
    });

    it('runs two tabs side by side', async () => {
      const [slow] = await submit(engine.say.sleep(60_000));
      await world.until(({ queries }) => queries[slow!]?.state === 'executing');
      expect((await ask(engine.say.value(7), { tabId: 't2' }))[0]!.at(-1)).toBe(engine.cell.number(7));
      expect(world.state.queries[slow!]?.outcome).toBeNull();
      await world.send({ type: 'query.cancel', queryId: slow! });
      expect((await world.ended(slow!)).outcome).toBe('cancelled');
    });

    it(`ends ${RACES} raced cancels truthfully, and no statement after one is hurt`, async () => {
      const outcomes = new Set<string>();
      for (let race = 0; race < RACES; race++) {
        const [raced] = await submit(race % 2 ? engine.say.value(race) : engine.say.sleep(20_000));
        const [next] = await submit(engine.say.value(race));
        if (race % 4) await new Promise((resolve) => setTimeout(resolve, Math.random() * 8));
        await world.answer({ type: 'query.cancel', queryId: raced! });
        outcomes.add((await world.ended(raced!)).outcome!);
        expect((await world.ended(next!)).outcome).toBe('succeeded');
      }
      outcomes.delete('succeeded');
      expect([...outcomes]).toEqual(['cancelled']);
    });

    it('keeps a transaction to its tab until it is committed, and takes it back when it is not', async () => {
      await step('transaction.begin');
      expect(connectionOf('t1').transaction).toBe('open');
      await ask(engine.words.add(C, 1, 'mine'));
      expect(await names()).toEqual([text('mine')]);
      expect(await names('t2')).toEqual([]);
      await step('transaction.rollback');
      expect(connectionOf('t1').transaction).toBe('none');
      expect(await names()).toEqual([]);
      await step('transaction.begin');
      await ask(engine.words.add(C, 1, 'ours'));
      await step('transaction.commit');
      expect(await names('t2')).toEqual([text('ours')]);
    });

    it('knows a transaction that was typed', async () => {
      await run(engine.say.begin);
      expect(connectionOf('t1').transaction).toBe('open');
      expect((await refusal({ type: 'transaction.begin', sessionId, tabId: 't1' }))?.code).toBe(
        'transaction.open',
      );
      expect((await refusal({ type: 'tab.close', sessionId, tabId: 't1' }))?.code).toBe('transaction.open');
      await run(engine.say.rollback);
      expect(connectionOf('t1').transaction).toBe('none');
    });

    it('begins a transaction by itself where commits are manual', async () => {
      await ask(engine.words.add(C, 1, 'kept'), { manualCommit: true });
      expect(connectionOf('t1').transaction).toBe('open');
      expect(await names('t2')).toEqual([]);
      await step('transaction.commit');
      expect(await names('t2')).toEqual([text('kept')]);
    });

    it('offers a failed transaction’s rollback, and goes on after it', async () => {
      await step('transaction.begin');
      await ask(engine.words.add(C, 1, 'a'));
      expect((await run(engine.say.wrong)).outcome).toBe('failed');
      expect(connectionOf('t1').transaction).toBe(engine.errorFailsTransaction ? 'failed' : 'open');
      await step('transaction.rollback');
      expect(await names()).toEqual([]);
    });

    it('says that a transaction went with its connection, has committed nothing, and waits until that was seen', async () => {
      await step('transaction.begin');
      await ask(engine.words.add(C, 1, 'gone'));
      await engine.kill(connectionOf('t1').server!.process.processId);
      // Some servers say it at once, some when they are spoken to next; either way before anything else runs there.
      const last = { type: 'query.submit', sessionId, tabId: 't1', text: engine.say.value(1) } as const;
      await world.answer(last);
      await world.until(({ sessions }) => sessions[sessionId]!.interrupted.includes('t1'));
      expect((await refusal(last))?.code).toBe('transaction.lost');
      expect(await names('t2')).toEqual([]);
      await world.send({ type: 'transaction.rollback', sessionId, tabId: 't1' });
      expect(await names()).toEqual([]);
    });

    it('rolls an idle transaction back, and its tab waits until that was acknowledged', async () => {
      await step('transaction.begin');
      world.rules = { idleInTransactionMs: 100 };
      await ask(engine.words.add(C, 1, 'forgotten'));
      await world.until(({ sessions }) => sessions[sessionId]!.idleRollbacks.t1 === null);
      world.rules = {};
      expect(connectionOf('t1').transaction).toBe('none');
      const next = { type: 'query.submit', sessionId, tabId: 't1', text: engine.say.value(1) } as const;
      expect((await refusal(next))?.code).toBe('transaction.rolledBack');
      await world.send({ type: 'transaction.rollback', sessionId, tabId: 't1' });
      expect(await names()).toEqual([]);
    });

    it('edits one row: shown first, then changed', async () => {
      await ask(engine.words.add(C, 1, 'old'));
      await ask(engine.words.add(C, 2, 'old'));
      const key = [cell(engine.key, engine.cell.number(1))];
      const old = [cell('name', text('old'))];
      const update = { type: 'row.update', sessionId, tabId: 't1', ...place(), key, old } as const;
      const values = [cell('name', text('new “ù'))];
      const { preview } = await world.send({ ...update, values, preview: true });
      expect(preview?.text).toContain(C);
      expect(await names()).toEqual([text('old'), text('old')]);
      const saved = await world.send({ ...update, values });
      expect(await world.ended(saved.queryIds![0]!)).toMatchObject({ outcome: 'succeeded', purpose: 'edit' });
      expect(await names()).toEqual([text('new “ù'), text('old')]);
      const insert = { type: 'row.insert', sessionId, tabId: 't1', ...place() } as const;
      const added = [cell(engine.key, engine.cell.number(3)), cell('name', text('third'))];
      const inserted = await world.send({ ...insert, values: added });
      expect((await world.ended(inserted.queryIds![0]!)).outcome).toBe('succeeded');
      const deleted = await world.send({
        type: 'row.delete',
        sessionId,
        tabId: 't1',
        ...place(),
        key: [cell(engine.key, engine.cell.number(2))],
        old: [cell('name', text('old'))],
      });
      expect((await world.ended(deleted.queryIds![0]!)).outcome).toBe('succeeded');
      expect(await names('t2')).toEqual([text('new “ù'), text('third')]);
    });

    it('never writes over what another session has changed since', async () => {
      await ask(engine.words.add(C, 1, 'seen'));
      await engine.outside(engine.words.rename(C, 'theirs'));
      const command = { sessionId, tabId: 't1', ...place(), key: [cell(engine.key, engine.cell.number(1))] };
      const old = [cell('name', text('seen'))];
      const changes: Command[] = [
        { type: 'row.update', ...command, old, values: [cell('name', text('mine'))] },
        { type: 'row.delete', ...command, old },
      ];
      for (const change of changes) {
        const { queryIds } = await world.send(change);
        const query = await world.ended(queryIds![0]!);
        expect([query.outcome, query.failure?.code]).toEqual(['failed', 'edit.conflict']);
      }
      expect(await names()).toEqual([text('theirs')]);
      expect(connectionOf('t1').transaction).toBe('none');
    });

    it('edits within the tab’s transaction, which can be taken back', async () => {
      await ask(engine.words.add(C, 1, 'old'));
      await step('transaction.begin');
      const { queryIds } = await world.send({
        type: 'row.update',
        sessionId,
        tabId: 't1',
        ...place(),
        key: [cell(engine.key, engine.cell.number(1))],
        old: [],
        values: [cell('name', text('new'))],
      });
      expect((await world.ended(queryIds![0]!)).outcome).toBe('succeeded');
      expect(await names()).toEqual([text('new')]);
      await step('transaction.rollback');
      expect(await names()).toEqual([text('old')]);
    });

    it('lists collections with their columns and keys', async () => {
      await ask(engine.words.add(C, 1, 'a'));
      const request = { list: 'collections', namespace: engine.namespace, after: null, search: C } as const;
      const found = (await world.workspace.catalogue(sessionId, request)) as CataloguePage & {
        collections: Collection[];
      };
      expect(found.collections.map(({ name }) => name)).toEqual([C]);
      const page = (await world.workspace.catalogue(sessionId, {
        list: 'columns',
        ...place(),
      })) as CataloguePage & {
        columns: ColumnInfo[];
      };
      expect(page.columns.map((column) => [column.name, column.primaryKey])).toEqual([
        [engine.key, 1],
        ['name', null],
      ]);
      const ddl = await world.workspace.catalogue(sessionId, { list: 'ddl', ...place() });
      expect(ddl).toMatchObject({ ddl: expect.stringContaining(C) });
      for (const list of ['columns', 'indexes', 'foreignKeys', 'ddl'] as const)
        await expect(
          world.workspace.catalogue(sessionId, { list, ...place(), collection: `${C}_absent` }),
        ).rejects.toMatchObject({ code: 'catalogue.absent' });
      const indexes = await world.workspace.catalogue(sessionId, { list: 'indexes', ...place() });
      expect(indexes).toMatchObject({
        indexes: [{ primary: true, columns: [expect.stringContaining(engine.key)] }],
      });
    });

    it(`pages through ${MANY} collections, each once and in order`, { timeout: 300_000 }, async () => {
      const all = Array.from({ length: MANY }, (_, n) => `many_${String(n).padStart(4, '0')}`);
      await engine.outside(...all.map((one) => engine.words.make(one)));
      try {
        const seen: string[] = [];
        for (let after: CollectionKey | null = null; ; ) {
          const request = {
            list: 'collections',
            namespace: engine.namespace,
            after,
            search: 'many_',
          } as const;
          const page = (await world.workspace.catalogue(sessionId, request)) as CataloguePage & {
            collections: Collection[];
          };
          expect(page.collections.length).toBeLessThanOrEqual(CATALOGUE_PAGE_MAX);
          seen.push(...page.collections.map((one) => one.name));
          if (!page.more) break;
          after = page.collections.at(-1)!;
        }
        expect(seen).toEqual(all);
      } finally {
        await engine.outside(...all.map((one) => engine.words.drop(one)));
      }
    });

    it('refuses what the server can’t do, by the capability’s and the engine’s name', async () => {
      const { capabilities, flavour } = world.state.sessions[sessionId]!.server!;
      const begin = { type: 'transaction.begin', sessionId, tabId: 't1' } as const;
      const level = await refusal({ ...begin, options: { isolationLevel: 'CHAOS' } });
      expect(level?.code).toBe('capability.isolationLevels');
      expect(level?.message).toContain(flavour);
      if (capabilities.readOnlyTransactions) return;
      expect((await refusal({ ...begin, options: { readOnly: true } }))?.code).toBe(
        'capability.readOnlyTransactions',
      );
    });
  });
}
