import type { Engine } from '../../../../src/events/engines/engine-name.ts';
import { descriptorOf } from '../../../../src/events/engines/index.ts';
import { mongoSocketFile } from '../../../../src/events/engines/mongodb-hosts.ts';
import type { Target } from '../../../../src/events/profile.ts';

const MYSQL_MODES = {
  disable: 'DISABLED',
  require: 'REQUIRED',
  'verify-ca': 'VERIFY_CA',
  'verify-full': 'VERIFY_IDENTITY',
} as const;

type Written = readonly (readonly [name: string, value: string | undefined])[];

const writtenMysql = ({ tls }: Target): Written => [
  ['ssl-mode', MYSQL_MODES[tls.mode]],
  ['ssl-ca', tls.caFile],
  ['ssl-cert', tls.certFile],
  ['ssl-key', tls.keyFile],
];

const WRITTEN: Readonly<Record<Engine, (target: Target) => Written>> = {
  postgres: ({ tls }) => [
    ['sslmode', tls.mode],
    ['sslrootcert', tls.caFile],
    ['sslcert', tls.certFile],
    ['sslkey', tls.keyFile],
  ],
  mysql: writtenMysql,
  mariadb: writtenMysql,
  mongodb: ({ tls, mongo }) => [
    ['tls', mongo?.srv && tls.mode !== 'disable' ? undefined : String(tls.mode !== 'disable')],
    ['tlsAllowInvalidCertificates', tls.mode === 'require' ? 'true' : undefined],
    ['tlsAllowInvalidHostnames', tls.mode === 'verify-ca' ? 'true' : undefined],
    ['tlsCAFile', tls.caFile],
    ['tlsCertificateKeyFile', tls.certFile],
    ['replicaSet', mongo?.replicaSet],
    ['readPreference', mongo?.readPreference],
    ['authSource', mongo?.authSource],
    ['authMechanism', mongo?.authMechanism],
    ['directConnection', mongo?.directConnection ? 'true' : undefined],
  ],
};

/**
 * The parameters of a target's URL, by the engine's own names for them; those without a value are left out of
 * the URL.
 */
function writtenParameters(target: Target): Written {
  return WRITTEN[target.engine](target);
}

/** A target as the URL that `importUrl` reads. The server name for TLS has no place in it. */
export function formatUrl(target: Target, password?: string): string {
  const { engine, host, port, database, user, mongo } = target;
  const { address } = descriptorOf(engine);
  const scheme = (mongo?.srv ? address.seedListScheme : undefined) ?? address.schemes[0];
  const words = password === undefined ? '' : `:${encoded(password)}`;
  const userinfo = user === '' && words === '' ? '' : `${encoded(user)}${words}@`;
  const isMongoSocket = address.hasMembers && host.startsWith('/');
  const place = isMongoSocket
    ? encoded(mongoSocketFile(target))
    : host.includes(':')
      ? `[${host.replace('%', '%25')}]`
      : encoded(host);
  const shownPort = mongo?.srv || isMongoSocket || port === address.port ? '' : `:${port}`;
  const others = (mongo?.hosts ?? []).map((other) => `,${other.replace('%', '%25')}`).join('');
  const query = writtenParameters(target)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${encoded(value!)}`);
  return `${scheme}://${userinfo}${place}${shownPort}${others}/${encoded(database)}?${query.join('&')}`;
}

function encoded(text: string): string {
  return encodeURIComponent(text);
}
