// A check of {commit} against a service that was not restarted: the deploy fails and says so, and status --check asks again.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { HOST_GIT, pushTo } from './support/checkout.ts'
import { hostsSuite } from './support/lab.ts'
import { Project } from './support/project.ts'

const HOSTS = ['web1']
/** Says the commit that it was started from. */
const SERVICE = `
import http.server
commit = open('/tmp/commit').read()
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(('at ' + commit).encode())
http.server.HTTPServer(('127.0.0.1', 8000), Page).serve_forever()
`

hostsSuite('a check of the commit', { hosts: 1 }, (lab) => {
  let project: Project
  before(async () => {
    project = new Project({
      ...{ lab, hosts: HOSTS, connectTimeout: 30 },
      steps: `git(), rsync({ from: 'src/', to: '/var/codebase/src/', delete: true }),
        shell('printf %s "$SHIPIT_COMMIT" >/tmp/commit', { name: 'note' }),
        check('http://127.0.0.1:8000/', { name: 'service', text: 'at {commit}', retries: 0, grace: 0 })`,
    })
    await lab.scenario('web1')
    await project.install('web1')
    await lab.output('web1', 'cat >/root/service.py', { input: SERVICE })
  })
  after(() => project.remove())

  const restart = () =>
    lab.output(
      'web1',
      `[ ! -e /root/pid ] || kill "$(cat /root/pid)"
      python3 /root/service.py >/dev/null 2>&1 &
      echo $! >/root/pid
      until curl -sf http://127.0.0.1:8000/ >/dev/null; do sleep 0.1; done`,
    )
  const status = (...words: string[]) => project.shipit('status', 'production', '--check', ...words)

  test('fails a deploy whose service still runs the older one, and passes once it was restarted', async () => {
    const older = await lab.output('web1', `${HOST_GIT} rev-parse master`)
    await lab.output('web1', `printf %s ${older} >/tmp/commit && chown deploybot /tmp/commit`)
    await restart()
    const first = await project.shipit('deploy', 'production')
    assert.equal(first.status, 0, first.stdout)
    const good = await status()
    assert.equal(good.status, 0, good.stdout + good.stderr)
    assert.match(good.stdout, /^ {2}checks {4}service: passes now$/m)

    const newer = await pushTo(lab, HOSTS, { subject: 'newer' })
    const failed = await project.shipit('deploy', 'production')
    assert.equal(failed.status, 1, failed.stdout)
    assert.match(failed.stdout, new RegExp(`answers with status 200, but without the text 'at ${newer}'`))
    assert.match(failed.stdout, /web1: service failed/)
    const bad = await status()
    assert.equal(bad.status, 1, bad.stdout)
    assert.match(
      bad.stdout,
      new RegExp(`^ {2}checks {4}service: fails now\\n {12,}.*without the text 'at ${newer}'`, 'm'),
    )
    const json = await status('--json')
    const { checks } = JSON.parse(json.stdout)
    assert.deepEqual([json.status, checks[0].name, checks[0].state], [1, 'service', 'failed'])

    await restart()
    assert.equal((await status()).status, 0)
    // who does not ask for it is told nothing of checks
    const plain = await project.shipit('status', 'production')
    assert.doesNotMatch(plain.stdout, /checks/)
    assert.equal((await project.shipit('deploy', 'production')).status, 0)
  })
})
