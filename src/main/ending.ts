/** One step of an end: what closes a part of the program. */
export type EndStep = () => unknown;

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
