import type { Profile } from '../../events/profile.ts';
import { type SessionView, sessionEnded } from '../../events/views/session-view.ts';
import type { Config } from '../api/config.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import type { StepRequest } from '../query/qt-transaction.ts';
import type { Theme } from './theme.ts';

/** Something that the palette can do. */
export interface PaletteItem {
  readonly label: string;
  readonly detail: string;
  readonly keys: string;
  readonly act: () => void;
}

/** What the palette can ask of the page. */
export interface PaletteActs {
  newTab(): void;
  closeTab(): void;
  runAll(): void;
  cancel(): void;
  step(request: StepRequest): void;
  toggleTape(): void;
  toggleSidebar(): void;
  changeTheme(): void;
  newConnection(): void;
  editConnection(profileId: string): void;
  openVault(): void;
  openSettings(): void;
  openHistory(): void;
  openAnotherPage(): void;
  openProfile(profileId: string): void;
  closeSession(sessionId: string): void;
  openCollection(profileId: string, namespace: string, collection: string): void;
}

const KINDS: Readonly<Record<string, string>> = {
  materializedView: 'materialized view',
  foreignTable: 'foreign table',
};

const VAULT_ITEMS = {
  absent: 'Create a vault',
  locked: 'Unlock the vault',
  unlocked: 'Vault: lock, change protection, export',
  unreadable: 'Repair the vault',
} as const;

/** All that can be done now: commands first, then every table that is loaded, with its connection's name. */
export function paletteItems(
  acts: PaletteActs,
  nextTheme: Theme,
  profiles: readonly Profile[],
  { vault, profiles: kept }: Config,
  sessions: ReadonlyMap<string, SessionView>,
  catalogues: ReadonlyMap<string, Catalogue>,
): PaletteItem[] {
  const item = (label: string, keys: string, act: () => void, detail = ''): PaletteItem => ({
    label,
    detail,
    keys,
    act,
  });
  const commands = [
    item('New query', 'Ctrl Alt T', () => acts.newTab()),
    item('Close this query', 'Ctrl Alt W', () => acts.closeTab()),
    item('Run all statements', 'Ctrl Shift ⏎', () => acts.runAll()),
    item('Cancel the running statement', 'Ctrl .', () => acts.cancel()),
    item('Begin a transaction', '', () => acts.step({ step: 'begin', options: {} })),
    item('Commit the transaction', '', () => acts.step({ step: 'commit' })),
    item('Roll back the transaction', '', () => acts.step({ step: 'rollback' })),
    item('Show or hide the tape', 'Ctrl J', () => acts.toggleTape()),
    item('Show or hide connections', 'Ctrl B', () => acts.toggleSidebar()),
    item('New connection', '', () => acts.newConnection()),
    item('History of statements', 'Ctrl Alt H', () => acts.openHistory()),
    item('Open another window', '', () => acts.openAnotherPage()),
    item(VAULT_ITEMS[vault.state], '', () => acts.openVault()),
    item('Settings', 'Ctrl ,', () => acts.openSettings()),
    item(`Theme: ${nextTheme}`, '', () => acts.changeTheme()),
  ];
  const connections = profiles.flatMap(({ profileId, name, environment }) => {
    const session = sessions.get(profileId);
    if (!session || sessionEnded(session.state))
      return [item(`Open ${name}`, '', () => acts.openProfile(profileId), environment)];
    const close = item(`Close ${name}`, '', () => acts.closeSession(session.sessionId), environment);
    const catalogue = catalogues.get(session.sessionId);
    if (!catalogue) return [close];
    const system = `${catalogue.showsSystem ? 'Hide' : 'Show'} system schemas of ${name}`;
    return [
      close,
      item(`Refresh the catalogue of ${name}`, '', () => void catalogue.refresh()),
      item(system, '', () => catalogue.toggleSystem()),
    ];
  });
  const edits = kept
    .filter(({ kept: where }) => where === 'vault')
    .map(({ profile: { profileId, name, environment } }) =>
      item(`Edit the connection ${name}`, '', () => acts.editConnection(profileId), environment),
    );
  const tables = profiles.flatMap(({ profileId, name: profileName, environment }) => {
    const session = sessions.get(profileId);
    const collections =
      session?.state === 'ready' ? (catalogues.get(session.sessionId)?.collections() ?? []) : [];
    const where = profiles.length > 1 ? ` in ${profileName}, ${environment}` : '';
    return collections.map(({ namespace, name, kind }) =>
      item(
        `${namespace}.${name}`,
        '',
        () => acts.openCollection(profileId, namespace, name),
        `${KINDS[kind] ?? kind}${where}`,
      ),
    );
  });
  return [...commands, ...connections, ...edits, ...tables];
}
