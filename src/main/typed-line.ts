import type { Interface } from 'node:readline/promises';

/**
 * What the user types at the terminal, in one line; null where the input ends or is interrupted before that (Ctrl-D, Ctrl-C), of which
 * `question` alone says nothing. Closes the interface.
 *
 * @throws the signal's AbortError
 */
export async function typedLine(terminal: Interface, signal?: AbortSignal): Promise<string | null> {
  const closed = new AbortController();
  terminal.once('close', () => closed.abort());
  const given = signal ? [signal] : [];
  try {
    return await terminal.question('', { signal: AbortSignal.any([closed.signal, ...given]) });
  } catch (error) {
    if (closed.signal.aborted && !signal?.aborted) return null;
    throw error;
  } finally {
    terminal.close();
  }
}
