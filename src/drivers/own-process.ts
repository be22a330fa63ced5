import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { platform } from 'node:os';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** For one `ps`, in milliseconds. */
const PS_TIMEOUT_MS = 2_000;

/**
 * When a process started, in the system's own words, or null where there is none. With its id it names a process until the machine
 * starts again, as an id is used again only for a later one. Linux: which start of the machine, and ticks since then (proc(5),
 * `/proc/sys/kernel/random/boot_id`, and `/proc/PID/stat` field 22). Elsewhere `lstart` of ps(1).
 */
export async function startTimeOf(pid: number): Promise<string | null> {
  if (platform() === 'linux') {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
    if (stat === null) return null;
    // The second field is the program's name in parentheses, which may hold spaces and parentheses itself.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[19] === undefined) return null;
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
    return `${boot.replaceAll('-', '').slice(0, 16)} ${fields[19]}`.trim();
  }
  const { stdout } = await run('ps', ['-o', 'lstart=', '-p', String(pid)], {
    timeout: PS_TIMEOUT_MS,
    env: { ...process.env, LC_ALL: 'C' },
  }).catch(() => ({ stdout: '' }));
  return stdout.trim().replace(/ +/g, ' ') || null;
}

/** The command line of a process, its arguments divided by spaces; null where there is no such process. */
export async function commandLineOf(pid: number): Promise<string | null> {
  if (platform() === 'linux') {
    const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => null);
    return line === null ? null : line.replaceAll('\0', ' ').trim();
  }
  const { stdout } = await run('ps', ['-o', 'command=', '-p', String(pid)], { timeout: PS_TIMEOUT_MS }).catch(
    () => ({ stdout: '' }),
  );
  return stdout.trim() || null;
}
