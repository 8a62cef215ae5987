import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { describe, it } from 'node:test'
import { examineFiles, examineSeen } from '../../../src/operations/doctor/examine-files.ts'
import { asFact, foldersAbove, parseFile } from '../../../src/operations/doctor/facts.ts'
import { parseListing } from '../../../src/operations/doctor/parse-listing.ts'
import { EXPECTED, facts, GATE, SUM, said, TIME } from '../support/doctor-told.ts'

describe('facts', () => {
  it('are kept by name, at most so many, and an empty one is none', () => {
    const all = facts(['tool', 'git 2'], ['tool', 'rsync 3'], ['space', ''])
    assert.deepEqual(all.all('tool'), ['git 2', 'rsync 3'])
    assert.equal(all.one('space'), undefined)
    for (let count = 0; count < 2000; count++) all.take({ event: 'fact', time: TIME, name: 'x', value: 'y' })
    assert.equal(all.all('x').length, 997)
  })

  it('are lines of a manifest where they are about a file', () => {
    assert.deepEqual(parseFile(`${SUM} 0755 root:root ${GATE}`), {
      sum: SUM,
      mode: 0o755,
      owner: 'root:root',
      path: GATE,
    })
    assert.deepEqual(parseFile('link:/a - - /b'), { sum: 'link:/a', mode: 0, owner: '-', path: '/b' })
    assert.equal(parseFile('folder 0755 root:root /a b')?.path, '/a b')
    assert.equal(parseFile('anything else'), undefined)
    assert.deepEqual(foldersAbove('/a/b/c'), ['/a', '/a/b'])
    assert.equal(asFact('a!b\\c "d"'), 'a_b_c _d_')
  })
})

