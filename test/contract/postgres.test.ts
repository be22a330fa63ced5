import { driverContract } from './contract.ts';
import { postgresEngine, provided } from './postgres-engine.ts';
import { sessionContract } from './session-contract.ts';

driverContract('PostgreSQL', () => postgresEngine(provided()));
sessionContract('PostgreSQL', () => postgresEngine(provided()));
