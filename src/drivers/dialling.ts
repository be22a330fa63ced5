import type { ConnectionOptions } from 'node:tls';
import type { Target } from '../events/profile.ts';
import type { ConnectOptions, Route, SideOptions } from './driver.ts';
import { type PasswordTrust, passwordTrustOf } from './password-trust.ts';
import { tlsOptions } from './tls.ts';

/** What is dialled: a host and its port, or the folder of a Unix-domain socket. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** What dials a server, made from a target once and used for the connection and for its cancels' side connections. */
export interface Dialling {
  /** The server that the profile names. */
  readonly target: Target;
  /** Where it is. */
  readonly address: Address;
  /** The address is the end of a route to the server, not the server's own. */
  readonly isRouted: boolean;
  readonly tls: ConnectionOptions | null;
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
  const tls = await tlsOptions(target, side);
  const dialled = addressOf(target, route);
  const trust = await passwordTrustOf(target.tls, socketFile(dialled.address));
  return { target, ...dialled, tls, trust, password, applicationName };
}
