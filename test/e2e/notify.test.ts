// Who is told how a deploy ended, by the built CLI on the sandbox: a webhook over TLS, and a program. Needs 'npm run build'.
import assert from 'node:assert/strict'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, before, describe, test } from 'node:test'
import { bin } from '../run-node.ts'
import { judgeBy, readSchema } from '../support/json-lines.ts'
import { isWhole } from '../support/whole.ts'
import { checkOutDemo } from './support/sandbox-project.ts'

const isNotification = judgeBy(readSchema('notification-1.schema.json'))
const noOpenssl = spawnSync('openssl', ['version']).error && 'needs the program openssl'
const PATH = '/services/T0001/B0001/aSecretOfTwentyFour24'

describe('notify', { skip: noOpenssl }, () => {
  const cwd = realpathSync(mkdtempSync(join(tmpdir(), 'shipit-notify-')))
  const posts: Record<string, unknown>[] = []
  /** what the webhook does with the next ones */
  let answer: 'takes' | 'refuses' | 'hangs' = 'takes'
  let server: ReturnType<typeof createServer>
  let url = ''

  before(async () => {
    const words = [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-days',
      '2',
      '-subj',
      '/CN=localhost',
      '-addext',
      'subjectAltName=DNS:localhost',
      '-keyout',
      'key.pem',
      '-out',
      'cert.pem',
    ]
    execFileSync('openssl', words, { cwd, stdio: 'ignore' })
    server = createServer(
      { key: readFileSync(join(cwd, 'key.pem')), cert: readFileSync(join(cwd, 'cert.pem')) },
      async (request, response) => {
        posts.push(JSON.parse(await text(request)))
        if (answer !== 'hangs') response.writeHead(answer === 'takes' ? 200 : 404).end('ok')
      },
    )
    await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
    url = `https://localhost:${(server.address() as AddressInfo).port}${PATH}`
    checkOutDemo(cwd)
  })
  after(() => {
    server.closeAllConnections()
    server.close()
    rmSync(cwd, { recursive: true, force: true })
  })

  const configure = (notify: string, step = 'true', phase = 'publish') =>
    writeFileSync(
      join(cwd, 'deploy.config.ts'),
      `import { defineConfig, git, sandbox, shell } from '@deploybot/shipit'
export default defineConfig({ app: 'codebase', repository: '/srv/git/codebase.git', notify: ${notify},
  environments: { sandbox: sandbox({ default: true }) }, steps: [git(), shell('${step}', { name: 'print', phase: '${phase}' })] })\n`,
    )

  async function shipit(words: string, env: NodeJS.ProcessEnv = {}, cancelAt?: RegExp | 'post') {
    const child = spawn(process.execPath, [bin, ...words.split(' ')], {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        CI: '',
        LC_ALL: 'C.UTF-8',
        NODE_EXTRA_CA_CERTS: join(cwd, 'cert.pem'),
        HOOK: url,
        ...env,
      },
    })
    if (cancelAt === 'post') server.once('request', () => child.kill('SIGINT'))
    else if (cancelAt) {
      let seen = ''
      child.stdout.on('data', (chunk: Buffer) => {
        const had = cancelAt.test(seen)
        seen += chunk
        if (!had && cancelAt.test(seen)) child.kill('SIGTERM')
      })
    }
    const [stdout, stderr, [status]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close'),
    ])
    assert.ok(!`${stdout}${stderr}`.includes('aSecretOfTwentyFour24'), stdout + stderr)
    return { stdout, stderr, status: status as number }
  }

  test('a webhook and a program get how it ended, as the schema has it', async () => {
    configure(`[{ urlEnv: 'HOOK', sandbox: true }, { command: ['sh', '-c', 'cat >told'], sandbox: true }]`)
    assert.equal((await shipit('deploy')).status, 0)
    const told = JSON.parse(readFileSync(join(cwd, 'told'), 'utf8'))
    assert.deepEqual(posts.splice(0), [told])
    assert.ok(isNotification(told))
    assert.match(
      told.text,
      /^codebase: branch 'master' \([0-9a-f]{7}\) is live on sandbox \(sandbox\), by \S+, \d/,
    )
  })

  test('only the outcomes that are asked for are told', async () => {
    configure(`{ urlEnv: 'HOOK', sandbox: true, on: ['failed'] }`)
    assert.equal((await shipit('deploy')).status, 0)
    assert.deepEqual(posts.splice(0), [])
    configure(`{ urlEnv: 'HOOK', sandbox: true, on: ['failed'] }`, 'exit 3')
    assert.equal((await shipit('deploy --json')).status, 1)
    const [told] = posts.splice(0)
    assert.match(
      String(told?.text),
      /deploy of branch 'master' \(\w+\) to sandbox failed on sandbox: step 'print' failed with status 3/,
    )
  })

  test('a cancelled run is told before shipit ends, and not said to have failed', async () => {
    configure(
      `[{ urlEnv: 'HOOK', sandbox: true }, { command: ['sh', '-c', 'sleep 1; cat >told'], sandbox: true }]`,
      'sleep 60',
      'prepare',
    )
    const { status, stdout, stderr } = await shipit('deploy', {}, /print: started/)
    assert.equal(status, 130, stdout)
    assert.match(stdout, /^✖ codebase: branch 'master' was cancelled on sandbox/m)
    // not a hint about the programs of a host, which have nothing to do with it
    assert.doesNotMatch(stderr, /The sandbox runs the programs/)
    const told = JSON.parse(readFileSync(join(cwd, 'told'), 'utf8'))
    assert.equal(told.outcome, 'cancelled')
    assert.deepEqual(posts.splice(0), [told])
  })

  test('nobody is told of a plan, of an attach, of a run on the sandbox, or where the variable is not set', async () => {
    configure(`{ urlEnv: 'HOOK', sandbox: true }`)
    for (const words of isWhole ? ['plan', 'deploy --dry-run', 'status'] : ['deploy --dry-run'])
      assert.equal((await shipit(words)).status, 0, words)
    const run = /"run":"([^"]+)"/.exec((await shipit('history --json')).stdout)?.[1]
    await shipit(`attach --run ${run}`)
    assert.equal((await shipit('deploy', { HOOK: '' })).status, 0)
    configure(`{ urlEnv: 'HOOK' }`)
    assert.equal((await shipit('deploy')).status, 0)
    assert.deepEqual(posts, [])
  })

  test('one that refuses, hangs or breaks costs a line and a few seconds, and changes no exit code', async () => {
    configure(
      `[{ url: '${url}', sandbox: true }, { command: ['sh', '-c', 'echo no route >&2; exit 4'], sandbox: true }]`,
    )
    answer = 'refuses'
    const refused = await shipit('deploy')
    assert.equal(refused.status, 0)
    const lines = refused.stderr.split('\n').filter((line) => line.startsWith('warning: the notification'))
    assert.deepEqual(lines, [
      `warning: the notification to ${new URL(url).host} failed: it answered with status 404`,
      "warning: the notification by 'sh' failed: it exited with status 4: no route",
    ])
    configure(`{ urlEnv: 'HOOK', sandbox: true }`, 'exit 3')
    answer = 'hangs'
    const hung = await shipit('deploy --json')
    assert.equal(hung.status, 1)
    assert.match(
      hung.stderr,
      /^warning: the notification to the webhook of HOOK failed: it took longer than 5 s$/m,
    )
    const unknown = await shipit('deploy', { NODE_EXTRA_CA_CERTS: '' })
    assert.equal(unknown.status, 1)
    assert.match(unknown.stderr, /failed: (DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_VERIFY_LEAF_SIGNATURE)$/m)
    const wrong = await shipit('deploy', { HOOK: `http://localhost${PATH}` })
    assert.match(wrong.stderr, /the webhook of HOOK failed: it is not an https:\/\/ URL$/m)
    answer = 'takes'
    posts.length = 0
  })

  test('a signal ends the waiting for one, and changes no exit code', async () => {
    configure(`{ urlEnv: 'HOOK', sandbox: true }`)
    answer = 'hangs'
    const { stdout, stderr, status } = await shipit('deploy', {}, 'post')
    answer = 'takes'
    assert.equal(status, 0, stderr)
    assert.match(stdout, /deployed/)
    assert.match(stderr, /^warning: the notification to the webhook of HOOK failed: it was interrupted$/m)
    posts.length = 0
  })

  test('a program that can not be started, and a variable that a job lacks, are a line each', async () => {
    writeFileSync(join(cwd, 'tell'), '')
    configure(`[{ command: ['./tell/x'], sandbox: true }, { urlEnv: 'MISSPELT', sandbox: true }]`)
    for (const words of isWhole ? ['deploy', 'deploy --json'] : ['deploy --json']) {
      const { stderr, status } = await shipit(words, { CI: 'true' })
      assert.equal(status, 0, stderr)
      assert.match(stderr, /^warning: the notification by '\.\/tell\/x' failed: no such program$/m)
      assert.match(stderr, /^warning: MISSPELT is not set: no notification was sent$/m)
    }
    assert.doesNotMatch((await shipit('deploy')).stderr, /MISSPELT/)
  })

  test('a deploy that does not begin since another environment can not be asked is sent', async () => {
    const host = (name: string) => `{ name: '${name}', address: '127.0.0.1', port: 1, user: 'alice' }`
    writeFileSync(
      join(cwd, 'deploy.config.ts'),
      `export default { app: 'codebase', repository: '/srv/x', notify: { command: ['sh', '-c', 'cat >sent'] },
  environments: { staging: { hosts: [${host('stage1')}] },
    production: { hosts: [${host('web1')}, ${host('web2')}], after: 'staging', branch: 'main' } },
  steps: [{ step: 'git', options: {} }] }`,
    )
    for (const words of ['deploy production', 'deploy production --from staging --host web1']) {
      const { status, stderr } = await shipit(words)
      assert.equal(status, 69, stderr)
      const sent = JSON.parse(readFileSync(join(cwd, 'sent'), 'utf8'))
      assert.ok(isNotification(sent))
      const hosts = words.includes('web1') ? 'web1' : 'web[1-2]'
      assert.ok(
        sent.text.startsWith(`codebase: deploy of branch 'main' to production failed on ${hosts}: `),
        sent.text,
      )
      rmSync(join(cwd, 'sent'))
    }
    for (const words of [
      'deploy production --dry-run',
      'deploy production --detach',
      ...(isWhole ? ['deploy production --from nowhere'] : []),
    ]) {
      await shipit(words)
      assert.throws(() => readFileSync(join(cwd, 'sent')), words)
    }
  })

  test('the URL of a webhook is shown nowhere', async () => {
    configure(`{ url: '${url}', sandbox: true }`, `echo ${PATH}`)
    const { stdout } = await shipit('config')
    assert.match(stdout, /^notify\.url +https:\/\/localhost:\d+\/… /m)
    await shipit('config --json')
    configure(`{ command: ['curl', '-d@-', '${url}'], sandbox: true }`)
    assert.match((await shipit('config')).stdout, /^notify\.command +curl, -d@-, \*\*\* /m)
    configure(`{ url: '${url}', sandbox: true }`, `echo ${PATH}`)
    assert.match((await shipit('deploy')).stdout, /\*\*\*/)
    configure(`{ url: '${url}', on: ['faild'] }`)
    const wrong = await shipit('deploy')
    assert.equal(wrong.status, 78)
    assert.match(wrong.stderr, /notify\.on\[0\] must be one of .* Did you mean 'failed'\?/s)
  })
})
