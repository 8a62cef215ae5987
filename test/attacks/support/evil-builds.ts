// What a branch's `make html` does, as Python that its Makefile runs: it is the build account's, in doc/ of a copy of the tree.

const HEAD = `import ctypes, io, os, signal, struct, subprocess, sys, tarfile, time
libc = ctypes.CDLL(None, use_errno=True)
def broke(what): print('BROKE', what, flush=True)
def stat(pid): return open(f'/proc/{pid}/stat').read().rsplit(')', 1)[1].split()
def uid(pid): return os.stat(f'/proc/{pid}').st_uid
def parents():
    pid = os.getppid()
    while pid > 1:
        yield pid
        pid = int(stat(pid)[1])
def ours(): return [pid for pid in parents() if uid(pid) == os.getuid()]
def others(): return [int(pid) for pid in os.listdir('/proc') if pid.isdigit() and uid(pid) != os.getuid()]
def page(text='ok'):
    os.makedirs('_build/html', exist_ok=True)
    open('_build/html/index.html', 'w').write(text)
def attempt(what, do):
    try: do()
    except Exception: return
    broke(what)
def steal():
    # the descriptor that the tar of what was built goes to, out of the shell that holds it (pidfd_getfd(2))
    shell = ours()[-1]
    held = [int(fd) for fd in os.listdir(f'/proc/{shell}/fd') if os.readlink(f'/proc/{shell}/fd/{fd}').endswith('/made.tar')]
    return libc.syscall(438, libc.syscall(434, shell, 0), held[0], 0)
def member(tar, name, type=tarfile.REGTYPE, target='', mode=0o644, data=b''):
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.mode, info.size, info.devmajor, info.devminor = type, target, mode, len(data), 1, 3
    tar.addfile(info, io.BytesIO(data))
def feed(*members):
    out = io.BytesIO()
    tar = tarfile.open(fileobj=out, mode='w', format=tarfile.GNU_FORMAT)
    for each in members: member(tar, **each)
    tar.close()
    fd = steal()
    if fd < 0: return print('no descriptor to steal', flush=True)
    os.ftruncate(fd, 0); os.lseek(fd, 0, 0)
    os.write(fd, out.getvalue())
    print('fed', len(out.getvalue()), flush=True)
`

const STATE = '/var/lib/shipit/apps/codebase'

/** Prints BROKE if anything of it succeeds. */
const REACH_OUT = `
paths = ['${STATE}', '${STATE}/history', '${STATE}/current', '${STATE}/mirror.git', '${STATE}/runs', '/etc/shipit/apps/codebase/lock', '/etc/sudoers.d/shipit-codebase']
for path in paths:
    attempt('reads ' + path, lambda: open(path).read(1) if not os.path.isdir(path) else os.listdir(path))
for path in paths + ['/var/codebase/src/webcode.py', '/var/codebase/doc/index.html', '/etc/shipit/apps/codebase/recipe', '/usr/local/libexec/shipit/step']:
    for flags in (os.O_WRONLY, os.O_WRONLY | os.O_APPEND, os.O_WRONLY | os.O_TRUNC):
        attempt('writes ' + path, lambda: os.open(path, flags))
    attempt('removes ' + path, lambda: os.rename(path, path + '.x'))
    attempt('changes ' + path, lambda: os.chmod(path, 0o777))
for folder in ['/var/codebase', '/var/codebase/src', '/var/codebase/doc', '/etc/shipit', '/usr/local/libexec/shipit', '/var/lib/shipit/build', '/srv/git/codebase.git']:
    attempt('makes a file in ' + folder, lambda: open(folder + '/planted', 'w'))
for words in ['-l', 'true', '-u deploybot true', '/usr/local/libexec/shipit/as-root /usr/bin/timeout -k 5 60 /usr/sbin/apachectl restart', '/usr/sbin/apachectl restart', '-u deploybot /usr/local/libexec/shipit/runner hello', '-u build-codebase true']:
    if subprocess.run(['sudo', '-n'] + words.split(), stdin=subprocess.DEVNULL, capture_output=True).returncode == 0: broke('sudo ' + words)
for pid in others():
    try: command = open(f'/proc/{pid}/cmdline').read()
    except OSError: continue
    # SIGCONT is for all of a session, and harms nobody: kill(2)
    for number in (signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM, signal.SIGHUP): attempt(f'signals {command}', lambda: os.kill(pid, number))
    for name in ('environ', 'mem', 'maps', 'syscall'): attempt(f'reads {name} of {command}', lambda: open(f'/proc/{pid}/{name}', 'rb').read(1))
    for name in ('fd', 'cwd', 'root'): attempt(f'looks at {name} of {command}', lambda: os.listdir(f'/proc/{pid}/{name}/'))
    attempt(f'takes a descriptor of {command}', lambda: [1][libc.syscall(438, libc.syscall(434, pid, 0), 1, 0) < 0])
for pid in ['self'] + ours():
    for fd in os.listdir(f'/proc/{pid}/fd'):
        path = f'/proc/{pid}/fd/{fd}'
        try: target = os.readlink(path)
        except OSError: continue
        if target.endswith(('/log', '/events')) or 'history' in target or target.endswith('/lock'): broke(f'{pid} holds {target}')
        if target.startswith('/') and not target.startswith('/dev/') and not target.startswith(os.environ['HOME']):
            attempt(f'writes {target}', lambda: os.open(path, os.O_WRONLY))
            attempt(f'truncates {target}', lambda: os.open(path, os.O_WRONLY | os.O_TRUNC))
print('\\x1e' + 32 * '0' + ' {"event":"outcome","time":"2026-01-01T00:00:00Z","run":"x","outcome":"failed","exit":1}', flush=True)
page()
`

