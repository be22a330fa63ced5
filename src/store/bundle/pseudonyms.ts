import { createHmac, randomBytes } from 'node:crypto';
import { NAME_KINDS, type NameKind } from '../../events/bundle.ts';
import { ENGINES, type Engine } from '../../events/engines/engine-name.ts';
import { descriptorOf } from '../../events/engines/index.ts';
import type { Envelope } from '../../events/envelope.ts';
import { SHAPE_UNITS_MAX } from '../../events/limits.ts';
import type { LogLine, LogValue } from '../../events/log/log-entry.ts';
import { SUMMARY_UNITS_MAX, systemName } from '../../events/log/record-fields.ts';
import { replaceShapeNames } from '../../events/shape-names.ts';

const PREFIXES: Readonly<Record<NameKind, string>> = {
  hosts: 'host',
  users: 'user',
  databases: 'database',
  schemas: 'schema',
  tables: 'table',
  columns: 'column',
};
/** Of a pseudonym: 40 bits, so that two names of one schema don't meet. */
const DIGITS = 10;
/** Ids that Querytape itself made at random, for this run or this command. Any other may have been chosen by a client, as a name is. */
const OWN_ID =
  /^(?:(?:run|ses|qry|scr|cmd|prm|chg|tst)-[0-9a-f]{20}|cmd-[0-9a-f-]{13,36}|(?:[ct]|tunnel)\d+|demo)$/;
/** The id of a tab of the page. A draft opens it again in later runs, so that it would join their bundles. */
const TAB_ID = /^tab-[0-9a-f-]{13,36}$/;
const TAB_DIGITS = 13;

/** Fields of the log whose texts are fixed words, codes or versions. */
const LOG_TEXTS: ReadonlySet<string> = new Set([
  'level',
  'time',
  'msg',
  'event.name',
  'db.system.name',
  'db.operation.name',
  'db.response.status_code',
  'deployment.environment.name',
  'error.type',
  'exception.type',
  'process.runtime.version',
  'service.version',
  'querytape.admission',
  'querytape.cancel.reason',
  'querytape.cancel.step',
  'querytape.command.name',
  'querytape.failure.source',
  'querytape.otlp.signal',
  'querytape.outcome',
  'querytape.purpose',
  'querytape.reason',
  'querytape.result.cut',
  'querytape.server.version',
  'querytape.transaction',
  'querytape.vault.protection',
  'querytape.verdict',
]);
/** Hashes of an installation, in the log and in records, and what begins with the id of a start of the machine. */
const REKEYED: ReadonlySet<string> = new Set([
  'querytape.fingerprint',
  'querytape.tunnel.command_hash',
  'trace_id',
  'span_id',
  'fingerprint',
  'commandHash',
  'startTime',
  'serverId',
]);
const ENGINES_BY_SYSTEM: ReadonlyMap<string, Engine> = new Map(
  ENGINES.map((engine) => [systemName(engine), engine]),
);

/**
 * Replaces what names something outside Querytape, consistently within one bundle: the same name is the same word there. The key is
 * random and is not stored, so that the words can't be found by trying names, and those of two bundles can't be joined.
 */
export class Pseudonyms {
  private readonly key = randomBytes(32);
  private readonly kept: ReadonlySet<NameKind>;
  private readonly keepsAll: boolean;
  /** Of queries whose shape is still to come. */
  private readonly engines = new Map<string, Engine>();

  constructor(namesKept: readonly NameKind[]) {
    this.kept = new Set(namesKept);
    this.keepsAll = NAME_KINDS.every((kind) => this.kept.has(kind));
  }

  /** What stands for a name; an empty one stays empty. */
  name(kind: NameKind, name: string): string {
    if (name === '' || this.kept.has(kind)) return name;
    return `${PREFIXES[kind]}_${this.digits(name.toLowerCase(), DIGITS)}`;
  }

  /** What stands for an id. Those of this program's runs stay, so that a bundle can be read beside the page. */
  id(id: string): string {
    if (this.keepsAll) return id;
    return id
      .split('.')
      .map((part) => {
        if (part === '' || OWN_ID.test(part)) return part;
        return TAB_ID.test(part) ? `tab-${this.digits(part, TAB_DIGITS)}` : `id-${this.digits(part, 16)}`;
      })
      .join('.');
  }

  /** A record as a bundle has it. */
  rewrite(envelope: Envelope): Envelope {
    const { actor, event } = envelope;
    if (event.type === 'xstate.init' && envelope.kind === 'query')
      this.engines.set(actor, (event.input as { engine: Engine }).engine);
    const rewritten = this.part(event as unknown as Record<string, unknown>, this.engines.get(actor));
    if (event.type === 'query.classified') this.engines.delete(actor);
    return { ...envelope, actor: this.id(actor), event: rewritten as unknown as Envelope['event'] };
  }

  /** A line of the log as a bundle has it. What is not known to be free of names is left out. */
  logLine(line: LogLine): LogLine {
    const engine = ENGINES_BY_SYSTEM.get(String(line['db.system.name']));
    const out: Record<string, LogValue> = {};
    for (const [field, value] of Object.entries(line)) {
      const rewritten = typeof value === 'string' ? this.logText(field, value, engine) : value;
      if (rewritten !== null) out[field] = rewritten;
    }
    return out as LogLine;
  }

  private logText(field: string, text: string, engine: Engine | undefined): string | null {
    if (LOG_TEXTS.has(field)) return text;
    if (field.endsWith('.id')) return this.id(text);
    if (REKEYED.has(field)) return this.digits(text, text.length);
    if (field === 'exception.stacktrace') return text.replace(/[^\s()]*[/\\]([^\s()/\\]+:\d+:\d+)/g, '$1');
    if (field !== 'db.query.summary') return null;
    // Where it was cut, within a quoted name for one, is not known.
    if (text.length >= SUMMARY_UNITS_MAX && !this.keepsAll) return null;
    return this.shape(text, engine);
  }

  private part(value: Record<string, unknown>, engine: Engine | undefined): Record<string, unknown> {
    const out: Record<string, unknown> = {};
    for (const [key, found] of Object.entries(value)) {
      if (typeof found === 'string') {
        const text = this.text(key, found, engine);
        if (text !== null) out[key] = text;
      } else if (typeof found === 'object' && found !== null && !Array.isArray(found)) {
        out[key] = this.part(found as Record<string, unknown>, engine);
      } else out[key] = found;
    }
    return out;
  }

  /** A text of a record by the name of its field; null leaves it out. */
  private text(key: string, text: string, engine: Engine | undefined): string | null {
    if (REKEYED.has(key)) return this.digits(text, text.length);
    if (key === 'shape') return this.shape(text, engine);
    return key.endsWith('Id') ? this.id(text) : text;
  }

  /** Without an engine it is not known how names are written, so that there is no shape. */
  private shape(shape: string, engine: Engine | undefined): string | null {
    if (this.keepsAll) return shape;
    if (engine === undefined) return null;
    // An engine without SQL has no names in its shapes.
    if (descriptorOf(engine).dialect === null) return shape;
    const replaced = replaceShapeNames(shape, ({ kind, name }) => this.name(kind, name));
    return replaced.length > SHAPE_UNITS_MAX ? null : replaced;
  }

  private digits(text: string, length: number): string {
    return createHmac('sha256', this.key).update(text).digest('hex').slice(0, length);
  }
}
