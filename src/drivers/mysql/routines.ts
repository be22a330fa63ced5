import type { StatementFacts } from '../../events/judgement.ts';
import type { CatalogueStatement } from '../driver.ts';
import { SYS_HELPERS } from './native-functions.ts';

type Volatility = NonNullable<StatementFacts['volatility']>;

/** Who owns the schema `sys` as the server makes it; the account is locked. */
const SYS_OWNER = { mysql: 'mysql.sys@localhost', mariadb: 'mariadb.sys@localhost' } as const;

/**
 * Asks whether stored functions have the names of the server's own, in any database, as the current one may have changed by then
 * (information_schema.ROUTINES shows those that the account may call). `s`: none has, or MariaDB says that the name is its own
 * (information_schema.SQL_FUNCTIONS); `sys.name`: it is the server's. `v`: anything else.
 */
export function routinesStatement(
  engine: 'mysql' | 'mariadb',
  names: readonly string[],
): CatalogueStatement<Volatility> {
  const bare = names.map((name) => `'${name.replace(/^sys\./, '').replaceAll("'", "''")}'`).join(',');
  const stored = `SELECT ROUTINE_SCHEMA, ROUTINE_NAME, DEFINER FROM information_schema.ROUTINES
      WHERE ROUTINE_TYPE = 'FUNCTION' AND ROUTINE_NAME IN (${bare})`;
  const native = `SELECT '', \`FUNCTION\`, '' FROM information_schema.SQL_FUNCTIONS WHERE \`FUNCTION\` IN (${bare})`;
  return {
    text: engine === 'mariadb' ? `${stored} UNION ALL ${native}` : stored,
    read: (rows) => {
      const found = rows.map(([schema, name, definer]) => {
        const ofSys = schema?.toLowerCase() === 'sys' && definer === SYS_OWNER[engine];
        return { name: name?.toUpperCase(), ofSys: ofSys && isHelper(name), native: schema === '' };
      });
      const isHarmless = (asked: string): boolean => {
        const [bareName, qualified] = asked.startsWith('sys.') ? [asked.slice(4), true] : [asked, false];
        const same = found.filter(({ name }) => name === bareName.toUpperCase());
        if (qualified) return same.some(({ ofSys }) => ofSys);
        return same.some(({ native }) => native) || same.every(({ ofSys }) => ofSys);
      };
      return Object.fromEntries(names.map((name) => [name, isHarmless(name) ? 's' : 'v'] as const));
    },
  };
}

function isHelper(name: string | null | undefined): boolean {
  return SYS_HELPERS.includes(name?.toLowerCase() ?? '');
}
