// What releases(), service() and check() may say, and how their steps are made complete.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { checkSteps } from '../../../src/config/check/check-steps.ts'
import { check, git, releases, rsync, service, type WrittenSteps } from '../../../src/index.ts'
import { kindOf } from '../../../src/recipe/step.ts'
import { complaintsOf, complaintsOfStep, RIGHT } from '../support/complaints.ts'

/** Checks that each is told one line, and that it is this one of steps[2]. */
function tells(cases: readonly (readonly [step: unknown, line: string])[]): void {
  for (const [step, line] of cases) assert.deepEqual(complaintsOfStep(step), [`steps[2]${line}`])
}

const app = (changes: object) => releases({ root: '/var/app', ...changes })
const page = (url: unknown, changes: object = {}) => check(url as string, changes)

/** Steps that are right, complete. */
function complete(...steps: WrittenSteps) {
  const checked = checkSteps(steps, RIGHT.flags)
  assert.deepEqual(checked.problems, [])
  return checked.steps
}

test('a pattern of exclude stands for what has the name, whatever its type', () => {
  const exclude = ['/uploads/', 'cache//', '/a/b/***', '/a/**', 'x']
  const [step] = complete(rsync({ from: 'src/', to: '/srv/a/', delete: true, exclude }))
  assert.ok(step?.kind === 'rsync')
  assert.deepEqual(step.exclude, ['/uploads', 'cache', '/a/b', '/a/**', 'x'])
})

describe('releases', () => {
  test('are two steps, which have their options in common', () => {
    const common = { timeout: 600, retries: 0, root: '/var/app', keep: 5 }
    assert.deepEqual(complete(app({})), [
      { kind: 'release', name: 'release', phase: 'prepare', ...common, from: './', shared: [] },
      { kind: 'switch', name: 'switch', phase: 'publish', ...common, shared: [] },
    ])
    const named = app({
      name: 'app 2',
      root: '/var/app/',
      shared: ['a/', 'b/c', { file: '.env' }, { file: 'conf/app.yml' }],
      keep: 2,
      when: 'docs',
      timeout: 9,
    })
    assert.deepEqual(
      complete(named).map(({ name, when, timeout }) => [name, when, timeout]),
      [
        ['release app 2', 'docs', 9],
        ['switch app 2', 'docs', 9],
      ],
    )
    const [release] = complete(named)
    assert.ok(release?.kind === 'release')
    assert.deepEqual(
      [release.root, release.shared, release.keep],
      ['/var/app', ['a', 'b/c', { file: '.env' }, { file: 'conf/app.yml' }], 2],
    )
  })

  test('stand in the list of steps, or in lists within it, as they are', () => {
    const [own] = complete(git(), [[app({})], check('http://localhost/')])
    assert.equal(own?.kind, 'git')
    assert.deepEqual(
      complete(git(), [[app({})], check('http://localhost/')]).map(({ kind }) => kind),
      ['git', 'release', 'switch', 'check'],
    )
    tells([
      [
        [git({ name: 'x' }), git({ name: 'y', timeout: 0 })],
        '[1].timeout must be a whole number from 1 to 86400',
      ],
    ])
  })

  test('are told one line for each thing that is wrong', () => {
    tells([
      ...['app', '/', '/app', '/var/../app', '/var/a b', undefined].map(
        (root) =>
          [app({ root }), ".root must be an absolute path, at least two folders deep: '/var/app'"] as const,
      ),
      ...[0, 1, 101, 2.5, '5'].map(
        (keep) => [app({ keep }), '.keep must be a whole number from 2 to 100'] as const,
      ),
      ...['/x', '..', '.', 'a/..', '../a', '-a', '', 'a b', "a'b", 'a/./b'].map(
        (path) =>
          [
            app({ shared: ['ok', path] }),
            ".shared[1] must be a path in each release: relative, without '..' or blanks",
          ] as const,
      ),
      [app({ shared: 'uploads' }), ".shared must be a list of paths: ['uploads', { file: '.env' }]"],
      [
        app({ shared: [{ file: '/etc/env' }] }),
        ".shared[0].file must be a path in each release: relative, without '..' or blanks",
      ],
      [app({ shared: [{}] }), '.shared[0].file is missing'],
      [app({ shared: [4] }), ".shared[0] must be a path in each release: relative, without '..' or blanks"],
      [app({ shared: ['a', { file: 'a/b' }] }), ".shared has 'a', which another of its paths leads to"],
      [app({ shared: ['a', 'b', 'a/c'] }), ".shared has 'a', which another of its paths leads to"],
      [app({ shared: ['a', 'a/'] }), ".shared has 'a', which another of its paths leads to"],
      [app({ from: '../x/' }), ".from must be a folder of the commit: relative, without '..'"],
      [
        app({ phase: 'prepare' }),
        '.phase is not a valid key here: the keys are name, when, timeout, retries, root, keep, shared, from, mayBeEmpty, unsafe',
      ],
      [app({ when: 'nothing' }), ".when 'nothing' is not a flag or choice of the recipe"],
      [
        app({ name: 'x'.repeat(51) }),
        '.name must be up to 50 letters, digits, blanks and . _ : / @ + -, and begin with a letter or digit',
      ],
    ])
  })

  test('of one root are there once, and other ones need a name', () => {
    const steps = [...RIGHT.steps, app({})]
    assert.deepEqual(complaintsOf({ steps: [...steps, app({ root: '/var/app/', name: 'x' })] }), [
      'steps[3] has the same root as other releases: give it a different root',
    ])
    assert.deepEqual(complaintsOf({ steps: [...steps, app({ root: '/var/other' })] }), [
      "steps[3] has the same name as another step, 'release': give it a different name",
      "steps[3] has the same name as another step, 'switch': give it a different name",
    ])
    assert.deepEqual(complaintsOf({ steps: [...steps, app({ root: '/var/other', name: 'x' })] }), [])
  })
})

