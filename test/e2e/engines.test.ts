import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Target } from '../../src/events/profile.ts';
import { Client } from '../../src/main/client.ts';
import { obtainMongodb } from '../servers/mongodb.ts';
import { type ObtainedMysql, obtainMariadb, obtainMysql } from '../servers/mysql.ts';
import { dataFolder, removeFolder, type Started, startQuerytape } from './client.ts';
import { OpenPage } from './page.ts';

/** An engine in the words of the page’s user. */
interface Engine {
  readonly name: string;
  obtain(): Promise<{ target: Target; password: string; stop(): Promise<void> }>;
  readonly namespace: string;
  readonly count: RegExp;
  readonly sleep: string;
  /** A statement that ends where a column or field of a collection can stand. */
  readonly completed: { readonly text: string; readonly name: string };
  readonly make: readonly string[];
  readonly all: string;
  readonly insert: string;
  /** A third row as it is typed into the grid. */
  readonly third: { readonly id: string; readonly name: string };
  /** What the preview of an edit holds. */
  readonly preview: RegExp;
  /** Another's change of the first row. */
  readonly theirs: string;
  readonly ddl: RegExp;
  /** A statement that the server refuses, and how its error is called. */
  readonly wrong: { readonly text: string; readonly called: string };
  /** What only this engine shows. */
  readonly special?: { readonly name: string; run(open: OpenPage): Promise<void> };
}

/** MySQL or MariaDB, which are the same at the page. */
function mysqlOnPage(
  name: string,
  engine: 'mysql' | 'mariadb',
  obtainServer: () => Promise<ObtainedMysql>,
): Engine {
  return {
    name,
    async obtain() {
      const { address, stop } = await obtainServer();
      const { host, port, user, password } = address;
      return {
        target: { engine, host, port, user, database: 'shop', tls: { mode: 'disable' } },
        password,
        stop,
      };
    },
    namespace: 'shop',
    count: /rows/,
    // On MySQL a sleep that is killed gives 1, so a second row is read after it.
    sleep: 'SELECT 1 FROM (SELECT 1 n UNION ALL SELECT 2) two WHERE SLEEP(IF(n = 1, 60, 0)) = 0',
    completed: { text: 'SELECT 1 FROM orders AS o WHERE o.', name: 'customer_id' },
    make: [
      'DROP TABLE IF EXISTS edits',
      'CREATE TABLE edits (id INT PRIMARY KEY, name VARCHAR(40))',
      "INSERT INTO edits VALUES (1, 'old')",
    ],
    all: 'SELECT * FROM edits ORDER BY id',
    insert: "INSERT INTO edits VALUES (2, 'second')",
    third: { id: '3', name: 'third' },
    preview: /UPDATE `shop`\.`edits`[\s\S]*DELETE FROM[\s\S]*INSERT INTO/,
    theirs: "UPDATE edits SET name = 'theirs' WHERE id = 1",
    ddl: /CREATE TABLE/,
    wrong: { text: 'SELECT * FROM nowhere_at_all', called: 'Error 1146' },
    special: {
      name: 'shows the results of a procedure side by side, and the server’s warnings beside them',
      async run(open) {
        await open.complete('CALL customer_orders(1)');
        await open.tab.getByRole('tab', { name: 'Result 2' }).click();
        await open.grid.locator('[role=columnheader]').filter({ hasText: 'status' }).waitFor();
        await open.grid.getByText('2025-01-01').first().waitFor();
        await open.tab.getByRole('tab', { name: 'Result 1' }).click();
        await open.grid.getByText('Ada Lovelace').first().waitFor();
        await open.complete("SELECT CAST('12x' AS SIGNED) AS cut");
        await open.tab.getByTestId('beside').filter({ hasText: '12x' }).waitFor();
      },
    },
  };
}

