import type { TestProject } from 'vitest/node';
import { obtainPostgres } from './postgres.ts';
import type { PostgresAddress } from './postgres-cluster.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    postgres: PostgresAddress;
  }
}

/** Obtains the servers of the contract tests and gives them back. A server that can't be had fails the run. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const postgres = await obtainPostgres();
  project.provide('postgres', postgres.address);
  return () => postgres.stop();
}
