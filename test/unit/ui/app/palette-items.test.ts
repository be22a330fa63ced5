import { describe, expect, it } from 'vitest';
import type { Profile } from '../../../../src/events/profile.ts';
import type { SessionView } from '../../../../src/events/views/session-view.ts';
import { type Config, NO_CONFIG } from '../../../../src/ui/api/config.ts';
import { paletteItems } from '../../../../src/ui/app/palette-items.ts';
import { score } from '../../../../src/ui/app/qt-palette.ts';
import type { Catalogue } from '../../../../src/ui/catalogue/catalogue.ts';
import { currentSessions } from '../../../../src/ui/selectors/current-sessions.ts';

describe('what the palette offers', () => {
  const profile = (profileId: string, environment: string) =>
    ({ profileId, name: 'shop', environment, target: { engine: 'postgres' } }) as Profile;
  const session = (sessionId: string, profileId: string, changes: Partial<SessionView> = {}) =>
    ({ sessionId, profileId, state: 'ready', openedAt: 1, ...changes }) as SessionView;
  let isAllHere = true;
  const catalogue = {
    showsSystem: false,
    collections: () => [{ namespace: 'public', name: 'orders', kind: 'table', rowsEstimated: 1 }],
    isAllHere: () => isAllHere,
  } as unknown as Catalogue;

  function items(sessions: Record<string, SessionView>) {
    const opened: string[] = [];
    const targets = {
      open: (profileId: string) => void opened.push(`open ${profileId}`),
      close: (sessionId: string) => void opened.push(`close ${sessionId}`),
      edit: (profileId: string) => void opened.push(`edit ${profileId}`),
      openCollection: (place: object) => void opened.push(Object.values(place).join(' ')),
      search: (of: Catalogue, typed: string) => void opened.push(`${of === catalogue} ${typed}`),
    };
    const commands = {
      cancel: () => void opened.push('cancel'),
      runAll: () => void opened.push('run'),
      openVault: () => void opened.push('vault'),
    };
    const profiles = [profile('p', 'production'), profile('s', 'staging')];
    const bySession = new Map([
      ['s1', catalogue],
      ['s2', catalogue],
    ]);
    const config: Config = {
      ...NO_CONFIG,
      vault: { ...NO_CONFIG.vault, state: 'unlocked' },
      profiles: [
        { profile: profiles[0]!, secrets: [], kept: 'memory' },
        { profile: profiles[1]!, secrets: [], kept: 'vault' },
      ],
    };
    const offered = paletteItems(commands, targets, 'system', {
      client: { profiles, config },
      views: { sessions: currentSessions(sessions, new Map()) },
      catalogues: { bySession },
    });
    return { opened, offered };
  }

  it('offers commands with the keys of their bindings, and those of the editor for a run', () => {
    const { opened, offered } = items({});
    const commands = offered.filter(({ label }) => /^(?:Run all|Cancel|Vault)/.test(label));
    expect(commands.map(({ label, keys }) => `${label} ${keys}`)).toEqual([
      'Run all statements Ctrl Shift Enter',
      'Cancel the running statement Ctrl .',
      'Vault: lock, change protection, export ',
    ]);
    for (const { act } of commands) act('');
    expect(opened).toEqual(['run', 'cancel', 'vault']);
  });

  it('opens a table on the connection that it says, where two have one of the same name', () => {
    const { opened, offered } = items({ s1: session('s1', 'p'), s2: session('s2', 's') });
    const tables = offered.filter(({ label }) => label === 'public.orders');
    expect(tables.map(({ detail }) => detail)).toEqual([
      'table in shop, production',
      'table in shop, staging',
    ]);
    for (const { act } of tables) act('');
    expect(opened).toEqual(['p public orders', 's public orders']);
  });

  it('opens what is closed and closes what is open', () => {
    const { offered } = items({ s1: session('s1', 'p'), s2: session('s2', 's', { state: 'offline' }) });
    const labels = offered.map(({ label, detail }) => `${label} ${detail}`);
    expect(labels).toContain('Close shop production');
    expect(labels).toContain('Open shop staging');
  });

  it('goes to a connection that is open before it closes it, as Enter takes the first that a name finds', () => {
    const { opened, offered } = items({ s1: session('s1', 'p') });
    const found = offered
      .filter(({ detail }) => detail === 'production')
      .toSorted((a, b) => score(b.label, 'shop') - score(a.label, 'shop'));
    expect(found.map(({ label }) => label)).toEqual(['Go to shop', 'Close shop']);
    found[0]!.act('');
    expect(opened).toEqual(['open p']);
  });

  it('offers last to look on the server for what is typed, while not all of a catalogue is read', () => {
    const sessions = { s1: session('s1', 'p') };
    const searches = () => items(sessions).offered.filter(({ last }) => last);
    expect(searches()).toEqual([]);
    isAllHere = false;
    const { opened, offered } = items(sessions);
    isAllHere = true;
    expect(offered.at(-1)).toMatchObject({ label: 'Find a table in all of shop', last: true });
    offered.at(-1)!.act('zeta');
    expect(opened).toEqual(['true zeta']);
  });

  it('edits what is in the vault, and nothing that is of this run alone', () => {
    const { opened, offered } = items({});
    for (const { label, act } of offered) if (label.startsWith('Edit')) act('');
    expect(opened).toEqual(['edit s']);
    expect(offered.some(({ label }) => label.startsWith('Vault: lock'))).toBe(true);
  });
});
