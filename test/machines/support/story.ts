// What is done on each machine, in this order. Each step says what must be true after it, and throws if it is not.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../run-node.ts'
import { Denials } from './denials.ts'
import { type Machine, type Ran, runProgram } from './machine.ts'
import { MachineProject } from './machine-project.ts'

const SCENARIO = join(root, 'test/hosts/lab/scenario')
/** sudo-rs and its visudo in the place of sudo and visudo */
const WITH_SUDO_RS = `
mv /usr/bin/sudo /usr/bin/sudo.ws && ln -s ../lib/cargo/bin/sudo /usr/bin/sudo
mv /usr/sbin/visudo /usr/sbin/visudo.ws && ln -s ../lib/cargo/bin/visudo /usr/sbin/visudo
`
/** As the administrator has it: apache, what SELinux lets it run, and a file that restorecon has something to say of. */
const PREPARED = `
systemctl restart apache2
echo label >/srv/wrong-label
selinuxenabled || exit 0
setsebool -P httpd_enable_cgi on
chcon -t etc_t /srv/wrong-label
`
/** Services of the app: one that comes up again when a reload ends it, which it does if BREAKS is there, and one that knows no reload. */
const BREAKS = '/srv/shop-breaks'
const SERVICES = `
cat >/etc/systemd/system/shop.service <<'END'
[Service]
User=www-data
ExecStart=/bin/sh -c 'trap : HUP; while :; do sleep 1 & wait; done'
ExecReload=/bin/sh -c 'if [ -e ${BREAKS} ]; then (sleep 1; kill -KILL $MAINPID) & else kill -HUP $MAINPID; fi'
Restart=always
RestartSec=200ms
END
sed '/^ExecReload/d' /etc/systemd/system/shop.service >/etc/systemd/system/shop-still.service
install -o nobody -m 0644 /etc/systemd/system/shop.service /etc/systemd/system/shop-theirs.service
chmod 0666 /etc/systemd/system/shop-theirs.service
systemctl daemon-reload
systemctl start shop
`
/** What an administrator does who labels a folder by hand. In Debian 13 the system's own policy denies semanage much, and sshd its lastlog. */
const BY_HAND = `
sudo sh -ec 'selinuxenabled || exit 0
  mkdir /srv/by-hand
  semanage fcontext -a -t httpd_sys_content_t "/srv/by-hand(/.*)?"
  restorecon -R /srv/by-hand
  semanage fcontext -d "/srv/by-hand(/.*)?"
  rmdir /srv/by-hand' 2>&1
`
const VERSIONS = `
echo "Linux $(uname -r | cut -d. -f1,2)"
systemctl --version | sed -n '1s/ (.*//p'
sudo --version 2>&1 | sed '1!d; s/Sudo version/sudo/'
ssh -V 2>&1 | sed 's/_/ /; s/[ ,]*Debian.*//; s/p[0-9]*,.*//; s/p[0-9]$//'
git --version | sed 's/ version//'
`
const LEFT = `
ls -d /etc/shipit /usr/local/libexec/shipit /usr/local/bin/shipit-gate /etc/ssh/authorized_keys.d/carol /etc/ssh/sshd_config.d/50-shipit.conf /etc/sudoers.d/shipit-codebase 2>/dev/null
! command -v semanage >/dev/null || semanage fcontext -l -C | grep -e shipit -e codebase
visudo -c >/dev/null || echo 'sudoers is not valid'
getent passwd carol deploybot build-codebase read-codebase
true
`

/** What a deploy of nothing leaves as it was. */
const PUBLISHED = `find /var/codebase -printf '%p %i %T@ %m %u\\n' | sort`

export class Story {
  readonly #machine: Machine
  readonly #project: MachineProject
  readonly #denials: Denials
  readonly #sudoRs: boolean
  readonly hasSelinux: boolean
  /** the number of a hole that this machine's sudo has */
  readonly hole: string | undefined

  constructor(
    machine: Machine,
    { sudoRs = false, selinux, hole }: { sudoRs?: boolean; selinux: boolean; hole?: string },
  ) {
    this.#machine = machine
    this.#project = new MachineProject(machine)
    this.#denials = new Denials(machine)
    this.#sudoRs = sudoRs
    this.hasSelinux = selinux
    this.hole = hole
  }

  /** The company of the story: its repository and web server. What SELinux denies until here is none of ours, nor is its like later. */
  async begin(): Promise<void> {
    if (this.#sudoRs) await this.#machine.output(WITH_SUDO_RS)
    const env = { SCENARIO_SSH_CONFIG: this.#machine.sshConfig }
    must(await runProgram(SCENARIO, [this.#machine.name], { env }))
    await this.#machine.output(PREPARED)
    await this.#machine.output(SERVICES)
    this.write({ people: this.carol })
    must(await this.#machine.run(BY_HAND, 'admin'))
    await this.#machine.logInAtTerminal('admin')
    await this.#denials.learn()
  }

  /** Writes the config again. */
  write(config: Parameters<MachineProject['write']>[0]): void {
    this.#project.write(config)
  }

  /** The person of the config, with her key. */
  get carol(): Record<string, string[]> {
    return { carol: [readFileSync(join(this.#machine.keys, 'carol.pub'), 'utf8').trim()] }
  }

  /** Who `--to` logs in as, and where. */
  get admin(): string {
    return `admin@${this.#machine.name}`
  }

  end(): void {
    this.#project.remove()
  }

  async versions(): Promise<string> {
    return (await this.#machine.output(VERSIONS)).replaceAll('\n', ', ')
  }

  denials(): Promise<string[]> {
    return this.hasSelinux ? this.#denials.next() : Promise.resolve([])
  }

  async shipit(...words: string[]): Promise<string> {
    return must(await this.#project.shipit(...words))
  }

  /** Runs shipit while a reload of the app's service ends it; says what it printed, and how it ended. */
  async shipitWhileReloadsBreak(...words: string[]): Promise<Ran> {
    await this.#machine.output(`touch ${BREAKS}`)
    try {
      return await this.#project.shipit(...words)
    } finally {
      await this.#machine.output(`rm ${BREAKS}`)
    }
  }

  /** Runs a script there, which may fail. */
  tryOn(script: string, person: string): Promise<Ran> {
    return this.#machine.run(script, person)
  }

  /** Every published file: what a deploy of nothing leaves as it was. */
  published(): Promise<string> {
    return this.#machine.output(PUBLISHED)
  }

  /** What an uninstall should have removed. */
  left(): Promise<string> {
    return this.#machine.output(LEFT)
  }

  /** `install.sh --check`, which must find nothing to change. */
  async check(): Promise<void> {
    assert.match(must(await this.tryInstall('--check')), /nothing differs/)
  }

  /** Runs the install script, which may refuse. */
  async tryInstall(...words: string[]): Promise<Ran> {
    const script = await this.shipit('install', 'production', '--one-file')
    return this.#machine.run(`cat >/root/install.sh <<'END OF THE SCRIPT'
${script}END OF THE SCRIPT
sh /root/install.sh ${words.join(' ')}`)
  }

  /** A page of the machine's own web server. */
  page(path: string): Promise<string> {
    return this.#machine.output(`curl -sS http://127.0.0.1${path}`)
  }
}

function must({ status, stdout, stderr }: Ran): string {
  assert.equal(status, 0, stdout + stderr)
  return stdout
}
