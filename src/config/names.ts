// Names of hosts, accounts and groups, as a config may have them: what ssh, sshd and sudo take.
import * as v from 'valibot'
import { text } from './schema-parts.ts'

const HOST_NAME = /^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/
const IPV6 = /^[0-9a-fA-F:]*:[0-9a-fA-F:.]*$/
const USER = /^[A-Za-z_][A-Za-z0-9_.-]{0,31}$/
const GROUP = /^[a-z_][a-z0-9_-]{0,31}$/
/** An account that root may make; useradd(8) takes these everywhere. */
const MADE = /^[a-z_][a-z0-9_-]{0,31}$/
/** Accounts that shipit makes for builds and for reading repositories, and the one that may do all. */
const RESERVED = /^(?:root|(?:build|read)-.*)$/
/** Accounts of the system and of daemons: what they own is their program's. */
const DAEMON =
  /^(?:_.*|systemd-.*|adm|apache|backup|bin|daemon|dbus|ftp|games|git|gnats|halt|haproxy|http|httpd|irc|ldap|list|lp|mail|man|memcache|messagebus|mongodb|mysql|named|news|nginx|nobody|ntp|operator|polkitd|postfix|postgres|proxy|rabbitmq|redis|shutdown|sshd|sync|sys|syslog|tomcat|uucp|www|www-data)$/
/** Groups whose members are root, or as good as root, or read everybody's data: an install puts nobody into one. */
export const POWERFUL_GROUP =
  /^(?:root|sudo|wheel|admin|adm|docker|lxd|libvirt|disk|shadow|kmem|systemd-journal)$/

/** Runs an app's steps where its config names no other. */
export const DEPLOY_ACCOUNT = 'deploybot'

export const address = v.pipe(
  v.string('must be a host name or an address'),
  v.check(isAddress, 'must be a host name or an address'),
)

export const hostName = v.pipe(
  v.string('must be a host name or { name, … }'),
  v.check(isAddress, 'must be a host name or an address alone: user and port go into { name, user, port }'),
  v.transform((name) => ({ name })),
)

export const user = text(USER, 'must be an account name')

export const group = text(GROUP, 'must be a Unix group: lower-case letters, digits, _ and -')

export const personName = v.pipe(
  text(MADE, 'must be an account: lower-case letters, digits, _ and -, 32 at most'),
  v.check((name) => !RESERVED.test(name) && name !== DEPLOY_ACCOUNT, 'is no account of a person'),
  v.check((name) => !DAEMON.test(name), 'is an account of the system, and not of a person'),
)

export const deployAccount = v.pipe(
  text(MADE, 'must be an account: lower-case letters, digits, _ and -, 32 at most'),
  v.check(
    (name) => !RESERVED.test(name),
    'must not be root or begin with build- or read-: those names are taken',
  ),
  v.check(
    (name) => !DAEMON.test(name),
    'is an account of the system or of a daemon, whose files would be open to the steps: name one of its own, for instance deploy-APP',
  ),
)

function isAddress(value: string): boolean {
  return HOST_NAME.test(value) || IPV6.test(value)
}
