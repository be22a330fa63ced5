import { describe, expect, it } from 'vitest';
import type { Profile } from '../../../src/events/profile.ts';
import type { QueryView } from '../../../src/events/views/query-view.ts';
import type { SessionView } from '../../../src/events/views/session-view.ts';
import type { QueryText } from '../../../src/events/wire.ts';
import { type Keeping, NO_CONFIG, profilesToShow } from '../../../src/ui/api/config.ts';
import { type PaletteActs, paletteItems } from '../../../src/ui/app/palette-items.ts';
import { type Pressed, wishOf } from '../../../src/ui/app/shortcuts.ts';
import type { Catalogue } from '../../../src/ui/catalogue/catalogue.ts';
import { foldersOf } from '../../../src/ui/catalogue/folders.ts';
import { faultPlace, lineOf } from '../../../src/ui/query/error-position.ts';
import { currentOf, latestScripts } from '../../../src/ui/selectors/latest-script.ts';
import { latestSessions } from '../../../src/ui/selectors/latest-sessions.ts';

const query = (changes: Partial<QueryView>) =>
  ({
    tabId: 't',
    scriptId: 'x',
    scriptIndex: 0,
    purpose: 'statement',
    submittedAt: 1,
    outcome: null,
    ...changes,
  }) as QueryView;

describe('the scripts of the tabs', () => {
  it('are each the latest, in their own order', () => {
    const queries = {
      a: query({ queryId: 'a', scriptId: 'old', submittedAt: 1 }),
      c: query({ queryId: 'c', scriptId: 'new', submittedAt: 2, scriptIndex: 1 }),
      b: query({ queryId: 'b', scriptId: 'new', submittedAt: 2, scriptIndex: 0 }),
      d: query({ queryId: 'd', scriptId: 'other', tabId: 'u' }),
      e: query({ queryId: 'e', tabId: null }),
    };
    const scripts = latestScripts(queries, new Map());
    expect([...scripts].map(([tabId, script]) => [tabId, ...script.map(({ queryId }) => queryId)])).toEqual([
      ['t', 'b', 'c'],
      ['u', 'd'],
    ]);
  });

  it('stay the same arrays while nothing in them changes', () => {
    const queries = { a: query({ queryId: 'a' }), d: query({ queryId: 'd', scriptId: 'y', tabId: 'u' }) };
    const before = latestScripts(queries, new Map());
    const after = latestScripts(
      { ...queries, d: query({ queryId: 'd', scriptId: 'y', tabId: 'u' }) },
      before,
    );
    expect(after.get('t')).toBe(before.get('t'));
    expect(after.get('u')).not.toBe(before.get('u'));
  });

  it('are spoken of by what lives, else by what stopped them, else by the last', () => {
    const done = query({ queryId: 'done', outcome: 'succeeded' });
    const failed = query({ queryId: 'failed', outcome: 'failed' });
    const skipped = query({ queryId: 'skipped', outcome: 'cancelled' });
    const lives = query({ queryId: 'lives' });
    const of = (...script: QueryView[]) => currentOf(script)?.queryId;
    expect(of(done, lives, skipped)).toBe('lives');
    expect(of(done, failed, skipped)).toBe('failed');
    expect(of(done, skipped)).toBe('skipped');
    expect(of()).toBeUndefined();
  });
});

describe('the place of a fault', () => {
  const words = (text: string, position: number, offset = 0) =>
    ({
      queryId: 'q',
      text,
      params: [],
      offset,
      failure: { code: '42703', source: 'server', message: '', position },
      judgement: null,
      challenge: null,
      notices: [],
    }) as QueryText;

  it('is counted by the server in characters and by the editor in UTF-16 units', () => {
    const text = "select '😀', nowhere";
    expect(faultPlace(text, words(text, 13), 0)).toBe(text.indexOf('nowhere'));
  });

  it('is in its statement of the script, from where the run began', () => {
    const text = 'select 1;\nselect 1;\nselect x';
    expect(faultPlace(text, words('select x', 8, 10), 10)).toBe(text.indexOf('x'));
    expect(lineOf(text, text.indexOf('x'))).toBe(3);
  });

  it('moves with its statement, and is found again after a reload', () => {
    expect(faultPlace('-- a note\nselect x', words('select x', 8), 0)).toBe(17);
    expect(faultPlace('-- a note\nselect x', words('select x', 8), null)).toBe(17);
  });

  it('is nowhere once the statement was changed', () => {
    expect(faultPlace('select y', words('select x', 8), 0)).toBeNull();
  });
});

