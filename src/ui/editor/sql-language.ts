import { type Completion, type CompletionSource, ifNotIn } from '@codemirror/autocomplete';
import {
  keywordCompletionSource,
  MariaSQL,
  MySQL,
  PostgreSQL,
  schemaCompletionSource,
} from '@codemirror/lang-sql';
import { LanguageSupport } from '@codemirror/language';
import type { Extension } from '@codemirror/state';
import { descriptorOf } from '../../events/engines/index.ts';
import { type CompletionNames, kindsByName, type Learn, PART } from './completion-names.ts';
import { placesIn } from './named-places.ts';
import { key, statementNames, statementNode, unquoted } from './statement-names.ts';

const DIALECTS = { postgres: PostgreSQL, mysql: MySQL, mariadb: MariaSQL } as const;

/** The engines whose statements are SQL. */
type SqlEngine = keyof typeof DIALECTS;

/**
 * SQL in an engine's dialect, with its own words and the catalogue's names to complete, each with what it is; those of `namespace` need
 * no prefix.
 */
export function sqlLanguage(engine: SqlEngine, namespace: string, learn: Learn): Extension {
  const { language } = DIALECTS[engine];
  return new LanguageSupport(language, [
    language.data.of({ autocomplete: ifNotIn(WORDLESS, namesSource(engine, namespace, learn)) }),
    language.data.of({ autocomplete: keywordsSource(engine) }),
  ]);
}

/** The engine's own words, each with what it is; none behind a dot, where only a name can stand. */
export function keywordsSource(engine: SqlEngine): CompletionSource {
  const source = keywordCompletionSource(DIALECTS[engine], false, (label, type) => ({
    label,
    type,
    detail: type === 'type' ? 'type' : 'keyword',
    boost: -1,
  }));
  return (context) => (context.matchBefore(/\.\s*\w*/) ? null : source(context));
}

/** Text of a statement before and after the cursor that is looked at. */
const AROUND_UNITS_MAX = 10_000;

/** Where no name stands. */
const WORDLESS = ['String', 'LineComment', 'BlockComment'];

/** The catalogue's names, each with what it is, and what is nameable in the statement at hand alone (`statementNames`). */
export function namesSource(engine: SqlEngine, namespace: string, learn: Learn): CompletionSource {
  let source = sourceOf(engine, {}, namespace);
  let known: CompletionNames | null = null;
  return async (context) => {
    const { state, pos } = context;
    const statement = statementNode(state, pos);
    const from = Math.max(statement?.from ?? pos, pos - AROUND_UNITS_MAX);
    const to = Math.max(pos, Math.min(statement?.to ?? pos, pos + AROUND_UNITS_MAX));
    const text = state.sliceDoc(from, to);
    const names = await learn(text, placesIn(text));
    if (names !== known) source = sourceOf(engine, names, namespace);
    known = names;
    const listed = await source(context);
    // Of a part only those that hold what is typed are here, so the next letter asks for others.
    const found = listed && names[PART] ? { ...listed, validFor: () => false } : listed;
    if (!statement) return found;
    const { own, bare } = statementNames(state, statement, pos, names);
    const inside = await sourceOf(engine, own, '', bare)(context);
    if (!found || !inside) return found ?? inside;
    // What is nearest is most often meant.
    const near = inside.options
      .filter(({ type }) => type !== 'constant')
      .map((one) => ({ ...one, boost: 1 }));
    const labels = new Set(near.map(({ label }) => label));
    return { ...found, options: [...found.options.filter(({ label }) => !labels.has(label)), ...near] };
  };
}

/** @param bare what is written without quotes, whatever it is called */
function sourceOf(
  engine: SqlEngine,
  names: CompletionNames,
  namespace: string,
  bare: ReadonlySet<string> = new Set(),
): CompletionSource {
  const source = schemaCompletionSource({
    dialect: DIALECTS[engine],
    schema: Object.fromEntries(
      Object.entries(names).map(([path, one]) => [paths(path, one.name), one.columns]),
    ),
    ...(namespace === '' ? {} : { defaultSchema: namespace }),
  });
  const kinds = kindsByName(names);
  const { identifier, readable } = descriptorOf(engine).dialect!;
  return async (context) => {
    const found = await source(context);
    if (!found) return null;
    const isQuoted = /["`]/.test(context.state.sliceDoc(found.from, found.from + 1));
    const spelled = (label: string): string => {
      if (isQuoted) return identifier(unquoted(label));
      return bare.has(label) ? label : readable(label);
    };
    const options = found.options.map((one) => ({
      ...one,
      ...(one.type === 'constant' ? {} : { apply: spelled(one.label) }),
      detail: detailOf(one, kinds),
    }));
    return { ...found, options };
  };
}

/** A name's path as the language splits it: the dots of a name that is a collection's are its own. */
function paths(path: string, name: string): string {
  if (path === name) return key(name);
  return path.endsWith(`.${name}`) ? `${key(path.slice(0, -name.length - 1))}.${key(name)}` : path;
}

/** What a name of the catalogue is, by the type that the language gives it: collections and namespaces have the same. */
function detailOf({ label, type }: Completion, kinds: ReadonlyMap<string, string>): string {
  if (type === 'property') return 'column';
  if (type === 'constant') return 'alias';
  return kinds.get(unquoted(label)) ?? 'schema';
}
