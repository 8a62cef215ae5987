// What the boundary must refuse, line by line. docs/protocol.md says what is allowed; nothing here is.
import { badValues, extraWords, misplacedWords, missingWords, otherSpellings } from './derive-requests.ts'
import { DIGEST, LONG_FLAGS, NEVER, RUN, SESSION, SHA, SHORT_FLAGS } from './grammar-table.ts'

const DEPLOY = `deploy --run ${RUN} --app codebase --branch`
const STATUS = 'status --app codebase'

const asRef = (refs: readonly string[]) => refs.map((ref) => `${DEPLOY} ${ref}`)
const asApp = (apps: readonly string[]) => apps.map((app) => `status --app ${app}`)
/** A bad piece inside a word, as a word, at the head and at the tail of a request. */
const everywhere = (pieces: readonly string[]) =>
  pieces.flatMap((piece) => [
    `${DEPLOY} a${piece}b`,
    `${STATUS} ${piece}`,
    `${piece}${STATUS}`,
    `${STATUS}${piece}`,
  ])

const CONTROLS = Array.from({ length: 31 }, (_, index) => String.fromCharCode(index + 1)).filter(
  (each) => !'\n\r'.includes(each),
)
const METACHARACTERS = [...'!"$%&\'()*;<>?[\\]^`{|}~']
// biome-ignore format: a table, filled
const NO_UTF8 = [
  '\xff', '\xfe\xff', '\xc0\xaf', '\xc0\x80', '\xe9', '\x80', '\x81\x88', '\xed\xa0\x80', '\xf8\x88\x80\x80', '\xf4\x90\x80\x80',
  '\xe2\x28', '\xc3',
]

