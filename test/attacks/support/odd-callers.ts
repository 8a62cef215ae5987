// Callers of the runner with a strange process around them, each a piece of alice's bash. CALL is her sudo call for one deploy.

/** A limit or a call that must be refused before anything is done. */
export const REFUSED: Readonly<Record<string, string>> = {
  'no file may grow': 'ulimit -f 0; CALL',
  'files may grow to 4 kB': 'ulimit -f 4; CALL',
  'large files only are forbidden': 'ulimit -f 1000000; CALL',
  'one second of processor': 'ulimit -t 1; CALL',
  'an hour of processor': 'ulimit -t 3600; CALL',
  'little address space': 'ulimit -v 300000; CALL',
  'little data': 'ulimit -d 300000; CALL',
  'few open files': 'ulimit -n 64; CALL',
  ...Object.fromEntries(
    [1, 2, 4, 8, 12, 16, 24, 40, 100].map((count) => [
      `at most ${count} processes`,
      `ulimit -u ${count}; CALL`,
    ]),
  ),
  ...Object.fromEntries(
    [8, 16, 32, 64, 128, 256].map((kilobytes) => [
      `a stack of ${kilobytes} kB`,
      `ulimit -s ${kilobytes}; CALL`,
    ]),
  ),
  'prlimit of all sorts': 'prlimit --nproc=30 --sigpending=0 --memlock=0 --rss=1 --nice=0 --rtprio=0 CALL',
  'nothing locked': 'ulimit -l 0; CALL',
  'no pending signals': 'ulimit -i 0; CALL',
  'no message queues': 'ulimit -q 0; CALL',
  // it would keep the lock for longer, and what a step starts would stay so
  'a low priority': 'nice -n 5 CALL',
  'idle only': 'chrt --idle 0 CALL',
  'batch only': 'chrt --batch 0 CALL',
  'another group': 'sudo -n -g deployers -u deploybot RUNNER "$REQUEST"',
  '100,000 arguments': 'sudo -n -u deploybot RUNNER "$REQUEST" $(seq 100000)',
  'an argument of 128 KiB': 'sudo -n -u deploybot RUNNER "$REQUEST$(head -c 130900 /dev/zero | tr "\\0" x)"',
  'the request in words': 'sudo -n -u deploybot RUNNER $REQUEST',
  'a token that is none': 'sudo -n -u deploybot RUNNER "$REQUEST --session not-a-token"',
}

/** What changes nothing: the deploy goes through as ever, or is refused as a whole. */
export const HARMLESS: Readonly<Record<string, string>> = {
  // the install's sudoers file has !preserve_groups, so the run has deploybot's groups alone
  "the caller's groups": 'sudo -n -P -u deploybot RUNNER "$REQUEST"',
  // sudo raises what is only a soft limit
  'a soft limit': 'ulimit -Sf 4; CALL',
  'prlimit with a soft limit': 'prlimit --fsize=4096: CALL',
  'stdin without end': 'cat /dev/zero | tr "\\0" a | CALL',
  'binary stdin': 'cat /dev/urandom | CALL',
  'a caller who goes before stdin ends': 'sleep 3 | timeout -s KILL 1 CALL',
  'no memory resident': 'ulimit -m 1; CALL',
  'no core': 'ulimit -c 0; CALL',
  'any core': 'ulimit -c unlimited; CALL',
  'no file locks': 'ulimit -x 0; CALL',
  'every signal ignored':
    "trap '' HUP INT QUIT ILL TRAP ABRT BUS FPE USR1 SEGV USR2 PIPE ALRM TERM CHLD CONT TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS; CALL",
  'every signal blocked':
    "python3 -c 'import os, signal, sys; signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65)); os.execvp(sys.argv[1], sys.argv[1:])' CALL",
  'umask 777': 'umask 777; CALL',
  'umask 000': 'umask 000; CALL',
  'prlimit of what does not matter': 'prlimit --rss=1 --nice=0 --rtprio=0 CALL',
  // undone
  'one processor': 'taskset 1 CALL',
  'first to be killed': 'echo 1000 >/proc/self/oom_score_adj; CALL',
  'closed stdin': 'CALL <&-',
  'closed stdout': 'CALL >&-',
  'closed stderr': 'CALL 2>&-',
  'nothing open': 'CALL <&- >&- 2>&-',
  'a full stdout': 'CALL >/dev/full',
  'a full stderr': 'CALL 2>/dev/full',
  'a reader that goes': 'CALL | head -c 1 >/dev/null',
  'a stdout that is stdin': 'CALL 1<&0 </dev/null',
  'more descriptors': 'exec 3</etc/passwd 4>/tmp/fd4 5<&0 9>/tmp/fd9; CALL; rm -f /tmp/fd4 /tmp/fd9',
  'a folder that is gone': 'mkdir /tmp/gone && cd /tmp/gone && rmdir /tmp/gone; CALL',
  'a folder that nobody may enter':
    'mkdir -p /tmp/closed && cd /tmp/closed && chmod 000 /tmp/closed; CALL; rmdir /tmp/closed',
  'a long environment':
    'export X="$(head -c 100000 /dev/zero | tr "\\0" x)" LANG="$(head -c 4000 /dev/zero | tr "\\0" x)"; CALL',
  'an odd environment':
    "export IFS=/ ENV=/nope BASH_ENV=/nope PS4='$(id)' SHELLOPTS CDPATH=/tmp GIT_DIR=/nope LC_ALL=xx LANGUAGE=xx TZ=:/etc/shadow TERM='$(id)' COLUMNS=1 POSIXLY_CORRECT=1 TMPDIR=/nope HOSTNAME='a b'; CALL",
  'a way round to the runner': 'sudo -n -u deploybot /usr/local/libexec/../libexec/shipit/runner "$REQUEST"',
  'a link to the runner':
    'ln -sfn RUNNER /tmp/link; sudo -n -u deploybot /tmp/link "$REQUEST"; code=$?; rm -f /tmp/link; exit $code',
  'in the background': 'sudo -n -b -u deploybot RUNNER "$REQUEST"',
  'in a session of its own': 'setsid -w CALL',
  'by a terminal that hangs up': "timeout 20 script -qec 'CALL' /dev/null >/dev/null </dev/null",
}
