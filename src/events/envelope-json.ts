import type { Envelope } from './envelope.ts';
import { safeJson } from './formats/json-string.ts';

const written = new WeakMap<Envelope, string>();

/**
 * The JSON text of a record, in which nothing is obeyed by a terminal: a statement's shape has its names as they are. It is made once
 * per record, for the tape and for every page.
 */
export function envelopeJson(envelope: Envelope): string {
  let text = written.get(envelope);
  if (text === undefined) {
    text = safeJson(JSON.stringify(envelope));
    written.set(envelope, text);
  }
  return text;
}
