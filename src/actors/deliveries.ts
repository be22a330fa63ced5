import type { EventObject } from 'xstate';
import type { Envelope } from '../events/envelope.ts';
import type { QueryInput } from '../events/query.ts';
import { REPLAY_UNPROVEN_MAX } from './limits.ts';
import type { Effect, Living, Outgoing, Sent } from './living.ts';
import type { Deed } from './pure-machine.ts';
import { ReportCheck } from './report-check.ts';
import { isSame } from './same-value.ts';
import { answerOf, comesByItself, comesFromOutside, isCommanded } from './senders.ts';

/** A record that is not what was sent: its receiver's, or its sender's where nothing was received. */
export interface Misdelivery {
  readonly envelope: Envelope;
  /** Which record sent what, and what was received, in words. */
  readonly why: string;
}

/**
 * Compares what each step of a machine sends with what the tape says was received. The recorder writes what is sent in the order of
 * sending, with the sender's record as its cause, and all that follows from one event within one turn of the program's event loop. So
 * each event that a machine sends to a living one is received once, in order, before anything comes by itself; none is received that
 * was not sent; an effect's report comes while it lives, and its answer once; a timer's event comes while the timer is set.
 *
 * Times are not compared: `at` is the computer's clock, which may be set. What a bundle leaves out or a cut took is not missed, and the
 * last turn of a tape may be incomplete, as a kill leaves it.
 */
export class Deliveries {
  private readonly living = new Map<string, Living>();
  /** Stopped in this turn: what was on the way to them may still be received. */
  private readonly stopped = new Set<string>();
  private readonly pending = new Map<number, Outgoing>();
  /** Records of actors that can't be replayed, so that it is not known what they send. */
  private readonly unproven = new Set<number>();
  /** From this seq on it is known of each record whether it can be replayed. */
  private knownFrom = 0;
  private lastSeq = 0;
  /** The start of the program is on the tape, and nothing is left out since, so that each creation is, too. */
  private isWhole = false;
  /** Parts between which a bundle or a cut left records out, any of which may have stopped an actor. */
  private part = 0;
  private turn = 0;
  private found: Misdelivery[] = [];

  /** A program started: nothing is left of the one before. */
  restart(): void {
    this.living.clear();
    this.forgetPending();
    this.isWhole = true;
  }

  /** What was found since the last call. */
  take(): readonly Misdelivery[] {
    if (this.found.length === 0) return this.found;
    const { found } = this;
    this.found = [];
    return found;
  }

  /** The next record of the tape, whatever it is. */
  next(envelope: Envelope): void {
    const { seq, cause } = envelope;
    if (seq !== this.lastSeq + 1) {
      // What a bundle left out, or a cut took, may have been what was sent.
      this.forgetPending();
      this.knownFrom = seq;
      this.isWhole = false;
      this.part++;
    } else if (seq === 1) this.isWhole = true;
    this.lastSeq = seq;
    if (cause !== null && cause >= seq) this.report(envelope, `its cause ${cause} is no earlier record`);
  }

  /** A record of a machine that this program does not have, or of an actor whose snapshot is forgotten. */
  skip({ seq, actor, cause, event: { type } }: Envelope): void {
    const outgoing = cause === null ? undefined : this.pending.get(cause);
    const at = outgoing?.sent.findIndex(({ to, event }) => to === actor && event.type === type) ?? -1;
    if (at >= 0) this.receivedFrom(outgoing!, at);
    this.unproven.add(seq);
    if (this.unproven.size <= REPLAY_UNPROVEN_MAX) return;
    this.unproven.clear();
    this.knownFrom = seq + 1;
  }

  /** A record of an actor that was not created on this tape. */
  skipUncreated(envelope: Envelope): void {
    const { kind, event, cause } = envelope;
    if (comesByItself(kind, event.type, cause !== null)) this.endTurn();
    if (this.isWhole)
      this.report(envelope, 'it was not created, though the tape has the start of its program');
    this.skip(envelope);
  }

  /** A record whose actor is replayed, before its step. */
  receive(envelope: Envelope): void {
    const { cause, kind, actor, event } = envelope;
    const { type } = event;
    if (type.startsWith('xstate.error.')) return;
    if (cause === null) {
      this.fromOutside(envelope);
      return;
    }
    const outgoing = this.pending.get(cause);
    if (outgoing) {
      this.finishBefore(outgoing.sender);
      const at = outgoing.sent.findIndex((one) => one.to === actor && isSame(one.event, event));
      if (at >= 0) {
        if (outgoing.created) this.finish(outgoing.created.seq);
        outgoing.created = type === 'xstate.init' ? envelope : null;
        this.receivedFrom(outgoing, at);
        return;
      }
    }
    const effects = this.living.get(actor)?.effects.filter((one) => one.cause === cause) ?? [];
    const reports = (one: Effect): boolean => answerOf(kind, one.id, type) !== undefined;
    if (effects.some(reports)) {
      this.reported(envelope, effects.filter(reports));
      return;
    }
    if (isCommanded(event)) return;
    if (cause < this.knownFrom || this.unproven.has(cause)) return;
    this.report(envelope, `record ${cause} did not send it${outgoing ? `: ${wordsOf(outgoing.sent)}` : ''}`);
  }

