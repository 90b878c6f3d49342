import * as v from 'valibot'

const json = v.pipe(v.string(), v.parseJson())

/** @returns undefined for a text that is no JSON */
export function parsedJson(text: string): unknown {
  const read = v.safeParse(json, text)
  return read.success ? read.output : undefined
}

/**
 * JSON as every reader takes it: half of a surrogate pair, with which a text ends that was cut at the wrong place, becomes
 * U+FFFD. JavaScript would write it as an escape, and `tt` drops the message that holds one.
 */
export const wireJson = (value: object): string =>
  JSON.stringify(value, (_key, held) =>
    typeof held === 'string' ? held.replaceAll(/\p{Cs}/gu, '\ufffd') : held,
  )
