import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeUser, outside, PRODUCTS } from './mysql-engine.ts';
import { RealWorkspace } from './real-workspace.ts';

const T = 'scripts_of_dumps';

/** As mysqldump of 9.x writes it. */
const dump = (collation: string): string => `-- MySQL dump 10.13  Distrib 9.7.4
-- ------------------------------------------------------

/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */;
/*!40101 SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='NO_AUTO_VALUE_ON_ZERO' */;
/*!40014 SET @OLD_FOREIGN_KEY_CHECKS=@@FOREIGN_KEY_CHECKS, FOREIGN_KEY_CHECKS=0 */;

--
-- Table structure for table \`${T}\`
--

DROP TABLE IF EXISTS \`${T}\`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!50503 SET character_set_client = utf8mb4 */;
CREATE TABLE \`${T}\` (
  \`id\` int NOT NULL,
  \`t\` text,
  \`begin\` int DEFAULT NULL,
  \`end\` int DEFAULT NULL,
  PRIMARY KEY (\`id\`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=${collation};
/*!40101 SET character_set_client = @saved_cs_client */;

LOCK TABLES \`${T}\` WRITE;
/*!40000 ALTER TABLE \`${T}\` DISABLE KEYS */;
INSERT INTO \`${T}\` VALUES (1,'it\\'s; DELETE FROM ${T};',1,2),(2,'C:\\\\',3,4),(3,'"',NULL,NULL);
/*!40000 ALTER TABLE \`${T}\` ENABLE KEYS */;
UNLOCK TABLES;

/*!50003 SET @saved_sql_mode       = @@sql_mode */ ;
/*!50003 SET sql_mode              = 'STRICT_TRANS_TABLES,NO_BACKSLASH_ESCAPES' */ ;
/*!50003 DROP PROCEDURE IF EXISTS \`${T}_p\` */;
DELIMITER ;;
CREATE PROCEDURE \`${T}_p\`()
BEGIN
  DECLARE end INT DEFAULT 0;
  SET end = 5;
  IF end > 3 THEN UPDATE ${T} SET begin = CASE WHEN end > 3 THEN 9 ELSE begin END WHERE id = 3; END IF;
  SELECT CONCAT('C:\\', end) AS path;
END ;;
DELIMITER ;
/*!50003 SET sql_mode              = @saved_sql_mode */ ;
/*!40101 SET SQL_MODE=@OLD_SQL_MODE */;
/*!40014 SET FOREIGN_KEY_CHECKS=@OLD_FOREIGN_KEY_CHECKS */;

-- Dump completed on 2026-11-27 12:00:00
`;

