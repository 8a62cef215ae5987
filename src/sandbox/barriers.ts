// The files above the trees of commits that end the search of programs that look upwards for a project. Without them a build in a commit
// without package.json could work in what the person has in the home, or, where the trees lie in the sandbox, in the checkout.

/** A manifest of no use: npm and yarn refuse to install there, and it has nothing to run. The name is what npm shows. */
const PACKAGE = {
  name: 'the-commit-has-no-package.json',
  version: '0.0.0',
  private: true,
  os: ['none'],
}

/** It is valid, since cargo reads it also where the commit has its own. */
const CARGO = `[package]
name = "the-commit-has-no-Cargo-toml"
version = "0.0.0"
edition = "2021"
publish = false
[lib]
path = "none.rs"
`

/**
 * The barriers, by their names. The programs of `remote/` set `GIT_CEILING_DIRECTORIES` as well: `.git` is for a git that
 * was started without it. None is for pnpm's workspaces or Go: they would take such a file for the commit's own.
 */
export const BARRIERS: Readonly<Record<string, string>> = {
  // gitrepository-layout(5): git ends at a file that leads nowhere, with an error
  '.git': 'gitdir: there-is-no-repository-in-the-sandbox\n',
  'package.json': `${JSON.stringify(PACKAGE, undefined, 2)}\n`,
  'Cargo.toml': CARGO,
  Rakefile: '# the commit has no Rakefile\n',
}
