import { descriptorOf } from '../../events/engines/index.ts';
import { type SessionView, sessionEnded } from '../../events/views/session-view.ts';
import type { Client } from '../api/client.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import type { CollectionPlace } from '../catalogue/collection-place.ts';
import { COLLECTION_KINDS } from '../catalogue/tree-node.ts';
import { BINDINGS, type KeyCommand, keyCaps, keysOf } from '../controls/key-bindings.ts';
import type { Theme } from './theme.ts';

/** Something that the palette can do. */
export interface PaletteItem {
  readonly label: string;
  readonly detail: string;
  readonly keys: string;
  readonly act: (typed: string) => void;
  /** Offered last, whatever is typed. */
  readonly last?: true;
}

/** The commands that the palette offers by name, with what each does. */
type PaletteCommands = Readonly<Partial<Record<KeyCommand<'page'>, () => void>>>;

/** What the palette does with a connection or a collection that it offers. */
interface PaletteTargets {
  /** Opens a connection, or shows the tab of one that is open. */
  readonly open: (profileId: string) => void;
  readonly close: (sessionId: string) => void;
  readonly edit: (profileId: string) => void;
  readonly openCollection: (place: CollectionPlace) => void;
  /** Shows in the tree what the server finds. */
  readonly search: (catalogue: Catalogue, typed: string) => void;
}

const VAULT_ITEMS = {
  absent: 'Create a vault',
  locked: 'Unlock the vault',
  unlocked: 'Vault: lock, change protection, export',
  unreadable: 'Repair the vault',
} as const;

/** What the palette reads. */
interface PaletteState {
  readonly client: Pick<Client, 'profiles' | 'config'>;
  readonly views: { readonly sessions: ReadonlyMap<string, SessionView> };
  readonly catalogues: { readonly bySession: ReadonlyMap<string, Catalogue> };
}

/** All that can be done now: commands first, then every table that is loaded, with its connection's name. */
export function paletteItems(
  commands: PaletteCommands,
  targets: PaletteTargets,
  nextTheme: Theme,
  { client, views, catalogues }: PaletteState,
): PaletteItem[] {
  const { profiles, config } = client;
  const { sessions } = views;
  const item = (label: string, act: PaletteItem['act'], detail = '', keys = ''): PaletteItem => ({
    ...{ label, detail, keys, act },
  });
  const labels: Partial<Record<KeyCommand<'page'>, string>> = {
    openVault: VAULT_ITEMS[config.vault.state],
    changeTheme: `Theme: ${nextTheme}`,
  };
  const named = BINDINGS.flatMap((binding) => {
    // A tab is chosen by its number or in its row, not from nine lines of a list.
    if (binding.place !== 'page' || /^tab\d$/.test(binding.command)) return [];
    const { command, words, keys } = binding;
    const act = commands[command];
    // Their keys are shown as those of where they act.
    const shown =
      command === 'runAll' ? keysOf('editor', 'all') : command === 'find' ? keysOf('grid', 'find') : keys;
    return act ? [item(labels[command] ?? words, act, '', keyCaps(shown))] : [];
  });
  const connections = profiles.flatMap(({ profileId, name, environment }) => {
    const session = sessions.get(profileId);
    const open = (verb: string) => item(`${verb} ${name}`, () => targets.open(profileId), environment);
    if (!session || sessionEnded(session.state)) return [open('Open')];
    // Before what closes it: of a name alone, Enter takes the first.
    const show = open('Go to');
    const close = item(`Close ${name}`, () => targets.close(session.sessionId), environment);
    const catalogue = catalogues.bySession.get(session.sessionId);
    if (!catalogue) return [show, close];
    const system = `${catalogue.showsSystem ? 'Hide' : 'Show'} system schemas of ${name}`;
    return [
      show,
      close,
      item(`Refresh the catalogue of ${name}`, () => void catalogue.refresh()),
      item(system, () => catalogue.toggleSystem()),
    ];
  });
  const edits = config.profiles
    .filter(({ kept }) => kept === 'vault')
    .map(({ profile: { profileId, name, environment } }) =>
      item(`Edit the connection ${name}`, () => targets.edit(profileId), environment),
    );
  const tables = profiles.flatMap(({ profileId, name: profileName, environment }) => {
    const session = sessions.get(profileId);
    const collections =
      session?.state === 'ready' ? (catalogues.bySession.get(session.sessionId)?.collections() ?? []) : [];
    const where = profiles.length > 1 ? ` in ${profileName}, ${environment}` : '';
    return collections.map(({ namespace, name, kind }) =>
      item(
        `${namespace}.${name}`,
        () => targets.openCollection({ profileId, namespace, collection: name }),
        `${COLLECTION_KINDS[kind]}${where}`,
      ),
    );
  });
  const searches = profiles.flatMap(({ profileId, name, target }): PaletteItem[] => {
    const session = sessions.get(profileId);
    const catalogue = session?.state === 'ready' ? catalogues.bySession.get(session.sessionId) : undefined;
    if (!catalogue || catalogue.isAllHere()) return [];
    const { find } = descriptorOf(target.engine).words;
    const search = (typed: string): void => targets.search(catalogue, typed);
    return [{ ...item(`${find} in all of ${name}`, search), last: true }];
  });
  return [...named, ...connections, ...edits, ...tables, ...searches];
}