const ENGINES: readonly Engine[] = [
  mysqlOnPage('MariaDB', 'mariadb', obtainMariadb),
  mysqlOnPage('MySQL', 'mysql', obtainMysql),
  {
    name: 'MongoDB',
    async obtain() {
      const { address, stop } = await obtainMongodb();
      const { host, port, user, password } = address;
      const tls = { mode: 'disable' } as const;
      const mongo = { directConnection: true, authSource: 'admin' };
      return {
        target: { engine: 'mongodb', host, port, user, database: 'shop', tls, mongo },
        password,
        stop,
      };
    },
    namespace: 'shop',
    count: /rows/,
    sleep: 'db.customers.find({ $where: "sleep(60000) || true" })',
    completed: { text: 'db.orders.find({ ', name: 'status' },
    make: ['db.edits.drop()', 'db.createCollection("edits")', 'db.edits.insertOne({ _id: 1, name: "old" })'],
    all: 'db.edits.find({}).sort({ _id: 1 })',
    insert: 'db.edits.insertOne({ _id: 2, name: "second" })',
    third: { id: '3', name: '"third"' },
    preview: /findOneAndUpdate[\s\S]*deleteOne[\s\S]*insertOne/,
    theirs: 'db.edits.updateOne({ _id: 1 }, { $set: { name: "theirs" } })',
    ddl: /createCollection/,
    wrong: { text: 'db.edits.insertOne({ _id: 1 })', called: 'Error 11000' },
    special: {
      name: 'shows documents as a table and as trees, with their types',
      async run(open) {
        await open.complete('db.products.find().sort({ _id: -1 })');
        await open.grid.getByText('9007199254740993').waitFor();
        // A field that is not there, and one that is null.
        await open.grid.locator('.cell.missing').first().waitFor();
        await open.grid.locator('.cell.none').filter({ hasText: 'null' }).waitFor();
        // Whether it can be edited, the catalogue says.
        await open.tab.getByRole('button', { name: 'Insert row' }).waitFor();
        await open.cell(1, 4).dblclick();
        await open.page.keyboard.type('not a long');
        await open.page.keyboard.press('Enter');
        await open.tab.getByTestId('edit-bar').filter({ hasText: 'It is a long' }).waitFor();
        await open.page.keyboard.press('Escape');
        await open.tab.getByRole('button', { name: 'Documents' }).click();
        const line = (text: string) => open.tab.locator('qt-documents [role=row]').filter({ hasText: text });
        await line('stock:').filter({ hasText: 'long' }).waitFor();
        await open.tab.locator('qt-documents .scroller').focus();
        await open.page.keyboard.press('End');
        await open.page.keyboard.press('ArrowRight');
        await line('stock:').filter({ hasText: '0.5' }).waitFor();
        // Another result has lines of its own: what was unfolded of the one before is not shown for it.
        for (const n of [1, 2, 1]) {
          await open.complete(`db.aggregate([{ $documents: [{ n: ${n} }] }])`);
          await expect.poll(() => line('n:').allInnerTexts()).toEqual([expect.stringContaining(`${n}`)]);
        }
        // How many there are is not said before that is known: what a result is like is not said to be whole before its end.
        const count = () => open.tab.locator('qt-documents [role=treegrid]').getAttribute('aria-rowcount');
        // The 500, the field that is unfolded, the header.
        const whole = '502';
        const said = '**/api/results/*';
        let answer = (): void => undefined;
        const held = new Promise<void>((resolve) => {
          answer = resolve;
        });
        await open.page.route(said, (route) => void held.then(() => route.continue()));
        const many = Array.from({ length: 500 }, (_, n) => `{ n: ${n} }`);
        let shown: string | null = null;
        // Rows that come to the page after the end come as a whole: then it is run again.
        for (let n = 0; n < 20 && shown !== '-1'; n++) {
          await open.complete(`db.aggregate([{ $documents: [${many}] }])`);
          await expect
            .poll(async () => {
              shown = await count();
              return shown;
            })
            .toMatch(new RegExp(`^(-1|${whole})$`));
        }
        expect(shown).toBe('-1');
        answer();
        await expect.poll(count).toBe(whole);
        await open.page.unroute(said);
        // Documents that can't be read say so, and are read again when that is asked for.
        const reads = '**/api/results/*/rows?*';
        await open.page.route(reads, (route) => route.abort());
        await open.tab.locator('qt-documents .scroller').focus();
        await open.page.keyboard.press('End');
        const notice = open.tab.locator('qt-documents .notice');
        await notice.getByText(/^Rows .* could not be read: /).waitFor();
        await line('not read').first().waitFor();
        await open.page.unroute(reads);
        await notice.getByRole('button', { name: 'Retry' }).click();
        await line('n: 499').waitFor();
        await notice.waitFor({ state: 'detached' });
        const complaints = open.complaints.splice(0);
        expect(complaints.filter((one) => !one.includes('net::ERR_FAILED'))).toEqual([]);
        await open.complete('db.products.find().sort({ _id: -1 })');
        await open.tab.getByRole('button', { name: 'Table' }).click();
      },
    },
  },
];

