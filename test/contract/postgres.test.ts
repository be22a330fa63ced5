import { driverContract } from './contract.ts';
import { postgresEngine, provided } from './postgres-engine.ts';

driverContract('PostgreSQL', () => postgresEngine(provided()));
