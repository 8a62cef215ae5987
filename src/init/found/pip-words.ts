// How packages of Python are installed beside the code, whoever asks for it: a project of a kind, or a line of a script.

/** The words of the command. @param file of requirements; the project itself without one */
export function pipWords(file: string | undefined): string[] {
  const what = file === undefined ? ['.'] : ['-r', file]
  return ['python3', '-m', 'pip', 'install', '--quiet', '--target', 'packages', ...what]
}
