/** All strings inside a JSON text, in their order. */
export function stringsIn(json: string): string[] {
  const found: string[] = []
  const walk = (value: unknown): void => {
    if (typeof value === 'string') found.push(value)
    else if (Array.isArray(value)) value.forEach(walk)
    else if (value !== null && typeof value === 'object') Object.values(value).forEach(walk)
  }
  walk(JSON.parse(json))
  return found
}

/** How often `text` stands in the strings of a request body, byte for byte. */
export function countIn(body: string, text: string): number {
  return stringsIn(body).reduce((sum, one) => sum + one.split(text).length - 1, 0)
}

/** Control bytes that a terminal would act on, besides line ends and tabs. */
export const rawControls = (text: string): string[] => text.match(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g) ?? []
