import type { PolicyView, VaultView } from '../../src/events/config.ts';
import type { Judgement } from '../../src/events/judgement.ts';
import { POLICY_SETTINGS } from '../../src/events/policy.ts';
import type { Profile } from '../../src/events/profile.ts';
import type { Outcome } from '../../src/events/query.ts';
import { NO_CONFIG } from '../../src/ui/api/config.ts';
import type { Pending } from '../../src/ui/dialogs/confirmations.ts';
import type { HistoryEntry } from '../../src/ui/dialogs/history-model.ts';

export const TEXT = `-- Clear out what was never paid
update orders set state = 'void'
where placed_at < now() - interval '90 days' or true;
delete from order_items;
drop table "order_archive" cascade`;

function judgement(text: string, dangers: Judgement['dangers']): Judgement {
  return {
    verdict: 'ddl',
    dangers,
    reason: 'DROP TABLE changes definitions.',
    position: text.indexOf('drop') + 1,
    statements: 3,
    shape: null,
    asks: [],
  };
}

export const JUDGEMENT = judgement(TEXT, [
  {
    kind: 'alwaysTrue',
    position: TEXT.indexOf('or true') + 1,
    length: 7,
    reason: 'The condition of the UPDATE on orders is true of every row.',
  },
  {
    kind: 'deleteAll',
    position: TEXT.indexOf('delete') + 1,
    reason: 'DELETE on order_items has no WHERE: every row goes.',
  },
  {
    kind: 'drop',
    position: TEXT.indexOf('drop') + 1,
    length: 10,
    reason: 'DROP TABLE removes order_archive, and CASCADE what depends on it.',
  },
]);

export const SHOP: Profile = {
  profileId: 'shop',
  name: 'shop',
  target: {
    engine: 'postgres',
    host: 'db.example',
    port: 5432,
    database: 'shop',
    user: 'app',
    tls: { mode: 'verify-full', caFile: '/etc/ssl/shop-ca.pem' },
  },
  environment: 'production',
  readOnly: true,
  folder: 'Shop',
  tags: ['billing', 'eu'],
};

/** The tab of the page that asks. */
export const TAB_ID = 'tab-1';

/** A statement that waits. */
export function pending(
  changes: Partial<Pending> & { readonly text?: string; readonly leftMs?: number } = {},
): Pending {
  const { text = TEXT, leftMs = 102_000, ...more } = changes;
  const queryId = more.queryId ?? 'q1';
  return {
    queryId,
    tabId: TAB_ID,
    profileName: 'shop',
    environment: 'production',
    target: SHOP.target,
    words: {
      queryId,
      text,
      params: [],
      offset: 0,
      failure: null,
      judgement:
        text === TEXT
          ? JUDGEMENT
          : judgement(text, [
              {
                kind: 'truncate',
                position: text.indexOf('truncate') + 1,
                reason: 'TRUNCATE empties customers.',
              },
            ]),
      challenge: { id: `challenge-${queryId}`, expiresAt: Date.now() + leftMs },
      notices: [],
    },
    ...more,
  };
}

const BLOCKED = '/environments/production/blockDangerous';
const VARIABLES = Object.fromEntries(POLICY_SETTINGS.map(({ pointer, variable }) => [pointer, variable]));

export const SETTINGS: PolicyView = {
  ...NO_CONFIG.policy,
  path: '/home/ann/.config/querytape/policy.json',
  sources: { [BLOCKED]: 'environment' },
  variables: VARIABLES,
  setBy: { [BLOCKED]: VARIABLES[BLOCKED]! },
};

/** With a level for the log on the command line. */
export const SETTINGS_OF_RUN: PolicyView = {
  ...SETTINGS,
  policy: { ...SETTINGS.policy, logLevel: 'debug' },
  sources: { '/logLevel': 'option' },
  setBy: { '/logLevel': '--log-level' },
};

export const BROKEN_SETTINGS: PolicyView = {
  ...SETTINGS,
  problems: [
    {
      pointer: '/environments/production/confirmDangreous',
      line: 12,
      code: 'policy.unknown',
      message: 'There is no such setting.',
    },
  ],
};

/** A vault with what is said of it. */
export function vault(changes: Partial<VaultView>): VaultView {
  return { ...NO_CONFIG.vault, ...changes };
}

const STATEMENTS: readonly (readonly [string, Outcome | null])[] = [
  [
    'select o.region, sum(i.quantity * i.unit_price) as revenue\nfrom orders o join order_items i on i.order_id = o.id\ngroup by 1 order by 2 desc',
    'succeeded',
  ],
  ["-- fix addresses\nupdate customers set country = upper(country) where country ~ '[a-z]'", 'succeeded'],
  ["select * from audit.log where at > now() - interval '1 h'", 'cancelled'],
  ['select pg_sleep(600)', 'timedOut'],
  ['delete from order_items', 'refused'],
  ['select * from custmers', 'failed'],
  ["insert into products (name) values ('قهوة عربية ☕')", 'lost.mayHaveCompleted'],
  ['vacuum analyze orders', null],
];

/** A history as long as asked for, newest first. */
export function history(count: number): HistoryEntry[] {
  const now = new Date(2026, 10, 20, 14, 21).getTime();
  return Array.from({ length: count }, (_, i) => {
    const [text, outcome] = STATEMENTS[i % STATEMENTS.length]!;
    return {
      queryId: `h${i}`,
      at: now - i * 437_000,
      profileId: 'shop',
      profileName: i % 5 === 3 ? 'catalogue · mongo with a name that is longer than most' : 'shop',
      environment: i % 3 === 0 ? 'production' : i % 3 === 1 ? 'development' : 'staging',
      text: i === 17 ? `${text} /* seventeen */` : text,
      outcome,
      serverMs: outcome === 'refused' ? null : 4 + ((i * 37) % 5000),
      rows: outcome === 'succeeded' ? (i * 91) % 20_000 : null,
      params: [],
      failure: null,
    };
  });
}