describe('the shortcuts', () => {
  const press = (keys: Partial<Pressed>) =>
    wishOf({ key: '', code: '', ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...keys });
  it.each<[string, Partial<Pressed>, object | undefined]>([
    ['Ctrl+K', { key: 'k', ctrlKey: true }, { do: 'openPalette' }],
    ['Cmd+K', { key: 'k', metaKey: true }, { do: 'openPalette' }],
    ['Ctrl+.', { key: '.', ctrlKey: true }, { do: 'cancel' }],
    ['Ctrl+Alt+T', { key: '†', code: 'KeyT', ctrlKey: true, altKey: true }, { do: 'newTab' }],
    ['Ctrl+,', { key: ',', ctrlKey: true }, { do: 'openSettings' }],
    ['Ctrl+Alt+H', { key: '˙', code: 'KeyH', ctrlKey: true, altKey: true }, { do: 'openHistory' }],
    ['Alt+3', { key: '£', code: 'Digit3', altKey: true }, { do: 'tabAt', place: 2 }],
    ['Ctrl+PageDown', { key: 'PageDown', ctrlKey: true }, { do: 'tab', by: 1 }],
    ['Shift+F6', { key: 'F6', shiftKey: true }, { do: 'pane', by: -1 }],
    ["Ctrl+Shift+J, the browser's own", { key: 'J', code: 'KeyJ', ctrlKey: true, shiftKey: true }, undefined],
    ["F5, the browser's own", { key: 'F5', code: 'F5' }, undefined],
    ['a letter', { key: 'k' }, undefined],
  ])('know %s', (_name, keys, wish) => expect(press(keys)).toEqual(wish));
});

describe('what the palette offers', () => {
  const profile = (profileId: string, environment: string) =>
    ({ profileId, name: 'shop', environment }) as Profile;
  const session = (sessionId: string, profileId: string, changes: Partial<SessionView> = {}) =>
    ({ sessionId, profileId, state: 'ready', openedAt: 1, ...changes }) as SessionView;
  const catalogue = {
    showsSystem: false,
    collections: () => [{ namespace: 'public', name: 'orders', kind: 'table', rowsEstimated: 1 }],
  } as unknown as Catalogue;

  function items(sessions: Record<string, SessionView>) {
    const opened: string[] = [];
    const acts = {
      openCollection: (...place: string[]) => void opened.push(place.join(' ')),
      openProfile: (profileId: string) => void opened.push(`open ${profileId}`),
      editConnection: (profileId: string) => void opened.push(`edit ${profileId}`),
    } as unknown as PaletteActs;
    const profiles = [profile('p', 'production'), profile('s', 'staging')];
    const catalogues = new Map([
      ['s1', catalogue],
      ['s2', catalogue],
    ]);
    const kept: Keeping = {
      ...NO_CONFIG,
      vault: { ...NO_CONFIG.vault, state: 'unlocked' },
      profiles: [
        { profile: profiles[0]!, secrets: [], kept: 'memory' },
        { profile: profiles[1]!, secrets: [], kept: 'vault' },
      ],
    };
    const latest = latestSessions(sessions, new Map());
    const offered = paletteItems(acts, 'system', profiles, kept, latest, catalogues);
    return { opened, offered };
  }

  it('opens a table on the connection that it says, where two have one of the same name', () => {
    const { opened, offered } = items({ s1: session('s1', 'p'), s2: session('s2', 's') });
    const tables = offered.filter(({ label }) => label === 'public.orders');
    expect(tables.map(({ detail }) => detail)).toEqual([
      'table in shop, production',
      'table in shop, staging',
    ]);
    for (const { act } of tables) act();
    expect(opened).toEqual(['p public orders', 's public orders']);
  });

  it('opens what is closed and closes what is open', () => {
    const { offered } = items({ s1: session('s1', 'p'), s2: session('s2', 's', { state: 'offline' }) });
    const labels = offered.map(({ label, detail }) => `${label} ${detail}`);
    expect(labels).toContain('Close shop production');
    expect(labels).toContain('Open shop staging');
  });

  it('edits what is in the vault, and nothing that is of this run alone', () => {
    const { opened, offered } = items({});
    for (const { label, act } of offered) if (label.startsWith('Edit')) act();
    expect(opened).toEqual(['edit s']);
    expect(offered.some(({ label }) => label.startsWith('The vault: lock it'))).toBe(true);
  });
});

describe('the connections to show', () => {
  const profile = (profileId: string, folder?: string) =>
    ({ profileId, name: profileId, ...(folder ? { folder } : {}) }) as Profile;
  const session = (profileId: string, state: string) =>
    ({ sessionId: profileId, profileId, state }) as SessionView;

  it('are those that are listed, and those that a locked vault leaves open', () => {
    const before = [profile('closed'), profile('living'), profile('listed')];
    const sessions = { a: session('living', 'ready'), b: session('closed', 'offline') };
    const listed = [{ profile: profile('listed'), secrets: [], kept: 'memory' } as const];
    const shown = profilesToShow(listed, before, sessions);
    expect(shown.map(({ profileId }) => profileId)).toEqual(['listed', 'living']);
  });

  it('stand in their folders, those in none first', () => {
    const folders = foldersOf([
      profile('a', 'Shop/Berlin'),
      profile('b'),
      profile('c', 'Archive'),
      profile('d', 'Shop/Berlin'),
    ]);
    expect(
      folders.map(({ name, profiles }) => [name, profiles.map(({ profileId }) => profileId).join()]),
    ).toEqual([
      ['', 'b'],
      ['Archive', 'c'],
      ['Shop/Berlin', 'a,d'],
    ]);
  });
});
