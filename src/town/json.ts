import * as v from 'valibot'

const json = v.pipe(v.string(), v.parseJson())

/** @returns undefined for a text that is no JSON */
export function parsedJson(text: string): unknown {
  const read = v.safeParse(json, text)
  return read.success ? read.output : undefined
}
