import { describe, expect, it, vi } from 'vitest';
import type { Danger, Judgement } from '../../../src/events/judgement.ts';
import { ENVIRONMENTS, type Profile } from '../../../src/events/profile.ts';
import type { QueryView } from '../../../src/events/views/query-view.ts';
import type { QueryText } from '../../../src/events/wire.ts';
import { readOnlyRole, type Trusted, trustWords } from '../../../src/ui/app/protection-text.ts';
import { tabTitle } from '../../../src/ui/app/tabs.ts';
import { Confirmations, isNamed, targetText, timeLeft } from '../../../src/ui/dialogs/confirmations.ts';
import { piecesOf, placesOf, SHOWN_UNITS_MAX } from '../../../src/ui/dialogs/danger-marks.ts';
import {
  drawn,
  endingText,
  type HistoryEntry,
  historyPath,
  lineOfText,
  whenText,
} from '../../../src/ui/dialogs/history-model.ts';
import { strengthOf } from '../../../src/ui/dialogs/vault-words.ts';
import { visible } from '../../../src/ui/format/escape-invisible.ts';
import { judgedPlace, type RefusedWhere, refusalWords } from '../../../src/ui/query/refusal-text.ts';

const danger = (position: number, length?: number): Danger => ({
  kind: 'drop',
  position,
  ...(length === undefined ? {} : { length }),
  reason: 'It drops.',
});

describe('a statement’s dangerous places', () => {
  it('marks the word at a place that has no length, and as much as was said at one that has', () => {
    const text = 'drop table a; delete from b';
    expect(placesOf(text, [danger(1, 10), danger(15)])).toEqual([
      { start: 0, end: 10 },
      { start: 14, end: 20 },
    ]);
  });

  it('counts characters, not UTF-16 units', () => {
    const text = "select '☕🫖'; drop table t";
    const at = [...text].join('').indexOf('drop');
    const characters = [...text.slice(0, at)].length + 1;
    expect(placesOf(text, [danger(characters)])).toEqual([{ start: at, end: at + 4 }]);
  });

  it('cuts a statement into pieces that are together the statement, also where dangers overlap', () => {
    const text = 'update t set a = 1 where true';
    const pieces = piecesOf(text, [danger(1, 29), danger(20, 10)]);
    expect(pieces.map((piece) => (piece.kind === 'gap' ? '' : piece.text)).join('')).toBe(text);
    expect(pieces.at(-1)).toEqual({ kind: 'danger', text: 'where true', dangers: [0, 1] });
  });

  it('keeps a place beyond the text within it', () => {
    expect(placesOf('a', [danger(40, 5)])).toEqual([{ start: 1, end: 1 }]);
    expect(piecesOf('a', [danger(40, 5)])).toEqual([{ kind: 'plain', text: 'a' }]);
  });

  it('shows a long statement around its beginning and its dangers, and says what is left out', () => {
    const before = 'select 1;\n'.repeat(10_000);
    const text = `${before}truncate t;${before}`;
    const pieces = piecesOf(text, [danger(before.length + 1)]);
    expect(pieces.map(({ kind }) => kind)).toEqual(['plain', 'gap', 'plain', 'danger', 'plain', 'gap']);
    const shown = pieces.reduce((sum, piece) => sum + (piece.kind === 'gap' ? 0 : piece.text.length), 0);
    const hidden = pieces.reduce((sum, piece) => sum + (piece.kind === 'gap' ? piece.units : 0), 0);
    expect(shown + hidden).toBe(text.length);
    expect(shown).toBeLessThanOrEqual(SHOWN_UNITS_MAX);
  });

  it('stays within its bound where thousands of places are dangerous', () => {
    const text = 'drop table t;'.padEnd(400, ' ').repeat(2000);
    const dangers = Array.from({ length: 2000 }, (_, i) => danger(i * 400 + 1));
    const shown = piecesOf(text, dangers).reduce(
      (sum, piece) => sum + (piece.kind === 'gap' ? 0 : piece.text.length),
      0,
    );
    expect(shown).toBeLessThanOrEqual(SHOWN_UNITS_MAX + 3200);
  });
});

