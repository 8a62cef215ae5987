// The bash script that shipit replaces and shipit, beside each other on the same commits.
import assert from 'node:assert/strict'
import { readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { before, test } from 'node:test'
import { makeSample } from '../init/support/samples.ts'
import { hostsSuite } from './support/lab.ts'
import { Project } from './support/project.ts'

hostsSuite('the original script and shipit', { hosts: 2 }, (lab) => {
  let project: Project
  before(async () => {
    // web1 has shipit, web2 the script; each has the repository
    await lab.scenario('web1')
    await lab.scenario('web2', { withDeploybot: true })
    project = new Project({ lab, hosts: ['web1'] })
    await project.install('web1')
  })

  const files = (host: string) =>
    lab.output(host, 'cd /var/codebase/src && find . ! -type d ! -path "*__pycache__*" | LC_ALL=C sort')
  const wanted = (ref: string) =>
    lab.output(
      'web1',
      `git --git-dir /srv/git/codebase.git ls-tree -r -z --name-only ${ref}:src | tr '\\0' '\\n' | sed 's|^|./|' | LC_ALL=C sort`,
    )

  async function both(branch: string) {
    const script = await lab.runOriginal('web2', branch)
    const deploy = await project.shipit('deploy', 'production', '--docs', '--branch', branch)
    assert.equal(deploy.status, 0, deploy.stdout)
    assert.equal(await files('web1'), await wanted(branch), `shipit has all of ${branch} and nothing else`)
    return script
  }

  test('on master the script misses the dot file', async () => {
    assert.equal((await both('master')).status, 0)
    assert.deepEqual(
      (await wanted('master'))
        .split('\n')
        .filter((line) => !line.startsWith('./static'))
        .includes('./.hidden'),
      true,
    )
    assert.equal((await files('web2')).includes('./.hidden'), false)
  })

  test('on x the script keeps what x deleted', async () => {
    assert.equal((await both('x')).status, 0)
    assert.ok((await files('web2')).includes('./lib/old.py'))
    assert.equal((await files('web1')).includes('./lib/old.py'), false)
  })

  test('on swap the script fails half way, and leaves new code beside old docs', async () => {
    assert.equal((await both('swap')).status, 23)
    const page = (host: string, path: string) => lab.output(host, `curl -s http://localhost${path}`)
    assert.match(await page('web2', '/app'), /swap 5/)
    assert.match(await page('web2', '/index.html'), /branch x, version 3/)
    assert.match(await page('web1', '/app'), /swap 5/)
    assert.match(await page('web1', '/index.html'), /branch swap, version 5/)
  })

  test('the recipe that init makes of the script deploys the scenario', async () => {
    const script = readFileSync(join(import.meta.dirname, 'lab/original.sh'), 'utf8')
    const folder = makeSample({
      files: { 'deploy.sh': script },
      git: { branch: 'master', remotes: { origin: '/srv/git/codebase.git' } },
    })
    const shipit = (...words: string[]) =>
      lab.ctl([process.execPath, project.program, ...words], {
        cwd: folder,
        env: { SHIPIT_SSH_KEY: lab.key('alice'), SHIPIT_KNOWN_HOSTS: lab.knownHosts },
      })
    const init = await shipit('init', '--host', 'web1', '--user', 'alice')
    assert.equal(init.status, 0, init.stderr)
    assert.doesNotMatch(init.stdout, /not in the recipe/)
    const install = await shipit('install', 'production', '--one-file')
    await lab.output('web1', ['sh', '-s'], { input: install.stdout })
    await lab.output('web1', 'rm -r /var/codebase/src/webcode.py /var/codebase/src/lib /var/codebase/doc/*')
    const deploy = await shipit('deploy', 'production', '--branch', 'swap')
    assert.equal(deploy.status, 0, deploy.stdout + deploy.stderr)
    assert.equal(await files('web1'), await wanted('swap'))
    const page = (path: string) => lab.output('web1', `curl -s http://localhost${path}`)
    assert.match(await page('/app'), /swap 5/)
    assert.match(await page('/index.html'), /branch swap, version 5/)
    rmSync(dirname(folder), { recursive: true })
  })
})
