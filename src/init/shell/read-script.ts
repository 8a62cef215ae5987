// A deploy script in sh or bash, as steps; and each line that has none, with the reason.
import { defined } from '../../defined.ts'
import type { Finding, ProposedStep, Unread } from '../found/proposal.ts'
import { flagAsked, isTest, type ScriptFlag, withoutNot } from './conditions.ts'
import { expand } from './expand.ts'
import { isNoise } from './noise.ts'
import { assignmentOf, readOptions } from './options.ts'
import { type Command, type Node, parseScript } from './parse.ts'
import { Place } from './place.ts'
import { readCommand } from './read-command.ts'

/** A function that calls itself is not followed for ever. */
const MOST_CALLS = 8

/** Reads a script. @param first the number of its first line, where it stands in another file */
export function readScript(file: string, text: string, first = 1): Omit<Finding, 'what'> {
  const reader = new ScriptReader(file)
  reader.read(text, first)
  return reader.found()
}

class ScriptReader {
  readonly #file: string
  readonly #steps: ProposedStep[] = []
  readonly #unread: Unread[] = []
  readonly #variables = new Map<string, string>()
  readonly #flagOf = new Map<string, ScriptFlag>()
  readonly #functions = new Map<string, readonly Node[]>()
  readonly #logins: string[] = []
  #branch: string | undefined
  #place = new Place()
  #lines: readonly string[] = []
  #first = 1
  #when: string | undefined
  /** why the lines that follow are not in the recipe, whatever they are */
  #why: string | undefined
  #calls = 0

  constructor(file: string) {
    this.#file = file
  }

  read(text: string, first: number): void {
    const [lines, before] = [this.#lines, this.#first]
    this.#lines = text.split('\n')
    this.#first = first
    this.#all(parseScript(text))
    this.#lines = lines
    this.#first = before
  }

  found(): Omit<Finding, 'what'> {
    const used = new Set(
      this.#steps.flatMap(({ options }) => String(options?.when ?? '').replace('!', '') || []),
    )
    const flags = [...this.#flagOf.values()].filter(({ name }) => used.has(name))
    const hosts = this.#logins.map((login) => login.split('@').at(-1) ?? '')
    const [user] = this.#logins.flatMap((login) => (login.includes('@') ? (login.split('@')[0] ?? []) : []))
    return {
      file: this.#file,
      steps: this.#steps,
      unread: this.#unread,
      flags: Object.fromEntries(flags.map(({ name, flag }) => [name, flag])),
      ...defined({ branch: this.#branch, user }),
      hosts: [...new Set(hosts)],
    }
  }

  #all(nodes: readonly Node[]): void {
    for (const node of nodes) this.#one(node)
  }

  #one(node: Node): void {
    const options = node.is === 'loop' || node.is === 'case' ? readOptions(node) : undefined
    if (options) {
      for (const [variable, flag] of options.flags) this.#flagOf.set(variable, flag)
      for (const name of options.values) if (!this.#variables.has(name)) this.#variables.set(name, '\0')
      return
    }
    switch (node.is) {
      case 'function':
        this.#functions.set(node.name, node.body)
        return
      case 'command':
        this.#command(node)
        return
      case 'chain':
        this.#chain(node)
        return
      case 'if':
        this.#if(node)
        return
      case 'group': {
        const back = node.isSubshell ? this.#place.mark() : () => {}
        this.#all(node.body)
        back()
        return
      }
      case 'case':
        this.#without('it is done only for some words of the command line', () => {
          for (const { body } of node.arms) this.#all(body)
        })
        return
      case 'loop':
        this.#without('it is in a loop', () => this.#all(node.body))
    }
  }

  /** What follows `||` is for a failure, and shipit ends at the first one. Of a pipeline, the first program counts. */
  #chain({ parts }: Extract<Node, { is: 'chain' }>): void {
    let condition: readonly Node[] | undefined
    for (const [index, { node, before }] of parts.entries()) {
      if (before === '||' && this.#isNoise([node])) continue
      if (before === '|' && this.#isNoise([node])) continue
      if (before === '|' || parts[index + 1]?.before === '|') {
        const isQuiet = this.#isNoise([node])
        if (
          !isQuiet &&
          parts.slice(index + 1).every((each) => each.before !== '|' || this.#isNoise([each.node]))
        )
          this.#one(node)
        else if (!isQuiet) this.#without('it is part of a pipeline', () => this.#one(node))
        continue
      }
      if (isTest(node)) condition = [node]
      else if (condition && before === '&&') this.#under(condition, [node], [])
      else this.#one(node)
    }
  }

  #if(node: Extract<Node, { is: 'if' }>): void {
    if (this.#isNoise(node.then) && this.#isNoise(node.else)) {
      // `if ! make; then exit 1; fi`, and guards
      this.#all(node.condition.map(withoutNot).filter((each) => !isTest(each)))
      this.#learn([...node.then, ...node.else])
      return
    }
    this.#under(node.condition, node.then, node.else)
  }

  /** Reads lines that are done only under a condition: one that asks for a flag of the script becomes `when`. */
  #under(condition: readonly Node[], then: readonly Node[], otherwise: readonly Node[]): void {
    const asked = flagAsked(condition, this.#flagOf)
    if (asked === undefined || this.#when !== undefined) {
      this.#without('it is done only under a condition', () => {
        this.#all(then)
        this.#all(otherwise)
      })
      return
    }
    const { flag, isNot } = asked
    const [yes, no] = isNot ? [otherwise, then] : [then, otherwise]
    this.#with(flag.name, () => this.#all(yes))
    this.#with(`!${flag.name}`, () => this.#all(no))
  }

