import { parseArgs } from 'node:util';
import { commands } from './commands.ts';
import { doorBench } from './door.ts';
import { type Figure, isMissed } from './figure.ts';
import { grid } from './grid.ts';
import { http } from './http.ts';
import { log } from './log.ts';
import { mariadb } from './mariadb.ts';
import { memory } from './memory.ts';
import { page } from './page.ts';
import { program } from './program.ts';
import { replay } from './replay.ts';
import { rows } from './rows.ts';
import { stopServer } from './server.ts';
import { statements } from './statements.ts';
import { tape } from './tape.ts';
import { tunnel } from './tunnel.ts';

const BENCHES = [
  rows,
  mariadb,
  statements,
  commands,
  tape,
  doorBench,
  http,
  page,
  program,
  memory,
  replay,
  log,
  tunnel,
  grid,
];
const { values } = parseArgs({ options: { only: { type: 'string' }, json: { type: 'boolean' } } });

function print(figure: Figure): void {
  const { name, value, unit, aim, how } = figure;
  const bound = unit === '/s' ? '≥' : '≤';
  if (values.json) {
    process.stdout.write(`${JSON.stringify(figure)}\n`);
    return;
  }
  const shown = value >= 1000 ? Math.round(value).toLocaleString('en') : value.toPrecision(3);
  const verdict = aim === null ? '' : `aim ${bound} ${aim}: ${isMissed(figure) ? 'MISSED' : 'ok'}`;
  process.stdout.write(
    `${name.padEnd(46)} ${`${shown} ${unit}`.padStart(16)}  ${verdict.padEnd(20)} ${how}\n`,
  );
}

// Node reads these certificates before anything else, for 45 ms of its 118: in both parts of a ratio that would hide half of what a start takes.
delete process.env.NODE_EXTRA_CA_CERTS;

try {
  for (const bench of BENCHES) {
    if (values.only !== undefined && values.only !== bench.name) continue;
    for (const figure of await bench.run()) print(figure);
  }
} finally {
  await stopServer();
}
