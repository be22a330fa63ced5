import { mongodb } from '../../events/engines/mongodb.ts';
import type { EngineParts } from '../engine-parts.ts';

export const mongodbParts: EngineParts = {
  engine: mongodb.name,
  async loadDriver() {
    const { mongodbDriver } = await import('./driver.ts');
    return mongodbDriver();
  },
  async loadClassifier() {
    const { classifyMongodb } = await import('./classify.ts');
    return classifyMongodb;
  },
  firstText: 'db.c.find({ n: { $gt: 1 } })',
};
