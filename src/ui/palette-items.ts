import type { Profile } from '../events/profile.ts';
import { type SessionView, sessionEnded } from '../events/views/session-view.ts';
import type { Catalogue } from './catalogue.ts';
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
  toggleTape(): void;
  toggleSidebar(): void;
  changeTheme(): void;
  openProfile(profileId: string): void;
  closeSession(sessionId: string): void;
  openCollection(profileId: string, namespace: string, collection: string): void;
}

const KINDS: Readonly<Record<string, string>> = {
  materializedView: 'materialized view',
  foreignTable: 'foreign table',
};

/** All that can be done now: commands first, then every table that is loaded, with its connection's name. */
export function paletteItems(
  acts: PaletteActs,
  nextTheme: Theme,
  profiles: readonly Profile[],
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
    item('Show or hide the tape', 'Ctrl J', () => acts.toggleTape()),
    item('Show or hide connections', 'Ctrl B', () => acts.toggleSidebar()),
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
      item(`Read the catalogue of ${name} anew`, '', () => void catalogue.refresh()),
      item(system, '', () => catalogue.toggleSystem()),
    ];
  });
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
  return [...commands, ...connections, ...tables];
}
