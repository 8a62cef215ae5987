// The folders that a recipe publishes to, compared: which two steps a person is told of, and which may stand beside each other.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { git, releases, rsync } from '../../../src/index.ts'
import { complaintsOf } from '../support/complaints.ts'

/** What a recipe with these steps after git is told. */
const told = (...steps: readonly unknown[]) => complaintsOf({ steps: [git(), ...steps] })

const sync = (to: string, changes: object = {}) =>
  rsync({ name: `to ${to}`, from: 'src/', to, delete: true, ...changes })

test('refuses two steps that fill one folder, or of which one fills a folder in the folder of the other', () => {
  for (const [one, other, says] of [
    [
      sync('/srv/a/'),
      sync('/srv/a/', { name: 'again' }),
      /^steps\[2\]\.to is also the folder of step 'to \/srv\/a\/'/,
    ],
    [
      sync('/srv/a/'),
      sync('/srv/a/docs/', { when: 'docs' }),
      /^steps\[2\]\.to lies in '\/srv\/a', the folder of step 'to \/srv\/a\/'/,
    ],
    [
      sync('/srv/a/docs/'),
      sync('/srv/a/'),
      /^steps\[2\]\.to holds '\/srv\/a\/docs', the folder of step 'to \/srv\/a\/docs\/'/,
    ],
    [
      sync('/srv/a/'),
      sync('/srv/a/b/c/', { delete: false }),
      /add exclude: \['\/b\/c\/'\] to 'to \/srv\/a\/'/,
    ],
    [sync('/srv/a/', { delete: false }), sync('/srv/a/b/'), /^steps\[2\]\.to lies in/],
    [
      sync('/srv/a/'),
      releases({ root: '/srv/a', shared: ['uploads'] }),
      /^steps\[2\]\.root is also the folder of step/,
    ],
    [
      sync('/srv/a/shared/uploads/', { delete: false }),
      releases({ root: '/srv/a' }),
      /^steps\[2\]\.root holds/,
    ],
    [
      releases({ root: '/srv/a' }),
      sync('/srv/a/current/'),
      /^steps\[2\]\.to lies in '\/srv\/a', the folder of step 'release'/,
    ],
    [releases({ root: '/srv/a' }), sync('/srv/'.concat('a/')), /also the folder of step 'release'/],
    [
      releases({ root: '/srv/a' }),
      releases({ root: '/srv/a/b', name: 'b' }),
      /^steps\[2\]\.root lies in '\/srv\/a'/,
    ],
    [sync('/srv/a/', { exclude: ['/b/'] }), releases({ root: '/srv/a/b' }), /^steps\[2\]\.root lies in/],
  ] as const) {
    const lines = told(one, other)
    assert.equal(lines.length, 1, lines.join('\n'))
    assert.match(lines[0] ?? '', says)
  }
})

test('allows two sources of one folder, two variants of one, and a folder that the outer step leaves alone', () => {
  for (const steps of [
    [sync('/srv/a/'), sync('/srv/ab/')],
    [sync('/srv/a/', { delete: false }), sync('/srv/a/', { delete: false, from: 'more/', name: 'more' })],
    [sync('/srv/a/', { when: 'docs' }), sync('/srv/a/', { when: '!docs', name: 'plain' })],
    [sync('/srv/a/', { when: 'colour=red' }), sync('/srv/a/', { when: 'colour=blue', name: 'blue' })],
    ...['/docs/', '/docs', 'docs/', 'docs'].map((word) => [
      sync('/srv/a/', { exclude: [word] }),
      sync('/srv/a/docs/'),
    ]),
    [sync('/srv/a/', { exclude: ['/x/'] }), sync('/srv/a/x/docs/')],
  ])
    assert.deepEqual(told(...steps), [])
})

test('refuses what only looks as if one step left the folder of the other alone', () => {
  for (const steps of [
    [sync('/srv/a/', { exclude: ['/docs/api/'] }), sync('/srv/a/docs/')],
    [sync('/srv/a/', { exclude: ['/doc*/'] }), sync('/srv/a/docs/')],
    [sync('/srv/a/', { exclude: ['/other/'] }), sync('/srv/a/docs/')],
    [sync('/srv/a/docs/', { exclude: ['/docs/'] }), sync('/srv/a/')],
    [sync('/srv/a/', { when: 'docs' }), sync('/srv/a/', { when: 'docs', name: 'again' })],
    [sync('/srv/a/', { when: 'docs' }), sync('/srv/a/', { when: 'colour=red', name: 'red' })],
    [sync('/srv/a/', { when: '!colour=red' }), sync('/srv/a/', { when: '!colour=blue', name: 'blue' })],
    // a deploy without --docs would delete them
    [sync('/srv/a/', { when: '!docs' }), sync('/srv/a/docs/', { when: 'docs' })],
  ])
    assert.equal(told(...steps).length, 1)
})

test('refuses folders of the system, of shipit and of a person, and what holds them', () => {
  for (const to of [
    '/etc/sudoers.d/',
    '/etc/nginx/',
    '/var/lib/',
    '/var/lib/shipit/',
    '/usr/local/libexec/',
    '/usr/share/nginx/html/',
    '/run/site/',
    '/root/site/',
    '/lib64/x/',
    '/tmp/site/',
    '/home/bob/',
  ])
    assert.match(
      told(sync(to)).join('\n'),
      /^steps\[1\]\.to (?:is|lies in) .*publish to a (?:separate )?folder/,
      to,
    )
  assert.match(told(releases({ root: '/var/lib/site' })).join('\n'), /^steps\[1\]\.root lies in '\/var\/lib'/)
  for (const to of ['/home/www/site/', '/var/www/html/', '/opt/a/', '/etcetera/a/', '/var/library/'])
    assert.deepEqual(told(sync(to)), [])
})

test('refuses the repository of the host', () => {
  for (const to of ['/srv/git/', '/srv/git/codebase.git/', '/srv/git/codebase.git/hooks/'])
    assert.match(
      complaintsOf({ repository: '/srv/git/codebase.git', steps: [git(), sync(to)] }).join('\n'),
      /^steps\[1\]\.to overlaps with the repository '\/srv\/git\/codebase\.git'/,
    )
})
