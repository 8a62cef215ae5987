// What `shipit init` looks at: names and texts of a project. Nothing in it was run.

/** A remote of the checkout, as git names it. */
export type Remote = { name: string; url: string }

/** A project as it lies on disk. */
export type Project = {
  /** the name of its folder */
  name: string
  /** what lies in it, two levels deep, relative; a folder ends with a slash */
  paths: ReadonlySet<string>
  /** the texts of those files that may say something, by path */
  texts: ReadonlyMap<string, string>
  /** nothing where it is no checkout of git */
  git?: {
    remotes: readonly Remote[]
    /** the default branch of the remote, or the one that is checked out */
    branch?: string
    /** where the folder lies in the checkout: nothing at its top, else `apps/web/` */
    below: string
  }
}

/** Says whether the project has a file or a folder. */
export function has(project: Project, path: string): boolean {
  return project.paths.has(path) || project.paths.has(`${path.replace(/\/$/, '')}/`)
}
