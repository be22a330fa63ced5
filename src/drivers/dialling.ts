import type { ConnectionOptions } from 'node:tls';
import type { Target } from '../events/profile.ts';
import { within } from './deadline.ts';
import type { ConnectOptions, Route, SideOptions } from './driver.ts';
import { RENEWAL_TIMEOUT_MS } from './limits.ts';
import { type PasswordTrust, passwordTrustOf } from './password-trust.ts';
import { tlsOptions } from './tls.ts';

/** What is dialled: a host and its port, or the folder of a Unix-domain socket. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** What dials a server, made from a target once and used for the connection, and for its cancels’ side connections once `renewed`. */
export interface Dialling {
  /** The server that the profile names. */
  readonly target: Target;
  /** Where it is. */
  readonly address: Address;
  /** The address is the end of a route to the server, not the server's own. */
  readonly isRouted: boolean;
  readonly tls: ConnectionOptions | null;
  /** Reads the files of its certificates again. @throws DriverError `tls.*` */
  readonly readTls: () => Promise<ConnectionOptions | null>;
  readonly trust: PasswordTrust;
  readonly password: ConnectOptions['password'];
  readonly applicationName: string;
}

/** Where a target is dialled: at its own address, or at the end of a route. */
export function addressOf(
  { host, port }: Address,
  route: Route | undefined,
): Pick<Dialling, 'address' | 'isRouted'> {
  return route
    ? { address: { host: route.host, port: route.port }, isRouted: true }
    : { address: { host, port }, isRouted: false };
}

/**
 * What dials a target. `socketFile` gives the file of a Unix-domain socket, null where an address is none.
 * @throws DriverError `tls.*` for files that can't be used
 */
export async function diallingOf(
  target: Target,
  side: SideOptions,
  socketFile: (address: Address) => string | null,
): Promise<Dialling> {
  const { password, applicationName, route } = side;
  const readTls = () => tlsOptions(target, side);
  const tls = await readTls();
  const dialled = addressOf(target, route);
  const trust = await passwordTrustOf(target.tls, socketFile(dialled.address));
  return { target, ...dialled, tls, readTls, trust, password, applicationName };
}

/**
 * What dials a server beside an open connection: by its certificates as they are now, as those that are valid for some hours are renewed
 * while it is open, or as they were where they can't be read, or not soon: a cancel waits for no disk.
 */
export async function renewed<D extends Pick<Dialling, 'tls' | 'readTls'>>(dialling: D): Promise<D> {
  const read = dialling.readTls().catch(() => 'late' as const);
  const tls = await within(read, RENEWAL_TIMEOUT_MS);
  return tls === 'late' ? dialling : { ...dialling, tls };
}