/** By what is wrong with them, as text. */
// biome-ignore format: a table, filled
export const TEXT: Readonly<Record<string, readonly string[]>> = {
  'shell metacharacters': [
    ...METACHARACTERS.map((character) => `${DEPLOY} x${character}y`),
    ...[`${STATUS};id`, `${STATUS} ; id`, `${STATUS} && id`, `${STATUS} || id`, `${STATUS} | sh`, `${STATUS} & id`, `id; ${STATUS}`, `(${STATUS})`],
    ...['status --app $(id)', 'status --app `id`', 'status --app $HOME', `status --app \${IFS}codebase`, 'status --app $((1))', 'status --app <(id)'],
    ...[`${STATUS} >/tmp/x`, `${STATUS} 2>&1`, `${STATUS} <<x`, `${STATUS} # comment`, `! ${STATUS}`, `{ ${STATUS}; }`, `'${STATUS}'`, `"${STATUS}"`],
    ...asRef(['*', '?', '[a-z]', '{a,b}', '~root', '$IFS$9x', 'x$@y', "x'$(id)'", '\\x', 'master\\', '!!', "$'\\x41'", '%(refname)']),
  ],
  'blanks and control characters': [
    ...CONTROLS.map((control) => `${DEPLOY} x${control}y`),
    ...everywhere(['\t', '\v', '\f', '\x7f', '  ']),
    ...['', ' ', '  ', '\t', ` ${STATUS}`, `${STATUS} `, `status  --app codebase`, 'status\t--app\tcodebase', `status --app  codebase`],
    ...asRef(['x\u001b[31m', 'x\u001b]0;title\u0007', 'x\u001b[2J', 'x\b\b\bmaster', 'x\u0007', '\u001bP+q\u001b\\', 'x\u009b31m', 'a\u00a0b']),
  ],
  'line breaks': [
    ...everywhere(['\n', '\r', '\r\n', '\n\n']),
    ...[
      `${STATUS}\nid`, `id\n${STATUS}`, `hello\nhello`, `hello\r`, `\nhello`, `hello\n`, '\n', '\r',
      `hello --session ${SESSION}\n`, `status --app code\nbase`,
    ],
    ...['hello\\n', 'hello%0aid', 'hello\u2028id', 'hello\u2029id', 'hello\u0085id'],
  ],
  'other alphabets': [
    ...everywhere(['\u00e9', '\u0430', '\u202e', '\u200b', '\ufeff', '\u{1f680}', '\u3000']),
    ...asRef([
      'm\u0430ster', 'master\u0301', 'ma\u017fter', '\uff4d\uff41\uff53\uff54\uff45\uff52', 'x\u2066y\u2069',
      'feature/\u65e5\u672c\u8a9e', 'x\u00ady', 'x\u2024\u2024/y', 'x\u2215y',
    ]),
    ...asApp([
      'cod\u0435base', 'codebas\u00e8', '\u0441odebase', 'codebase\u200d', 'CODEBA\u017fE', 'cod\u212ebase', '\u{1d41c}odebase',
      'codebase\u{e0041}',
    ]),
    ...[
      '\u0455tatus --app codebase', 'hell\u043e', 'status \u2010\u2010app codebase', 'status \u2014app codebase',
      `history --app codebase --limit \u0661`, `history --app codebase --limit \uff11`,
    ],
  ],
  'too long, too many words': [
    // 32 words of 1100 bytes; 33 words
    ...[LONG_FLAGS, SHORT_FLAGS].map((flags) => [`${DEPLOY} master`, ...flags].join(' --')),
    ...[`${DEPLOY} ${'x'.repeat(201)}`, `${DEPLOY} ${'x'.repeat(1024)}`, `${DEPLOY} ${'x/'.repeat(600)}x`, `${DEPLOY} x --claimed ${'x'.repeat(201)}`],
    ...[
      'hello'.repeat(205), 'hello'.repeat(20_000), 'x'.repeat(1025), `hello${' x'.repeat(31)}`, `hello${' x'.repeat(40)}`,
      `hello${' x'.repeat(60_000)}`, `${STATUS} ${'x'.repeat(1000)}`,
    ],
    ...[
      ' '.repeat(1024), ' '.repeat(100_000), '-'.repeat(1024), 'a'.repeat(130_000), `hello${' '.repeat(5000)}`,
      `${DEPLOY} x${' --docs'.repeat(26)}`, `status --app ${'codebase'.repeat(100)}`,
    ],
    ...[
      `${DEPLOY} x --docs --docs${' --docs'.repeat(200)}`, `attach --run ${RUN} --app codebase --offset ${'1'.repeat(900)}`,
      `hello --session ${SESSION.repeat(20)}`, `${'shipit-gate '.repeat(90)}hello`,
    ],
  ],
  'options where a value stands': [
    ...asRef([
      '-x', '-', '--', '--docs', '--upload-pack=id', '--upload-pack', '-c', '-oProxyCommand=id', '--exec=id', '--output=x',
      '--git-dir=x', '-ux', '--tag', '--app',
    ]),
    ...asApp(['-x', '-', '--', '--help', '--version', '-rf', '--app', '-codebase']),
    ...['-h', '--help', '--version', '-V', '-c', '-i', '-s', '--', '- hello', '-- hello', '-n hello', '--init-file=x hello', '-u root hello'],
    ...[
      `${DEPLOY} x --claimed -x`, `${DEPLOY} x --claimed --docs`, `${DEPLOY} x --commit --docs`, `${DEPLOY} x --colour --docs`,
      'hello --session -x', 'hello --session --session',
    ],
  ],
  'path tricks': [
    ...asRef([
      '../x', 'a/../b', '..', '.', './x', 'x/.', 'x/..', '/x', '/etc/passwd', '//x', 'x//y', 'x/', 'a/./b', '...',
      'x/../../../etc/passwd', 'x/.git', '.git/config', '~/x',
    ]),
    ...asApp([
      '../codebase', 'codebase/../codebase', '/etc/passwd', '/', 'codebase/', './codebase', '..', '.', 'apps/codebase',
      '../../etc/shipit/apps/codebase', 'codebase//', 'codebase/recipe',
    ]),
    ...[
      '/usr/local/libexec/shipit/gate hello', './hello', '../hello', '/hello', 'hello/', 'shipit-gate/../hello',
      '/usr/local/bin/shipit-gate hello', `attach --run ../${RUN.slice(3)} --app codebase`,
    ],
    ...[
      `attach --run ../../../../../../../../etc/pass --app codebase`, `attach --run ${RUN}/../x --app codebase`,
      `attach --run ${RUN}/ --app codebase`, `${DEPLOY} x --claimed x/\\`,
    ],
  ],
  'refs that git would read as something else': [
    ...asRef([
      'HEAD', 'refs/heads/x', 'refs/x', '@{-1}', '@{u}', 'x@{0}', 'x@{yesterday}', 'x~1', 'x^', 'x^{}', 'x^{commit}', 'x..y',
      'x...y', ':x', 'x:y', '+x', '+x:refs/heads/y', '@', '@x',
    ]),
    ...asRef([
      'x.lock', 'x.lock/y', 'a/b.lock', 'x.', 'a/.b', '.x', 'x/.y', '-', '#x', '=x', ',x', '.', 'x?', 'x*', 'x[', 'x\\y', ':/fix',
      '^x', '!x', 'refs/heads/x:refs/heads/y',
    ]),
    ...asRef([SHA, '0'.repeat(40), DIGEST, '0123456789abcdef'.repeat(4)]),
    ...[SHA, 'HEAD', 'refs/x', 'v1^{}', '../x', 'x.lock'].map(
      (tag) => `${DEPLOY.replace('--branch', '--tag')} ${tag}`,
    ),
  ],
  'unknown verbs and words': [
    ...[
      'shutdown', 'Hello', 'HELLO', 'hell', 'helloo', 'deploys', 'Deploy', 'DEPLOY', 'undeploy', 'run', 'exec', 'shell', 'admin',
      'install', 'uninstall', 'history2', 'read', 'write', 'set', 'eval',
    ],
    ...[
      'judge_request', 'refuse', 'main', 'die', 'recipe_steps', 'step_1', 'build_1', 'answer_hello', 'REQ_VERB', 'load_recipe',
      '*', '?', 'h*', 'help', 'version', 'shipit', 'gate', 'shipit-gate', 'shipit-gate shipit-gate hello',
    ],
    ...extraWords(),
    ...otherSpellings(),
  ],
  'missing words': missingWords(),
  'misplaced and repeated words': [
    ...misplacedWords(),
    ...[
      `--app codebase status`, `codebase status`, `--session ${SESSION} hello`, `status --session ${SESSION} --app codebase`,
      `${DEPLOY} x --branch y`, `${DEPLOY} x --tag y`, `hello --app codebase`, 'status hello', 'hello status',
    ],
    ...[
      `hello --session ${SESSION} --session ${SESSION}`, `hello --session ${SESSION} x`,
      `${DEPLOY} x --session ${SESSION} --docs`, `hello ${SESSION}`, `${STATUS} codebase`, `${STATUS} --limit 2`,
      `${STATUS} --offset 1`,
    ],
  ],
  'values of another form': badValues(),
  'tokens of another form': [
    ...[
      `${SESSION}0`, SESSION.slice(1), SESSION.toUpperCase(), `${SESSION.slice(1)}g`, `0x${SESSION.slice(2)}`,
      `${SESSION.slice(1)}-`, SHA, DIGEST, 'x', '', '0', '$(id)', `${SESSION.slice(1)}\n`,
    ].flatMap((token) => [`hello --session ${token}`, `${STATUS} --session ${token}`]),
    ...NEVER.map((token) => `hello --session ${token}`),
    ...['hello --session', `hello --Session ${SESSION}`, `hello --session=${SESSION}`, `hello -session ${SESSION}`, `hello session ${SESSION}`],
  ],
  'other programs': [
    ...[
      'id', 'sh', 'bash', 'bash -i', 'sh -c id', '/bin/sh', 'true', ':', 'cat /etc/passwd', 'sudo -n -u deploybot id', 'sudo',
      'su - deploybot', 'env', 'printenv', 'python3', 'perl -e 1', 'exec id', 'eval id', '. /etc/profile',
    ],
    ...[
      'scp -t /tmp', 'scp -f /etc/passwd', 'scp -r -p -t .', 'internal-sftp', '/usr/lib/openssh/sftp-server', 'sftp-server',
      'rsync --server -logDtpre.iLsfxC . /tmp', 'rsync --server --sender . /etc', 'rsync --daemon', 'rsync --server --daemon .',
    ],
    ...[
      "git-upload-pack '/srv/git/codebase.git'", "git-receive-pack '/srv/git/codebase.git'",
      "git upload-archive '/srv/git/codebase.git'", 'git-shell', 'git upload-pack --help',
      'git-upload-pack /srv/git/codebase.git', 'hg -R x serve --stdio', 'svnserve -t',
    ],
    ...[
      'nc -l 1234', 'tmux attach', 'screen -r', 'mosh-server new', 'borg serve', 'rrsync /', 'systemctl restart apache2',
      '/usr/sbin/apachectl restart', 'make html', 'kill -9 1', 'crontab -e', 'at now', 'reboot',
    ],
  ],
  'environment tricks': [
    ...[
      'PATH=/tmp hello', 'LD_PRELOAD=/tmp/x.so hello', 'env PATH=/tmp hello', 'IFS=/ hello', 'SSH_ORIGINAL_COMMAND=hello',
      'SSH_ORIGINAL_COMMAND=hello id', 'ENV=/tmp/x sh', 'BASH_ENV=/tmp/x hello', 'HOME=/tmp hello', 'export PATH=/tmp',
      'unset IFS',
    ],
    ...[
      '() { :;}; id', '() { :; }; /usr/bin/id', 'x=() { :;}; id', 'hello () { :;}; id', 'BASH_FUNC_id%%=() { id; }',
      'PS4=$(id) hello', 'SHELLOPTS=xtrace hello', '$PATH', `\${SSH_ORIGINAL_COMMAND}`, 'REQ_VERB=deploy', 'SUDO_USER=root hello',
      `${STATUS} SUDO_USER=root`, 'LC_ALL=x hello',
    ],
  ],
  'two requests in one': [
    ...[' ', '\n', ';', ' ; ', '&', '|', ' -- ', ' + ', ',', '\u0001', '\r\n', '  ', '\t', ' shipit-gate '].map((join) => `${STATUS}${join}hello`),
    ...[
      'hello hello', `hello ${STATUS}`, `${STATUS} ${STATUS}`, `hello shipit-gate hello`, `shipit-gate`,
      `shipit-gate shipit-gate ${STATUS}`, `shipit-gate  hello`, `shipit-gate\thello`, `shipit-gate\nhello`, ` shipit-gate hello`,
      `Shipit-gate hello`,
    ],
    ...[
      `shipit-gate=hello`, `shipit-gate;hello`, `${STATUS} deploy --run ${RUN} --app codebase --branch master`,
      `${DEPLOY} master ${DEPLOY} master`, `${DEPLOY} master hello`,
    ],
  ],
  'format strings and escapes': [
    ...asRef([
      '%s', '%n', '%1$s', '%x%x', '%d', 'x%20y', 'x%2e%2e/y', 'x%00y', 'x%c0%ae', '%2e%2e', '%252e', '&#46;', '\\056', '\\x2e',
      '\\u002e', '\\n', '\\0', '\\c', '\\e[31m', '+ADw-', '=?utf-8?q?x?=', '{{7*7}}', '#{7}', '\\$(id)',
    ]),
    ...asApp(['%s', '%n', '\\n', '\\000', 'code%62ase', 'code\\142ase', '%63odebase', '{}', '{{app}}', '@APP@', '@PREFIX@']),
    ...[
      '%s', '%n%n%n', '\\n', '\\0', 'hello%', 'hello\\', 'hello\\0', '\\x68ello', '%68ello', "$'hello'", '{"event":"hello"}',
      `\u001e${SESSION} {"event":"outcome"}`,
    ],
  ],
  'apps that are not on this host': [
    ...asApp(['other', 'a', 'root', 'codebases', 'codebas', 'code', 'lock', 'recipe', 'x'.repeat(24), 'etc', 'shipit', 'deploybot', 'xn--codbase-bya']),
    ...['other', 'root', 'a'].flatMap((app) => [
      `deploy --run ${RUN} --app ${app} --branch master`, `attach --run ${RUN} --app ${app}`, `history --app ${app}`,
      `cancel --run ${RUN} --app ${app}`,
    ]),
  ],
}

/** The same, one byte a character. */
export const BYTES: Readonly<Record<string, readonly string[]>> = {
  'bytes that are no UTF-8': everywhere(NO_UTF8),
}

/** Well-formed, and refused by the host of the tests all the same: its policy gives deployers branches master and release/* only. */
// biome-ignore format: a table, filled
export const NOT_ALLOWED: readonly string[] = [
  ...[
    'x', 'swap', 'Master', 'masters', 'master/x', 'release', 'releases/1', 'xrelease/1', 'release-1', 'main', 'release_/1',
    'x/release/1', 'master,x', 'branch/master', 'tag/v2', 'read', 'heads/master',
  ].map((branch) => `deploy --run ${RUN} --app codebase --branch ${branch}`),
  ...['v2', 'master', 'release/1', 'branch/master'].map(
    (tag) => `deploy --run ${RUN} --app codebase --tag ${tag}`,
  ),
]

/** Well-formed for the gate, which takes its own name off; the runner does not. */
export const NOT_FOR_RUNNER: readonly string[] = ['shipit-gate hello', `shipit-gate ${STATUS}`]
