/** One line of `agents selftest`. */
export interface Proof {
  name: string
  ok: boolean
  /** What was seen, when it failed. */
  why: string
}

export const passed = (name: string): Proof => ({ name, ok: true, why: '' })
export const failed = (name: string, why: string): Proof => ({ name, ok: false, why })

/** A proof from a condition and what to say when it does not hold. */
export function proof(name: string, holds: boolean, why: string): Proof {
  return holds ? passed(name) : failed(name, why)
}
