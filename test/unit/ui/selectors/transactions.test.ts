import { describe, expect, it } from 'vitest';
import type { ConnectionView } from '../../../../src/events/views/connection-view.ts';
import type { QueryView } from '../../../../src/events/views/query-view.ts';
import type { SessionView } from '../../../../src/events/views/session-view.ts';
import { tabTitle } from '../../../../src/ui/app/tabs.ts';
import { keyTarget } from '../../../../src/ui/catalogue/tree-keys.ts';
import { bytesText } from '../../../../src/ui/catalogue/tree-node.ts';
import { linesSeen } from '../../../../src/ui/catalogue/tree-window.ts';
import { mongodbOffers } from '../../../../src/ui/editor/mongodb-completion.ts';
import { mongoCollection, openText, qualified } from '../../../../src/ui/format/identifiers.ts';
import { faultOf } from '../../../../src/ui/query/statement-error.ts';
import { besideRows, resultsOf } from '../../../../src/ui/result/results.ts';
import { latestScripts, livingQueries } from '../../../../src/ui/selectors/latest-script.ts';
import {
  lossWords,
  transactionControls,
  transactionMark,
} from '../../../../src/ui/selectors/transactions.ts';

const session = (changes: Partial<SessionView> = {}, transactions = true) =>
  ({
    state: 'ready',
    interrupted: [],
    idleRollbacks: {},
    server: { flavour: 'MongoDB', version: '7', capabilities: { transactions } },
    ...changes,
  }) as unknown as SessionView;
const connection = (transaction: ConnectionView['transaction']) => ({ transaction }) as ConnectionView;
const query = (changes: Partial<QueryView>) =>
  ({
    tabId: 't',
    purpose: 'statement',
    scriptId: 'x',
    scriptIndex: 0,
    submittedAt: 1,
    outcome: null,
    columns: 0,
    resultSets: 0,
    notices: 0,
    failure: null,
    dispatchedAt: null,
    ...changes,
  }) as QueryView;

describe('what the toolbar offers of a transaction', () => {
  it('is Begin outside one, and Commit and Roll back inside', () => {
    expect(transactionControls(session(), 't', undefined, undefined)).toMatchObject({
      status: 'none',
      begin: '',
    });
    expect(transactionControls(session(), 't', connection('open'), undefined)).toMatchObject({
      status: 'open',
      commit: '',
      rollback: '',
    });
  });

  it('is the rollback alone of one that has failed', () => {
    const controls = transactionControls(session(), 't', connection('failed'), undefined);
    expect(controls).toMatchObject({ status: 'failed', rollback: '' });
    expect(controls.commit).not.toBe('');
  });

  it('is nothing where the server has none, with the reason', () => {
    const controls = transactionControls(session({}, false), 't', undefined, undefined);
    expect(controls.begin).toContain('MongoDB has no transactions here');
    expect(controls.manual).toContain('replica sets');
  });

  it('waits for what runs, and does not cancel what is paused', () => {
    const runs = transactionControls(session(), 't', connection('open'), query({ state: 'executing' }));
    const paused = transactionControls(session(), 't', connection('open'), query({ state: 'paused' }));
    expect(runs.commit).toContain('Wait');
    expect(paused.commit).toContain('Fetch all of it, or cancel it');
  });

  it('is to see that it went with its connection, before anything else', () => {
    const controls = transactionControls(session({ interrupted: ['t'] }), 't', undefined, undefined);
    expect(controls).toMatchObject({ status: 'lost', rollback: '' });
    expect(transactionControls(session({ interrupted: ['u'] }), 't', undefined, undefined).status).toBe(
      'none',
    );
  });
});

describe('a transaction that went with its connection', () => {
  it('is said to be committed by nobody, unless a step of it was on its way', () => {
    const onTheWay = query({ outcome: 'lost.mayHaveCompleted' });
    expect(lossWords(session(), 't', undefined)).toContain('rolled back by the server');
    expect(lossWords(session(), 't', onTheWay)).toContain('may have completed');
    expect(lossWords(session({ idleRollbacks: { t: null } }), 't', onTheWay)).toContain('Nobody used');
  });

  it('needs nobody to roll back what the server is asked to roll back', () => {
    const idle = (asked: string | null) =>
      transactionControls(
        session({ interrupted: ['t'], idleRollbacks: { t: asked } }),
        't',
        undefined,
        undefined,
      );
    expect(idle('q')).toMatchObject({ status: 'lost', rollback: expect.stringContaining('asked') });
    expect(idle(null)).toMatchObject({ status: 'lost', rollback: '' });
  });

  it('has its mark in the tab', () => {
    expect(transactionMark(undefined, true)?.tone).toBe('failed');
    expect(transactionMark(connection('open'), false)).toMatchObject({ tone: 'waiting' });
    expect(transactionMark(connection('none'), false)).toBeNull();
  });
});

