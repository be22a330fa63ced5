import type { Envelope } from '../events/envelope.ts';
import type { Projection } from '../events/projection.ts';
import type { State } from '../events/views/state.ts';
import type { Tape } from '../store/tape/tape.ts';

interface Following {
  readonly projection: Projection;
  state: unknown;
  /** It threw: it gets no more records, as its state is not a fold of the tape any longer. */
  isBroken: boolean;
}

/**
 * Everything that follows the tape, in one list. What one of them throws ends that one, never the tape or
 * another.
 */
export class Projections {
  readonly #following: readonly Following[];
  readonly #unsubscribe: () => void;
  readonly #defect: (name: string, error: unknown) => void;

  /** @param defect is given what a projection threw, with the projection's name */
  constructor(
    tape: Pick<Tape<State>, 'committed' | 'state'>,
    projections: readonly Projection[],
    defect: (name: string, error: unknown) => void,
  ) {
    this.#defect = defect;
    this.#following = projections.map((projection) => ({
      projection,
      state: projection.initial(),
      isBroken: false,
    }));
    const subscription = tape.committed.subscribe((envelopes) => {
      for (const one of this.#following) this.#advance(one, envelopes, tape.state);
    });
    this.#unsubscribe = () => subscription.unsubscribe();
  }

  /** Ends all of them, after the tape's last record. */
  async close(): Promise<void> {
    this.#unsubscribe();
    for (const one of this.#following) {
      if (one.isBroken) continue;
      try {
        await one.projection.close?.(one.state);
      } catch (error) {
        this.#defect(one.projection.name, error);
      }
    }
  }

  #advance(one: Following, envelopes: readonly Envelope[], views: State): void {
    if (one.isBroken) return;
    try {
      for (const envelope of envelopes) one.state = one.projection.apply(one.state, envelope, views);
    } catch (error) {
      one.isBroken = true;
      this.#defect(one.projection.name, error);
    }
  }
}
