import { Type } from '@sinclair/typebox';
import { type Of, part } from './schema.ts';

/** What an engine, or this very server, can do. The page asks it; the server side enforces it. */
export const Capabilities = part({
  transactions: Type.Boolean(),
  /** The levels that a transaction may be begun with, in the server's words; empty where it has none to choose from. */
  isolationLevels: Type.Array(Type.String({ pattern: '^[A-Z ]{1,32}$' })),
  /** A transaction can be begun read-only. */
  readOnlyTransactions: Type.Boolean(),
  savepoints: Type.Boolean(),
  /** Rows can be inserted, updated and deleted from the grid. */
  mutations: Type.Boolean(),
  /** `server`: the server confirms a cancel. `bestEffort`: the client can only stop listening. */
  cancel: Type.Union([Type.Literal('server'), Type.Literal('bestEffort')]),
  streaming: Type.Boolean(),
  /** One statement may give several results. */
  multipleResultSets: Type.Boolean(),
  explain: Type.Boolean(),
  /**
   * A connection pooler answers for the server. The server's process behind it may be another for each transaction and serve other
   * clients in between: nothing of a session lasts for certain, and nothing may be left on it.
   */
  pooler: Type.Optional(Type.Boolean()),
  /** What has become of a server process can be asked from another connection (`Driver.probe`), and it can be ended. */
  probe: Type.Optional(Type.Boolean()),
  /** The connection can go through an SSH tunnel. */
  ssh: Type.Boolean(),
  /** Who keeps a read-only profile from writing: the server too, or only the classifier here. */
  readOnlyEnforcement: Type.Union([Type.Literal('server'), Type.Literal('classifier')]),
});
export type Capabilities = Of<typeof Capabilities>;

/** Capabilities that a server has or lacks. */
export type Switch = {
  [K in keyof Capabilities]-?: Capabilities[K] extends boolean ? K : never;
}[keyof Capabilities];

/** What a server can't do, in the words of a refusal and of a disabled control. */
const LACKS: Readonly<Record<Switch, string>> = {
  transactions: 'has no transactions here. MongoDB has them on replica sets only',
  readOnlyTransactions: 'has no read-only transactions',
  savepoints: 'has no savepoints',
  mutations: 'lets no rows be edited here',
  streaming: 'gives a result only as a whole',
  multipleResultSets: 'gives one result a statement',
  explain: 'explains no statements here',
  ssh: 'can’t be reached through SSH yet',
};

/** Why a capability is refused, naming the engine: `MongoDB has no savepoints.` */
export function lacks(flavour: string, capability: Switch): string {
  return `${flavour} ${LACKS[capability]}.`;
}
