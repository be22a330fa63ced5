import type { DangerKind } from '../../events/judgement.ts';
import type { Verdict } from '../../events/query.ts';

/** What a command is, known by its name alone: its verdict, and what the user has to confirm. */
export interface CommandRule {
  readonly verdict: Exclude<Verdict, 'read'>;
  readonly danger?: DangerKind;
  /** Says what it does, as a sentence without its full stop. */
  readonly does: string;
}

const words = (text: string): string[] => text.trim().split(/\s+/);

/** Fields that any command may have and that change nothing of what it does. */
const ANY = words('comment maxTimeMS readConcern apiVersion apiStrict apiDeprecationErrors');

/** A command whose fields, but for those, are conditions or names of the server's: none of them may begin with `$`. */
export const ANY_NAME = 'anyName';

/**
 * Commands that read, and their fields (MongoDB manual, "Database Commands"). By the exact name: names are distinguished by
 * case, and those in small letters are the server's own second names. A field that is not here may do anything.
 */
const READING: readonly (readonly [names: string, fields: string])[] = [
  [
    'find',
    'filter sort projection hint skip limit batchSize singleBatch max min returnKey showRecordId noCursorTimeout allowPartialResults collation allowDiskUse let',
  ],
  [
    'aggregate',
    'pipeline cursor explain allowDiskUse collation hint let bypassDocumentValidation writeConcern',
  ],
  ['count', 'query limit skip hint collation fields'],
  ['distinct', 'key query collation hint'],
  ['getMore', 'collection batchSize'],
  ['listDatabases', 'filter nameOnly authorizedDatabases'],
  ['listCollections', 'filter nameOnly authorizedCollections cursor'],
  ['listIndexes', 'cursor'],
  ['dbStats dbstats', 'scale freeStorage'],
  ['collStats collstats', 'scale'],
  ['dataSize datasize', 'keyPattern min max estimate'],
  ['connectionStatus', 'showPrivileges'],
  ['usersInfo', 'showCustomData showPrivileges showAuthenticationRestrictions filter'],
  ['rolesInfo', 'showPrivileges showBuiltinRoles showAuthenticationRestrictions'],
  ['replSetGetConfig', 'commitmentStatus'],
  ['replSetGetStatus', 'initialSync'],
  ['getDefaultRWConcern', 'inMemory'],
  ['getShardVersion', 'fullMetadata'],
  ['connPoolStats shardConnPoolStats features getAuditConfig', ''],
  ['dbHash dbhash', 'collections skipTempCollections'],
  ['lockInfo', 'includeStorageEngine'],
  ['validateDBMetadata', 'apiParameters db collection'],
  [
    'hello isMaster ismaster ping buildInfo buildinfo hostInfo getCmdLineOpts getLog listCommands planCacheListFilters isdbgrid listShards balancerStatus balancerCollectionStatus shardingState whatsmyuri top',
    '',
  ],
];

export const READING_COMMANDS: ReadonlyMap<string, ReadonlySet<string> | typeof ANY_NAME> = new Map<
  string,
  ReadonlySet<string> | typeof ANY_NAME
>([
  ...READING.flatMap(([names, fields]) =>
    words(names).map((name) => [name, new Set([...ANY, ...words(fields)])] as const),
  ),
  ...words('currentOp getParameter getClusterParameter serverStatus').map(
    (name) => [name, ANY_NAME] as const,
  ),
]);

/** Commands that write documents and can be explained, with their fields: to plan them changes nothing. */
export const WRITING_COMMANDS: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  (
    [
      ['insert', 'documents ordered'],
      ['update', 'updates ordered let'],
      ['delete', 'deletes ordered let'],
      [
        'findAndModify findandmodify',
        'query sort remove update new fields upsert collation arrayFilters hint let',
      ],
      ['bulkWrite', 'ops nsInfo ordered let errorsOnly cursor'],
    ] as const
  ).flatMap(([names, fields]) =>
    words(names).map(
      (name) =>
        [name, new Set([...ANY, ...words(fields), 'writeConcern', 'bypassDocumentValidation'])] as const,
    ),
  ),
);

/** Commands that are judged by what they are given. */
export const JUDGED_COMMANDS: ReadonlySet<string> = new Set(words('explain mapReduce mapreduce profile'));

/** Commands that the server explains (MongoDB manual, "explain"). */
export const EXPLAINED: ReadonlySet<string> = new Set(
  words('aggregate count distinct find findAndModify findandmodify delete update'),
);

