import type { TSchema } from '@sinclair/typebox';
import { type TypeCheck, TypeCompiler } from '@sinclair/typebox/compiler';
import { ConnectionInput } from '../events/connection.ts';
import type { ActorKind, Envelope } from '../events/envelope.ts';
import { OrphanInput } from '../events/orphan.ts';
import { PromptInput } from '../events/prompt.ts';
import { QueryInput } from '../events/query.ts';
import { ScriptInput } from '../events/script.ts';
import { SessionInput } from '../events/session.ts';
import { TabInput } from '../events/tab.ts';
import { TunnelInput } from '../events/tunnel-facts.ts';
import { WorkspaceInput } from '../events/workspace.ts';
import { isTapeEvent } from './event-check.ts';
import { MACHINES } from './replay.ts';

/** What each machine is created with. */
const INPUTS: Readonly<Record<Exclude<ActorKind, 'tape'>, TSchema>> = {
  workspace: WorkspaceInput,
  session: SessionInput,
  tab: TabInput,
  script: ScriptInput,
  connection: ConnectionInput,
  query: QueryInput,
  prompt: PromptInput,
  orphan: OrphanInput,
  tunnel: TunnelInput,
};

const compiled = new Map<string, TypeCheck<TSchema>>();

/**
 * Whether a record's event is one that this program writes: of the vocabulary, and for a creation, with the input of that machine.
 * Records of other versions of a machine pass, as their vocabulary is another one.
 */
export function isWritten({ kind, machine, event }: Envelope): boolean {
  if (machine === null || !Object.hasOwn(MACHINES, machine)) return true;
  return isTapeEvent(event) && (event.type !== 'xstate.init' || isInput(kind, event.input));
}

function isInput(kind: ActorKind, input: unknown): boolean {
  const schema = kind === 'tape' ? undefined : INPUTS[kind];
  if (schema === undefined) return false;
  const check = compiled.get(kind) ?? TypeCompiler.Compile(schema);
  compiled.set(kind, check);
  return check.Check(input);
}
