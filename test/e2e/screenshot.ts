import { resolve } from 'node:path';
import { afterAll, it } from 'vitest';
import { dataFolder, removeFolder, type Started, startQuerytape } from './client.ts';
import { OpenPage } from './page.ts';

const PICTURE = resolve(import.meta.dirname, '../../doc/screenshot.png');
const STATEMENT = `-- Revenue a day and region, as it comes
select o.id as order_id, o.placed_at, p.name as product,
       i.quantity, i.unit_price, i.quantity * i.unit_price as revenue,
       p.attributes, pg_sleep(0.002)
from orders o join order_items i on i.order_id = o.id
              join products p on p.id = i.product_id
where o.placed_at >= timestamptz '2020-01-01';`;

const folder = dataFolder();
let program: Started | undefined;
let open: OpenPage | undefined;

afterAll(async () => {
  await open?.close();
  await program?.stop();
  removeFolder(folder);
});

it('takes the picture of a statement that runs', async () => {
  program = await startQuerytape(folder, ['--demo']);
  open = await OpenPage.open(program.url);
  await open.openDemo();
  await open.run(STATEMENT);
  await open.cell(12, 1).waitFor();
  await open.cell(3, 6).click();
  await open.page.waitForTimeout(1500);
  await open.page.screenshot({ path: PICTURE });
  await open.page.keyboard.press('Control+.');
  await open.said(/cancelled, confirmed/);
});
