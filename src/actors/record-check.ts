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
import { isTapeEvent } from './event-check.ts';
import { MACHINES } from './replay.ts';

/** What each machine is created with. */
const INPUTS: Readonly<Record<Exclude<ActorKind, 'tape'>, SchemaCheck<TSchema>>> = {
  workspace: schemaCheck(WorkspaceInput),
  session: schemaCheck(SessionInput),
  tab: schemaCheck(TabInput),
  script: schemaCheck(ScriptInput),
  connection: schemaCheck(ConnectionInput),
  query: schemaCheck(QueryInput),
  prompt: schemaCheck(PromptInput),
  orphan: schemaCheck(OrphanInput),
  tunnel: schemaCheck(TunnelInput),
};

/**
 * Whether a record's event is one that this program writes: of the vocabulary, and for a creation, with the input of that machine.
 * Records of other versions of a machine pass, as their vocabulary is another one.
 */
export function isWritten({ kind, machine, event }: Envelope): boolean {
  if (machine === null || !Object.hasOwn(MACHINES, machine)) return true;
  return isTapeEvent(event) && (event.type !== 'xstate.init' || isInput(kind, event.input));
}

function isInput(kind: ActorKind, input: unknown): boolean {
  return Object.hasOwn(INPUTS, kind) && INPUTS[kind as keyof typeof INPUTS].Check(input);
}
