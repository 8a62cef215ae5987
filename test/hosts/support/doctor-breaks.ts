// Ways to break a host, and what doctor must say of each.
import { isWhole } from '../../support/whole.ts'

export const LIBEXEC = '/usr/local/libexec/shipit'
const APP = '/etc/shipit/apps/codebase'
export const STATE = '/var/lib/shipit/apps/codebase'

const RELOAD = 'kill -HUP "$(cat /run/sshd.pid)"; sleep 0.1; until [ -s /run/sshd.pid ]; do sleep 0.05; done'

/** What root breaks and how it is mended; what doctor must name, and what it must say to do. */
type Break = { what: string; breaks: string; mends: string; names: RegExp; todo: RegExp }

/** In the long form alone: test/operations/doctor has them too, or others like them stand below. */
const MORE: readonly (readonly Break[])[] = [
  [
    {
      what: 'a later rule of sudoers that asks for a password',
      breaks: "echo '%deployers ALL=(ALL) ALL' >/etc/sudoers.d/zz && chmod 0440 /etc/sudoers.d/zz",
      mends: 'rm /etc/sudoers.d/zz',
      names:
        /broken: the sudo rules of alice have '\(deploybot\) NOPASSWD: \S+', which is not in force: '\(ALL\) ALL' comes later and asks for a password/,
      todo: /sh install\.sh --check/,
    },
  ],
  [
    {
      what: 'a deploy account that is locked',
      breaks: 'usermod -e 1 deploybot',
      mends: "usermod -e '' deploybot",
      names: /broken: deploybot is locked: nothing can run as it/,
      todo: /it says what locked the account/,
    },
  ],
  [
    {
      what: 'a recipe that a group may write',
      breaks: `chmod g+w ${APP}/recipe`,
      mends: `chmod g-w ${APP}/recipe`,
      names: /broken: \/etc\/shipit\/apps\/codebase\/recipe is 0664 root:root, not 0644 root:root/,
      todo: /sh install\.sh --check/,
    },
    {
      what: 'a program among its own that others may write',
      breaks: `chmod 0777 ${LIBEXEC}/step`,
      mends: `chmod 0755 ${LIBEXEC}/step`,
      names: /broken: \/usr\/local\/libexec\/shipit\/step is 0777 root:root/,
      todo: /sh install\.sh --check/,
    },
  ],
]