describe('a tab’s queries', () => {
  it('are its script, its transaction’s steps and its edits, each apart', () => {
    const queries = {
      a: query({ queryId: 'a', submittedAt: 1 }),
      b: query({ queryId: 'b', submittedAt: 2, purpose: 'transaction', scriptId: 'y' }),
      c: query({ queryId: 'c', submittedAt: 3, purpose: 'edit', scriptId: 'z' }),
    };
    const ids = (purpose?: 'transaction') =>
      latestScripts(queries, new Map(), purpose)
        .get('t')
        ?.map(({ queryId }) => queryId);
    expect(ids()).toEqual(['a']);
    expect(ids('transaction')).toEqual(['b']);
  });

  it('are spoken of by the one that runs, whatever it is for', () => {
    const ended = query({ queryId: 'a', outcome: 'succeeded' });
    const waits = query({ queryId: 'b', scriptId: 'y', submittedAt: 2 });
    const runs = query({ queryId: 'c', scriptId: 'z', submittedAt: 3, purpose: 'edit', dispatchedAt: 4 });
    const living = livingQueries({ a: ended, b: waits, c: runs });
    expect(living.get('t')?.queryId).toBe('c');
    expect(livingQueries({ a: ended }).size).toBe(0);
  });

  it('say what went wrong with a step that came after them', () => {
    const failure = { code: '40001', source: 'server' } as const;
    const step = query({ queryId: 's', purpose: 'transaction', submittedAt: 5, outcome: 'failed', failure });
    const words = new Map([
      [
        's',
        {
          queryId: 's',
          text: 'COMMIT',
          params: [],
          judgement: null,
          challenge: null,
          offset: 0,
          failure: { ...failure, message: 'no' },
          notices: [],
        },
      ],
    ]);
    const fault = (submittedAt: number) =>
      faultOf([query({ submittedAt, outcome: 'succeeded' })], [step], words, '', null);
    expect(fault(1)?.words.message).toBe('no');
    expect(fault(9)).toBeNull();
  });

  it('give a result for each set of rows', () => {
    const results = resultsOf([
      query({ queryId: 'a', columns: 2, resultSets: 2 }),
      query({ queryId: 'b' }),
      query({ queryId: 'c', columns: 1, resultSets: 0 }),
    ]);
    expect(results.map(({ resultId, label }) => `${label}: ${resultId}`)).toEqual([
      'Result 1: a',
      'Result 2: a.2',
      'Result 3: c',
    ]);
    expect(resultsOf([query({ queryId: 'a', columns: 2, resultSets: 1 })])[0]?.label).toBe('Result');
  });

  it('have the most serious word of the server beside their rows', () => {
    const notice = (severity: string, message: string) => ({
      code: '1',
      source: 'server' as const,
      severity,
      message,
    });
    const words = {
      queryId: 'a',
      text: '',
      params: [],
      judgement: null,
      challenge: null,
      offset: 0,
      failure: null,
      notices: [notice('NOTE', 'a'), notice('WARNING', 'b')],
    };
    expect(besideRows(query({ notices: 7 }), words)).toMatchObject({ notice: { message: 'b' }, more: 6 });
    expect(besideRows(query({}), null)).toBeNull();
  });
});