describe('a service', () => {
  test('is a unit and what is asked of it, by one exact command of root', () => {
    const [step, other] = complete(
      service('shop', 'reload'),
      service('shop@1.service', 'restart', { for: 60, stays: 9 }),
    )
    assert.deepEqual(step, {
      kind: 'service',
      name: 'reload shop',
      phase: 'publish',
      ...{ timeout: 60, retries: 0, unit: 'shop.service', verb: 'reload', for: 30, stays: 3 },
    })
    assert.ok(other?.kind === 'service')
    assert.deepEqual(
      [other.name, other.unit, other.for, other.stays],
      ['restart shop@1', 'shop@1.service', 60, 9],
    )
    assert.deepEqual(kindOf(other).rootArgv?.(other), ['/usr/bin/systemctl', 'restart', 'shop@1.service'])
  })

  test('is told what is wrong with it', () => {
    const as = (unit: unknown, verb: unknown = 'reload', options: object = {}) =>
      service(unit as string, verb as 'reload', options)
    tells([
      ...['', 'a b', '-x', '.x', 'shop@', '@1', 'a/b', 'a*', 'a\\x2d', 'a;b', 7].map(
        (unit) => [as(unit), " must be a service of systemd: 'shop', or of a template 'shop@1'"] as const,
      ),
      [
        as('shop.timer'),
        " is not a service, which would stay active: write root(['/usr/bin/systemctl', 'restart', 'shop.timer'])",
      ],
      [
        as('shop', 'relaod'),
        ".verb must be one of reload, restart, reload-or-restart. Did you mean 'reload'?",
      ],
      [as('shop', null), '.verb must be one of reload, restart, reload-or-restart'],
      [as('shop', 'stop'), '.verb must be one of reload, restart, reload-or-restart'],
      [
        as('shop', 'reload', { onFailure: 'rollback' }),
        " goes back if it fails, and then reloads again: a service that has ended cannot be reloaded. Write 'reload-or-restart' in place of 'reload'",
      ],
      [as('shop', 'reload', { stays: 0 }), '.stays must be a whole number from 1 to 60'],
    ])
  })
})

