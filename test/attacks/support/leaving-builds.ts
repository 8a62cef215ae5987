// What a build may leave on a host so that a later one is not as it should be, and the search for it afterwards.
import type { AttackedHost } from './attacked-host.ts'

export const BUILDER = 'build-codebase'
const PLACES = '/tmp /var/tmp /dev/shm /run/lock /srv/open /var/cache/a/open'

/** Puts a key into a session keyring of its own, and becomes what its words say: for who deploys (keyctl(2), x86_64). */
export const WITH_KEY = `perl -e '@key = ("user", "of-alice", "secret"); syscall(250, 1, 0) >= 0 && syscall(248, @key, 6, -3) >= 0 or die; exec @ARGV'`
/** Exits with 0 where a key of that name is in the session's keyring or in the account's. */
export const findsKey = (name: string) =>
  `perl -e '@key = ("user", "${name}"); exit(!grep { syscall(250, 10, $_, @key, 0) >= 0 } -3, -4, -5)'`

/** Of sh, by name: each runs in the folder doc/ of a copy of the tree, as the build account, and what it can't do is no failure. */
export const LEAVING_BUILDS = {
  'setuid files': `for d in ${PLACES}; do cp /bin/dash $d/.b; chmod 4755 $d/.b; cp /bin/dash $d/.g; chmod 2755 $d/.g; done`,
  'open places': `chmod 777 "$HOME" "$HOME/.." "$TMPDIR" . ..; mkdir -p "$HOME/.ssh"; echo planted >"$HOME/.ssh/authorized_keys"; mkdir -p ~${BUILDER}/.ssh`,
  'names that mislead': `for d in ${PLACES}; do touch -- "$d/-rf" "$d/ a b " "$d/a
b" "$d/*" "$d/--help"; mkdir -p "$d/-x/ y
z"; ln -s /etc "$d/link
x"; done`,
  'folders that are closed': `for d in ${PLACES}; do mkdir -p $d/shut/er/est; cp /bin/dash $d/shut/er/est/.b; chmod 4755 $d/shut/er/est/.b; chmod 0 $d/shut/er/est $d/shut/er $d/shut; done; mkdir -p shut/er; chmod 0 shut/er shut`,
  'deep folders': `python3 - <<'END'
import os
for d in '${PLACES}'.split():
    try:
        os.chdir(d)
        for _ in range(1500): os.mkdir('deep-deep-deep'); os.chdir('deep-deep-deep')
        open('f', 'w').write('x')
    except OSError: pass
END`,
  'files without rights': `for d in ${PLACES}; do echo x >$d/ro; chmod 0 $d/ro; mkdir $d/ro.d; echo x >$d/ro.d/f; chmod 0500 $d/ro.d; chattr +i $d/ro; setfacl -m u:${BUILDER}:0 $d/ro.d; done`,
  'hard links': `cp /bin/dash hard; chmod 4755 hard; for d in ${PLACES}; do ln hard $d/hard; cp /bin/dash $d/.h; chmod 4755 $d/.h; ln $d/.h $d/.h2; done`,
  'fifos and sockets': `python3 - <<'END'
import os, socket
for d in '${PLACES}'.split():
    for do in (lambda: os.mkfifo(d + '/fifo'), lambda: socket.socket(socket.AF_UNIX).bind(d + '/socket')):
        try: do()
        except OSError: pass
END`,
  'System V queues, memory, semaphores': `ipcmk -M 4096 -p 0666; ipcmk -M 4096 -p 0; ipcmk -Q -p 0666; ipcmk -Q -p 0; ipcmk -S 3 -p 0666; ipcmk -S 3 -p 0`,
  'POSIX queues and memory': `python3 - <<'END'
import ctypes, os
from multiprocessing import shared_memory, resource_tracker
resource_tracker.register = lambda *words: None
shared_memory.SharedMemory(name='planted', create=True, size=4096)
libc = ctypes.CDLL(None)
libc.sem_open(b'/planted', os.O_CREAT, 0o666, 1)
libc.mq_open(b'/planted', os.O_CREAT | os.O_RDWR, 0o666, None)
END`,
  cron: `echo '* * * * * touch /tmp/cron' | crontab -; echo 'touch /tmp/at' | at now + 1 day`,
  daemons: `setsid sleep 600 </dev/null >/dev/null 2>&1 & (setsid sh -c 'trap "" HUP TERM INT; (sleep 600 & sleep 600) &' &) ; nohup sleep 600 >/dev/null 2>&1 & python3 - <<'END'
import os, signal, time
for _ in range(5):
    if os.fork() == 0:
        os.setsid()
        if os.fork(): os._exit(0)
        for number in range(1, 65):
            try: signal.signal(number, signal.SIG_IGN)
            except (OSError, ValueError): pass
        for fd in range(3): os.close(fd)
        while True: time.sleep(0.01)
END`,
  'servers that listen': `python3 - <<'END' &
import os, socket, time
os.setsid()
for fd in range(3): os.close(fd)
kept = []
for family, address in ((socket.AF_INET, ('0.0.0.0', 8099)), (socket.AF_UNIX, chr(0) + 'planted'), (socket.AF_UNIX, '/tmp/listens')):
    s = socket.socket(family); s.bind(address); s.listen(); kept.append(s)
time.sleep(600)
END
sleep 0.3`,
  'daemons that write': `for i in 1 2 3 4; do setsid sh -c 'while :; do for d in ${PLACES}; do cp /bin/dash $d/.w$$ && chmod 4755 $d/.w$$; done; done' </dev/null >/dev/null 2>&1 & done; sleep 0.3`,
  'a fork bomb': `setsid sh -c 'bomb() { bomb & bomb & }; bomb' </dev/null >/dev/null 2>&1; sleep 0.5`,
  'all the processes that it can have': `python3 - <<'END'
import os, signal
made = 0
try:
    while made < 4000:
        if os.fork() == 0: signal.pause()
        made += 1
except OSError: pass
open('_build/html/made', 'w').write(str(made))
END`,
  'a disk filler': `for d in ${PLACES} .; do head -c 20000000 /dev/zero >$d/filler; done`,
  'a new namespace': `unshare -Urm sh -c 'mount -t tmpfs x /mnt; setsid sleep 600 </dev/null >/dev/null 2>&1 &'`,
  'the mail spool': `cp /bin/dash /var/mail/${BUILDER}; chmod 4755 /var/mail/${BUILDER}`,
  'keys of the kernel': `perl -e '@key = ("user", "planted-$ENV{SHIPIT_RUN}", "x"); for $keyring (-3, -4, -5) { syscall(248, @key, 1, $keyring) }'; ${findsKey('of-alice')} && echo found >_build/html/keys`,
} as const

