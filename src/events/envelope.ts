import { Type } from '@sinclair/typebox';
import { ConnectionEvent, ConnectionInput } from './connection.ts';
import { OrphanDismiss, OrphanFact, OrphanInput, OrphanLook } from './orphan.ts';
import { PromptFact, PromptInput } from './prompt.ts';
import {
  QueryCancel,
  QueryEnded,
  QueryFact,
  QueryInput,
  QuerySlotRequested,
  QuerySlotReturned,
  QuerySubmit,
} from './query.ts';
import { Count, Id, message, type Of } from './schema.ts';
import { ScriptFact, ScriptInput, ScriptReport } from './script.ts';
import {
  SessionClose,
  SessionFact,
  SessionInput,
  SessionOpen,
  SessionReconnect,
  TabClose,
  TransactionLossSeen,
} from './session.ts';
import { TabClosed, TabFact, TabInput } from './tab.ts';
import { TapeFact } from './tape.ts';
import { TunnelFact, TunnelInput, TunnelOpen, TunnelReport } from './tunnel-facts.ts';
import { WorkspaceEvent, WorkspaceInput } from './workspace.ts';

/** The kinds of actor whose events are on the tape. `tape` is the tape itself and has no machine. */
export const ActorKind = Type.Union([
  Type.Literal('workspace'),
  Type.Literal('session'),
  Type.Literal('tab'),
  Type.Literal('script'),
  Type.Literal('connection'),
  Type.Literal('query'),
  Type.Literal('prompt'),
  Type.Literal('orphan'),
  Type.Literal('tunnel'),
  Type.Literal('tape'),
]);
export type ActorKind = Of<typeof ActorKind> & string;

/** An actor's creation, with all it was given. */
const Init = message('xstate.init', {
  input: Type.Union([
    WorkspaceInput,
    SessionInput,
    TabInput,
    ScriptInput,
    ConnectionInput,
    QueryInput,
    PromptInput,
    OrphanInput,
    TunnelInput,
  ]),
});

/** A delay of a machine ran out. The name is XState's: `xstate.after.` and the delay and the state it stood in. */
export const After = Type.Object(
  { type: Type.String({ pattern: '^xstate\\.after\\.[A-Za-z0-9_.() -]{1,160}$' }) },
  { additionalProperties: false },
);

/** An effect threw. A defect of ours; the message stays off the tape. */
const EffectThrew = Type.Object(
  { type: Type.String({ pattern: '^xstate\\.error\\.[A-Za-z0-9_.() -]{1,160}$' }) },
  { additionalProperties: false },
);

/** Everything that can stand on the tape: what an actor received, or what happened to the tape. */
export const TapeEvent = Type.Union([
  Init,
  After,
  EffectThrew,
  WorkspaceEvent,
  SessionOpen,
  SessionClose,
  SessionReconnect,
  SessionFact,
  TabClose,
  TransactionLossSeen,
  TabFact,
  TabClosed,
  ScriptFact,
  ScriptReport,
  ConnectionEvent,
  QuerySubmit,
  QueryCancel,
  QueryFact,
  QuerySlotRequested,
  QuerySlotReturned,
  QueryEnded,
  PromptFact,
  OrphanLook,
  OrphanFact,
  OrphanDismiss,
  TunnelFact,
  TunnelReport,
  TunnelOpen,
  TapeFact,
]);
export type TapeEvent =
  | Of<typeof Init>
  | { readonly type: `xstate.after.${string}` }
  | { readonly type: `xstate.error.${string}` }
  | WorkspaceEvent
  | Of<typeof SessionOpen>
  | Of<typeof SessionClose>
  | Of<typeof SessionReconnect>
  | SessionFact
  | Of<typeof TabClose>
  | Of<typeof TransactionLossSeen>
  | TabFact
  | Of<typeof TabClosed>
  | ScriptFact
  | ScriptReport
  | ConnectionEvent
  | Of<typeof QuerySubmit>
  | Of<typeof QueryCancel>
  | QueryFact
  | Of<typeof QuerySlotRequested>
  | Of<typeof QuerySlotReturned>
  | Of<typeof QueryEnded>
  | PromptFact
  | Of<typeof OrphanLook>
  | OrphanFact
  | Of<typeof OrphanDismiss>
  | TunnelFact
  | TunnelReport
  | Of<typeof TunnelOpen>
  | TapeFact;

/** A machine and the version of its chart, such as `query@1`. Replay refuses versions it does not know. */
const MachineVersion = Type.String({ pattern: '^[a-z]+@[0-9]+$' });

/**
 * One line of the tape. Says where and when; the event says what. `state` is where the event led the actor,
 * dotted (`running.streaming`; regions of a parallel state are joined by `|`), null for the tape's own facts.
 * `cause` is the seq of the record during which the event was sent, null when it came from outside.
 */
export const Envelope = Type.Object(
  {
    seq: Type.Integer({ minimum: 1 }),
    /** Milliseconds since 1970-01-01 UTC, by this machine's clock. */
    at: Count,
    actor: Id,
    kind: ActorKind,
    machine: Type.Union([MachineVersion, Type.Null()]),
    cause: Type.Union([Type.Integer({ minimum: 1 }), Type.Null()]),
    event: TapeEvent,
    state: Type.Union([Type.String({ maxLength: 200 }), Type.Null()]),
    /** The state the actor was in has no use for this event. It changed nothing. */
    ignored: Type.Optional(Type.Literal(true)),
  },
  { additionalProperties: false },
);
export type Envelope = {
  readonly seq: number;
  readonly at: number;
  readonly actor: string;
  readonly kind: ActorKind;
  readonly machine: string | null;
  readonly cause: number | null;
  readonly event: TapeEvent;
  readonly state: string | null;
  readonly ignored?: true;
};

/** An envelope before the tape has given it its seq. */
export type Unsealed = Omit<Envelope, 'seq'>;
