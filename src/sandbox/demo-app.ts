// The app that the sandbox deploys: a page, a program and docs, with branches master and x, as one git fast-import stream.

type Files = Readonly<Record<string, string>>

const page = (branch: string, version: number) => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>codebase</title>
<link rel="stylesheet" href="style.css">
<h1>It is live.</h1>
<p>This is branch <b>${branch}</b>, version <b>${version}</b>, deployed by shipit.</p>
<p>The docs, after a deploy with --docs: <a href="../doc/index.html">doc/index.html</a></p>
</html>
`

const STYLE = 'body { font: 1.2rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 4rem auto; }\n'

const program = (branch: string, version: number) => `#!/usr/bin/env python3
print("Content-Type: text/plain\\n")
print("${branch} ${version}")
`

// Needs sh and make only.
const MAKEFILE = `BUILDDIR = _build

.PHONY: html
html:
	@mkdir -p $(BUILDDIR)/html
	@for page in *.txt; do \\
		echo "building $$page"; \\
		{ printf '<!doctype html><meta charset="utf-8"><title>%s</title><pre>\\n' "$\${page%.txt}"; cat "$$page"; printf '</pre>\\n'; } \\
			>"$(BUILDDIR)/html/$\${page%.txt}.html" || exit 1; \\
	done
	@echo "The pages are in $(BUILDDIR)/html."
`

const doc = (branch: string, version: number) => `codebase
========

These are the docs of branch ${branch}, version ${version}.
`

function files(branch: string, version: number): Files {
  return {
    'src/index.html': page(branch, version),
    'src/style.css': STYLE,
    'src/webcode.py': program(branch, version),
    'doc/Makefile': MAKEFILE,
    'doc/index.txt': doc(branch, version),
    'doc/install.txt': 'Install\n=======\n\nRun it.\n',
  }
}

type Commit = { branch: string; from?: string; date: number; subject: string; files: Files }

const DAY = 86_400
const FIRST = Date.UTC(2026, 0, 5, 9) / 1000
const COMMITS: readonly Commit[] = [
  { branch: 'master', date: FIRST, subject: 'first', files: files('master', 1) },
  {
    branch: 'x',
    from: 'master',
    date: FIRST + DAY,
    subject: 'branch x: usage',
    files: { ...files('x', 3), 'doc/usage.txt': 'Usage\n=====\n\nUse it.\n' },
  },
  // so that neither branch is older than the other
  { branch: 'master', date: FIRST + 2 * DAY, subject: 'version 2', files: files('master', 2) },
]

/** Renders the app's history for `git fast-import`; its commits have the same ids everywhere. */
export function demoAppStream(): string {
  return `${COMMITS.map(renderCommit).join('')}done\n`
}

function renderCommit(commit: Commit): string {
  return [
    `commit refs/heads/${commit.branch}\n`,
    `committer shipit <shipit@localhost> ${commit.date} +0000\n`,
    data(commit.subject),
    commit.from ? `from refs/heads/${commit.from}\n` : '',
    'deleteall\n',
    ...Object.entries(commit.files).map(
      ([path, text]) => `M ${path.endsWith('.py') ? '100755' : '100644'} inline ${path}\n${data(text)}`,
    ),
    '\n',
  ].join('')
}

function data(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}\n`
}
