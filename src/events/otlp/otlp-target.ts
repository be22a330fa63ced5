/** One of the protocol's signals. */
export type Signal = 'traces' | 'logs' | 'metrics';

/** A collector that this program sends to: which signals, and the host with its port, never a path, user or header. */
export interface OtlpTarget {
  readonly host: string;
  readonly signals: readonly Signal[];
}

/** For the status bar: `OTLP to collector:4318`; null where nothing is sent. */
export function otlpWords(targets: readonly OtlpTarget[]): string | null {
  return targets.length === 0 ? null : `OTLP to ${targets.map(({ host }) => host).join(', ')}`;
}

/** The whole of it: which signals go where, and what is not in them. */
export function otlpSentence(targets: readonly OtlpTarget[]): string {
  const parts = targets.map(({ host, signals }) => `${signals.join(', ')} to ${host}`);
  return `Sent by OTLP: ${parts.join('; ')}. They have no text of a statement, row or secret. The variables OTEL_EXPORTER_OTLP_… turn this on.`;
}
