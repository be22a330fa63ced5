import type { Ask, Role } from '../driver.ts';
import { fieldReader } from './catalogue.ts';

/** Actions that change something (MongoDB manual, "Privilege Actions"). */
const WRITES = new Set([
  'insert',
  'update',
  'remove',
  'createCollection',
  'createIndex',
  'dropCollection',
  'dropDatabase',
  'dropIndex',
  'collMod',
  'renameCollectionSameDB',
  'bypassDocumentValidation',
  'anyAction',
  'createUser',
  'grantRole',
  'shutdown',
  'killop',
  'setParameter',
]);

interface AuthInfo {
  readonly authenticatedUsers?: readonly { readonly user: string; readonly db: string }[];
  readonly authenticatedUserPrivileges?: readonly { readonly actions: readonly string[] }[];
}

/** Asks MongoDB who we are and what that user may do. */
export async function readRole(ask: Ask): Promise<Role> {
  const status = await ask('db.runCommand({ connectionStatus: 1, showPrivileges: true })');
  const hello = await ask('db.runCommand({ hello: 1 })');
  const info = (fieldReader(status.columns)(status.rows[0] ?? [], 'authInfo') ?? {}) as AuthInfo;
  const isWritable = fieldReader(hello.columns)(hello.rows[0] ?? [], 'isWritablePrimary');
  const { authenticatedUsers: [user] = [], authenticatedUserPrivileges: privileges = [] } = info;
  return {
    user: user ? `${user.user}@${user.db}` : '',
    replica: typeof isWritable === 'boolean' ? !isWritable : null,
    // Without access control a server takes any statement without a sign-in.
    canWrite: user ? privileges.some(({ actions }) => actions.some((action) => WRITES.has(action))) : null,
    warnings: user
      ? []
      : ['Not signed in. Without access control, any client may do anything on this server.'],
  };
}
