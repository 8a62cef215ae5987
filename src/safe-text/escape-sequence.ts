// Follows an escape sequence to its end, wherever it leads, so that nothing of it is shown; a colour is told (ECMA-48).

export const ESC = 0x1b

/** One that has not ended by then is none: what follows is text again. */
const MAX_CHARACTERS = 4096
/** A colour with longer parameters is none. */
const MAX_PARAMETER_CHARACTERS = 48

/** After ESC, after ESC with intermediate bytes, after ESC [, and in an OSC, DCS, APC, PM or SOS. */
type State = 'escape' | 'intermediate' | 'control' | 'string'

/** One sequence after the other, character by character. */
export class EscapeSequence {
  #state: State | undefined
  #length = 0
  /** of a control sequence, from the bracket on; nothing when it can't be a colour */
  #parameters: string | undefined
  /** the parameters of a colour that the last character completed */
  colour: string | undefined

  get isOpen(): boolean {
    return this.#state !== undefined
  }

  /** After an ESC. */
  begin(): void {
    this.#state = 'escape'
    this.#length = 0
  }

  breakOff(): void {
    this.#state = undefined
  }

  /** Goes on, or ends. Returns whether the character is part of it; one that is not is to be read as text. */
  take(code: number): boolean {
    this.colour = undefined
    if (++this.#length > MAX_CHARACTERS) {
      this.breakOff()
      return false
    }
    if (code === ESC) {
      this.begin()
      return true
    }
    switch (this.#state) {
      case 'escape':
      case 'intermediate':
        return this.#takeEscape(code)
      case 'control':
        return this.#takeControl(code)
      default:
        // BEL, CAN, SUB and ST as one character end a string
        if (code === 0x07 || code === 0x18 || code === 0x1a || code === 0x9c) this.breakOff()
        return true
    }
  }

  #takeEscape(code: number): boolean {
    const character = String.fromCharCode(code)
    if (code >= 0x20 && code <= 0x2f) {
      this.#state = 'intermediate'
    } else if (this.#state === 'escape' && character === '[') {
      this.#state = 'control'
      this.#parameters = ''
    } else if (this.#state === 'escape' && ']P_^X'.includes(character)) {
      this.#state = 'string'
    } else {
      this.breakOff()
      return code >= 0x30 && code <= 0x7e
    }
    return true
  }

  #takeControl(code: number): boolean {
    if (code >= 0x20 && code <= 0x3f) {
      // digits, ; and : only
      const admitted = code >= 0x30 && code <= 0x3b
      if (!admitted || this.#parameters?.length === MAX_PARAMETER_CHARACTERS) this.#parameters = undefined
      if (this.#parameters !== undefined) this.#parameters += String.fromCharCode(code)
      return true
    }
    this.breakOff()
    if (code < 0x40 || code > 0x7e) return false
    if (code === 0x6d) this.colour = this.#parameters
    return true
  }
}
