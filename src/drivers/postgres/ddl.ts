import type { CataloguePage } from '../../events/catalogue.ts';

export { ddlText } from './ddl-parts.ts';

type Rows = readonly (readonly (string | null)[])[];

const CREATES: Readonly<Record<string, string>> = {
  r: 'CREATE TABLE',
  p: 'CREATE TABLE',
  f: 'CREATE FOREIGN TABLE',
  v: 'CREATE VIEW',
  m: 'CREATE MATERIALIZED VIEW',
};

const PERSISTENCES: Readonly<Record<string, string>> = { u: ' UNLOGGED ', t: ' TEMPORARY ' };

/**
 * Puts the parts together (`ddlText`); empty where there is no such collection. What the statements do not make stands at the end as
 * comments.
 */
export function readDdl(rows: Rows): CataloguePage {
  const of = (part: string): string[] => rows.filter(([kind]) => kind === part).map(([, , text]) => text!);
  const [head] = of('head');
  if (head === undefined) return { ddl: '', more: false };
  const create = (CREATES[head[0]!] ?? 'CREATE TABLE').replace(' ', PERSISTENCES[head[1]!] ?? ' ');
  const statements = [...of('before'), `${create} ${head.slice(3)}${definition(of)}`, ...of('after')];
  const leftOut = of('leftOut').map((what) => `-- Left out: ${what}.\n`);
  const ddl = statements.map((statement) => `${statement};\n`).join('\n');
  return { ddl: leftOut.length === 0 ? ddl : `${ddl}\n${leftOut.join('')}`, more: false };
}

/** What follows the name in CREATE: columns and constraints, or a query, with its options in the order of the grammar. */
function definition(of: (part: string) => string[]): string {
  const options = of('options').map((text) => `\nWITH (${text})`);
  // INHERITS, PARTITION BY and USING come before WITH, the others after it.
  const tails = of('tail').map((text) => `\n${text}`);
  const isBefore = (text: string): boolean => /^\n(?:INHERITS|PARTITION BY|USING) /.test(text);
  const before = tails.filter(isBefore).join('');
  const after = tails.filter((text) => !isBefore(text));
  const [body] = of('body');
  if (body === undefined) {
    const lines = [...of('column'), ...of('constraint')].map((line) => `  ${line}`).join(',\n');
    return ` (\n${lines}\n)${before}${options.join('')}${after.join('')}`;
  }
  const last = after.filter((text) => text === '\nWITH NO DATA').join('');
  const others = after.filter((text) => text !== '\nWITH NO DATA').join('');
  return `${before}${options.join('')}${others} AS\n${body.replace(/;\s*$/, '')}${last}`;
}
