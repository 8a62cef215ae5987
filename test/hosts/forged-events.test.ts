// A build that knows the token of the session, on a real host: somebody else has read it in the process list and left it where
// the build finds it. The build prints what it likes under it, and nobody is deceived.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { wholeOnly } from '../support/whole.ts'
import { hostsSuite } from './support/lab.ts'
import { Project } from './support/project.ts'

/** Readable for all, and in no folder that a build has one of its own for. */
const KNOWN = '/srv/known'

/** What mallory, with an ordinary account, can find out of a deploy: the words of the request; of the run also what an attach tells. */
const LISTEN = `
import glob, json, re, subprocess, time
known = {}
end = time.time() + 60
while time.time() < end and 'token' not in known:
    for path in glob.glob('/proc/[0-9]*/cmdline'):
        try: words = open(path, 'rb').read().replace(b'\\0', b' ').decode('latin1')
        except OSError: continue
        found = re.search(r'deploy --run (\\S+) .*--session ([0-9a-f]{32})', words)
        if found: known = {'run': found[1], 'token': [found[2]]}
    time.sleep(0.02)
for tries in range(40):
    request = f"attach --run {known['run']} --app codebase"
    answer = subprocess.Popen(['sudo', '-n', '-u', 'deploybot', '/usr/local/libexec/shipit/runner', request], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    hello = answer.stdout.readline().decode('latin1')
    answer.kill()
    if '"offset"' in hello:
        known['token'] += re.findall('"token":"([0-9a-f]{32})"', hello)
        break
    time.sleep(0.1)
json.dump(known, open('${KNOWN}/now', 'w'))
`

/** Prints events under the first token that is known, or the last, then ends with a status. */
const forge = (events: readonly string[], { token, status }: { token: 0 | -1; status: number }) => `
import json, os, sys, time
while not os.path.exists('${KNOWN}/now') or os.path.getsize('${KNOWN}/now') == 0: time.sleep(0.05)
time.sleep(0.1)
known = json.load(open('${KNOWN}/now'))
for event in ${JSON.stringify(events)}:
    sys.stdout.write('\\x1e' + known['token'][${token}] + ' ' + event.replace('RUN', known['run']) + '\\n')
sys.stdout.flush()
time.sleep(1)
os.makedirs('_build/html', exist_ok=True)
open('_build/html/index.html', 'w').write('forged branch')
sys.exit(${status})
`

const TIME = '"time":"2026-11-22T12:00:00Z"'
const STEPS = `
  git(),
  make('html', { in: 'doc', out: '_build/html', as: 'build' }),
  rsync({ from: 'doc/_build/html/', to: '/var/codebase/doc/', delete: true, name: 'publish' }),
`
const step = (number: number, name: string, more: string) =>
  `{"event":"step",${TIME},"number":${number},"name":"${name}",${more}}`
const SUCCESS = [
  step(2, 'make html', '"state":"ended","status":0,"ms":5'),
  step(3, 'publish', '"state":"started"'),
  step(3, 'publish', '"state":"ended","status":0,"ms":5'),
  `{"event":"outcome",${TIME},"run":"RUN","outcome":"succeeded","exit":0,"ms":5}`,
]
const FREEZE = [
  `{"event":"refused",${TIME},"reason":"frozen","exit":75,"freeze":{"user":"root","reason":"a_move","seconds":9}}`,
]

hostsSuite('forged events on a real host', { hosts: 1 }, (lab) => {
  const project = new Project({
    lab,
    hosts: ['web1'],
    allow: "[{ group: 'deployers', branches: ['*'], tags: [] }]",
    steps: STEPS,
  })
  before(async () => {
    await lab.scenario('web1')
    await project.install('web1')
    await lab.output(
      'web1',
      // alice's shell keeps the request in the process list for as long as mallory may need to see it
      `useradd -m -G deployers mallory; install -d -o mallory -m 755 ${KNOWN}; : >${KNOWN}/now; chown mallory ${KNOWN}/now
        echo 'sleep 1' >/home/alice/.bashrc`,
    )
  })
  after(() => project.remove())

  async function push(branch: string, script: string): Promise<void> {
    const pushed = await lab.exec(
      'web1',
      `set -e; rm -rf /root/work; git clone -q -b master /srv/git/codebase.git /root/work; cd /root/work; git checkout -q -b ${branch}
        printf 'html:\\n\\t@python3 forge.py\\n' >doc/Makefile; cat >doc/forge.py
        git add -A; git -c user.name=m -c user.email=m@x commit -qm evil; git push -q -f origin ${branch}`,
      { input: script },
    )
    assert.equal(pushed.status, 0, pushed.stderr)
  }

  /** Deploys while mallory listens; says how often the build printed something under a token. */
  async function deployWatched(branch: string, ...words: string[]) {
    await lab.output('web1', `: >${KNOWN}/now`)
    const listening = lab.exec('web1', ['python3', '-c', LISTEN], { user: 'mallory' })
    const result = await project.shipit('deploy', 'production', '--branch', branch, ...words, '--back')
    const heard = await listening
    assert.equal(heard.status, 0, heard.stderr)
    const log = await lab.output('web1', 'cd /var/lib/shipit/apps/codebase && cat "runs/$(cat current)/log"')
    assert.match(log, /\x1e[0-9a-f]{32} \{"event":"/, 'the build knew nothing')
    return result
  }

  // the short form has each face once
  for (const words of [[], ['--json']]) {
    const face = words[0] ?? 'plain lines'
    const isPlain = words.length === 0
    test(`a build that fails and prints a success under the token has failed (${face})`, {
      skip: !isPlain && wholeOnly.skip,
    }, async () => {
      await push(`forge${words.length}`, forge(SUCCESS, { token: -1, status: 9 }))
      const { status, stdout } = await deployWatched(`forge${words.length}`, ...words)
      assert.equal(status, 1, stdout)
      assert.doesNotMatch(stdout, /\] deployed|is live on|"deployed":true/)
    })

    test(`a build that goes well and prints a freeze under the token is deployed (${face})`, {
      skip: isPlain && wholeOnly.skip,
    }, async () => {
      await push(`freeze${words.length}`, forge(FREEZE, { token: 0, status: 0 }))
      const { status, stdout } = await deployWatched(`freeze${words.length}`, ...words)
      assert.equal(status, 0, stdout)
      assert.match(stdout, /\] deployed|"deployed":true/)
      assert.equal(await lab.output('web1', 'cat /var/codebase/doc/index.html'), 'forged branch')
    })
  }
})
