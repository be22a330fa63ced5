import { createHash } from 'node:crypto';
import { release } from 'node:os';
import { charts } from '../actors/chart.ts';
import { isWritten } from '../actors/record-check.ts';
import type { NameKind } from '../events/bundle.ts';
import { allDescriptors } from '../events/engines/index.ts';
import type { Profile } from '../events/profile.ts';
import { PROTOCOL } from '../events/protocol-version.ts';
import { logTail } from '../store/bundle/log-tail.ts';
import { jsonText, type TextPart } from '../store/bundle/parts.ts';
import { Pseudonyms } from '../store/bundle/pseudonyms.ts';
import { SigningKey } from '../store/bundle/signing-key.ts';
import type { Selection } from '../store/bundle/slice.ts';
import type { BundleContent } from '../store/bundle/write-bundle.ts';
import { TAPE_FORMAT } from '../store/tape/line.ts';
import { findings } from './doctor.ts';
import type { DataPaths } from './paths.ts';
import { VERSION } from './version.ts';

/** What is asked for, and what this program knows. */
interface BundleWish {
  readonly paths: DataPaths;
  readonly selection: Selection;
  readonly namesKept: readonly NameKind[];
  /** The profiles that can be read now; null where they can't. */
  readonly profiles: readonly Profile[] | null;
}

/** Puts together what a bundle is written from. Each call has its own pseudonyms. */
export async function bundleContent({
  paths,
  selection,
  namesKept,
  profiles,
}: BundleWish): Promise<BundleContent> {
  const pseudonyms = new Pseudonyms(namesKept);
  const texts = new Map<TextPart, string>([
    ['versions.json', jsonText(versions())],
    ['machines.json', jsonText(machines())],
    ['capabilities.json', jsonText(capabilities())],
    ['doctor.json', jsonText(await doctor(paths))],
  ]);
  if (profiles) texts.set('profiles.json', jsonText(profiles.map((one) => profilePart(one, pseudonyms))));
  const log = await logTail(paths.logs, selection, (line) => pseudonyms.logLine(line));
  return {
    log,
    folder: paths.tape,
    selection,
    check: isWritten,
    rewrite: (envelope) => pseudonyms.rewrite(envelope),
    namesKept,
    texts,
    key: await SigningKey.open(paths.folder),
    version: VERSION,
    node: process.version,
    createdAt: Date.now(),
  };
}

function versions(): Record<string, unknown> {
  const { platform, arch, version } = process;
  return {
    querytape: VERSION,
    node: version,
    platform,
    arch,
    release: release(),
    tapeFormat: TAPE_FORMAT,
    protocol: PROTOCOL,
  };
}

/** SHA-256 of each machine's chart, by which a reader sees whether its own is the same. */
function machines(): Record<string, string> {
  const hashed = Object.entries(charts()).map(([name, chart]) => [
    name,
    createHash('sha256').update(JSON.stringify(chart)).digest('hex'),
  ]);
  return Object.fromEntries(hashed);
}

function capabilities(): Record<string, unknown> {
  return Object.fromEntries(allDescriptors().map(({ name, capabilities }) => [name, capabilities]));
}

async function doctor(paths: DataPaths): Promise<unknown> {
  return (await findings(paths)).map(({ what, ok, brief = null }) => ({ what, ok, brief }));
}

/** A profile without what is for the user alone (name, folder, tags, notes) and without paths. */
function profilePart({ profileId, target, environment, readOnly }: Profile, pseudonyms: Pseudonyms): unknown {
  const { engine, host, port, database, user, tls, mongo } = target;
  const { serverName, mode } = tls;
  return {
    profileId: pseudonyms.id(profileId),
    engine,
    environment,
    readOnly,
    connectsVia: host.startsWith('/') ? 'socket' : 'network',
    host: pseudonyms.name('hosts', host),
    port,
    database: pseudonyms.name('databases', database),
    user: pseudonyms.name('users', user),
    tls: {
      mode,
      hasCaFile: tls.caFile !== undefined,
      hasCertificate: tls.certFile !== undefined,
      ...(serverName !== undefined && { serverName: pseudonyms.name('hosts', serverName) }),
    },
    ...(mongo && {
      mongo: {
        srv: mongo.srv === true,
        directConnection: mongo.directConnection === true,
        moreHosts: mongo.hosts?.length ?? 0,
        isReplicaSet: mongo.replicaSet !== undefined,
        readPreference: mongo.readPreference ?? null,
        authMechanism: mongo.authMechanism ?? null,
        ...(mongo.authSource !== undefined && { authSource: pseudonyms.name('databases', mongo.authSource) }),
      },
    }),
  };
}