it('a hostile server: nothing that hides or turns text round is left in a tooltip, a message or the name of a tab', () => {
  const hostile = 'a\u202eb\u2066c\u200bd\u0007e\u009bf\u{e0041}g\u3164h';
  const spelled = 'a\\u202Eb\\u2066c\\u200Bd\\x07e\\x9Bf\\u{E0041}g\\u3164h';
  expect(visible(hostile)).toBe(spelled);
  expect(tabTitle({ tabId: 't', profileId: 'p', title: hostile, text: '' })).toBe(spelled);
  expect(tabTitle({ tabId: 't', profileId: 'p', title: '', text: `call ${hostile.slice(0, 5)}` })).toBe(
    'call a\\u202Eb\\u2066c',
  );
});

it('spells out what would move or hide a part of a text, and leaves all languages as they are', () => {
  expect(visible('a\r\n\tb')).toBe('a\n\tb');
  expect(visible('x \u202e\u200b y')).toBe('x \\u202E\\u200B y');
  expect(visible('قهوة ☕ 🫖 中文')).toBe('قهوة ☕ 🫖 中文');
});

describe('a confirmation', () => {
  const profile: Profile = {
    profileId: 'p',
    name: 'shop',
    target: {
      engine: 'postgres',
      host: 'db',
      port: 5432,
      database: 'shop',
      user: 'app',
      tls: { mode: 'disable' },
    },
    environment: 'production',
    readOnly: false,
  };
  const waiting = (queryId: string, submittedAt: number, state = 'confirming') =>
    ({ queryId, submittedAt, state, sessionId: 's' }) as QueryView;
  const settle = () => new Promise((resolve) => setImmediate(resolve));

  it('counts down in whole seconds and never below zero', () => {
    expect(timeLeft(120_000, 0)).toBe('2:00');
    expect(timeLeft(120_000, 110_100)).toBe('0:10');
    expect(timeLeft(120_000, 500_000)).toBe('0:00');
  });

  it('takes the name to the letter only', () => {
    expect(isNamed('shop', 'shop')).toBe(true);
    for (const near of ['Shop', 'shop ', ' shop', 'sho', '']) expect(isNamed(near, 'shop')).toBe(false);
  });

  it('says where a statement would run', () => {
    expect(targetText(profile.target)).toBe('shop at db:5432 as app');
    expect(targetText({ ...profile.target, host: '/run/pg', user: '', database: '' })).toBe(
      '/run/pg (socket)',
    );
  });

  it('is pending once its words are known, oldest first, and gone with its state', async () => {
    const changed = vi.fn();
    const confirmations = new Confirmations(async (queryId) => ({ queryId }) as QueryText, changed);
    const queries = { b: waiting('b', 2), a: waiting('a', 1), c: waiting('c', 0, 'executing') };
    const look = () => confirmations.look(queries, () => ({ profile, environment: 'production' }));
    expect(look()).toEqual([]);
    await settle();
    expect(changed).toHaveBeenCalledTimes(2);
    expect(look().map(({ queryId, profileName }) => [queryId, profileName])).toEqual([
      ['a', 'shop'],
      ['b', 'shop'],
    ]);
    queries.a = waiting('a', 1, 'refused');
    expect(look().map(({ queryId }) => queryId)).toEqual(['b']);
  });

  it('asks again for words that nobody answered about', async () => {
    let calls = 0;
    const learn = async (): Promise<QueryText | null> => {
      if (calls++ === 0) throw new Error('away');
      return null;
    };
    const confirmations = new Confirmations(learn, () => {});
    const look = () =>
      confirmations.look({ a: waiting('a', 1) }, () => ({ profile, environment: 'staging' }));
    look();
    await settle();
    expect(look()).toEqual([]);
    await settle();
    expect(look()).toMatchObject([{ queryId: 'a', words: null, environment: 'staging' }]);
  });
});

const trusted: Trusted = {
  engine: 'postgres',
  environment: 'production',
  readOnly: true,
  enforcement: 'server',
  canWrite: null,
  dangerous: 'confirm',
};