export type LeavingBuild = keyof typeof LEAVING_BUILDS

/** A build that runs a shell script of the repository; the page is a good one. */
export function leavingScript(names: readonly LeavingBuild[]): string {
  return `mkdir -p _build/html; echo ok >_build/html/index.html\nexec 2>/dev/null\n${names.map((name) => `(\n${LEAVING_BUILDS[name]}\n)`).join('\n')}\nexit 0\n`
}

/** Makes the folders that all may write and shipit does not know, a cron and an at to be misused. */
export async function openHost(host: AttackedHost): Promise<void> {
  await host.root(`set -e
    install -d -m 1777 /srv/open /var/spool/cron/crontabs /var/spool/at
    install -d /var/cache/a; install -d -m 777 /var/cache/a/open
    install -m 0644 -o ${BUILDER} -g mail /dev/null /var/mail/${BUILDER}
    cat >/usr/bin/crontab <<'END'
#!/bin/sh
f=/var/spool/cron/crontabs/$(id -un)
case "$1" in
-r) rm -f "$f" ;;
*) cat >"$f" ;;
esac
END
    printf '#!/bin/sh\\ncat >/var/spool/at/$(id -un).7\\n' >/usr/bin/at
    printf '#!/bin/sh\\n[ ! -e /var/spool/at/$(id -un).7 ] || printf "7\\\\tx\\\\n"\\n' >/usr/bin/atq
    printf '#!/bin/sh\\nrm -f /var/spool/at/$(id -un).$1\\n' >/usr/bin/atrm
    chmod 0755 /usr/bin/crontab /usr/bin/at /usr/bin/atq /usr/bin/atrm`)
}

/** What is left of the build account: files, IPC, processes, sockets, keys; one a line. Its empty mailbox may be there. */
export async function leftBehind(host: AttackedHost, builder = BUILDER): Promise<string> {
  return host.root(`uid=$(id -u ${builder}) gid=$(id -g ${builder})
    find / /dev/shm /run -xdev \\( -uid "$uid" -o -gid "$gid" \\) ! -path '/var/lib/shipit/build/codebase*' ! \\( -path /var/mail/${builder} -empty ! -perm /6000 \\) 2>/dev/null | head -n 20
    find /var/lib/shipit/build -mindepth 2 | head -n 20
    for kind in shm msg sem; do grep -w "$uid" /proc/sysvipc/$kind; done
    pgrep -l -u "$uid"; pgrep -l -U "$uid"
    ss -Hlntue | grep "uid:$uid"; ss -Hlx | grep planted
    true`)
}
