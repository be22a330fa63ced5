import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { WebSocket } from 'ws';

const MIB = 1024 * 1024;

/** What a process holds at one moment, seen from outside. Everything but the memory is a count. */
export interface Held {
  /** Resident memory after a collection, in MiB. */
  readonly rssMib: number;
  /** Used heap of the main thread after a collection, in MiB. */
  readonly heapMib: number;
  /** Buffers of the main thread after it, in MiB. */
  readonly buffersMib: number;
  readonly sockets: number;
  /** Descriptors of files, by kind and without those of sockets. */
  readonly files: number;
  readonly children: number;
  readonly threads: number;
  /** Timers, sockets, servers, workers and requests that keep the event loop alive. */
  readonly resources: number;
  /** Listeners of the process's own events. */
  readonly listeners: number;
}

/** What the program is asked by its inspector. */
const ASKED = `(() => {
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  const listeners = process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0);
  return JSON.stringify({ heapUsed, external, listeners, resources: process.getActiveResourcesInfo().length });
})()`;

/** Looks at a process that was started with `--inspect`: by /proc and by the inspector protocol, which is open for as long as it looks. */
export async function held(processId: number, inspectorUrl: string): Promise<Held> {
  // Before the inspector has a connection of its own.
  const descriptors = descriptorsOf(processId);
  const socket = new WebSocket(inspectorUrl, { perMessageDeflate: false });
  await once(socket, 'open');
  let asked = 0;
  const ask = async (method: string, params: object = {}): Promise<unknown> => {
    const id = ++asked;
    socket.send(JSON.stringify({ id, method, params }));
    for (;;) {
      const [bytes] = (await once(socket, 'message')) as [Buffer];
      const answer = JSON.parse(String(bytes)) as { id?: number; result?: unknown };
      if (answer.id === id) return answer.result;
    }
  };
  // What only a finalizer frees is free after the second.
  for (let times = 0; times < 2; times++) await ask('HeapProfiler.collectGarbage');
  const { result } = (await ask('Runtime.evaluate', { expression: ASKED })) as { result: { value: string } };
  socket.terminate();
  const { heapUsed, external, listeners, resources } = JSON.parse(result.value) as Record<string, number>;
  const status = readFileSync(`/proc/${processId}/status`, 'utf8');
  return {
    rssMib: Number(/VmRSS:\s+(\d+)/.exec(status)![1]) / 1024,
    heapMib: heapUsed! / MIB,
    buffersMib: external! / MIB,
    sockets: descriptors.filter((target) => target.startsWith('socket:')).length,
    files: descriptors.filter((target) => target.startsWith('/') && !target.startsWith('/dev/')).length,
    children: childrenOf(processId).length,
    threads: Number(/Threads:\s+(\d+)/.exec(status)![1]),
    resources: resources!,
    listeners: listeners!,
  };
}

/** What a process's descriptors lead to. */
function descriptorsOf(processId: number): string[] {
  const folder = `/proc/${processId}/fd`;
  return readdirSync(folder).flatMap((name) => {
    try {
      return [readlinkSync(`${folder}/${name}`)];
    } catch {
      // It was closed since.
      return [];
    }
  });
}

/** The processes that a process's threads have started and that live. */
export function childrenOf(processId: number): number[] {
  return readdirSync(`/proc/${processId}/task`).flatMap((thread) => {
    try {
      const text = readFileSync(`/proc/${processId}/task/${thread}/children`, 'utf8');
      return text.split(' ').filter(Boolean).map(Number);
    } catch {
      return [];
    }
  });
}

/** Established connections of this machine to a port of it, by the kernel's table. */
export function connectionsTo(port: number): number {
  const ESTABLISHED = '01';
  return readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .slice(1)
    .filter((line) => {
      const [, , remote = '', state] = line.trim().split(/\s+/);
      return state === ESTABLISHED && Number.parseInt(remote.split(':')[1] ?? '', 16) === port;
    }).length;
}
