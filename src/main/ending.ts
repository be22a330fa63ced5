/** One step of an end: what closes a part of the program. */
export type EndStep = () => unknown;

/** The parts of the program in the order in which they end: nothing is sent, served or stored after what it would be recorded by. */
const ORDER = [
  'timers',
  'instance',
  'workspace',
  'vault',
  'server',
  'replays',
  'health',
  'results',
  'classifier',
  'demo',
  'tape',
  'projections',
  'texts',
  'goodbye',
  'log',
] as const;

/** The end of a program, which each part adds itself to as it begins: so much of it is ended as has begun. */
export class Ending {
  private readonly steps: { readonly part: (typeof ORDER)[number]; readonly step: EndStep }[] = [];

  add(part: (typeof ORDER)[number], step: EndStep): void {
    this.steps.push({ part, step });
  }

  /** Ends the parts that were added, in order, as `endInOrder` does. */
  end(): Promise<void> {
    return endInOrder(
      ORDER.flatMap((part) => this.steps.filter((one) => one.part === part).map(({ step }) => step)),
    );
  }
}

/**
 * Takes the steps in order, each once the one before has settled. One that fails stops none of the later ones: a disk that refuses the
 * tape must not leave a server running, the history unwritten or the log without its last lines.
 * @throws the error of the first step that failed, once all were taken
 */
export async function endInOrder(steps: readonly EndStep[]): Promise<void> {
  const errors: unknown[] = [];
  for (const step of steps) {
    try {
      await step();
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
}
