import type { TSchema } from '@sinclair/typebox';
import { ConnectionInput } from '../events/connection.ts';
import type { ActorKind, Envelope } from '../events/envelope.ts';
import { OrphanInput } from '../events/orphan.ts';
import { PromptInput } from '../events/prompt.ts';
import { QueryInput } from '../events/query.ts';
import { type SchemaCheck, schemaCheck } from '../events/schema-check.ts';
import { ScriptInput } from '../events/script.ts';
import { SessionInput } from '../events/session.ts';
import { TabInput } from '../events/tab.ts';
import { TunnelInput } from '../events/tunnel-facts.ts';
import { WorkspaceInput } from '../events/workspace.ts';
import { isFoldable, isTapeEvent, loose } from './event-check.ts';
import { MACHINES } from './replay.ts';

/** What each machine is created with. */
const SCHEMAS = {
  workspace: WorkspaceInput,
  session: SessionInput,
  tab: TabInput,
  script: ScriptInput,
  connection: ConnectionInput,
  query: QueryInput,
  prompt: PromptInput,
  orphan: OrphanInput,
  tunnel: TunnelInput,
} as const satisfies Record<Exclude<ActorKind, 'tape'>, TSchema>;

type Inputs = Readonly<Record<string, SchemaCheck<TSchema>>>;

function checksOf(schemaOf: (schema: TSchema) => TSchema): Inputs {
  return Object.fromEntries(
    Object.entries(SCHEMAS).map(([kind, schema]) => [kind, schemaCheck(schemaOf(schema))]),
  );
}

/** Where events and inputs name actors that views are looked up by. */
const ACTOR_IDS = ['sessionId', 'connectionId', 'queryId', 'tunnelId'];

const INPUTS = checksOf((schema) => schema);
/** The same of any version, as far as it is known. */
const ANY_INPUTS = checksOf((schema) => loose(schema, true));

/**
 * Whether a record's event is one that this program writes: of the vocabulary, and for a creation, with the input of that machine. Of other
 * versions, whose vocabulary is another one, it is what this program can fold.
 */
export function isWritten({ kind, machine, event }: Envelope): boolean {
  const isKnown = machine !== null && Object.hasOwn(MACHINES, machine);
  if (!(isKnown ? isTapeEvent(event) : isFoldable(event)) || namesNoActor(event)) return false;
  if (event.type !== 'xstate.init') return true;
  if (!Object.hasOwn(INPUTS, kind)) return !isKnown;
  return (isKnown ? INPUTS : ANY_INPUTS)[kind]!.Check(event.input) && !namesNoActor(event.input);
}

/** Whether an actor is named by what objects have by themselves (`constructor`), under which no view can have one. */
function namesNoActor(of: object): boolean {
  return ACTOR_IDS.some((key) => Object.hasOwn(of, key) && String(of[key as never]) in Object.prototype);
}
