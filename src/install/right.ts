// One right, for people and as a line of a file of the host. Pure.
import { APPS, type BundleFile } from './bundle.ts'

/** One right: who or what has it, what it allows (nothing where that says it), and what is dangerous about it. */
export type Right = { heading: string; what: string; means: string; danger?: string | undefined }

/** Renders the rights for people: headings, and below them each right with its sentence and its danger. */
export function formatRights(rights: readonly Right[]): string[] {
  return rights.flatMap(({ heading, what, means, danger }, index) => [
    ...(rights[index - 1]?.heading === heading ? [] : [`  ${heading}`]),
    `    ${what}`,
    ...(means === '' ? [] : [`        ${means}`]),
    ...(danger === undefined ? [] : [`      ! ${danger}`]),
  ])
}

/** Renders the rights as a file of the host: one a line, so that after a change the host can tell what changes. */
export function renderRights(app: string, rights: readonly Right[]): BundleFile {
  const field = (text: string) => text.replaceAll('|', '/')
  const lines = rights.map(({ heading, what, means, danger = '' }) =>
    [heading, what, means, danger].map(field).join('|'),
  )
  return {
    path: `${APPS}/${app}/rights`,
    mode: '0644',
    text: lines.map((line) => `${line}\n`).join(''),
  }
}
