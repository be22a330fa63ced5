import { connectionMachine } from '../connection.machine.ts';
import { orphanMachine } from '../orphan.machine.ts';
import { queryMachine } from '../query.machine.ts';
import { sessionMachine } from '../session.machine.ts';
import { tabMachine } from '../tab.machine.ts';
import { tunnelMachine } from '../tunnel.machine.ts';
import { workspaceMachine } from '../workspace.machine.ts';
import { cancel } from './cancel.ts';
import { classify } from './classify.ts';
import { connect } from './connect.ts';
import { count, stopCount } from './count.ts';
import { connectionEffect, type EffectPorts, orphanEffect, queryEffect, tunnelEffect } from './effect.ts';
import { execute } from './execute.ts';
import { disconnect, hold } from './hold.ts';
import { confirm, look, terminate } from './orphan.ts';
import { record } from './record.ts';
import { rollBackIdle } from './roll-back-idle.ts';
import { disconnectTunnel, holdTunnel, openTunnel } from './tunnel.ts';

/** The workspace's machine with the effects of all machines bound to the program. Nothing that is not bound here touches the world. */
export function bindEffects(program: EffectPorts) {
  const connection = connectionMachine.provide({
    actors: {
      connect: connectionEffect(program, connect(program)),
      hold: connectionEffect(program, hold(program)),
      disconnect: connectionEffect(program, disconnect(program)),
      rollBackIdle: connectionEffect(program, rollBackIdle(program)),
    },
  });
  const query = queryMachine.provide({
    actors: {
      classify: queryEffect(program, classify(program)),
      count: queryEffect(program, count(program)),
      stopCount: queryEffect(program, stopCount(program)),
      record: queryEffect(program, record(program)),
      execute: queryEffect(program, execute(program)),
      cancelOnServer: queryEffect(program, cancel(program)),
    },
  });
  const orphan = orphanMachine.provide({
    actors: {
      look: orphanEffect(program, look(program)),
      terminate: orphanEffect(program, terminate(program)),
      confirm: orphanEffect(program, confirm(program)),
    },
  });
  const tunnel = tunnelMachine.provide({
    actors: {
      open: tunnelEffect(program, openTunnel(program)),
      hold: tunnelEffect(program, holdTunnel(program)),
      disconnect: tunnelEffect(program, disconnectTunnel(program)),
    },
  });
  const tab = tabMachine.provide({ actors: { connection } });
  const session = sessionMachine.provide({ actors: { connection, query, tab, tunnel } });
  return workspaceMachine.provide({ actors: { session, orphan, tunnel } });
}
