import type { RowEncoding } from '../result.ts';
import type { EngineDescriptor } from './engine.ts';
import type { Engine } from './engine-name.ts';
import { mongodb } from './mongodb.ts';
import { mariadb, mysql } from './mysql.ts';
import { postgres } from './postgres.ts';

const DESCRIPTORS: Readonly<Record<Engine, EngineDescriptor>> = { postgres, mysql, mariadb, mongodb };
const ALL = Object.values(DESCRIPTORS);

/** What is known of an engine without a connection. */
export function descriptorOf(engine: Engine): EngineDescriptor {
  return DESCRIPTORS[engine];
}

/** The same of an engine that a record names; undefined for one of another version, as a tape from elsewhere may have. */
export function knownDescriptorOf(engine: string): EngineDescriptor | undefined {
  return Object.hasOwn(DESCRIPTORS, engine) ? DESCRIPTORS[engine as Engine] : undefined;
}

/** Every engine's descriptor. */
export function allDescriptors(): readonly EngineDescriptor[] {
  return ALL;
}

/** An engine that sends rows in this encoding. Engines that share an encoding share its codec and its dialect. */
export function sentAs(encoding: RowEncoding): EngineDescriptor {
  const found = ALL.find((one) => one.encoding === encoding);
  if (!found) throw new RangeError(`no engine sends rows encoded as ${encoding}`);
  return found;
}

/** The engine that another program calls by this name; undefined for what is none of ours. */
export function engineCalled(alias: string): Engine | undefined {
  return ALL.find(({ aliases }) => aliases.includes(alias.toLowerCase()))?.name;
}

/** The engine of a URL's scheme, in lower case. */
export function engineOfScheme(scheme: string): Engine | undefined {
  return ALL.find(({ address }) => address.schemes.includes(scheme) || address.seedListScheme === scheme)
    ?.name;
}

/** All schemes that a connection URL may begin with. */
export const SCHEMES: readonly string[] = ALL.flatMap(({ address: { schemes, seedListScheme } }) => [
  ...schemes,
  ...(seedListScheme === undefined ? [] : [seedListScheme]),
]).filter((scheme, i, all) => all.indexOf(scheme) === i);
