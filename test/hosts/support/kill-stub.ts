// Kills a script at the Nth program that would change something: a stub in place of each such program counts the calls.
import type { InstalledHost } from './install-kit.ts'
import type { RunResult } from './lab.ts'

/** The programs by which the install script changes a host. */
export const KILLED_TOOLS = [
  ...['mv', 'cp', 'ln', 'rm', 'mkdir', 'rmdir', 'chown', 'chmod', 'install'],
  ...['useradd', 'userdel', 'groupadd', 'groupdel', 'usermod', 'gpasswd', 'chpasswd', 'sync'],
]

/** With /run/kill/after the program still runs, and then all is killed. */
export const KILL_STUB = `#!/bin/bash
at=0; read -r at 2>/dev/null </run/kill/at
if [ "$at" -gt 0 ]; then
	count=0; read -r count 2>/dev/null </run/kill/count
	count=$((count + 1)); echo "$count" >/run/kill/count
	if [ "$count" -eq "$at" ]; then
		[ ! -e /run/kill/after ] || /usr/real/\${0##*/} "$@"
		kill -KILL 0
	fi
fi
exec /usr/real/\${0##*/} "$@"`

/** Arms the stubs for one call, from 1; 0 disarms them. */
export async function killAt(
  host: InstalledHost,
  call: number,
  when: 'before' | 'after' = 'before',
): Promise<void> {
  const after = when === 'after' ? ': >/run/kill/after' : '/bin/busybox rm -f /run/kill/after'
  await host.sh(
    `/bin/busybox mkdir -p /run/kill; echo 0 >/run/kill/count; echo ${call} >/run/kill/at; ${after}`,
  )
}

/** Says whether the script was killed: it, or the shell that waited for it, ended by the signal. */
export function wasKilled({ status, signal }: RunResult): boolean {
  return signal === 'SIGKILL' || status === 128 + 9
}
