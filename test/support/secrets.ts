// Thirty secrets, as they turn up in the output of programs, and what a config says to hide them.
import assert from 'node:assert/strict'
import { hideSecrets } from '../../src/safe-text/secrets.ts'

/** Given as they are. */
const TEXTS = [
  'correct-horse-battery-staple',
  'hunter2hunter2',
  'pa ss with blanks',
  '"quoted"secret"',
  "it's-a-secret",
  'back\\slash\\secret',
  '$(printenv)`secret`',
  '%7Bpercent%7D',
  'größtes-geheimnis',
  'пароль-секрет',
  '秘密の合言葉',
  'geheim-😀-secret',
  '(a+)+[b]{2}|c.*',
  '::error::secret-8',
  '##[error]secret-9',
  'tab\tin-a-secret',
  'aaaaaaaaaaaaaaab',
  'MIIEvQIBADANBgkqhkiG9w0BAQEFAASC',
  'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl',
  'x'.repeat(300),
]

/** Known by how they look: where that stands, the secret itself, and the pattern. */
const LOOKS: readonly (readonly [text: string, secret: string, pattern: RegExp])[] = [
  ['token=aB3dE5gH7', 'aB3dE5gH7', /token=\S+/],
  ['Password: swordfish-9', 'swordfish-9', /password: (\S+)/i],
  ['https://bob:s3cr3t-url@git.example.com/', 's3cr3t-url', /:\/\/[^\s:]+:([^\s@]+)@/],
  ['AKIAIOSFODNN7EXAMPLE', 'AKIAIOSFODNN7EXAMPLE', /\bAKIA[0-9A-Z]{16}\b/],
  [`ghp_${'0aZ9'.repeat(9)}`, `ghp_${'0aZ9'.repeat(9)}`, /gh[pousr]_[A-Za-z0-9]{36}/],
  ['Authorization: Bearer abc.def-ghi', 'abc.def-ghi', /bearer ([\w.-]+)/i],
  ['4111 1111 1111 1111', '4111 1111 1111 1111', /\b(?:\d{4} ){3}\d{4}\b/],
  ['{"apiKey":"k-1234567890"}', 'k-1234567890', /"apiKey":\s*"([^"]+)"/],
  ['SECRET_ÜBER=ünder-cöver', 'ünder-cöver', /SECRET_\S+=(\S+)/],
  ['xoxb-17653672481-19874698323', 'xoxb-17653672481-19874698323', /xox[bp]-[\w-]+/],
]

/** What a host might print: a line each. */
export const SECRET_LINES: readonly string[] = [
  ...TEXTS.map((text) => `here: ${text} .`),
  ...LOOKS.map(([text]) => text),
]

/** What must not be seen of them. */
export const SECRETS: readonly string[] = [...TEXTS, ...LOOKS.map(([, secret]) => secret)]

/** As a config has them. */
export const REDACT: readonly (string | RegExp)[] = [...TEXTS, ...LOOKS.map(([, , pattern]) => pattern)]

/** Hides them from now on. */
export function hideAll(): void {
  hideSecrets(
    REDACT.map((each) => (typeof each === 'string' ? each : { pattern: each.source, flags: each.flags })),
  )
}

/** Of a secret: as it is, as JSON, URLs and GitHub's commands have it, and with Markdown's signs escaped. */
function formsOf(secret: string): string[] {
  return [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    secret.replaceAll('%', '%25').replaceAll(':', '%3A'),
    secret.replaceAll(/[\\`*_{}[\]()#+.!|<>~-]/g, '\\$&'),
    secret.replaceAll('##', '# #'),
    secret.replaceAll('##', '#\\u0023'),
  ]
}

/** The secrets that stand in what was shown, colours aside. */
export function leaksIn(shown: string): string[] {
  const plain = shown.replaceAll(/\x1b\[[0-9;?]*[A-Za-z]/g, '')
  return SECRETS.filter((secret) => formsOf(secret).some((form) => plain.includes(form)))
}

/** @throws AssertionError when a secret stands in it */
export function assertNoSecret(shown: string): void {
  assert.deepEqual(leaksIn(shown), [])
}

assert.equal(SECRETS.length, 30)