describe.each(ENGINES)('$name on the page', (engine) => {
  let folder: string;
  let program: Started;
  let open: OpenPage;
  let client: Client;
  let server: Awaited<ReturnType<Engine['obtain']>>;
  const transaction = (text: string) =>
    open.page.getByTestId('transaction').filter({ hasText: text }).waitFor();

  /** Runs a text and waits until all of it has succeeded. */
  const done = async (text: string): Promise<void> => {
    const ended = await open.complete(text);
    expect(ended.map(({ outcome }) => outcome)).toEqual(ended.map(() => 'succeeded'));
  };

  beforeAll(async () => {
    server = await engine.obtain();
    folder = dataFolder();
    program = await startQuerytape(folder, ['--allow-unsaved-profiles']);
    client = new Client(program.url);
    const { target, password } = server;
    const { sessionId } = await client.command({
      type: 'session.openUnsaved',
      name: engine.name,
      target,
      environment: 'development',
      password,
    });
    await client.until(({ sessions }) => (sessions[sessionId!]?.state === 'ready' ? true : undefined));
    open = await OpenPage.open(program.url);
  });
  afterEach(() => open?.dismissDialogs());
  afterAll(async () => {
    await open?.close();
    await program?.stop();
    await server?.stop();
    removeFolder(folder);
  });

  it('lists what is there, and opens it', async () => {
    await open.page.getByTestId(`tree-${engine.namespace}`).waitFor();
    // It unfolds what is folded; the only one is open from the start.
    await open.page.getByTestId(`tree-${engine.namespace}`).press('ArrowRight');
    await open.page.getByTestId(`tree-${engine.namespace}.customers`).dblclick();
    await open.said(engine.count);
    await open.grid.getByText('Ada Lovelace').first().waitFor();
    // The next test's statement is not taken while this one runs.
    await open.runButton.filter({ hasText: /^\s*Run/ }).waitFor();
  });

  it('completes what a statement names by what the server says of it', async () => {
    const { text, name } = engine.completed;
    await open.type(text);
    await open.page.keyboard.press('Control+Space');
    await open.tab.locator('.cm-tooltip-autocomplete li').filter({ hasText: name }).waitFor();
    await open.page.keyboard.press('Escape');
  });

  it('cancels a statement, and says so when the server has', async () => {
    await open.run(engine.sleep);
    await open.runButton.filter({ hasText: /running \d/ }).waitFor();
    await open.runButton.click();
    await open.said(/cancelled, confirmed by the server/);
  });

  it('begins, commits and rolls back', async () => {
    await done(engine.make.join(';\n'));
    const button = (name: string) => open.tab.getByTestId(name);
    await button('begin').click();
    await transaction('transaction open');
    await done(engine.insert);
    await button('rollback').click();
    await transaction('no transaction');
    await done(engine.all);
    await open.said(/1 row(?!s)/);
    await button('begin').click();
    await transaction('transaction open');
    await done(engine.insert);
    await button('commit').click();
    await transaction('no transaction');
    await done(engine.all);
    await open.said(/2 rows/);
  });

  const bar = () => open.tab.getByTestId('edit-bar');
  const act = (name: string) => bar().getByRole('button', { name, exact: true }).click();
  const focusInRows = () =>
    expect.poll(() => open.grid.evaluate((grid) => grid.matches(':focus-within'))).toBe(true);

  it('edits a row, adds one and deletes one, and reads them back', async () => {
    await done(engine.all);
    await open.tab.getByRole('button', { name: 'Insert row' }).waitFor();
    await open.cell(1, 2).dblclick();
    await open.page.keyboard.type('new “ù 😀');
    await open.page.keyboard.press('Enter');
    await open.cell(2, 1).click();
    await open.page.keyboard.press('Control+Delete');
    await open.page.keyboard.press('Insert');
    await open.cell(3, 1).dblclick();
    await open.page.keyboard.type(engine.third.id);
    await open.page.keyboard.press('Tab');
    await open.page.keyboard.press('F2');
    await open.page.keyboard.type(engine.third.name);
    await open.page.keyboard.press('Enter');
    await bar().filter({ hasText: '3 changes' }).waitFor();
    await act('Preview');
    const preview = open.page.getByTestId('edit-preview');
    await preview.waitFor();
    expect(await preview.innerText()).toMatch(engine.preview);
    await open.page.keyboard.press('Escape');
    await act('Apply');
    await bar()
      .filter({ hasText: /Applied\b/ })
      .waitFor();
    await focusInRows();
    await act('Refresh');
    await open.cell(1, 2).filter({ hasText: 'new “ù 😀' }).waitFor();
    await open.cell(2, 2).filter({ hasText: 'third' }).waitFor();
    expect(await open.said(/rows/)).toMatch(/^2 rows/);
  });

  it('changes nothing where another client has changed the row', async () => {
    await done(engine.all);
    await open.tab.getByRole('button', { name: 'Insert row' }).waitFor();
    await open.cell(1, 2).dblclick();
    await open.page.keyboard.type('mine');
    await open.page.keyboard.press('Enter');
    const { state } = await client.state();
    const { sessionId } = Object.values(state.sessions).find((one) => one.state === 'ready')!;
    const { queryIds } = await client.command({
      type: 'query.submit',
      sessionId,
      tabId: 'outside',
      text: engine.theirs,
    });
    expect(await client.until(({ queries }) => queries[queryIds![0]!]?.outcome ?? undefined)).toBe(
      'succeeded',
    );
    await act('Apply');
    await bar().filter({ hasText: 'edit.conflict' }).waitFor();
    await act('Discard');
    await focusInRows();
  });

  it('has the server’s definition to read', async () => {
    const line = open.page.getByTestId(`tree-${engine.namespace}.customers`);
    await line.click({ button: 'right' });
    await open.page.getByRole('menuitem', { name: 'Show DDL' }).click();
    await open.page.getByTestId('ddl').locator('.cm-line').filter({ hasText: engine.ddl }).first().waitFor();
    await open.page.keyboard.press('Escape');
    await open.page.getByTestId('ddl').waitFor({ state: 'hidden' });
  });

  it('calls the code of an error and the number of the connection what the server calls them', async () => {
    await open.complete(engine.wrong.text);
    await open.tab.getByTestId('failure').filter({ hasText: engine.wrong.called }).waitFor();
    await open.page
      .getByTestId('status-place')
      .filter({ hasText: /· connection \d+ ·/ })
      .waitFor();
  });

  if (engine.special) it(engine.special.name, async () => engine.special!.run(open));

  it('and the page complained of nothing', () => {
    expect(open.complaints).toEqual([]);
  });
});
