// Hosts on which no request is answered, each for another reason: what is said is what was seen there, in the host's own words.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { hostsSuite } from './support/lab.ts'
import { Project } from './support/project.ts'

type Cause = { what: string; breaks: string; mends: string; exit: number; says: RegExp }

const CAUSES: readonly Cause[] = [
  {
    what: 'sudo wants a terminal since the install',
    breaks: 'echo "Defaults requiretty" >/etc/sudoers.d/zz',
    mends: 'rm /etc/sudoers.d/zz',
    exit: 77,
    says: /sudo on 'web1' did not start the runner for 'alice': sudo: sorry, you must have a tty to run sudo/,
  },
  {
    what: 'a later rule asks for a password',
    breaks: 'echo "%deployers ALL=(ALL) ALL" >/etc/sudoers.d/zz',
    mends: 'rm /etc/sudoers.d/zz',
    exit: 77,
    says: /sudo on 'web1' did not start the runner for 'alice': sudo: a password is required/,
  },
  {
    what: 'sudo is not setuid',
    breaks: 'chmod u-s /usr/bin/sudo',
    mends: 'chmod u+s /usr/bin/sudo',
    exit: 76,
    says: /shipit: \/usr\/bin\/sudo is not setuid on this host/,
  },
  {
    what: 'there is no sudo',
    breaks: 'mv /usr/bin/sudo /root/sudo',
    mends: 'mv /root/sudo /usr/bin/sudo',
    exit: 76,
    says: /shipit: this account cannot run \/usr\/bin\/sudo on this host/,
  },
  {
    what: 'the recipes are not for others to read',
    breaks: 'chmod 700 /etc/shipit/apps',
    mends: 'chmod 755 /etc/shipit/apps',
    exit: 76,
    says: /shipit: cannot read the app's recipe on this host/,
  },
  {
    what: 'the account is in no group of the policy',
    breaks: 'gpasswd -d alice deployers',
    mends: 'gpasswd -a alice deployers',
    exit: 77,
    says: /no app on this host has a group that this account is in/,
  },
  {
    what: 'the account has no shell',
    breaks: 'usermod -s /usr/sbin/nologin alice',
    mends: 'usermod -s /bin/bash alice',
    exit: 69,
    says: /'web1' lets 'alice' log in, but runs no command for that account \(status 1\): This account is currently not available/,
  },
  {
    what: 'the password has expired',
    breaks: 'chage -d 0 alice',
    mends: 'chage -d 20000 alice',
    exit: 69,
    says: /runs no command for that account \(status 1\): .*(?:expired|Password change required)/,
  },
  {
    what: 'the account has expired',
    breaks: 'chage -E 0 alice',
    mends: 'chage -E -1 alice',
    exit: 69,
    says: /closed the connection in the middle of the login as 'alice': Your account has expired/,
  },
  {
    what: 'nobody may log in for now',
    breaks: 'echo "back at nine" >/etc/nologin',
    mends: 'rm /etc/nologin',
    exit: 69,
    says: /closed the connection in the middle of the login as 'alice': back at nine/,
  },
  {
    what: 'the PATH lacks the gate',
    breaks: 'echo "PATH=/usr/bin:/bin" >/home/alice/.bashrc',
    mends: 'rm /home/alice/.bashrc',
    exit: 77,
    says: /the shell of 'alice' on 'web1' does not find shipit-gate, although shipit is installed/,
  },
  {
    what: 'a login file starts a shell that is missing',
    breaks: 'echo "exec zsh" >/home/alice/.bashrc',
    mends: 'rm /home/alice/.bashrc',
    exit: 69,
    says: /runs no command for that account \(status 127\): .*zsh: not found/,
  },
  {
    what: 'shipit is not there',
    breaks: 'mv /usr/local/libexec/shipit /root/; mv /usr/local/bin/shipit-gate /root/',
    mends: 'mv /root/shipit /usr/local/libexec/; mv /root/shipit-gate /usr/local/bin/',
    exit: 77,
    says: /shipit is not installed on 'web1'/,
  },
]

hostsSuite('a request that nothing answers', { hosts: 1 }, (lab) => {
  let project: Project
  before(async () => {
    await lab.scenario('web1')
    project = new Project({ lab, hosts: ['web1'] })
    await project.install('web1')
  })
  after(() => project.remove())

  for (const { what, breaks, mends, exit, says } of CAUSES) {
    test(`since ${what}`, async () => {
      await lab.output('web1', breaks)
      const { status, stdout, stderr } = await project.shipit('status')
      await lab.output('web1', mends)
      assert.match(stdout + stderr, says)
      assert.equal(status, exit)
      const isOf = (advice: RegExp) => advice.test(stdout + stderr)
      assert.equal(isOf(/usermod -aG|to the group/), /has a group that/.test(says.source), stdout + stderr)
      assert.equal(
        isOf(/Have root install it:/),
        /shipit is not installed on/.test(says.source),
        stdout + stderr,
      )
    })
  }

  test('and it is answered once all is mended', async () => {
    assert.equal((await project.shipit('status')).status, 0)
  })
})