/** By turns: those of one turn hide nothing of each other, and doctor is asked once about all of them. */
export const BREAKS: readonly (readonly Break[])[] = [
  [
    {
      what: 'a gate that was changed',
      breaks: `cp -p ${LIBEXEC}/gate /root/gate && echo '# x' >>${LIBEXEC}/gate`,
      mends: `cp -p /root/gate ${LIBEXEC}/gate`,
      names: /broken: \/usr\/local\/libexec\/shipit\/gate was changed: its checksum/,
      todo: /sh install\.sh --check/,
    },
    {
      what: 'no rsync',
      breaks: 'mv /usr/bin/rsync /root/rsync',
      mends: 'mv /root/rsync /usr/bin/rsync',
      names: /broken: rsync is missing, and the recipe needs it/,
      todo: /package manager/,
    },
    {
      what: 'a published folder that is root’s',
      breaks: 'chown root:root /var/codebase/src',
      mends: 'chown deploybot:deploybot /var/codebase/src',
      names: /broken: \/var\/codebase\/src is 0755 root:root, not 0755 deploybot:deploybot/,
      todo: /sh install\.sh/,
    },
    {
      what: 'a line of sudoers that keeps the environment',
      breaks:
        "cp -p /etc/sudoers.d/shipit-codebase /root/sudoers && sed -i 's/^%.*NOPASSWD:/&SETENV:/' /etc/sudoers.d/shipit-codebase",
      mends: 'cp -p /root/sudoers /etc/sudoers.d/shipit-codebase',
      names:
        /broken: the sudo rules of alice also have '\(deploybot\) [A-Z: ]*SETENV: .*the caller chooses the environment/,
      todo: /remove it/,
    },
    {
      what: 'deploybot in a second group',
      breaks: 'usermod -aG www-data deploybot',
      mends: 'gpasswd -d deploybot www-data',
      names: /broken: deploybot is also in the group www-data/,
      todo: /gpasswd -d deploybot www-data/,
    },
    {
      what: 'KillUserProcesses',
      breaks:
        "mkdir -p /etc/systemd/logind.conf.d && printf '[Login]\\nKillUserProcesses=yes\\n' >/etc/systemd/logind.conf.d/50-kill.conf",
      mends: 'rm -r /etc/systemd/logind.conf.d',
      names: /broken: KillUserProcesses is on: when the session of 'alice' ends/,
      todo: /KillUserProcesses=no/,
    },
    {
      what: 'no lines for sshd',
      breaks: 'mv /etc/ssh/sshd_config.d/50-shipit.conf /root/sshd',
      mends: 'mv /root/sshd /etc/ssh/sshd_config.d/50-shipit.conf',
      names: /broken: \/etc\/ssh\/sshd_config\.d\/50-shipit\.conf is missing/,
      todo: /sh install\.sh/,
    },
  ],
  [
    {
      what: 'a lock file that is missing',
      breaks: `mv ${APP}/lock /root/lock`,
      mends: `mv /root/lock ${APP}/lock`,
      names: /broken: the lock file of the app is missing/,
      todo: /run the install script again: until then, no deploy can start/,
    },
    {
      what: 'no git',
      breaks: 'mv /usr/bin/git /root/git',
      mends: 'mv /root/git /usr/bin/git',
      names: /broken: git is missing, and the recipe needs it/,
      todo: /package manager/,
    },
    {
      what: 'a folder above it that everybody may write',
      breaks: 'chmod 0777 /var/codebase',
      mends: 'chmod 0755 /var/codebase',
      names: /broken: \/var\/codebase is writable by others \(0777\)/,
      todo: /chown root: \/var\/codebase && chmod go-w \/var\/codebase/,
    },
    {
      what: 'a line of sudoers that allows all',
      breaks: "echo 'alice ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/zz && chmod 0440 /etc/sudoers.d/zz",
      mends: 'rm /etc/sudoers.d/zz',
      names: /broken: the sudo rules of alice also have '\(ALL\) NOPASSWD: ALL'/,
      todo: /remove it/,
    },
    {
      what: 'a root step that sudoers does not have',
      breaks:
        "cp -p /etc/sudoers.d/shipit-codebase /root/sudoers && sed -i '/apachectl/d' /etc/sudoers.d/shipit-codebase",
      mends: 'cp -p /root/sudoers /etc/sudoers.d/shipit-codebase',
      names: /broken: the sudo rules of deploybot lack '\(root\) NOPASSWD: .*apachectl restart'/,
      todo: /this step of the recipe cannot run/,
    },
    {
      what: 'deploybot with a shell',
      breaks: 'usermod -s /bin/bash deploybot',
      mends: 'usermod -s /usr/sbin/nologin deploybot',
      names: /broken: deploybot has the shell \/bin\/bash/,
      todo: /usermod -s \/usr\/sbin\/nologin deploybot/,
    },
    {
      what: 'a state folder that others may read',
      breaks: `chmod 0755 ${STATE}`,
      mends: `chmod 0700 ${STATE}`,
      names: /broken: \/var\/lib\/shipit\/apps\/codebase is 0755 deploybot:deploybot, not 0700/,
      todo: /sh install\.sh/,
    },
  ],
  [
    {
      what: 'a later rule that takes a root step',
      breaks:
        "echo 'deploybot ALL=(root) PASSWD: /usr/local/libexec/shipit/as-root *' >/etc/sudoers.d/zz && chmod 0440 /etc/sudoers.d/zz",
      mends: 'rm /etc/sudoers.d/zz',
      names:
        /broken: the sudo rules of deploybot have '\(root\) NOPASSWD: .*apachectl restart', which is not in force/,
      todo: /sh install\.sh --check/,
    },
    {
      what: 'a folder above it that was moved to /etc behind a link',
      breaks: 'mv /var/codebase /etc/codebase && ln -s /etc/codebase /var/codebase',
      mends: 'rm /var/codebase && mv /etc/codebase /var/codebase',
      names:
        /broken: \/var\/codebase\/src leads to '\/etc\/codebase\/src', in '\/etc', a folder of the system, through a link/,
      todo: /namei -l \/var\/codebase\/src/,
    },
    {
      what: 'a key that logs in as deploybot',
      breaks: `mv /etc/ssh/sshd_config.d/50-shipit.conf /root/sshd; ${RELOAD}; mkdir /var/lib/shipit/.ssh; install -m 644 /home/alice/.ssh/authorized_keys /var/lib/shipit/.ssh/`,
      mends: `mv /root/sshd /etc/ssh/sshd_config.d/50-shipit.conf; ${RELOAD}; rm -r /var/lib/shipit/.ssh`,
      names: /broken: your key logs in as 'deploybot'/,
      todo: /`sshd -T -C user=deploybot,host=localhost,addr=127\.0\.0\.1` must say `denyusers \*`/,
    },
  ],
  [
    {
      what: 'a runner that cannot be executed',
      breaks: `chmod 0644 ${LIBEXEC}/runner`,
      mends: `chmod 0755 ${LIBEXEC}/runner`,
      names: /broken: \/usr\/local\/libexec\/shipit\/runner is 0644 root:root, not 0755/,
      todo: /sh install\.sh --check/,
    },
  ],
  [
    {
      what: 'no file in sudoers.d',
      breaks: 'mv /etc/sudoers.d/shipit-codebase /root/sudoers',
      mends: 'mv /root/sudoers /etc/sudoers.d/shipit-codebase',
      names: /broken: sudo on 'web1' did not start the runner for 'alice': sudo: a password is required/,
      todo: /shipit install production --out install\.sh/,
    },
  ],
  ...(isWhole ? MORE : []),
]
