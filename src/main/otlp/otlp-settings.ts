import { validateHeaderName, validateHeaderValue } from 'node:http';
import type { OtlpTarget, Signal } from '../../events/otlp/otlp-target.ts';

const SIGNALS: readonly Signal[] = ['traces', 'logs', 'metrics'];
const TIMEOUT_MS = 10_000;
const TIMEOUT_MAX_MS = 60_000;

/** Where a signal is sent, and with what. */
export interface Target {
  readonly url: string;
  /** Secrets may be in them: they are never logged. */
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

/** What is sent where: none where no endpoint is named. */
export interface OtlpSettings {
  readonly targets: Readonly<Partial<Record<Signal, Target>>>;
  readonly resource: Readonly<Record<string, string>>;
  /** What is wrong with the variables; a signal whose own are wrong is not sent. Quotes no value. */
  readonly problems: readonly string[];
}

/**
 * Reads OpenTelemetry's variables (https://opentelemetry.io/docs/specs/otel/protocol/exporter/): `OTEL_EXPORTER_OTLP_ENDPOINT`,
 * `_HEADERS`, `_TIMEOUT`, each also for one signal (`OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`), `OTEL_SERVICE_NAME`,
 * `OTEL_RESOURCE_ATTRIBUTES`, `OTEL_SDK_DISABLED`. The protocol is always `http/json`.
 */
export function otlpSettings(env: NodeJS.ProcessEnv): OtlpSettings {
  const problems: string[] = [];
  const targets: Partial<Record<Signal, Target>> = {};
  if (env.OTEL_SDK_DISABLED?.toLowerCase() !== 'true') {
    for (const signal of SIGNALS) {
      const target = targetOf(signal, env, problems);
      if (target) targets[signal] = target;
    }
  }
  const given = pairs(env.OTEL_RESOURCE_ATTRIBUTES ?? '', 'OTEL_RESOURCE_ATTRIBUTES', problems);
  const name = env.OTEL_SERVICE_NAME || given['service.name'] || 'querytape';
  return { targets, resource: { ...given, 'service.name': name }, problems };
}

/** Where signals are sent, by host. */
export function otlpTargets({ targets }: Pick<OtlpSettings, 'targets'>): readonly OtlpTarget[] {
  const hosts = new Map<string, Signal[]>();
  for (const signal of SIGNALS) {
    const target = targets[signal];
    if (!target) continue;
    const { host } = new URL(target.url);
    hosts.set(host, [...(hosts.get(host) ?? []), signal]);
  }
  return [...hosts].map(([host, signals]) => ({ host, signals }));
}

function targetOf(signal: Signal, env: NodeJS.ProcessEnv, problems: string[]): Target | null {
  const value = (name: string): [variable: string, text: string | undefined] => {
    const own = `OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_${name}`;
    return env[own] ? [own, env[own]] : [`OTEL_EXPORTER_OTLP_${name}`, env[`OTEL_EXPORTER_OTLP_${name}`]];
  };
  const [variable, endpoint] = value('ENDPOINT');
  if (!endpoint) return null;
  const url = URL.canParse(endpoint) ? new URL(endpoint) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    problems.push(`${variable} is not an http or https URL.`);
    return null;
  }
  // The general endpoint is a base; one for a signal is used as it is.
  if (variable === 'OTEL_EXPORTER_OTLP_ENDPOINT')
    url.pathname = `${url.pathname.replace(/\/$/, '')}/v1/${signal}`;
  const [headersVariable, headers = ''] = value('HEADERS');
  const [timeoutVariable, timeout = String(TIMEOUT_MS)] = value('TIMEOUT');
  const timeoutMs = Number(timeout);
  if (!Number.isInteger(timeoutMs) || timeoutMs < 1)
    problems.push(`${timeoutVariable} is not a number of milliseconds.`);
  const own = signIn(url);
  const given = pairs(headers, headersVariable, problems);
  const sent = Object.keys(given).some((name) => /^authorization$/i.test(name))
    ? given
    : { ...own, ...given };
  if (!Object.entries(sent).every(isHeader)) {
    problems.push(`${headersVariable} has a header that HTTP doesn’t allow.`);
    return null;
  }
  return {
    url: url.href,
    headers: sent,
    timeoutMs: timeoutMs >= 1 ? Math.min(timeoutMs, TIMEOUT_MAX_MS) : TIMEOUT_MS,
  };
}

/** The header that a URL's user and password stand for (RFC 7617), which are taken out of it: a request to a URL that has them fails. */
function signIn(url: URL): Record<string, string> {
  const { username, password } = url;
  if (username === '' && password === '') return {};
  url.username = '';
  url.password = '';
  const userPass = [username, password].map(percentDecoded).join(':');
  return { authorization: `Basic ${Buffer.from(userPass).toString('base64')}` };
}

/** As it is where it is not percent-encoded. */
function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function isHeader([name, value]: readonly [string, string]): boolean {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    return true;
  } catch {
    return false;
  }
}

/** `key=value,key=value`, percent-encoded, as W3C Baggage has it. */
function pairs(text: string, variable: string, problems: string[]): Record<string, string> {
  const found: Record<string, string> = {};
  for (const pair of text.split(',').filter((one) => one.trim() !== '')) {
    const at = pair.indexOf('=');
    try {
      if (at < 1) throw new URIError();
      found[decodeURIComponent(pair.slice(0, at).trim())] = decodeURIComponent(pair.slice(at + 1).trim());
    } catch {
      problems.push(`${variable} is not a list of key=value, percent-encoded.`);
    }
  }
  return found;
}