describe('files', () => {
  const gate = `${SUM} 755 root:root ${GATE}`
  const folders: [string, string][] = [
    '/usr',
    '/usr/local',
    '/usr/local/libexec',
    '/usr/local/libexec/shipit',
  ].map((path) => ['file', `folder 755 root:root ${path}`])
  const manifest: [string, string] = ['manifest', `${SUM} 0755 root:root ${GATE}`]

  it('are well when they are as the manifest says', () => {
    assert.deepEqual(said(examineFiles(facts(manifest, ['file', gate], ...folders), EXPECTED)), [
      'ok files: 1 files and folders are as root installed them (checksum, owner, mode)',
    ])
  })

  it('are broken when checksum, mode, owner or kind differ, or they are gone', () => {
    for (const [found, text] of [
      [`${'b'.repeat(64)} 755 root:root`, 'was changed: its checksum differs from what root installed'],
      [`${SUM} 775 root:root`, 'is 0775 root:root, not 0755 root:root'],
      [`${SUM} 755 alice:root`, 'is 0755 alice:root, not 0755 root:root'],
      [
        `${'b'.repeat(64)} 4755 alice:root`,
        'was changed: its checksum differs from what root installed, and is 4755 alice:root, not 0755 root:root',
      ],
      ['link:/tmp/x 777 root:root', 'is a symlink, and is 0777 root:root, not 0755 root:root'],
      ['missing - -', 'is missing'],
    ]) {
      const findings = examineFiles(facts(manifest, ['file', `${found} ${GATE}`], ...folders), EXPECTED)
      assert.deepEqual(said(findings), [`broken ${GATE} ${text}`])
      assert.match(findings[0]?.todo ?? '', /sh install\.sh --check/)
    }
  })

  it('are named in commands as a shell reads them, whatever they are called', () => {
    const odd = "/var/a (b) #c; $(touch x) 'd'"
    const folders = ['/var', odd].map((path): [string, string] => ['file', `folder 777 bob:root ${path}/e`])
    const findings = examineFiles(
      facts(['published', `${odd}/e`], ['file', `folder 777 bob:root ${odd}`], ...folders),
      EXPECTED,
    )
    const commands = findings.flatMap(({ todo = '' }) => /`([^`]*chown[^`]*)`/.exec(todo)?.[1] ?? [])
    assert.equal(commands.length, 2)
    for (const command of commands) {
      const script = `chown() { :; }; chmod() { printf %s "$2"; }; ${command}`
      const path = execFileSync('sh', ['-c', script], { encoding: 'utf8' })
      assert.ok([odd, `${odd}/e`].includes(path), path)
    }
  })

  it('of which links lead a published folder to one of the system are broken, but for what the config calls safe', () => {
    const judge = (place: string, unsafe: readonly string[] = []) => {
      const told = facts(['published', '/srv/a b'], ['leads', `/srv/a b ${place}`])
      const system = { ...EXPECTED.system, unsafe }
      const findings = examineFiles(told, { ...EXPECTED, system })
      return said(findings.filter(({ subject }) => subject === '/srv/a b'))
    }
    for (const [place, where] of [
      ['/etc/web', "'/etc/web', in '/etc'"],
      ['/etc', "'/etc'"],
      ['/var', "'/var', which holds '/var/lib'"],
    ] as const)
      assert.deepEqual(judge(place), [
        `broken /srv/a b leads to ${where}, a folder of the system, through a link`,
      ])
    assert.deepEqual([judge('/opt/web'), judge('/etcetera')], [[], []])
    assert.deepEqual(judge('/etc/web', ['/srv/a b']), [])
    assert.equal(judge('/etc/ssh/x', ['/srv/a b']).length, 1)
  })

  it('are not judged where the runner cannot see them', () => {
    for (const found of ['hidden - -', 'unread 755 root:root'])
      assert.doesNotMatch(
        said(examineFiles(facts(manifest, ['file', `${found} ${GATE}`]), EXPECTED)).join('\n'),
        /broken/,
      )
  })

  it('without a manifest are judged by what this shipit would install', () => {
    assert.match(
      said(examineFiles(facts(['file', gate]), EXPECTED)).join('\n'),
      /^warning the host has no list/,
    )
    const changed = examineFiles(facts(['file', `${'b'.repeat(64)} 755 root:root ${GATE}`]), EXPECTED)
    assert.match(said(changed).join('\n'), /broken .*gate was changed/)
  })

  it('of another build of shipit are only told', () => {
    const other = 'c'.repeat(64)
    const findings = examineFiles(
      facts(['manifest', `${other} 0755 root:root ${GATE}`], ['file', `${other} 755 root:root ${GATE}`]),
      EXPECTED,
    )
    assert.deepEqual(
      said(findings).filter((line) => line.startsWith('warning')),
      [
        `warning ${GATE} is as root installed it, but differs from what shipit would install from your config now`,
      ],
    )
  })

  it('among the programs that nobody installed are told', () => {
    const findings = examineFiles(
      facts(manifest, ['file', gate], ['file', `${SUM} 755 root:root ${EXPECTED.libexec}/x y`]),
      EXPECTED,
    )
    assert.match(
      said(findings).join('\n'),
      /warning \/usr\/local\/libexec\/shipit\/x y was not installed by shipit/,
    )
  })

  it('lie in folders that nobody else may write', () => {
    for (const [found, text] of [
      ['folder 777 root:root', 'is writable by others (0777): they could replace its content'],
      ['folder 775 root:adm', 'is writable by others (0775): they could replace its content'],
      ['folder 755 alice:alice', 'belongs to alice:alice, and that account could replace its content'],
      [
        'folder 755 deploybot:deploybot',
        'belongs to deploybot:deploybot, and that account could replace its content',
      ],
    ]) {
      const findings = examineFiles(facts(manifest, ['file', gate], ['file', `${found} /usr`]), EXPECTED)
      assert.deepEqual(said(findings).slice(1), [`broken /usr ${text}`])
    }
    const sticky = examineFiles(
      facts(manifest, ['file', gate], ['file', 'folder 1777 root:root /usr']),
      EXPECTED,
    )
    assert.equal(sticky.length, 1)
  })

  it('are published to a folder of deploybot', () => {
    const site = '/var/www/site'
    const judge = (found: string) =>
      said(
        examineFiles(
          facts(
            manifest,
            ['file', gate],
            ['published', site],
            ['file', `${found} ${site}`],
            ['file', 'folder 755 root:root /var/www'],
          ),
          EXPECTED,
        ),
      )
    assert.deepEqual(judge('folder 755 deploybot:www-data').slice(1), [
      `ok folders: only root and deploybot may write ${site}, and the folders above`,
    ])
    assert.match(
      judge('folder 755 root:root').join('\n'),
      /broken \/var\/www\/site belongs to root:root: deploybot cannot publish to it/,
    )
    assert.match(
      judge('folder 775 deploybot:www-data').join('\n'),
      /broken \S+ is writable by others \(0775\)/,
    )
    assert.match(
      judge('link:/tmp 777 root:root').join('\n'),
      /broken \S+ is a symlink, and the recipe publishes to it/,
    )
    assert.match(judge('missing - -').join('\n'), /broken \S+ is missing/)
  })

  it('that the runner keeps are closed to others', () => {
    const state = '/var/lib/shipit/apps/codebase'
    const judge = (found: string) =>
      said(examineFiles(facts(manifest, ['file', gate], ['file', `${found} ${state}/history`]), EXPECTED))
    assert.equal(judge('unread 600 deploybot:deploybot').length, 1)
    assert.match(
      judge('unread 644 deploybot:deploybot').join('\n'),
      /broken .*history is open to others \(0644\)/,
    )
    assert.match(judge('unread 600 alice:alice').join('\n'), /broken .*history belongs to alice:alice/)
  })

  it('are seen from outside by ls, which has its own words for what is missing', () => {
    const found = parseListing(
      [
        `-rw-rwSr-T 1 root staff  12 Nov 22 12:00 ${GATE}`,
        'drwxr-xr-x. 2 root root 4096 Nov 22  2025 /etc/shipit',
        'lrwxrwxrwx 1 root root 3 Nov 22 12:00 /a -> /b',
        "ls: cannot access '/etc/x': No such file or directory",
        'ls: /etc/y: No such file or directory',
        "ls: cannot access '/etc/sudoers.d/z': Permission denied",
      ].join('\n'),
    )
    assert.deepEqual(
      [...found.values()],
      [
        { sum: 'unread', mode: 0o3664, owner: 'root:staff', path: GATE },
        { sum: 'folder', mode: 0o755, owner: 'root:root', path: '/etc/shipit' },
        { sum: 'missing', mode: 0, owner: '-', path: '/etc/x' },
        { sum: 'missing', mode: 0, owner: '-', path: '/etc/y' },
      ],
    )
    assert.deepEqual(said(examineSeen(found, EXPECTED)), [
      `broken ${GATE} is 3664 root:staff, not 0755 root:root`,
    ])
  })
})