describe('the tree', () => {
  const LINES = [
    { id: 'p', level: 1, name: 'Demo', expanded: true },
    { id: 'p n', level: 2, name: 'public', expanded: true },
    { id: 'p n a', level: 3, name: 'apples', expanded: false },
    { id: 'p n b', level: 3, name: 'pears', expanded: null },
  ];
  const to = (key: string, at: number) =>
    keyTarget({ key, ctrlKey: false, metaKey: false, altKey: false }, LINES, at)?.id;

  it('is walked by keys, whatever of it is drawn', () => {
    expect(to('ArrowDown', 1)).toBe('p n a');
    expect(to('ArrowUp', 0)).toBeUndefined();
    expect(to('End', 0)).toBe('p n b');
    expect(to('PageDown', 0)).toBe('p n b');
    expect(to('ArrowLeft', 3)).toBe('p n');
    expect(to('ArrowRight', 1)).toBe('p n a');
    expect(to('ArrowRight', 2)).toBeUndefined();
    expect(to('p', 1)).toBe('p n b');
    expect(to('p', 3)).toBe('p n');
  });

  it('draws the lines in view and a few around them, of twenty thousand', () => {
    expect(linesSeen({ top: 0, height: 520 }, 100, 20_000)).toEqual({ from: 0, to: 29 });
    const deep = linesSeen({ top: 260_100, height: 520 }, 100, 20_000, 0);
    expect(deep).toEqual({ from: 10_000, to: 10_020 });
    expect(linesSeen({ top: 0, height: 500 }, 9000, 50)).toEqual({ from: 0, to: 0 });
  });

  it('says sizes as disks are counted', () => {
    expect([0, 999, 8192, 12_345_678, 3e12].map(bytesText)).toEqual([
      '0 B',
      '999 B',
      '8.2 kB',
      '12 MB',
      '3.0 TB',
    ]);
  });
});

describe('a collection’s name', () => {
  it.each([
    ['postgres', 'public', 'Order', 'select * from public."Order"'],
    ['mariadb', 'shop', 'orders', 'select * from shop.orders'],
    ['mysql', 'my-shop', 'a`b', 'select * from `my-shop`.`a``b`'],
    ['mysql', 'shop', 'rank', 'select * from shop.`rank`'],
    ['mongodb', 'shop', 'orders', 'db.orders.find()'],
    ['mongodb', 'other', 'orders', 'db.getSiblingDB("other").orders.find()'],
    ['mongodb', 'shop', 'a-b', 'db.getCollection("a-b").find()'],
    ['mongodb', 'shop', 'stats', 'db.getCollection("stats").find()'],
  ] as const)('%s opens %s.%s by %s', (engine, namespace, collection, text) => {
    expect(openText(engine, namespace, collection, 'shop')).toBe(text);
  });

  it('is what the tab is called', () => {
    const title = (text: string) => tabTitle({ tabId: 't', profileId: 'p', title: '', text });
    expect(title(openText('mongodb', 'other', 'a-b', 'shop'))).toBe('a-b');
    expect(title(openText('mysql', 'shop', 'orders', ''))).toBe('shop.orders');
    expect(title('// note\ndb.orders.drop()')).toBe('db.orders.drop()');
    expect(qualified('mongodb', 'shop', 'x', 'shop')).toBe(mongoCollection('shop', 'x', 'shop'));
  });
});

describe('mongosh’s names', () => {
  const NAMES = { 'shop.orders': ['_id', 'status'], 'shop.order-items': [], 'other.things': ['a'] };
  const offered = (before: string) => {
    const found = mongodbOffers(before, NAMES, 'shop');
    return found && { typed: found.typed, labels: found.options.map(({ label }) => label) };
  };

  it('are collections after db, and the methods of the database', () => {
    expect(offered('db.or')?.typed).toBe('or');
    expect(offered('db.')?.labels).toEqual(expect.arrayContaining(['orders', 'getCollection']));
    expect(
      mongodbOffers('db.', NAMES, 'shop')?.options.find(({ label }) => label === 'order-items'),
    ).toMatchObject({
      insert: 'getCollection("order-items")',
    });
    expect(offered('db.getSiblingDB("other").')?.labels).toContain('things');
    expect(offered('mydb.')).toBeNull();
  });

  it('are methods after a collection and after a cursor', () => {
    expect(offered('db.orders.fi')).toMatchObject({
      typed: 'fi',
      labels: expect.arrayContaining(['find', 'insertOne']),
    });
    expect(offered('db.getCollection("order-items").')?.labels).toContain('find');
    expect(offered('db.orders.find({}).so')).toMatchObject({
      typed: 'so',
      labels: expect.arrayContaining(['sort']),
    });
  });

  it('are the fields of the statement’s collection inside its documents', () => {
    expect(offered('db.orders.find({ st')).toEqual({ typed: 'st', labels: ['_id', 'status'] });
    expect(offered('db.getSiblingDB("other").things.find({ a: 1, ')).toEqual({ typed: '', labels: ['a'] });
    expect(offered('db.unknown.find({ st')).toBeNull();
  });
});