describe('a check', () => {
  test('is tried for as long as it is told', () => {
    const tries = (options: object) => {
      const [step] = complete(page('http://localhost/', options))
      return step?.kind === 'check' && [step.retries, step.grace]
    }
    assert.deepEqual(tries({ for: 30 }), [15, 2])
    assert.deepEqual(tries({ for: 10, grace: 0 }), [10, 1])
    assert.deepEqual(tries({ grace: 7 }), [5, 7])
    tells([
      [
        page('http://localhost/', { for: 30, retries: 1 }),
        ' has both for and retries, and each says how long to try: use one of them',
      ],
      [
        page('http://localhost/', { host: 'a b' }),
        ".host must be the name of a virtual host: 'www.example.com'",
      ],
    ])
  })

  test('is complete with its page alone', () => {
    assert.deepEqual(complete(check('http://localhost/health?all=1')), [
      {
        ...{ kind: 'check', name: 'check localhost/health', phase: 'publish', timeout: 10, retries: 5 },
        ...{ url: 'http://localhost/health?all=1', status: 200, grace: 2 },
      },
    ])
    const options = {
      status: 302,
      text: "it's [ok]",
      retries: 0,
      grace: 0,
      timeout: 1,
      onFailure: 'rollback',
    } as const
    const [step] = complete(check('https://[::1]:8443', { ...options, name: 'up' }))
    assert.deepEqual(step, {
      kind: 'check',
      name: 'up',
      phase: 'publish',
      url: 'https://[::1]:8443',
      ...options,
    })
  })

  test('takes pages of a strict alphabet', () => {
    const example = ", for example 'http://localhost/health'"
    const letters = ` must be a URL of letters, digits and . _ ~ / % + , : @ = - ? &${example}`
    const start = ` must be a URL that begins with http:// or https://${example}`
    tells(
      [
        ...[
          'localhost',
          'ftp://x/',
          'file:///etc/passwd',
          'http://',
          'http:///x',
          'HTTP://x/',
          'http://u:p@x/',
          'http://u@x/',
        ],
        ...[
          'http://x/a b',
          'http://x/#a',
          "http://x/'",
          'http://x/$(id)',
          'http://x/`id`',
          'http://x/\\',
          'http://x/a\nb',
        ],
        ...[
          'http://x/{a,b}',
          'http://x/[1-9]',
          'http://-x/',
          'http://x:/',
          'http://x:0/',
          'http://x:123456/',
          'http://x?y',
          '',
          3,
        ],
        ...['http://x/a;b', 'http://x/a|b', 'http://x/*', 'http://x/é', '-o/etc/x', '--output=x'],
      ].map(
        (url) => [page(url, { name: 'x' }), /^https?:\/\/./.test(String(url)) ? letters : start] as const,
      ),
    )
    for (const url of [
      'http://x',
      'https://a.example.com:65535/~u/a%20b/c,d;'.slice(0, -1),
      'http://127.0.0.1/?a=b&c=d:e@f+g',
    ])
      assert.deepEqual(complaintsOfStep(page(url)), [])
  })

  test('is told what else is wrong', () => {
    const url = 'http://localhost/'
    tells([
      ...[99, 199, 600, '200'].map(
        (status) => [page(url, { status }), '.status must be a whole number from 200 to 599'] as const,
      ),
      [page(url, { text: '' }), '.text must be one line of text, without invisible characters'],
      [page(url, { text: 'a\nb' }), '.text must be one line of text, without invisible characters'],
      [page(url, { retries: 101 }), '.retries must be a whole number from 0 to 100'],
      [page(url, { grace: -1 }), '.grace must be a whole number from 0 to 300'],
      [page(url, { timeout: 0 }), '.timeout must be a whole number from 1 to 3600'],
      [page(url, { onFailure: 'stop' }), ".onFailure must be 'rollback', or left out"],
      [
        page(url, { phase: 'prepare' }),
        '.phase is not a valid key here: the keys are name, when, timeout, retries, for, host, status, text, grace, onFailure',
      ],
    ])
  })
})