describe.each(PRODUCTS)('a script on $product', ({ mysqlEngine, provided }) => {
  let world: RealWorkspace;
  let sessionId: string;
  let tabs = 0;

  const ask = (text: string) => outside(provided(), text);
  const submit = async (text: string, goOnAfterError = false) => {
    const answer = await world.answer({
      type: 'query.submit',
      sessionId,
      tabId: `t${tabs}`,
      text,
      goOnAfterError,
    });
    if ('refused' in answer) return { refused: answer.refused };
    const queries = await Promise.all((answer.queryIds ?? []).map((queryId) => world.ended(queryId)));
    return { queries, outcomes: queries.map(({ outcome }) => outcome) };
  };
  const rowsOf = async (query: { readonly queryId: string } | undefined) => world.rows(query!.queryId);
  const count = async () => rowsOf((await submit(`SELECT COUNT(*) FROM ${T}`)).queries![0]);

  beforeAll(async () => {
    await makeUser(provided());
    world = await RealWorkspace.start(mysqlEngine(provided()));
    sessionId = await world.open();
  });
  beforeEach(async () => {
    tabs++;
    for (const kind of ['PROCEDURE', 'FUNCTION', 'TRIGGER']) await ask(`DROP ${kind} IF EXISTS ${T}_p`);
    await ask(`DROP TABLE IF EXISTS ${T}`);
    await ask(`CREATE TABLE ${T} (id INT PRIMARY KEY, t TEXT, begin INT, end INT)`);
    await ask(`INSERT INTO ${T} VALUES (1, 'a', 1, 2), (2, 'b', 3, 4)`);
  });
  afterEach(() => world.send({ type: 'tab.close', sessionId, tabId: `t${tabs}`, rollback: true }));
  afterAll(async () => {
    for (const kind of ['PROCEDURE', 'FUNCTION', 'TRIGGER']) await ask(`DROP ${kind} IF EXISTS ${T}_p`);
    await ask(`DROP TABLE IF EXISTS ${T}`);
    await world?.stop();
  });

  it('of mysqldump makes what was dumped, row by row', async () => {
    const { outcomes } = await submit(dump('utf8mb4_bin'));
    expect(outcomes).toEqual(outcomes!.map(() => 'succeeded'));
    const { queries } = await submit(`CALL ${T}_p(); SELECT id, t, begin FROM ${T} ORDER BY id`);
    expect(await rowsOf(queries![0])).toEqual([['C:\\5']]);
    expect(await rowsOf(queries![1])).toEqual([
      ['1', `it's; DELETE FROM ${T};`, '1'],
      ['2', 'C:\\', '3'],
      ['3', '"', '9'],
    ]);
  });

  it.each(['$$', '$', '__', 'EOF', '//', ';;'])('obeys DELIMITER %s alone', async (delimiter) => {
    const text = `DELIMITER ${delimiter}\nCREATE PROCEDURE ${T}_p()\nBEGIN DELETE FROM ${T} WHERE id = 2; SELECT 1; END${delimiter}\nDELIMITER ;\nSELECT 'after'; CALL ${T}_p()`;
    const { outcomes, queries } = await submit(text);
    expect(outcomes).toEqual(['succeeded', 'succeeded', 'succeeded']);
    expect(await rowsOf(queries![1])).toEqual([['after']]);
    expect(await count()).toEqual([['1']]);
  });

  it.each([
    `CREATE PROCEDURE ${T}_p() BEGIN DECLARE end INT; SET end = 1; SELECT begin, end FROM ${T}; DELETE FROM ${T}; END`,
    `CREATE DEFINER=CURRENT_USER PROCEDURE ${T}_p() BEGIN SELECT CASE id WHEN 1 THEN 2 END FROM ${T} FOR UPDATE; DELETE FROM ${T}; END`,
    `CREATE TRIGGER ${T}_p BEFORE INSERT ON ${T} FOR EACH ROW l: BEGIN IF NEW.end > NEW.begin THEN SET NEW.end = 1; END IF; DELETE FROM none; END l`,
    `CREATE FUNCTION ${T}_p() RETURNS INT DETERMINISTIC BEGIN w: WHILE 1 DO DELETE FROM none; LEAVE w; END WHILE w; RETURN 1; END`,
  ])('never runs a statement of a body alone: %s', async (routine) => {
    const { outcomes, queries } = await submit(
      `${routine}; SELECT 'after'; DELETE FROM ${T} WHERE id = 2;`,
      true,
    );
    expect(outcomes).toEqual(['succeeded', 'succeeded', 'succeeded']);
    expect(await rowsOf(queries![1])).toEqual([['after']]);
    expect(await count()).toEqual([['1']]);
  });

  it('never runs a statement of a dollar quote, whatever the server makes of that', async () => {
    const text = `create procedure ${T}_p() language javascript as $$ let x = 'it's;\ndelete from ${T}; $$; select 'after';`;
    const { outcomes, queries } = await submit(text, true);
    expect(outcomes).toHaveLength(2);
    expect(await rowsOf(queries![1])).toEqual([['after']]);
    expect(await count()).toEqual([['2']]);
  });

  it('is read as its session reads it: NO_BACKSLASH_ESCAPES and ANSI_QUOTES', async () => {
    const paths = "SELECT 'C:\\' AS a; SELECT 'D:\\' AS b;";
    expect((await submit(`SET sql_mode = 'NO_BACKSLASH_ESCAPES'; ${paths}`)).outcomes).toEqual(
      Array(3).fill('succeeded'),
    );
    const { queries } = await submit(paths);
    expect([await rowsOf(queries![0]), await rowsOf(queries![1])]).toEqual([[['C:\\']], [['D:\\']]]);
    await submit("SET sql_mode = 'ANSI_QUOTES'");
    const quoted = await submit(`SELECT "id" AS "a\\", 'it\\'s; x' FROM ${T} WHERE "id" = 1; SELECT 2`);
    expect(quoted.outcomes).toEqual(['succeeded', 'succeeded']);
    expect(await rowsOf(quoted.queries![0])).toEqual([['1', "it's; x"]]);
  });

  it('stops where a statement changed the reading in a way that no lexer can know', async () => {
    await ask(`CREATE PROCEDURE ${T}_p() SET SESSION sql_mode = 'NO_BACKSLASH_ESCAPES'`);
    const { outcomes } = await submit(
      `SET SESSION sql_mode = REPLACE('NO_BACKSLASH_ESCAPES', 'x', 'y'); SELECT 'it\\'; DELETE FROM ${T}; -- '`,
      true,
    );
    expect(outcomes).toEqual(['succeeded', 'refused']);
    expect(await count()).toEqual([['2']]);
  });

  it('that can’t run as a whole does not run its first statement', async () => {
    for (const [rest, code] of [
      ['source dump.sql', 'script.clientCommand'],
      ["SELECT 'a", 'script.unterminated'],
      ['/*!50003 SELECT 1', 'script.unterminated'],
    ]) {
      const { refused } = await submit(`DELETE FROM ${T};\n${rest}`, true);
      expect(refused).toMatchObject({ code, message: expect.stringMatching(/^Line 2, column \d+: /) });
    }
    expect(await count()).toEqual([['2']]);
  });

  it('reaches the server as it was typed, with its hints and tags', async () => {
    const text =
      "/* tag='1' */ SELECT INFO FROM information_schema.PROCESSLIST WHERE ID = CONNECTION_ID() /* end */";
    const { queries } = await submit(`-- before\n${text};`);
    expect(await rowsOf(queries![0])).toEqual([[`-- before\n${text}`]]);
  });
});