describe('the walls of a session', () => {
  it.each([
    [{}, 'read-only · enforced by server and classifier', 'well'],
    [{ canWrite: false }, 'read-only · enforced by role, server and classifier', 'well'],
    [{ enforcement: 'classifier' }, 'read-only · enforced by classifier only', 'waiting'],
    [{ enforcement: null }, 'read-only · enforced by classifier only', 'waiting'],
    [{ readOnly: false }, 'may write · dangerous is asked about', 'waiting'],
    [{ readOnly: false, environment: 'development' }, 'may write · dangerous is asked about', 'quiet'],
    [
      { readOnly: false, environment: 'development', dangerous: 'run' },
      'may write · nothing is asked',
      'quiet',
    ],
    [{ readOnly: false, dangerous: 'block' }, 'may write · dangerous is blocked', 'waiting'],
  ] as const)('%j is said as "%s"', (changes, badge, tone) => {
    expect(trustWords({ ...trusted, ...(changes as Partial<Trusted>) })).toMatchObject({ badge, tone });
  });

  it('never says that the server keeps what it was not asked to keep', () => {
    for (const environment of ENVIRONMENTS) {
      const { walls } = trustWords({ ...trusted, environment, readOnly: false });
      expect(walls.find(({ name }) => name === 'Server')!.stands).toBe('no');
    }
  });

  it.each(['postgres', 'mysql', 'mariadb', 'mongodb'] as const)(
    'quotes the database in %s’s way of making a role',
    (engine) => {
      const { code } = readOnlyRole(engine, { database: 'a"b`c' });
      const quoted = { postgres: '"a""b`c"', mysql: '`a"b``c`', mariadb: '`a"b``c`', mongodb: '"a\\"b`c"' }[
        engine
      ];
      expect(code).toContain(quoted);
    },
  );
});

describe('a refusal', () => {
  const judgement: Judgement = {
    verdict: 'write',
    dangers: [
      { kind: 'deleteAll', position: 11, reason: 'DELETE on t has no WHERE.' },
      { kind: 'drop', position: 31, reason: 'DROP TABLE removes t.' },
    ],
    reason: 'DELETE writes, at 11.',
    position: 11,
    statements: 2,
    shape: null,
    asks: [],
  };
  const where: RefusedWhere = {
    profileName: 'shop',
    environment: 'production',
    editable: true,
    flavour: 'PostgreSQL',
    judgement,
    variable: null,
    message: null,
  };

  it('of a read-only connection names what writes, where, and the switch', () => {
    expect(refusalWords('readOnly.write', where)).toMatchObject({
      rule: 'Read-only connection',
      why: 'The statement writes: DELETE writes. Nothing was sent.',
      position: 11,
      act: { do: 'edit-connection', label: 'Edit shop' },
    });
    // A connection of this run alone can't be edited.
    expect(refusalWords('readOnly.write', { ...where, editable: false }).act).toBeNull();
    expect(refusalWords('readOnly.notProvenRead', { ...where, judgement: null })).toMatchObject({
      why: 'The statement is not proven to read. Nothing was sent.',
      position: null,
    });
  });

  it('takes a reason that is no whole sentence into one', () => {
    const said = refusalWords('readOnly.notProvenRead', {
      ...where,
      judgement: { ...judgement, reason: 'Is not valid PostgreSQL, at 5.' },
    });
    expect(said.why).toBe('The statement is not proven to read: is not valid PostgreSQL. Nothing was sent.');
  });

  it('of the policy tells every danger, and who set the policy', () => {
    const words = refusalWords('policy.dangerous', where);
    expect(words).toMatchObject({ position: 11, act: { do: 'open-settings' } });
    expect(words.also).toEqual(['Drops. DROP TABLE removes t.']);
    const fixed = refusalWords('policy.dangerous', { ...where, variable: 'QUERYTAPE_BLOCK' });
    expect(fixed.who).toContain('QUERYTAPE_BLOCK');
    expect(fixed.act).toBeNull();
  });

  it.each([
    ['confirmation.expired', 'run-again', 'Nobody typed shop within 2 minutes'],
    ['confirmation.invalid', 'run-again', 'not for this statement'],
    ['confirmation.name', undefined, 'not the connection’s name'],
    ['transaction.lost', 'rollback', 'went with it'],
    ['capability.savepoints', undefined, 'PostgreSQL has no savepoints.'],
    ['capability.flying', undefined, 'PostgreSQL can’t do that.'],
    ['tape.unavailable', undefined, 'recorded first'],
    ['vault.locked', 'unlock', 'locked'],
    ['something.new', undefined, 'Nothing was sent.'],
  ])('with the code %s offers %s and says why', (code, act, why) => {
    const words = refusalWords(code, where);
    expect(words.act?.do).toBe(act);
    expect(words.why).toContain(why);
    expect(words.rule).not.toBe('');
  });

  it('prefers the program’s own words to ours', () => {
    expect(refusalWords('capability.isolationLevels', { ...where, message: 'It has these: A.' }).why).toBe(
      'It has these: A.',
    );
  });

  it('is found in the editor where its statement stands', () => {
    const words = {
      queryId: 'q',
      text: 'delete from t',
      params: [],
      offset: 4,
      failure: null,
      judgement,
      challenge: null,
      notices: [],
    };
    expect(judgedPlace('-- a\ndelete from t', words, null, 8)).toBe(12);
    expect(judgedPlace('something else', words, null, 8)).toBeNull();
    expect(judgedPlace('delete from t', words, 0, null)).toBeNull();
  });
});

