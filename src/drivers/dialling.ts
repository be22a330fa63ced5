import type { ConnectionOptions } from 'node:tls';
import type { Target } from '../events/profile.ts';
import type { ConnectOptions } from './driver.ts';
import type { Link } from './link.ts';

/** What dials a server, made from a target once and used for the connection and for its cancels' side connections. */
export interface Dialling {
  readonly target: Target;
  readonly tls: ConnectionOptions | null;
  readonly link: Link;
  readonly password: ConnectOptions['password'];
  readonly applicationName: string;
}
