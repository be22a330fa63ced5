import type { EventObject } from 'xstate';
import type { Envelope } from '../events/envelope.ts';
import type { ReportCheck } from './report-check.ts';

/** What a step sends to another actor, or creates it with. */
export interface Sent {
  readonly to: string;
  readonly event: EventObject;
}

/** What a step has sent and no record has received yet, in order. */
export interface Outgoing {
  readonly sender: Envelope;
  readonly sent: Sent[];
  /** The creation that was received last: it sends all that it has to before this step sends on. */
  created: Envelope | null;
}

/** An effect of an actor that is replayed. */
export interface Effect {
  readonly id: string;
  /** The record that began it. */
  readonly cause: number;
  /** The turn in which it ended; null while it lives. */
  ended: number | null;
  readonly answered: Set<string>;
}

/** An actor that was created on this tape and not stopped. */
export interface Living {
  /** The part of the tape in which it was created by a replayed actor, and that by another up to the program; -1 for any other. */
  readonly part: number;
  readonly children: string[];
  /** The event that each timer is set for, by the timer's name. */
  readonly timers: Map<string, string>;
  effects: Effect[];
  /** Records of it whose steps have sent what is not received yet, oldest first. */
  readonly unfinished: number[];
  /** Of a query: what its effects have reported. */
  reports: ReportCheck | null;
}