  /** What the step of a record did. */
  stepped(envelope: Envelope, deeds: readonly Deed[], wasCreated: (actor: string) => boolean): void {
    const { seq, actor, event } = envelope;
    if (event.type === 'xstate.init') this.create(actor, envelope.kind === 'workspace' ? this.part : -1);
    const one = this.living.get(actor);
    if (one && event.type === 'xstate.init' && envelope.kind === 'query')
      one.reports = new ReportCheck(event.input as QueryInput);
    const sent: Sent[] = [];
    for (const deed of deeds) {
      switch (deed.did) {
        case 'send':
          if (this.living.has(deed.to) || this.stopped.has(deed.to)) sent.push(deed);
          break;
        case 'create':
          if (wasCreated(deed.actor))
            this.report(envelope, `its step creates ${deed.actor}, which was created before`);
          this.create(deed.actor, one?.part ?? -1);
          one?.children.push(deed.actor);
          sent.push({ to: deed.actor, event: { type: 'xstate.init', input: deed.input } as EventObject });
          break;
        case 'stop':
          this.stop(deed.actor);
          break;
        case 'arm':
          one?.timers.set(deed.timer, deed.event);
          break;
        case 'disarm':
          one?.timers.delete(deed.timer);
          break;
        case 'begin':
          one?.effects.push({ id: deed.effect, cause: seq, ended: null, answered: new Set() });
          break;
        case 'end':
          for (const effect of one?.effects ?? []) if (effect.id === deed.effect) effect.ended ??= this.turn;
          break;
      }
    }
    if (sent.length === 0) return;
    this.pending.set(seq, { sender: envelope, sent, created: null });
    one?.unfinished.push(seq);
  }

  private fromOutside(envelope: Envelope): void {
    const { kind, actor, event } = envelope;
    const { type } = event;
    if (comesByItself(kind, type, false)) this.endTurn();
    const timers = this.living.get(actor)?.timers;
    for (const [timer, of] of timers ?? [])
      if (of === type) {
        timers!.delete(timer);
        return;
      }
    if (type === 'xstate.init' ? kind === 'workspace' : comesFromOutside(kind, type)) return;
    const isTimed = type.startsWith('xstate.after.');
    this.report(
      envelope,
      isTimed ? 'no timer was set for it' : 'nothing sent it and no timer was set for it',
    );
  }

  /** An effect's report: while it lives, an answer once. */
  private reported(envelope: Envelope, effects: readonly Effect[]): void {
    const { kind, actor, cause, event } = envelope;
    const { type } = event;
    if (comesByItself(kind, type, true)) this.endTurn();
    const one = this.living.get(actor);
    const wrong =
      one?.part === this.part
        ? one.reports?.next(
            event,
            one.effects.some(({ id }) => id === 'cancel'),
          )
        : null;
    if (wrong) this.report(envelope, wrong);
    const effect = effects.find(({ ended }) => ended === null || ended === this.turn);
    if (!effect) {
      this.report(envelope, `the effect ${effects[0]!.id} that record ${cause} began had ended before`);
      return;
    }
    if (event.type === 'query.recorded' && event.seq !== cause)
      this.report(
        envelope,
        `it says that record ${event.seq} is on disk, but the effect waited for ${cause}`,
      );
    const answer = answerOf(kind, effect.id, type)!;
    if (answer === null) return;
    if (effect.answered.has(answer))
      this.report(envelope, `the effect ${effect.id} that record ${cause} began had answered before`);
    effect.answered.add(answer);
  }

  /** One of what a step sent is received; what it had sent before that was not. */
  private receivedFrom(outgoing: Outgoing, at: number): void {
    const { sender, sent } = outgoing;
    for (const one of sent.slice(0, at)) this.missed(sender, one);
    sent.splice(0, at + 1);
    if (sent.length > 0) return;
    this.pending.delete(sender.seq);
    const unfinished = this.living.get(sender.actor)?.unfinished;
    const place = unfinished?.indexOf(sender.seq) ?? -1;
    if (place >= 0) unfinished!.splice(place, 1);
  }

  /** An actor sends what a later step has to send only after all of its earlier ones. */
  private finishBefore({ seq, actor }: Envelope): void {
    const unfinished = this.living.get(actor)?.unfinished;
    while (unfinished !== undefined && unfinished.length > 0 && unfinished[0]! < seq)
      this.finish(unfinished.shift()!);
  }

  /** All that a record's step has sent must have been received. */
  private finish(seq: number): void {
    const outgoing = this.pending.get(seq);
    if (!outgoing) return;
    this.pending.delete(seq);
    for (const one of outgoing.sent) this.missed(outgoing.sender, one);
  }

  /** All that was sent has been received by now. */
  private endTurn(): void {
    for (const { sender, sent } of this.pending.values()) for (const one of sent) this.missed(sender, one);
    this.forgetPending();
  }

  private forgetPending(): void {
    this.turn++;
    this.stopped.clear();
    for (const { sender } of this.pending.values()) {
      const one = this.living.get(sender.actor);
      if (one) one.unfinished.length = 0;
    }
    this.pending.clear();
  }

  private missed(sender: Envelope, { to, event }: Sent): void {
    if (this.living.get(to)?.part === this.part)
      this.report(sender, `its step sent ${event.type} to ${to}, which did not receive it`);
  }

  private create(actor: string, part: number): void {
    if (!this.living.has(actor))
      this.living.set(actor, {
        part,
        children: [],
        timers: new Map(),
        effects: [],
        unfinished: [],
        reports: null,
      });
  }

  /** With an actor all stop that it has created. */
  private stop(actor: string): void {
    const stopping = [actor];
    for (let id = stopping.pop(); id !== undefined; id = stopping.pop()) {
      const one = this.living.get(id);
      if (!one) continue;
      this.living.delete(id);
      this.stopped.add(id);
      stopping.push(...one.children);
    }
  }

  private report(envelope: Envelope, why: string): void {
    this.found.push({ envelope, why });
  }
}

function wordsOf(sent: readonly Sent[]): string {
  const [first] = sent;
  const more = sent.length > 1 ? ` and ${sent.length - 1} more` : '';
  return `its step sent ${first!.event.type} to ${first!.to}${more}`;
}