const DAEMON = `
def daemon():
    if os.fork(): return
    os.setsid()
    if os.fork(): os._exit(0)
    for number in range(1, 65):
        try: signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError): pass
    time.sleep(600)
    os._exit(0)
`

// a tar that can be unpacked, with what must not be published
const ODD = `page()
feed(dict(name='index.html', data=b'fed'), dict(name='secret.html', type=tarfile.SYMTYPE, target='${STATE}/history'),
    dict(name='setuid', mode=0o6755, data=b'x'), dict(name='setuid.d', type=tarfile.DIRTYPE, mode=0o7777),
    dict(name='fifo', type=tarfile.FIFOTYPE), dict(name='closed', type=tarfile.DIRTYPE, mode=0), dict(name='closed/file', data=b'x'))`

const LINKS = `page()
feed(dict(name='a', type=tarfile.SYMTYPE, target='/var/codebase/src'), dict(name='a/planted', data=b'x'),
    dict(name='b', type=tarfile.SYMTYPE, target='../../../../..'), dict(name='b/planted', data=b'x'))`

/** By name of the branch, below evil/. */
export const EVIL_BUILDS = {
  'reach-out': REACH_OUT,
  daemons: `${DAEMON}\nfor _ in range(5): daemon()\npage()`,
  'kill-parents': `${DAEMON}\ndaemon()\nfor pid in ours(): os.kill(pid, signal.SIGKILL)\ntime.sleep(600)`,
  'stop-the-clock': `${DAEMON}\ndaemon()\nfor pid in ours(): os.kill(pid, signal.SIGSTOP)\ntime.sleep(600)`,
  'ignore-term': `for number in (1, 2, 3, 13, 14, 15): signal.signal(number, signal.SIG_IGN)\ntime.sleep(600)`,
  'fill-the-log': `while True: os.write(1, 65536 * b'x')`,
  'fill-the-log-deaf': `signal.signal(signal.SIGPIPE, signal.SIG_IGN)\nwhile True:\n    try: os.write(1, 65536 * b'x')\n    except OSError: pass`,
  'plant-at-home': `import site
home = os.environ['HOME']
os.makedirs(site.getusersitepackages(), exist_ok=True)
open(site.getusersitepackages() + '/usercustomize.py', 'w').write("print('PLANTED')")
for name in ('.profile', '.bashrc', '.gitconfig', '.makerc'): open(f'{home}/{name}', 'w').write('PLANTED')
page()`,
  'close-folders': `page()
os.makedirs('_build/html/deep/er'); open('_build/html/deep/er/f', 'w').write('x')
home = os.environ['HOME']
os.makedirs(home + '/deep/er'); open(home + '/deep/er/f', 'w').write('x')
os.makedirs('shut/er'); open('shut/er/f', 'w').write('x')
for path in ('shut', home + '/deep', home): os.chmod(path, 0)`,
  'huge-file': `page()\nos.truncate(os.open('_build/html/huge', os.O_RDWR | os.O_CREAT), 1 << 42)`,
  'feed-odd': ODD,
  'feed-links': LINKS,
  'feed-absolute': `page()
feed(dict(name='/var/codebase/src/planted', data=b'x'), dict(name='../../../../planted', data=b'x'), dict(name='x/../../planted', data=b'x'))`,
  'feed-hard-links': `page()
feed(dict(name='history', type=tarfile.LNKTYPE, target='${STATE}/history'), dict(name='mirror', type=tarfile.LNKTYPE, target='../../../../../mirror.git/config'))`,
  'feed-devices': `page()\nfeed(dict(name='null', type=tarfile.CHRTYPE), dict(name='disk', type=tarfile.BLKTYPE))`,
  'feed-rubbish': `page()\nfd = steal()\nos.write(fd, os.urandom(100000))`,
} as const

export type EvilBuild = keyof typeof EVIL_BUILDS

/** The script of doc/evil.py. */
export function evilScript(name: EvilBuild): string {
  return `${HEAD}${EVIL_BUILDS[name]}\n`
}
