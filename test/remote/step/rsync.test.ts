import assert from 'node:assert/strict'
import { lstatSync, readdirSync, readlinkSync, rmSync, statSync, symlinkSync, watch } from 'node:fs'
import { after, describe, it } from 'node:test'
import { git, rsync, shell } from '../../../src/recipe/steps.ts'
import {
  type HostOptions,
  inTurn,
  ONE_SHELL,
  outcomeOf,
  RenderedHost,
  SHELLS,
  whyNotShell,
} from '../support/rendered-host.ts'

const SITE = '/var/codebase/src'
const FROM_TO = { from: 'src/', to: `${SITE}/`, delete: true }
const DAY = 86400

describe('the rsync step', { concurrency: true }, () => {
  const hosts: RenderedHost[] = []
  after(() => {
    for (const host of hosts) host.remove()
  })
  const makeHost = (
    steps: NonNullable<HostOptions['steps']>,
    name = ONE_SHELL,
    before: Record<string, string> = {},
  ) => {
    const host = new RenderedHost({ shell: name, steps, before })
    hosts.push(host)
    return host
  }
  const deploy = async (host: RenderedHost, files: Record<string, string>) => {
    host.commit('master', files)
    const answer = await host.deploy()
    assert.equal(answer.status, 0, answer.output)
    return answer
  }

  for (const name of Object.keys(SHELLS)) {
    describe(`under ${name}`, { skip: whyNotShell(name), concurrency: true }, () => {
      const it = inTurn(name)
      it('does not forget that files of another folder lack their time because grep was ended', async () => {
        const host = makeHost([git(), rsync(FROM_TO)], name, {
          grep: 'case "$*" in "-vxF "*) exit 137 ;; esac\nexec "$real" "$@"',
        })
        const untimed = `${host.state.slice(host.prefix.length)}/untimed`
        host.write(untimed, '/elsewhere/\n')
        host.commit('master', { 'src/f': 'f' })
        assert.equal((await host.deploy()).status, 1)
        assert.match(host.read(untimed), /^\/elsewhere\/\n/)
      })

      it('touches nothing of what is excluded, whatever its type here and there, and refuses to cut it off', async () => {
        const exclude = ['/uploads/', 'logs/', '/data/*/kept/', 'deep/down/***']
        const host = makeHost([git(), rsync({ ...FROM_TO, exclude })], name)
        host.write(`${SITE}/uploads/u`, 'u')
        host.write(`${SITE}/data/a/kept/k`, 'k')
        host.write('/elsewhere/logs/l', 'l')
        host.write('/elsewhere/a/kept/k', 'k')
        host.folder(`${SITE}/x`)
        symlinkSync(host.path('/elsewhere/logs'), host.path(`${SITE}/x/logs`))
        const first = await deploy(host, {
          'src/f': 'f',
          'src/uploads': 'a file',
          'src/x/logs/of-the-commit': 'l',
        })
        assert.match(first.output, /left out by exclude: uploads\n/)
        await deploy(host, { 'src/uploads': '-> f', 'src/x/logs/of-the-commit': '', 'src/x/logs': 'a file' })
        assert.equal(host.read(`${SITE}/uploads/u`), 'u')
        assert.equal(host.read(`${SITE}/data/a/kept/k`), 'k')
        assert.equal(readlinkSync(host.path(`${SITE}/x/logs`)), host.path('/elsewhere/logs'))
        rmSync(host.path(`${SITE}/data`), { recursive: true })
        symlinkSync(host.path('/elsewhere'), host.path(`${SITE}/data`))
        // neither by a deletion, nor by a folder in its place
        for (const files of [{ 'src/f': 'g' }, { 'src/data/new': 'n' }]) {
          host.commit('master', files)
          const answer = await host.deploy()
          assert.deepEqual([answer.status, outcomeOf(answer).reason], [1, 'impossible'], answer.output)
          assert.match(
            answer.output,
            /'\/data\/\*\/kept' of exclude is reached by the symlink .*\/src\/data, .* nothing was changed/,
          )
          assert.equal(host.read(`${SITE}/f`), 'f')
        }
        // a symlink that leads to nothing of the kind is the commit's to change
        rmSync(host.path('/elsewhere/a'), { recursive: true })
        await deploy(host, {})
        assert.deepEqual(readdirSync(host.path(`${SITE}/data`)), ['new'])
      })

      it("leaves a file that did not change its time, and gives the others the commit's", async () => {
        const build = shell('echo "built" >src/made; cp version src/made-anew', { phase: 'prepare' })
        const host = makeHost([git(), build, rsync(FROM_TO)], name)
        const start = host.commitTime
        const odd = ['n\new', '\\#012', 'ä', ' blank', '%s\\n', 'd/x']
        const times = (names: readonly string[]) =>
          names.map((each) => Math.floor(lstatSync(host.path(`${SITE}/${each}`)).mtimeMs / 1000) - start)
        const files = (text: string) => Object.fromEntries(odd.map((each) => [`src/${each}`, text]))
        await deploy(host, { version: '1', 'src/same': 's', 'src/old': 'o', ...files('one') })
        assert.deepEqual(new Set(times(['same', 'old', 'made', 'made-anew', ...odd])), new Set([0]))
        host.commitTime += DAY
        await deploy(host, { version: '2', 'src/new': 'n', 'src/x': '#!run', ...files('two') })
        assert.deepEqual(times(['same', 'made', 'old']), [0, 0, 0])
        assert.deepEqual(new Set(times(['made-anew', 'new', 'x', ...odd])), new Set([DAY]))
        // what a run that was ended may have left is put right by the next
        host.run('touch', [host.path(`${SITE}/old`)])
        host.write('/var/lib/shipit/apps/codebase/untimed', `${host.path(SITE)}/\n`)
        await deploy(host, {})
        assert.deepEqual(times(['old', 'new']), [DAY, DAY])
        assert.equal(host.read('/var/lib/shipit/apps/codebase/untimed'), '')
      })
    })
  }

  it('puts new files in place before what leads to them, and deletes last', async () => {
    const host = makeHost([git(), rsync(FROM_TO)])
    await deploy(host, { 'src/a.html': 'needs b', 'src/b.old.js': 'b' })
    const seen: string[] = []
    const watcher = watch(host.path(SITE), (_, name) => {
      if (name !== null && !name.startsWith('.') && !seen.includes(name)) seen.push(name)
    })
    await deploy(host, { 'src/a.html': 'needs z', 'src/b.old.js': '', 'src/z.new.js': 'z' })
    while (seen.length < 3) await new Promise((done) => setTimeout(done, 10))
    watcher.close()
    assert.deepEqual(seen, ['z.new.js', 'a.html', 'b.old.js'])
  })

  it('publishes no folder without a file, unless the config says that it may be empty', async () => {
    const clear = shell('[ ! -e clear ] || { rm -r src; mkdir -p src/d; }', { phase: 'prepare' })
    const host = makeHost([git(), clear, rsync(FROM_TO)])
    await deploy(host, { 'src/f': 'f' })
    host.commit('master', { clear: 'c' })
    const answer = await host.deploy()
    assert.deepEqual([answer.status, outcomeOf(answer).reason], [1, 'impossible'], answer.output)
    assert.match(answer.output, /'src\/' has no file in it: nothing was changed.*mayBeEmpty: true/)
    assert.equal(host.read(`${SITE}/f`), 'f')
    const other = makeHost([git(), clear, rsync({ ...FROM_TO, mayBeEmpty: true })])
    other.write(`${SITE}/f`, 'f')
    await deploy(other, { clear: 'c', 'src/f': 'f' })
    assert.deepEqual(readdirSync(other.path(SITE)), ['d'])
  })

  it('gives what a step made the modes that git would give it', async () => {
    const make = shell(
      'umask 077; mkdir src/d; echo 1 >src/d/f; cp src/d/f src/d/run; chmod 0711 src/d/run',
      {
        phase: 'prepare',
      },
    )
    const host = makeHost([git(), make, rsync(FROM_TO)])
    await deploy(host, { 'src/f': 'f' })
    const modes = ['d', 'd/f', 'd/run'].map((each) => statSync(host.path(`${SITE}/${each}`)).mode & 0o7777)
    assert.deepEqual(modes, [0o755, 0o644, 0o755])
  })
})