type Rules = readonly (readonly [
  names: string,
  verdict: CommandRule['verdict'],
  does: string,
  danger?: DangerKind,
])[];

const OTHER: Rules = [
  ['cloneCollectionAsCapped', 'write', 'copies a collection'],
  ['convertToCapped', 'write', 'rewrites a collection and loses what has no room', 'alter'],
  ['create createIndexes createSearchIndexes updateSearchIndex', 'ddl', 'changes definitions'],
  ['collMod', 'ddl', 'changes a collection’s definition', 'alter'],
  [
    'renameCollection',
    'ddl',
    'renames a collection: what uses the old name finds nothing, or makes it again',
    'alter',
  ],
  ['reIndex', 'ddl', 'rebuilds all indexes of a collection while others wait', 'rewrite'],
  ['drop', 'ddl', 'removes a collection', 'drop'],
  ['dropDatabase', 'ddl', 'removes a database with all its collections', 'drop'],
  ['dropIndexes deleteIndexes dropSearchIndex', 'ddl', 'removes indexes', 'drop'],
  [
    `createUser updateUser dropUser dropAllUsersFromDatabase grantRolesToUser revokeRolesFromUser createRole updateRole
     dropRole dropAllRolesFromDatabase grantPrivilegesToRole revokePrivilegesFromRole grantRolesToRole revokeRolesFromRole`,
    'ddl',
    'changes users, roles or their rights',
    'grant',
  ],
  ['enableSharding', 'ddl', 'changes how data is spread over shards', 'alter'],
  [
    `shardCollection refineCollectionShardKey reshardCollection abortReshardCollection commitReshardCollection
     unshardCollection abortUnshardCollection moveCollection abortMoveCollection`,
    'ddl',
    'moves a collection’s data among shards',
    'rewrite',
  ],
  [
    'killOp killSessions killAllSessions killAllSessionsByPattern dropConnections',
    'admin',
    'stops what others run',
    'terminate',
  ],
  ['fsync fsyncUnlock', 'admin', 'flushes the server’s files, and may lock it', 'lock'],
  ['validate', 'admin', 'locks a collection while it is checked, and may repair it', 'lock'],
  ['compact', 'admin', 'rewrites a collection’s files', 'rewrite'],
  [
    'setParameter setClusterParameter setDefaultRWConcern setFeatureCompatibilityVersion setUserWriteBlockMode',
    'admin',
    'changes settings of the server',
    'settings',
  ],
  ['applyOps', 'admin', 'applies any operations past their checks', 'codeExecution'],
  ['shutdown', 'admin', 'stops the server for everybody', 'terminate'],
  [
    `replSetReconfig replSetInitiate replSetStepDown replSetFreeze replSetMaintenance replSetResizeOplog resync`,
    'admin',
    'changes the replica set: who may be its primary, or what a member still has',
    'admin',
  ],
  [
    'addShard removeShard movePrimary moveChunk moveRange cleanupOrphaned',
    'admin',
    'moves or removes data among shards',
    'admin',
  ],
  [
    `logRotate rotateCertificates setIndexCommitQuorum planCacheClear planCacheSetFilter planCacheClearFilters
     setQuerySettings removeQuerySettings configureQueryAnalyzer setFreeMonitoring invalidateUserCache appendOplogNote sleep
     replSetSyncFrom replSetAbortPrimaryCatchUp addShardToZone removeShardFromZone updateZoneKeyRange
     mergeChunks mergeAllChunksOnShard split splitVector clearJumboFlag
     cleanupReshardCollection balancerStart balancerStop configureCollectionBalancing
     flushRouterConfig transitionFromDedicatedConfigServer transitionToDedicatedConfigServer repairDatabase touch
     setShardVersion setAllowMigrations autoSplitVector connPoolSync`,
    'admin',
    'changes the server',
    'admin',
  ],
  ['killCursors', 'session', 'closes cursors', 'terminate'],
  [
    'startSession endSessions refreshSessions logout authenticate saslStart saslContinue',
    'session',
    'changes the session',
  ],
  ['commitTransaction abortTransaction', 'transaction', 'ends a transaction'],
  ['eval $eval group', 'unknown', 'runs JavaScript on the server', 'codeExecution'],
];

/** Commands that are no reads, by their names. Those that write documents and mapReduce have rules of their own. */
export const OTHER_COMMANDS: ReadonlyMap<string, CommandRule> = new Map(
  OTHER.flatMap(([names, verdict, does, danger]) =>
    words(names).map((name) => [name, { verdict, does, ...(danger ? { danger } : {}) }] as const),
  ),
);
