import { type EngineParts, FIRST_SQL } from '../engine-parts.ts';

function partsOf(engine: 'mysql' | 'mariadb'): EngineParts {
  return {
    engine,
    async loadDriver() {
      const { mysqlDriver } = await import('./driver.ts');
      return mysqlDriver(engine);
    },
    async loadClassifier() {
      const { classifyMysql } = await import('./classify.ts');
      return (text, facts) => classifyMysql(engine, text, facts);
    },
    firstText: FIRST_SQL,
  };
}

export const mysqlParts = partsOf('mysql');
export const mariadbParts = partsOf('mariadb');
