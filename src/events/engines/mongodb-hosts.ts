import { checkHost } from '../host-check.ts';
import type { MongoOptions } from '../profile.ts';

/** The port that a server listens at where nothing else is said. */
export const MONGODB_PORT = 27017;

/** A server of a MongoDB deployment: a host name, an address without brackets, or a socket's path, and a port. */
export interface MongoHost {
  readonly host: string;
  readonly port: number;
}

/** Reads `host`, `host:port` or `[address]:port`; null for anything else. The port is MongoDB's own where none is given. */
export function readMongoHost(text: string): MongoHost | null {
  const [, name = '', digits] = /^(\[[^\]]*\]|[^:[\]]*)(?::(\d{1,5}))?$/.exec(text.trim()) ?? [];
  const host = checkHost(name);
  const port = digits === undefined ? MONGODB_PORT : Number(digits);
  if (name === '' || typeof host !== 'string' || host.startsWith('/') || port < 1 || port > 65535)
    return null;
  return { host, port };
}

/** `host:port`, with an IPv6 address in brackets. */
export function mongoHostText({ host, port }: MongoHost): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/**
 * The file of a server's Unix-domain socket (MongoDB manual, "mongod", `--unixSocketPrefix`): a path that ends with `.sock`
 * is the file, any other one its folder.
 */
export function mongoSocketFile({ host, port }: MongoHost): string {
  return host.endsWith('.sock') ? host : `${host.replace(/\/$/, '')}/mongodb-${port}.sock`;
}

/** The folder and the port that a socket's file says, or the file itself where its name is not a server's usual one. */
export function mongoSocketOf(path: string): { readonly host: string; readonly port?: number } {
  const [, folder, port] = /^(.*)\/mongodb-(\d{1,5})\.sock$/.exec(path) ?? [];
  return folder === undefined ? { host: path } : { host: folder || '/', port: Number(port) };
}

/** Which members a connection reads from (MongoDB manual, "Read Preference"). */
export const READ_PREFERENCES = [
  'primary',
  'primaryPreferred',
  'secondary',
  'secondaryPreferred',
  'nearest',
] as const satisfies readonly MongoOptions['readPreference'][];
