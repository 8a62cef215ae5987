// The host that a request is sent to.

/** On whom an answer is waited for, and for how long: 30 s if it does not say, and half as long again where the host asks git first. */
export type Callee = {
  host: string
  user: string
  /** that it is a host of, as suggestions name it (`nameEnvironment`) */
  environment?: string
  answerLimitMs?: number
  /** of this shipit, for a host that has another one */
  version?: string
}
