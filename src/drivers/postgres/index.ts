import { postgres } from '../../events/engines/postgres.ts';
import { type EngineParts, FIRST_SQL } from '../engine-parts.ts';

export const postgresParts: EngineParts = {
  engine: postgres.name,
  async loadDriver() {
    const { postgresDriver } = await import('./driver.ts');
    return postgresDriver();
  },
  async loadClassifier() {
    const { classifyPostgres, loadPostgresParser } = await import('./classify.ts');
    await loadPostgresParser();
    return classifyPostgres;
  },
  firstText: FIRST_SQL,
};