describe('the history', () => {
  const entry = (changes: Partial<HistoryEntry> = {}): HistoryEntry => ({
    queryId: 'q',
    at: 0,
    profileId: 'p',
    profileName: 'shop',
    environment: 'production',
    text: 'select * from orders',
    outcome: 'succeeded',
    serverMs: 32,
    rows: 1204,
    params: [],
    failure: null,
    ...changes,
  });

  it('asks for a page by what is looked for and the last entry of the page before', () => {
    const all = { search: ' ', outcome: null };
    expect(historyPath(all, undefined)).toBe('/api/history?count=100');
    expect(historyPath({ search: 'a b&c', outcome: 'lost.notRun' }, entry({ queryId: 'q7' }))).toBe(
      '/api/history?count=100&search=a+b%26c&outcome=lost.notRun&before=q7',
    );
  });

  it('shows a statement in one line, less the comments before it', () => {
    expect(lineOfText('-- why\n/* and\nhow */ select\n  1')).toBe('select 1');
    expect(lineOfText('-- only this')).toBe('-- only this');
    expect(lineOfText('x'.repeat(5000)).length).toBe(301);
  });

  it('says how it ended, and not what is not known', () => {
    expect(endingText(entry())).toBe('succeeded · 1\u202f204 rows · 32 ms');
    expect(endingText(entry({ outcome: null, rows: null, serverMs: null }))).toBe('end not known');
    expect(endingText(entry({ cut: 'rowLimit' }))).toBe(
      'succeeded · 1\u202f204 rows · cut at the row limit · 32 ms',
    );
    expect(endingText(entry({ afterCancel: 'endedEarly' }))).toContain('ended early by the cancel');
    expect(endingText(entry({ outcome: 'failed', cut: 'failed' }))).toContain('not all rows');
  });

  it('gives today’s statements a time, and older ones a day', () => {
    const now = new Date(2026, 10, 20, 14, 3).getTime();
    expect(whenText(new Date(2026, 10, 20, 9, 5).getTime(), now)).toBe('09:05');
    expect(whenText(new Date(2026, 10, 19, 9, 5).getTime(), now)).toBe('2026-11-19 09:05');
  });

  it('draws the rows in view, a few around them, and none beyond the list', () => {
    expect(drawn(0, 440, 44, 10_000)).toEqual({ from: 0, to: 18 });
    expect(drawn(44_000, 440, 44, 10_000)).toEqual({ from: 992, to: 1018 });
    expect(drawn(9_999_999, 440, 44, 5)).toEqual({ from: 0, to: 5 });
  });
});

describe('a passphrase', () => {
  it.each([
    ['', 0],
    ['password123', 1],
    ['aaaaaaaaaaaaaaaaaaaaaaaa', 1],
    ['abcabcabcabcabcabcabc', 1],
    ['Tr0ub4dor', 1],
    ['copper tidal raven', 2],
    ['copper tidal raven mosaic lantern', 3],
    ['k9#Vq2!xLw7@Zp', 3],
  ])('%j has strength %i', (passphrase, level) => {
    expect(strengthOf(passphrase).level).toBe(level);
  });
});