  #with(when: string, work: () => void): void {
    this.#when = when
    const back = this.#place.mark()
    work()
    back()
    this.#when = undefined
  }

  #without(why: string, work: () => void): void {
    const before = this.#why
    this.#why ??= why
    work()
    this.#why = before
  }

  #command(command: Command): void {
    const [first = ''] = command.words
    if (this.#learn([command])) return
    const body = this.#functions.get(first)
    if (body && this.#calls < MOST_CALLS) {
      this.#calls += 1
      this.#all(body)
      this.#calls -= 1
      return
    }
    const words = command.words.map((word) => expand(word, this.#variables))
    const { step, isNoise, why, login, script } = readCommand(words, this.#place)
    if (login !== undefined && !this.#logins.includes(login)) this.#logins.push(login)
    if (first === 'ssh') this.#onHost(command, script)
    if (isNoise) return
    const reason = this.#why ?? why
    if (reason !== undefined || !step) this.#leave(command.line, reason ?? '')
    else this.#add(step, command, words)
  }

  /** Lines that ssh hands to a host. */
  #onHost({ heredoc, line }: Command, script: string | undefined): void {
    const place = this.#place
    this.#place = new Place()
    if (script !== undefined) this.read(script, this.#first + line - 1)
    if (heredoc) this.read(heredoc.text, this.#first + heredoc.line - 1)
    this.#place = place
  }

  #add(step: ProposedStep, { line }: Command, words: readonly string[]): void {
    if (step.call === 'git') {
      const isCheckout = words.includes('checkout') || words.includes('switch')
      const branch = words.at(-1)?.replace(/^origin\//, '') ?? ''
      if (isCheckout && /^[A-Za-z0-9][A-Za-z0-9._/-]*$/.test(branch)) this.#branch ??= branch
      if (this.#steps.some(({ call }) => call === 'git')) return
      this.#steps.push({ ...step, from: this.#line(line) })
      return
    }
    const options = { ...step.options, ...defined({ when: this.#when }) }
    this.#steps.push({
      ...step,
      ...(Object.keys(options).length > 0 ? { options } : {}),
      from: this.#line(line),
    })
  }

  #leave(line: number, why: string): void {
    const { line: number, ...rest } = this.#line(line)
    if (this.#unread.some((each) => each.line === number)) return
    this.#unread.push({ ...rest, line: number, why })
  }

  #line(line: number): { file: string; line: number; text: string } {
    return { file: this.#file, line: this.#first + line - 1, text: (this.#lines[line - 1] ?? '').trim() }
  }

  /** Notes what variables hold. @returns whether that is all that there is */
  #learn(nodes: readonly Node[]): boolean {
    let isAll = true
    for (const node of nodes) {
      const words = node.is === 'command' ? node.words : []
      const own = /^(?:export|local|readonly|declare|typeset)$/.test(words[0] ?? '') ? words.slice(1) : words
      const assignments = own.flatMap((word) => assignmentOf(word) ?? [])
      if (assignments.length === 0 || assignments.length < own.length) isAll = false
      else
        for (const { name, value } of assignments) this.#variables.set(name, expand(value, this.#variables))
    }
    return isAll
  }

  #isNoise(nodes: readonly Node[]): boolean {
    return isNoise(nodes, this.#functions)
  }
}
