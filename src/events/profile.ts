import { Type } from '@sinclair/typebox';
import { Engine } from './engines/engine-name.ts';
import { Id, type Of, part } from './schema.ts';
import { Tunnel } from './tunnel.ts';

/** How sure a profile's owner wants to be asked. Decides colours, confirmations and defaults. */
export const Environment = Type.Union([
  Type.Literal('development'),
  Type.Literal('staging'),
  Type.Literal('production'),
]);
export type Environment = Of<typeof Environment> & string;

/** From the most lenient to the strictest. */
export const ENVIRONMENTS: readonly Environment[] = ['development', 'staging', 'production'];

/** The stricter of two. */
export function stricterOf(a: Environment, b: Environment): Environment {
  return ENVIRONMENTS.indexOf(a) > ENVIRONMENTS.indexOf(b) ? a : b;
}

/** PostgreSQL's own names (libpq `sslmode`), less the two that verify nothing but look as if they did. */
export const TlsMode = Type.Union([
  Type.Literal('disable'),
  Type.Literal('require'),
  Type.Literal('verify-ca'),
  Type.Literal('verify-full'),
]);
export type TlsMode = Of<typeof TlsMode> & string;

/** How a connection is encrypted. Files are paths on this machine, in PEM. */
export const Tls = part({
  mode: TlsMode,
  caFile: Type.Optional(Type.String()),
  certFile: Type.Optional(Type.String()),
  keyFile: Type.Optional(Type.String()),
  /** The name that the certificate has to carry, where it is not the host. */
  serverName: Type.Optional(Type.String()),
  /** MySQL: the server's RSA public key, with which a password may go to it where the mode is `disable`. */
  serverKeyFile: Type.Optional(Type.String()),
});
export type Tls = Of<typeof Tls>;

/** What only MongoDB's connection string can say (MongoDB manual, "Connection String Options"). */
export const MongoOptions = part({
  /** The host is a DNS seed list's name: `mongodb+srv`. */
  srv: Type.Optional(Type.Boolean()),
  /** Speak to this one server alone, whatever replica set it is a part of. */
  directConnection: Type.Optional(Type.Boolean()),
  /** Further members, `host:port` each: whichever of them answers tells of the others. */
  hosts: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 262 }), { maxItems: 49 })),
  replicaSet: Type.Optional(Type.String({ maxLength: 255 })),
  /** Which members are read from; the primary where it is left out. */
  readPreference: Type.Optional(
    Type.Union([
      Type.Literal('primary'),
      Type.Literal('primaryPreferred'),
      Type.Literal('secondary'),
      Type.Literal('secondaryPreferred'),
      Type.Literal('nearest'),
    ]),
  ),
  authSource: Type.Optional(Type.String({ maxLength: 255 })),
  authMechanism: Type.Optional(
    Type.Union([
      Type.Literal('SCRAM-SHA-1'),
      Type.Literal('SCRAM-SHA-256'),
      Type.Literal('MONGODB-X509'),
      Type.Literal('PLAIN'),
      // Profiles of older versions may have it; it is no longer offered, and no connection is made by it.
      Type.Literal('MONGODB-AWS'),
    ]),
  ),
});
export type MongoOptions = Of<typeof MongoOptions>;

/** What a profile points at. Holds no secret. */
export const Target = part({
  engine: Engine,
  /** A host name, an address, or the folder of a Unix-domain socket when it starts with `/`; on MongoDB also its file. */
  host: Type.String({ minLength: 1, maxLength: 255 }),
  port: Type.Integer({ minimum: 1, maximum: 65535 }),
  /** Empty is none (MySQL) or the server's default. */
  database: Type.String({ maxLength: 255 }),
  /** Empty where the server asks for none. */
  user: Type.String({ maxLength: 255 }),
  tls: Tls,
  mongo: Type.Optional(MongoOptions),
});
export type Target = Of<typeof Target>;

/**
 * A saved connection, less its secrets. The optional parts are for the user: where it stands in the list and what
 * is worth knowing about it.
 */
export const Profile = part({
  profileId: Id,
  name: Type.String({ minLength: 1, maxLength: 120 }),
  target: Target,
  environment: Environment,
  readOnly: Type.Boolean(),
  /** Names of folders from the outermost in, divided by `/`. */
  folder: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
  tags: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 40 }), { maxItems: 16 })),
  notes: Type.Optional(Type.String({ minLength: 1, maxLength: 4000 })),
  /** Shown beside the name: `#rrggbb`. */
  colour: Type.Optional(Type.String({ pattern: '^#[0-9a-f]{6}$' })),
  /** The password is asked for at each opening and never stored. */
  askPassword: Type.Optional(Type.Boolean()),
  /** How the target is reached where it is not dialled itself. */
  tunnel: Type.Optional(Tunnel),
});
export type Profile = Of<typeof Profile>;

/** A profile before it has an id: from a form or another program's file. */
export type ProfileDraft = Omit<Profile, 'profileId'>;

/** The secret that opens the private key of a client certificate. */
export const TLS_PASSPHRASE = 'tlsPassphrase';
/** What a secret of a profile is called: `password`, `tlsPassphrase`, or one of a hop's (`hopSecret`), such as `ssh.0.password`. */
export const SecretName = Type.String({ pattern: '^[a-z][A-Za-z0-9.]{0,31}$' });
