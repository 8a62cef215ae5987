// Releases and checks on a real host: over real sshd and sudo, in front of a real web server.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { isWhole, wholeOnly } from '../support/whole.ts'
import { hostsSuite, type RunResult } from './support/lab.ts'
import { Project } from './support/project.ts'
import { pushColours, switchUnderReader } from './support/switch-loop.ts'

/** The long form is in test/faults. */
const LOOP = { deploys: 4, switches: { count: 16, step: 4 } }
const STATE = '/var/lib/shipit/apps/codebase'

/** What builds the app counts how often it did. */
const steps = (check: string) => `
    git(),
    shell('echo build >>${STATE}/builds', { name: 'build', phase: 'prepare' }),
    releases({ root: '/var/app', keep: 5, from: 'src/', shared: ['uploads'] }),
    ${check}
`
const CHECK =
  "root(['/usr/sbin/apachectl', 'graceful']), check('http://localhost:8080/page', { text: 'ok', retries: 1, grace: 1, timeout: 5 ROLLBACK }),"

hostsSuite('releases on a real host', { hosts: 1 }, (lab) => {
  let project: Project
  const install = async (check: string) => {
    project?.remove()
    project = new Project({ lab, hosts: ['web1'], steps: steps(check) })
    return project.install('web1')
  }
  before(async () => {
    await lab.scenario('web1')
    await lab.output(
      'web1',
      `printf 'Listen 8080\\n<VirtualHost *:8080>\\nDocumentRoot /var/app/current\\n<Directory /var/app>\\nRequire all granted\\nOptions +FollowSymLinks\\n</Directory>\\n</VirtualHost>\\n' >/etc/apache2/sites-available/app.conf
      a2ensite -q app && apachectl restart`,
    )
    await pushColours(lab, 'web1')
  })
  after(() => project.remove())

  const push = (page: string) =>
    lab.output(
      'web1',
      `cd /root/work && { git checkout -q page 2>/dev/null || git checkout -q -b page origin/master; } &&
      echo '${page}' >src/page && git add . &&
      git -c user.name=a -c user.email=a@b commit -q --allow-empty -m page && git push -q origin page`,
    )
  const deploy = async (page: string): Promise<RunResult> => {
    await push(page)
    return project.shipit('deploy', 'production', '--branch', 'page')
  }
  const rollback = () => project.shipit('rollback', 'production', '--yes')
  const page = () => lab.output('web1', 'curl -s --retry 5 --retry-connrefused http://localhost:8080/page')
  const builds = async () => Number(await lab.output('web1', `wc -l <${STATE}/builds`))
  const said = ({ stdout, stderr }: RunResult) => stdout + stderr

  test('root gives the folder to deploybot, and apache shows the release of a deploy', async () => {
    assert.match(await install(''), /install: done$/)
    assert.equal(await lab.output('web1', 'stat -c "%U %a" /var/app'), 'deploybot 755')
    const first = await deploy('ok 1')
    assert.equal(first.status, 0, said(first))
    assert.equal(await page(), 'ok 1')
    assert.match(
      await lab.output('web1', 'readlink /var/app/current'),
      /^releases\/[0-9TZ]{16}-[0-9a-f]{16}$/,
    )
    assert.equal(await lab.output('web1', 'readlink /var/app/current/uploads'), '../../shared/uploads')
  })

  test(`a reader in a tight loop sees a whole release at every moment of ${LOOP.deploys + LOOP.switches.count} switches`, async () => {
    await switchUnderReader(lab, 'web1', LOOP)
    assert.equal(await lab.output('web1', 'ls /var/app/releases | wc -l'), '5')
    const lost = 'for link in current previous; do test -e /var/app/$link/f1 || echo $link; done'
    assert.equal(await lab.output('web1', lost), '')
  })

  test(
    'after good, good, bad, good, bad a rollback goes to the right one each time, without a build',
    wholeOnly,
    async () => {
      assert.match(await install(CHECK.replace(' ROLLBACK', '')), /install: done$/)
      for (const [text, status] of [
        ['ok 1', 0],
        ['ok 2', 0],
        ['bad 3', 1],
        ['ok 4', 0],
        ['bad 5', 1],
      ] as const) {
        const result = await deploy(text)
        assert.equal(result.status, status, said(result))
        assert.equal(await page(), text)
        if (status === 0) continue
        assert.match(result.stdout, /check localhost:8080\/page failed with status 1/)
        assert.match(result.stdout, /answers with status 200, but without the text 'ok'/)
        assert.match(result.stdout, /\/var\/app\/current is at [0-9a-f]{12}$/m)
        assert.match(result.stdout, /Or go back to the last good run, if there is one:\n +shipit rollback/)
      }
      const before = await builds()
      for (const text of ['ok 4', 'ok 2', 'ok 1']) {
        const result = await rollback()
        assert.equal(result.status, 0, said(result))
        assert.match(result.stdout, /build: skipped \(the release is kept\)/)
        assert.equal(await page(), text)
      }
      assert.equal(await builds(), before)
    },
  )

  test('a check that fails makes the host go back by itself, and the client says so', async () => {
    assert.match(await install(CHECK.replace('ROLLBACK', ", onFailure: 'rollback'")), /install: done$/)
    assert.equal((await deploy('ok 6')).status, 0)
    const before = await builds()
    const result = await deploy('bad 7')
    assert.equal(result.status, 1, said(result))
    assert.match(result.stdout, /going back to run .*: switch \.\.\. ok/)
    assert.match(result.stdout, /the host went back by itself to run [0-9a-f]{7}$/m)
    assert.equal(await page(), 'ok 6')
    // its own build, and none on the way back
    assert.equal(await builds(), before + 1)
    const { status, lastRun } = JSON.parse((await project.shipit('status', '--json')).stdout)
    assert.equal(status.live.how, 'complete')
    assert.notEqual(status.live.run, lastRun.run)
    assert.equal(await lab.output('web1', `test -e ${STATE}/runs/${lastRun.run}/bad && echo bad`), 'bad')
  })

  test('a path becomes shared with what the web server wrote, which root takes over by the command of the log', async () => {
    await lab.output(
      'web1',
      `cd /var/app/current && rm uploads && mv ../../shared/uploads ../../shared/gone && mkdir uploads && touch uploads/of-users &&
      chown -R www-data: uploads`,
    )
    const refused = await deploy('ok, shared')
    assert.equal(refused.status, 1, said(refused))
    assert.match(refused.stdout, /uploads belongs to another account: nothing was changed/)
    const commands = refused.stdout.match(/(?:mkdir -p -m|cp -a|sudo -u) .*$/gm) ?? []
    // root writes in no folder of deploybot's
    assert.deepEqual(
      commands.map((line) => line.replace(/releases\/\S+\//, 'releases/RUN/')),
      [
        'mkdir -p -m 0755 /var/lib/codebase',
        'cp -a -T /var/app/releases/RUN/uploads /var/lib/codebase/uploads',
        "sudo -u deploybot sh -c 'umask 022; mkdir -p /var/app/shared && ln -s /var/lib/codebase/uploads /var/app/shared/uploads'",
      ],
    )
    await lab.output('web1', commands.join('; '))
    // what was uploaded meanwhile
    await lab.output('web1', 'sudo -u www-data touch /var/app/current/uploads/later')
    const again = await deploy('ok, shared')
    assert.equal(again.status, 1, said(again))
    const [copy = ''] = /sudo -u www-data cp .*$/m.exec(again.stdout) ?? []
    await lab.output('web1', copy)
    const deployed = await deploy('ok, shared')
    assert.equal(deployed.status, 0, said(deployed))
    assert.equal(
      await lab.output(
        'web1',
        'cd /var/app/current && readlink uploads && stat -c %U uploads/of-users uploads/later',
      ),
      '../../shared/uploads\nwww-data\nwww-data',
    )
  })

  test('a host with wget alone checks as well; with neither, nothing is installed', async () => {
    await lab.output('web1', 'mv /usr/bin/curl /root/curl')
    const { status, stderr } = await lab.exec('web1', 'sh -s', { input: project.installScript() })
    assert.equal(status, 1)
    assert.match(stderr, /install these first:.* curl\|wget/)
    // test/remote/step/running/check.test.ts asks by wget in the short form
    if (isWhole) {
      await lab.output(
        'web1',
        'printf "#!/bin/sh\\nexec busybox wget \\"\\$@\\"\\n" >/usr/bin/wget; chmod 755 /usr/bin/wget',
      )
      assert.equal((await deploy('ok 8')).status, 0)
      assert.equal((await deploy('bad 9')).status, 1)
      assert.equal(
        await page().catch(() => lab.output('web1', 'busybox wget -qO - http://localhost:8080/page')),
        'ok 8',
      )
    }
    await lab.output('web1', 'mv /root/curl /usr/bin/curl; rm -f /usr/bin/wget')
  })

  test('a file that releases share is made by root, and nothing is published without it', async () => {
    project?.remove()
    const shared = "shared: ['uploads', { file: 'conf/app.env' }]"
    project = new Project({ lab, hosts: ['web1'], steps: steps('').replace("shared: ['uploads']", shared) })
    const commands = ({ stdout, stderr }: RunResult) =>
      (stdout + stderr).match(/^ *(?:sudo -u|install -m|mkdir -p) .*$/gm) ?? []
    const make = [
      'mkdir -p -m 0755 /etc/codebase',
      'install -m 0400 -o USER FILE /etc/codebase/conf-app.env',
      "sudo -u deploybot sh -c 'umask 022; mkdir -p /var/app/shared/conf && ln -s /etc/codebase/conf-app.env /var/app/shared/conf/app.env'",
    ]
    const installed = await lab.exec('web1', 'sh -s', { input: project.installScript() })
    assert.deepEqual(commands(installed), make)
    const before = await page()
    await push('ok 9')
    const plan = await project.shipit('plan', 'production', '--branch', 'page')
    assert.match(plan.stdout, /release would fail/)
    assert.deepEqual(
      commands(plan).map((line) => line.trim()),
      make,
    )
    const doctor = await project.shipit('doctor', 'production')
    assert.match(said(doctor), /\/var\/app\/shared\/conf\/app\.env.* does not exist, and releases share it/s)
    const refused = await deploy('ok 9')
    assert.equal(refused.status, 1, said(refused))
    assert.match(
      said(refused),
      /app\.env does not exist, and the recipe shares a file there: nothing was published/,
    )
    assert.equal(await page(), before)
    // as a root who is careful
    await lab.output(
      'web1',
      `umask 077; echo secret >/root/env; ${make.join('; ').replace('USER FILE', 'www-data /root/env')}`,
    )
    const deployed = await deploy('ok 9')
    assert.equal(deployed.status, 0, said(deployed))
    assert.equal(
      await lab.output(
        'web1',
        'cd /var/app/current && readlink conf/app.env && stat -c "%U %a" -L conf/app.env',
      ),
      '../../../shared/conf/app.env\nwww-data 400',
    )
    assert.deepEqual(commands(await lab.exec('web1', 'sh -s', { input: project.installScript() })), [])
  })

  test('a file of root in a folder that is closed to deploybot counts as there', wholeOnly, async () => {
    const there = '/var/app/shared/conf'
    await lab.output('web1', `chmod 0700 /etc/codebase; chown www-data ${there}; chmod 0700 ${there}`)
    for (const closed of ['both', 'the link is in sight']) {
      if (closed !== 'both') await lab.output('web1', `chmod 0755 ${there}`)
      const deployed = await deploy(`ok ${closed}`)
      assert.equal(deployed.status, 0, said(deployed))
      assert.doesNotMatch((await project.shipit('doctor', 'production')).stdout, /app\.env/)
      // what belongs to the application is to stay so
      const installed = await lab.exec('web1', 'sh -s', { input: project.installScript() })
      assert.doesNotMatch(said(installed), /shared\S* does not belong to deploybot/)
    }
    // a release from before the file was shared, with one of its own
    await lab.output('web1', `chmod 0700 ${there}`)
    const older = await lab.output(
      'web1',
      `cd /var/app/releases && for each in *; do [ -e "$each/conf" ] || older=$each; done && echo "$older" &&
      sudo -u deploybot sh -c "mkdir $older/conf && echo own >$older/conf/app.env"`,
    )
    const back = await project.shipit('rollback', 'production', '--yes', '--to', older)
    assert.equal(back.status, 0, said(back))
    assert.equal(
      await lab.output('web1', 'cd /var/app/current/conf && cat app.env app.env.before-shared'),
      'secret\nown',
    )
    assert.equal((await deploy('ok again')).status, 0)
  })
})
