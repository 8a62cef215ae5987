// Which face a deploy gets.
import { ciSystem } from '../../words/ci-system.ts'
import { isLively } from '../output/style.ts'
import type { Face, FaceOptions } from './face.ts'

/** Chooses and loads the face that suits where stdout leads. */
export async function chooseFace(options: FaceOptions): Promise<Face> {
  if (options.format === 'json') return new (await import('./json-face.ts')).JsonFace(options)
  if (isLively(options.stdout, options.env) && !ciSystem(options.env))
    return new (await import('./terminal-face.ts')).TerminalFace(options)
  return new (await import('./plain-face.ts')).PlainFace(options)
}
