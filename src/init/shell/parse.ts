// Reads the tokens of a shell script as commands, conditions, loops and functions.
import { type Heredoc, type Token, tokenize } from './tokens.ts'

/** A simple command: its words as they stand there. */
export type Command = {
  is: 'command'
  words: readonly string[]
  line: number
  heredoc?: Heredoc
}

/** A part of a script. */
export type Node =
  | Command
  /** commands with `&&`, `||` or `|` between them */
  | { is: 'chain'; parts: readonly { node: Node; before: '' | '&&' | '||' | '|' }[]; line: number }
  | { is: 'if'; condition: readonly Node[]; then: readonly Node[]; else: readonly Node[]; line: number }
  | { is: 'case'; arms: readonly { patterns: readonly string[]; body: readonly Node[] }[]; line: number }
  | { is: 'loop'; header: readonly Node[]; body: readonly Node[]; line: number }
  | { is: 'function'; name: string; body: readonly Node[]; line: number }
  | { is: 'group'; body: readonly Node[]; isSubshell: boolean; line: number }

/** Parses a script. What it can't make out becomes a command of those words, and nothing is lost. */
export function parseScript(text: string): Node[] {
  return new Parser(tokenize(text)).list(new Set())
}

const CLOSERS = new Set(['then', 'elif', 'else', 'fi', 'do', 'done', 'esac', '}'])

class Parser {
  readonly #tokens: readonly Token[]
  #at = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  get #next(): Token | undefined {
    return this.#tokens[this.#at]
  }

  #is(text: string): boolean {
    return this.#next?.text === text
  }

  #accept(text: string): boolean {
    if (!this.#is(text)) return false
    this.#at += 1
    return true
  }

  #skip(...texts: readonly string[]): void {
    while (this.#next?.is === 'operator' && texts.includes(this.#next.text)) this.#at += 1
  }

  /** Reads until one of the words, which stays. */
  list(until: ReadonlySet<string>): Node[] {
    const nodes: Node[] = []
    for (;;) {
      this.#skip(';', '\n', '&')
      const next = this.#next
      if (!next || until.has(next.text) || (next.is === 'operator' && next.text === ';;' && until.has(';;')))
        return nodes
      const before = this.#at
      nodes.push(this.#chain(until))
      // a closing word or bracket without its opening
      if (this.#at === before) this.#at += 1
    }
  }

  #chain(until: ReadonlySet<string>): Node {
    const line = this.#next?.line ?? 0
    const parts: { node: Node; before: '' | '&&' | '||' | '|' }[] = [{ node: this.#one(until), before: '' }]
    for (;;) {
      const operator = this.#next
      if (operator?.is !== 'operator' || !isJoint(operator.text)) break
      this.#at += 1
      this.#skip('\n')
      parts.push({ node: this.#one(until), before: operator.text })
    }
    const [only] = parts
    return parts.length === 1 && only ? only.node : { is: 'chain', parts, line }
  }

  #one(until: ReadonlySet<string>): Node {
    const { line = 0, text = '', is } = this.#next ?? {}
    if (is === 'operator' && text === '(') return this.#subshell(line)
    if (is !== 'word') return { is: 'command', words: [], line }
    if (text === '{') return this.#braces(line)
    if (text === 'if') return this.#if(line)
    if (text === 'case') return this.#case(line)
    if (text === 'while' || text === 'until' || text === 'for' || text === 'select') return this.#loop(line)
    if (text === 'function') this.#at += 1
    return this.#function(line, text === 'function') ?? this.#command(until)
  }

  #subshell(line: number): Node {
    this.#at += 1
    const body = this.list(new Set([')']))
    this.#accept(')')
    return { is: 'group', body, isSubshell: true, line }
  }

  #braces(line: number): Node {
    this.#at += 1
    const body = this.list(new Set(['}']))
    this.#accept('}')
    return { is: 'group', body, isSubshell: false, line }
  }

  #if(line: number): Node {
    this.#at += 1
    const condition = this.list(new Set(['then']))
    this.#accept('then')
    const then = this.list(new Set(['elif', 'else', 'fi']))
    const nested = this.#next?.line ?? line
    if (this.#is('elif')) return { is: 'if', condition, then, else: [this.#if(nested)], line }
    const otherwise = this.#accept('else') ? this.list(new Set(['fi'])) : []
    this.#accept('fi')
    return { is: 'if', condition, then, else: otherwise, line }
  }

  #case(line: number): Node {
    const arms: { patterns: string[]; body: Node[] }[] = []
    while (this.#next && !this.#is('in')) this.#at += 1
    this.#accept('in')
    for (;;) {
      this.#skip('\n', ';', ';;')
      if (!this.#next || this.#accept('esac')) return { is: 'case', arms, line }
      this.#accept('(')
      const patterns: string[] = []
      while (this.#next && !this.#is(')')) {
        if (this.#next.is === 'word') patterns.push(this.#next.text.replace(/^(["'])(.*)\1$/, '$2'))
        this.#at += 1
      }
      this.#accept(')')
      arms.push({ patterns, body: this.list(new Set([';;', 'esac'])) })
    }
  }

  #loop(line: number): Node {
    const header = this.#words(new Set(['do']))
    this.#accept('do')
    const body = this.list(new Set(['done']))
    this.#accept('done')
    return { is: 'loop', header, body, line }
  }

  /** The words before `do`, as one command. */
  #words(until: ReadonlySet<string>): Node[] {
    const { line = 0 } = this.#next ?? {}
    const words: string[] = []
    while (this.#next && !until.has(this.#next.text)) {
      if (this.#next.is === 'word') words.push(this.#next.text)
      this.#at += 1
    }
    return [{ is: 'command', words, line }]
  }

  #function(line: number, isNamed: boolean): Node | undefined {
    const [name, open, close] = this.#tokens.slice(this.#at, this.#at + 3)
    const hasBrackets = open?.text === '(' && close?.text === ')'
    if (!name || !(hasBrackets || isNamed)) return undefined
    this.#at += hasBrackets ? 3 : 1
    this.#skip('\n')
    const body = this.#one(new Set())
    return { is: 'function', name: name.text, body: body.is === 'group' ? body.body : [body], line }
  }

  #command(until: ReadonlySet<string>): Command {
    const { line = 0 } = this.#next ?? {}
    const words: string[] = []
    let heredoc: Heredoc | undefined
    while (this.#next?.is === 'word') {
      const { text } = this.#next
      if (words.length === 0 && (until.has(text) || CLOSERS.has(text))) break
      heredoc = this.#next.heredoc ?? heredoc
      words.push(text)
      this.#at += 1
    }
    return heredoc ? { is: 'command', words, line, heredoc } : { is: 'command', words, line }
  }
}

function isJoint(text: string): text is '&&' | '||' | '|' {
  return text === '&&' || text === '||' || text === '|'
}
