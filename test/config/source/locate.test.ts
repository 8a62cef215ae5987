// Places in the text of a config, as people write it.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { excerpt, locate } from '../../../src/config/source/locate.ts'

/** Where `path` is, as the text from there on. */
function found(text: string, path: string): string | undefined {
  const place = locate(text, path)
  if (!place) return undefined
  const line = text.split('\n')[place.line - 1] ?? ''
  return `${place.isExact ? '' : '~'}${line.slice(place.column - 1)}`
}

describe('a key path leads to', () => {
  const TEXT = `import { defineConfig } from 'x' // export default { app: 'no' }
const hosts = ['web1', { name: 'web2', user: 'bob' }] as const
const more = [git()]
export default defineConfig({
  'app': "it's",
  /* , app: 'no' */ environments: {
    production: {
      hosts,
      ssh: { port: 22 + 1 } satisfies Ssh,
    },
  },
  method() { return { app: 'no' } },
  ...rest,
  steps: [
    git(),
    [rsync({ from: \`a\${1}b/\`, to: '/x/y/' })],
    root(['/usr/bin/x', 'restart'], { when: 'docs' }),
    isOn ? [make('a')] : [],
    ...more,
    check('http://x'),
  ],
})
`
  for (const [path, text] of [
    ['app', `'app': "it's",`],
    ['environments.production.hosts[1].user', "user: 'bob' }] as const"],
    ['environments.production.ssh.port', 'port: 22 + 1 } satisfies Ssh,'],
    ['steps[0]', 'git(),'],
    ['steps[1][0].to', "to: '/x/y/' })],"],
    ['steps[2][1]', "'restart'], { when: 'docs' }),"],
    ['steps[2].when', "when: 'docs' }),"],
    ['steps[3][0]', "~isOn ? [make('a')] : [],"],
    // behind a spread nobody can count
    ['steps[5]', '~steps: ['],
    ['repository', '~defineConfig({'],
    ['environments.staging', '~environments: {'],
  ] as const)
    test(path, () => assert.equal(found(TEXT, path), text))
})

test('the verb of a service is found where it stands', () => {
  const text = "export default { steps: [service('a', 'reload'), service('b', 'start')] }"
  assert.equal(locate(text, 'steps[1].verb')?.column, text.indexOf("'start'") + 1)
})

test('a config is found by its name, without a function around it, and not where none is exported', () => {
  assert.equal(found("const config: Config = {\n  app: 'x' }\nexport default config", 'app'), "app: 'x' }")
  assert.equal(found("export default { app: 'x' } as const", 'app'), "app: 'x' } as const")
  assert.equal(found('export const app = 1', 'app'), undefined)
  assert.equal(found('const a = b\nconst b = a\nexport default a', 'app'), '~a')
})

test('whatever the text, it ends', () => {
  for (const text of [
    '',
    'export default',
    'export default {',
    "export default { a: '",
    'export default [[[',
    '}}export default ({',
    'export default { a: [b(, c }',
  ])
    for (const path of ['', 'a', 'a[0].b']) locate(text, path)
})

test('an excerpt fits on a small terminal, and its sign stands below the place', () => {
  const long = `const x = 1\nexport default { a: '${'y'.repeat(200)}', app: 'Z' }`
  for (const [text, path] of [
    [long, 'app'],
    ["export default {\n\t\t\tapp: 'Z',\n}", 'app'],
  ] as const) {
    const place = locate(text, path)
    assert.ok(place)
    const [line = '', sign = ''] = excerpt(text, place)
    assert.ok(line.length <= 80, line)
    assert.equal(line.slice(sign.indexOf('^')).startsWith('app:'), true, `${line}\n${sign}`)
  }
})

test('an excerpt shows no account and no token of a URL', () => {
  const text = "export default { repository: 'https://bot:s3cret@git.example.com/a.git', steps: [] }\n"
  const place = locate(text, 'repository')
  assert.ok(place)
  const [line = '', sign = ''] = excerpt(text, place)
  assert.match(line, /https:\/\/\*{10}@git\.example\.com/)
  assert.equal(line[sign.indexOf('^')], 'r')
})
