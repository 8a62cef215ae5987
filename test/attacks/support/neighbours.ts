// What code of one app, and who may deploy it, try on another app of the host. Each is a script of sh that ends with 0 if it got through.

/** The app that is attacked, as the tries name it. */
export const SHOP = {
  app: 'shop',
  state: '/var/lib/shipit/apps/shop',
  root: '/etc/shipit/apps/shop',
  published: '/srv/shop/site',
  repository: '/srv/git/shop.git',
  secret: 'a word of the shop alone',
  rootMark: '/srv/shop-root',
} as const

const { app, state, root, published, secret, rootMark } = SHOP
const SESSION = 'b'.repeat(32)
const NEW_RUN = '20261128T120000Z-00000000000000ff'
const LIBEXEC = '/usr/local/libexec/shipit'
/** An answer that tells something of the app. */
const TOLD = `grep -E '"event":"(status|run|outcome|cancelling|fact|end)"'`
const DEPLOY = `deploy --run ${NEW_RUN} --app ${app} --branch master`
/** A process of the other app that lives as long as the tries do. */
const PROCESS = 'pid=$(pgrep -u "$SHOP_ACCOUNT" -f "shop-hold" | head -n 1); [ -n "$pid" ] || exit 1'

/** `$SHOP_ACCOUNT` runs the app that is attacked, `$SHOP_RUN` is its run that goes on. */
export const TRIES: Readonly<Record<string, string>> = {
  // ---- its processes
  'stop a process': `${PROCESS}; kill -STOP "$pid" && kill -CONT "$pid"`,
  'signal a process': `${PROCESS}; kill -0 "$pid"`,
  "read a process's variables": `${PROCESS}; cat /proc/"$pid"/environ`,
  'read what a process has open': `${PROCESS}; ls /proc/"$pid"/fd && cat /proc/"$pid"/fd/1`,
  "enter a process's folder": `${PROCESS}; cd /proc/"$pid"/cwd/ && cat secret.txt`,
  "write a process's memory": `${PROCESS}; exec 8<>/proc/"$pid"/mem`,
  'trace a process': `${PROCESS}; python3 -c "import ctypes, sys; sys.exit(ctypes.CDLL(None).ptrace(0x4206, int(sys.argv[1]), 0, 0) != 0)" "$pid"`,
  'slow a process': `${PROCESS}; renice -n 19 -p "$pid"`,
  'limit a process': `${PROCESS}; prlimit --pid "$pid" --nofile=64:64`,
  // ---- what it keeps
  'read the history': `cat ${state}/history`,
  'read a log': `set +f; cat ${state}/runs/*/log | grep '${secret}'`,
  'read the events of a run': `cat ${state}/runs/"$SHOP_RUN"/events`,
  'list its folder': `ls ${state}`,
  'enter its folder': `cd ${state}`,
  'read the mirror': `git -c safe.directory='*' --git-dir=${state}/mirror.git rev-parse refs/shipit/fetched`,
  'fetch from the mirror': `d=$(mktemp -d) && git -c safe.directory='*' clone -q ${state}/mirror.git "$d/x"`,
  'borrow objects of the mirror': `d=$(mktemp -d) && git init -q "$d" && echo ${state}/mirror.git/objects >"$d/.git/objects/info/alternates" && git --git-dir="$d/.git" cat-file -e "$(git -c safe.directory='*' --git-dir=${state}/mirror.git rev-parse refs/shipit/fetched)"`,
  'read the tree of a run': `cat ${state}/tree/"$SHOP_RUN"/secret.txt`,
  'read the repository': `git -c safe.directory='*' --git-dir=${SHOP.repository} log -1`,
  'read the deploy key': `cat ${root}/git/key`,
  'use the deploy key': `ssh-keygen -y -f ${root}/git/key`,
  'read the grants': `cat ${root}/grants`,
  "read a person's key": `cat ${root}/people/carol`,
  // ---- what it writes
  'write the history': `echo x >>${state}/history`,
  'write a log': `echo x >>${state}/runs/"$SHOP_RUN"/log`,
  'write an event': `echo x >>${state}/runs/"$SHOP_RUN"/events`,
  'cancel by a mark': `echo "bob now" >${state}/runs/"$SHOP_RUN"/cancel`,
  'freeze by a mark': `echo "bob 1 x" >${state}/freeze`,
  'plant a run': `mkdir ${state}/runs/${NEW_RUN}`,
  'change the tree of a run': `echo x >${state}/tree/"$SHOP_RUN"/planted`,
  'have git run a program for it': `git -c safe.directory='*' --git-dir=${state}/mirror.git config core.fsmonitor /tmp/x`,
  'link to the history': `ln ${state}/history "$(mktemp -d)/x"`,
  'publish a file': `echo x >${published}/planted`,
  'change a published file': `echo x >>${published}/webcode.py`,
  'put another folder in the place of the published one': `mv ${published} ${published}.old`,
  'change the recipe': `echo x >>${root}/recipe`,
  'plant in its work place': `mkdir /var/lib/shipit/build/${app}/build`,
  'read its work place': `ls /var/lib/shipit/build/${app}`,
  // ---- the lock
  'take the lock': `exec 9<${root}/lock && { flock -n 9 || :; }`,
  'put another lock in its place': `mv ${root}/lock ${root}/lock.old`,
  // ---- sudo
  'become its account': `sudo -n -u "$SHOP_ACCOUNT" id`,
  'become its account in a shell': `sudo -n -u "$SHOP_ACCOUNT" /bin/sh -c id`,
  'become its build account': `sudo -n -u build-${app} id`,
  'end its builds': `sudo -n -u build-${app} ${LIBEXEC}/build ${app} stop`,
  'read its repository by sudo': `sudo -n -u read-${app} ${LIBEXEC}/serve ${app} </dev/null`,
  "read its repository by one's own line": `sudo -n -u read-codebase ${LIBEXEC}/serve ${app} </dev/null`,
  "build by one's own line": `sudo -n -u build-codebase ${LIBEXEC}/build ${app} stop`,
  'use its root line': `sudo -n /usr/bin/timeout -k 5 60 /usr/bin/touch ${rootMark} || sudo -n ${LIBEXEC}/as-root /usr/bin/timeout -k 5 60 /usr/bin/touch ${rootMark}`,
  // ---- gate and runner
  'ask the gate': `shipit-gate status --app ${app} --session ${SESSION} | ${TOLD}`,
  'ask its runner by sudo': `echo | sudo -n -u "$SHOP_ACCOUNT" ${LIBEXEC}/runner 'status --app ${app}' | ${TOLD}`,
  "ask one's own runner": `echo | sudo -n -u deploybot ${LIBEXEC}/runner 'status --app ${app}' | ${TOLD}`,
  'ask the runner as another': `echo | SUDO_USER=bob ${LIBEXEC}/runner 'status --app ${app}' | ${TOLD}`,
  'ask with variables of its own': `echo | SUDO_USER=bob ACCOUNT=$(id -un) RECIPE_ACCOUNT=$(id -un) WHO_GROUPS=' webbers ' ${LIBEXEC}/runner 'history --app ${app}' | ${TOLD}`,
  'read a log by the runner': `echo | SUDO_USER=bob ${LIBEXEC}/runner "log --run $SHOP_RUN --app ${app}" | grep '${secret}'`,
  'ask for facts': `shipit-gate doctor --app ${app} --session ${SESSION} | ${TOLD}`,
  'cancel by the runner': `echo | SUDO_USER=bob ${LIBEXEC}/runner "cancel --run $SHOP_RUN --app ${app} --now" | ${TOLD}`,
  'deploy by the gate': `shipit-gate ${DEPLOY} --session ${SESSION} | ${TOLD}`,
  'deploy as another': `echo | SUDO_USER=bob ${LIBEXEC}/runner '${DEPLOY}' | ${TOLD}`,
  'start a run of it': `${LIBEXEC}/run '${DEPLOY}' | ${TOLD} || [ -e ${state}/runs/${NEW_RUN}/outcome ]`,
  'run a step of it': `env -i SHIPIT_APP=${app} SHIPIT_RUN="$SHOP_RUN" SHIPIT_REF_KIND=branch SHIPIT_REF=master /bin/sh ${LIBEXEC}/step 1`,
  // ---- its account
  'log in as it': `ssh -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null "$SHOP_ACCOUNT@localhost" id`,
  'su to it': `su "$SHOP_ACCOUNT" -s /bin/sh -c id </dev/null`,
  'write its crontab': `echo '* * * * * id' | crontab -u "$SHOP_ACCOUNT" -`,
  'find a file of it that may be written': `find / -xdev -user "$SHOP_ACCOUNT" -writable 2>/dev/null | grep .`,
  'find a file of it that is not published and may be read': `find / -xdev -user "$SHOP_ACCOUNT" -readable -not -path '${published}*' 2>/dev/null | grep .`,
}

/** All tries as one script of sh; it prints a line `GOT WHO NAME` for each that got through, and `TRIED WHO COUNT`. */
export function tryAll(account: string, run: string): string {
  const calls = Object.entries(TRIES).map(
    ([name, script]) => `try "${name}" <<'END_OF_TRY'\n${script}\nEND_OF_TRY`,
  )
  return [
    `export SHOP_ACCOUNT=${account} SHOP_RUN=${run} HOME=/nonexistent`,
    'who=$(id -un) count=0',
    'try() {',
    '  count=$((count + 1))',
    '  timeout -k 1 10 setsid -w /bin/sh -s >/dev/null 2>&1 && echo "GOT $who $1"',
    '}',
    ...calls,
    'echo "TRIED $who $count"',
    '',
  ].join('\n')
}
