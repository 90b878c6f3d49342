/** One character of a row that was captured with its colours. */
interface Cell {
  char: string
  /** Background and reverse video. */
  ground: string
  /** Colour and weight. */
  ink: string
}

const sequence = /\x1b\[([0-9;:]*)m|\x1b(?:\][^\x07\x1b]*(?:\x07|\x1b\\)|[()].|[@-_])|([\s\S])/gu

/**
 * Which of the labels, in their order in the row, is drawn unlike the others: on another ground, else in another ink.
 * @param row captured with escape sequences. @returns undefined where that is not plain
 */
export function highlighted(row: string, labels: readonly string[]): number | undefined {
  const cells = cellsOf(row)
  const places = placesOf(cells.map((cell) => cell.char).join(''), labels)
  if (places === undefined) return undefined
  const base = mostOf(
    cells.filter((_, at) => !places.some(({ from, to }) => at >= from && at < to)).map((c) => c.ground),
  )
  const grounds = places.map(({ from }) => cells[from]!.ground)
  const raised = grounds.flatMap((ground, index) => (ground === base ? [] : [index]))
  if (raised.length === 1) return raised[0]
  if (raised.length > 0 || labels.length < 3) return undefined
  return oddOne(places.map(({ from }) => cells[from]!.ink))
}

/** Every cell of a row with what it is drawn in. */
function cellsOf(row: string): Cell[] {
  const cells: Cell[] = []
  let pen = { background: '', reverse: false, colour: '', bold: false }
  for (const [, codes, char] of row.matchAll(sequence)) {
    if (codes !== undefined) pen = withCodes(pen, codes)
    else if (char !== undefined)
      cells.push({
        char,
        ground: `${pen.background}${pen.reverse ? '!' : ''}`,
        ink: `${pen.colour}${pen.bold ? '!' : ''}`,
      })
  }
  return cells
}

interface Pen {
  background: string
  reverse: boolean
  colour: string
  bold: boolean
}

/** SGR: 38 and 48 take a colour of one (5) or three (2) numbers. */
function withCodes(pen: Pen, codes: string): Pen {
  const numbers = codes.split(/[;:]/u).map(Number)
  const out = { ...pen }
  for (let at = 0; at < numbers.length; at += 1) {
    const code = numbers[at]!
    const long = code === 38 || code === 48 ? (numbers[at + 1] === 2 ? 5 : 3) : 1
    const value = numbers.slice(at, at + long).join(';')
    at += long - 1
    if (code === 0) Object.assign(out, { background: '', reverse: false, colour: '', bold: false })
    else if (code === 1) out.bold = true
    else if (code === 22) out.bold = false
    else if (code === 7) out.reverse = true
    else if (code === 27) out.reverse = false
    else if (code === 39) out.colour = ''
    else if (code === 49) out.background = ''
    else if (code === 38 || (code >= 30 && code <= 37) || (code >= 90 && code <= 97)) out.colour = value
    else if (code === 48 || (code >= 40 && code <= 47) || (code >= 100 && code <= 107)) out.background = value
  }
  return out
}

function placesOf(text: string, labels: readonly string[]): { from: number; to: number }[] | undefined {
  const places: { from: number; to: number }[] = []
  for (const label of labels) {
    const from = text.indexOf(label, places.at(-1)?.to ?? 0)
    if (from === -1) return undefined
    places.push({ from, to: from + label.length })
  }
  return places
}

function mostOf(all: readonly string[]): string {
  const counts = new Map<string, number>()
  for (const one of all) counts.set(one, (counts.get(one) ?? 0) + 1)
  return [...counts].toSorted((a, b) => b[1] - a[1])[0]?.[0] ?? ''
}

/** The one that differs from all others, which are alike. */
function oddOne(all: readonly string[]): number | undefined {
  const common = mostOf(all)
  const odd = all.flatMap((one, index) => (one === common ? [] : [index]))
  return odd.length === 1 ? odd[0] : undefined
}
