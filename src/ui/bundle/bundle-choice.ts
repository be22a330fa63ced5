import { type BundleRequest, NAME_KINDS, type NameKind } from '../../events/bundle.ts';

const MINUTE_MS = 60_000;

/** Spans that are offered. `chosen` is between two times that the user types. */
export const BUNDLE_SPANS = [
  { name: 'all', words: 'Whole tape', ms: null },
  { name: 'quarter', words: 'Last 15 minutes', ms: 15 * MINUTE_MS },
  { name: 'hour', words: 'Last hour', ms: 60 * MINUTE_MS },
  { name: 'day', words: 'Last day', ms: 24 * 60 * MINUTE_MS },
  { name: 'chosen', words: 'From … to …', ms: null },
] as const;
type BundleSpan = (typeof BUNDLE_SPANS)[number]['name'];

/** What the switches of names are called. */
export const NAME_WORDS: Readonly<Record<NameKind, string>> = {
  hosts: 'Hosts',
  users: 'Users',
  databases: 'Databases',
  schemas: 'Schemas',
  tables: 'Tables',
  columns: 'Columns',
};

/** What the dialog has chosen. */
export interface BundleChoice {
  readonly span: BundleSpan;
  /** Of `chosen`: texts of `datetime-local` fields, empty for no bound. */
  readonly from: string;
  readonly to: string;
  /** The one session that is exported; null for all. */
  readonly sessionId: string | null;
  readonly replaced: ReadonlySet<NameKind>;
}

/** The choice of a dialog that was just opened: everything, and no name. */
export const EVERYTHING: BundleChoice = {
  span: 'all',
  from: '',
  to: '',
  sessionId: null,
  replaced: new Set(NAME_KINDS),
};

/** A choice as a request, or what is wrong with it. `now` is in milliseconds since 1970 UTC. */
export function bundleRequest(
  { span, from, to, sessionId, replaced }: BundleChoice,
  now: number,
): BundleRequest | string {
  const namesKept = NAME_KINDS.filter((kind) => !replaced.has(kind));
  const rest = { ...(sessionId !== null && { sessions: [sessionId] }), namesKept };
  const ms = BUNDLE_SPANS.find(({ name }) => name === span)!.ms;
  if (ms !== null) return { fromAt: now - ms, ...rest };
  if (span === 'all') return rest;
  const [fromAt, toAt] = [from, to].map((text) => (text === '' ? undefined : Date.parse(text)));
  if (Number.isNaN(fromAt) || Number.isNaN(toAt)) return 'Enter a date and a time.';
  if (fromAt !== undefined && toAt !== undefined && fromAt > toAt) return 'The end is before the beginning.';
  return { ...(fromAt !== undefined && { fromAt }), ...(toAt !== undefined && { toAt }), ...rest };
}
