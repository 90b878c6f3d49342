import { isOrnament } from './screen.ts'

/** Where things stand on a screen, found by what they look like. Row indexes begin at 0. */
export interface Layout {
  /** The prompt row of the composer: the lowest input line. */
  composer: number | undefined
  /** First row of the newest turn: the last prompt that was sent and has been answered by at least one row. */
  turn: number
}

/** A prompt sign, maybe in a box, maybe behind the name of an agent; not a numbered choice of a menu. */
const PROMPT =
  /^[ \xa0\t│┃|]*(?:\[[^\]]{1,60}\][ \xa0]?(?:\d+%[ \xa0]?)?(?:λ[ \xa0])?!?|\([^)]{1,8}\)|\S{1,20}@\S{1,30})?(?:[❯›>❭⟩▌λ]|→(?= Add| Plan)|💫|✨(?![ \xa0]\S+:))(?![❯›>=])(?=[ \xa0\t│┃|]|$)(?![ \xa0\t]*\d+[.):]?[ \xa0])/u
/** Rows below a composer that are still its footer; a prompt row further up belongs to the transcript. */
const REACH = 25

/** @param rows of the screen, from its top, without the blank ones at its end */
export function layoutOf(rows: readonly string[]): Layout {
  let composer: number | undefined
  let answered = false
  let told = 0
  for (let at = rows.length - 1; at >= 0; at -= 1) {
    const row = rows[at]!
    if (!PROMPT.test(row)) {
      if (!isOrnament(row)) {
        answered = composer !== undefined
        told += 1
      }
      if (composer === undefined && told > REACH) return { composer, turn: 0 }
      continue
    }
    if (composer === undefined) composer = at
    else if (answered) return { composer, turn: at }
  }
  return { composer, turn: 0 }
}

/** What a region is called where evidence is told. */
export function placeOf(layout: Layout, row: number): string {
  if (layout.composer === undefined) return ''
  if (row === layout.composer) return 'composer'
  if (row > layout.composer) return 'footer'
  return row >= layout.turn ? 'newest turn' : 'earlier turn'
}

const FENCE = /^[ \xa0\t│┃|]*(?:```|~~~)/
/** A line of a diff or of a listing with line numbers. */
const LISTED =
  /^[ \xa0\t│┃|⎿⋮]*(?:\d{1,6}[ \xa0]?[│|→]|\d{1,6}[ \xa0][-+:][ \xa0]|\d{1,6}[ \xa0]{2,}\S|[-+][ \xa0]?["'`/#\w]|@@ )/
/** A call of a tool that prints somebody else's text; what a sub-agent meets is the account's, what `Read` prints a count. */
const TOOL =
  /^[ \xa0\t]*[⏺●•■▸»✓✔←→$*⚙🛠][\ufe0f \xa0]*(?:Ran |Running |Bash\b|Shell\b|Run|Grep\b|Web\w*|Fetch|Edit\b|Edited |Update|Write|execute_bash|Using tool|[^\n]{0,60}\(MCP\))/u
const RESULT = /^[ \xa0\t]*[⎿└↳⋮]/
/** A row that announces what follows. */
const OPENS =
  /(?:[:,]|\b(?:the|a|an|is|says?|said|reads?|prints?|shows?|showed|like|as|with|of|that|and|or|to|for|see|saw))$/i
const OWN_MARK = /^[ \xa0\t│┃|]*[^\p{L}\p{N}\s"'`“‘([<{$_]/u

/** Stands before the first word of a row that goes on with a sentence: nothing begins there, a gap may hold it. */
export const GOES_ON = '\u2060'

/**
 * The rows in which a program may speak for itself; others are emptied, so that numbers of rows stay. Emptied are
 * fences, diffs, numbered listings, output of tools, what a row announces, and what somebody typed: talk about a limit
 * or an error is none. Neither is a row that goes on with a sentence, but what began above it may go on there, however
 * wide the screen is.
 */
export function ownWords(rows: readonly string[]): string[] {
  const { announced, onward } = sentences(rows)
  const others = new Set([...fences(rows), ...outputs(rows), ...announced, ...blocks(rows)])
  return rows.map((row, at) => {
    if (others.has(at) || LISTED.test(row) || isTyped(row)) return ''
    return onward.has(at) ? row.replace(/\S/, `${GOES_ON}$&`) : row
  })
}

/** A message or a draft; a menu's row may begin like it. */
const isTyped = (row: string): boolean =>
  PROMPT.test(row) && !/^[ \xa0\t│┃|]*▌|\bwait for (?:the )?limit to reset/iu.test(row)

/** What stands indented below a row that announces it, a blank one between them at most: a listing, its marks included. */
function blocks(rows: readonly string[]): number[] {
  const found: number[] = []
  let opened = Number.POSITIVE_INFINITY
  let inside = Number.POSITIVE_INFINITY
  let blank = 0
  for (const [at, row] of rows.entries()) {
    const column = row.search(/\S/)
    if (column < 0) {
      blank += 1
      continue
    }
    // Where everything begins at the edge, the details of an error stand directly below it.
    const deeper = column > opened && (opened >= 2 || blank === 1)
    const below = deeper || (column === opened && column >= 2 && !OWN_MARK.test(row))
    if (column < inside || (column === opened && blank > 0)) inside = Number.POSITIVE_INFINITY
    if (inside === Number.POSITIVE_INFINITY && below && blank <= 1) inside = column
    if (column >= inside) found.push(at)
    else {
      const announces = row.trimEnd().endsWith(':') && !SPEAKS.test(row)
      opened = announces ? row.search(/[\p{L}\p{N}"'`“(]/u) : Number.POSITIVE_INFINITY
    }
    blank = 0
  }
  return found
}

/** A row with which a program, not a model, begins to speak. What it goes on with is its own too. */
const SPEAKS =
  /^[ \xa0\t│┃|]*(?:[■⚠✕✗✘✖⛔❌🖐⎿!]|(?:[^\p{L}\p{N}\s"'`“‘]{1,3}[ \xa0]+)?(?:\[?(?!(?:the|this|that|each|every|when|if|i|we|it|fix(?:ed|es)?|add(?:ed|s)?) )(?:[\w.:-]+ ){0,3}[\w.]*(?:error|failed|failure|exception)\b|[a-z][\w.-]{0,20}: |You(?:['’]ve| have|['’]re| are)? (?:hit|reached|exceeded|exhausted|out of|used all)\b))/iu

/** Rows that the row above announces, and those that go on with its sentence. */
function sentences(rows: readonly string[]): { announced: number[]; onward: Set<number> } {
  const found = { announced: [] as number[], onward: new Set<number>() }
  const width = rows.reduce((most, row) => Math.max(most, row.trimEnd().length), 0)
  let announced = false
  let own = false
  for (const [at, row] of rows.entries()) {
    const before = rows[at - 1] ?? ''
    const marked = OWN_MARK.test(row)
    own = row.trim() !== '' && (SPEAKS.test(row) || (own && !marked))
    const along: boolean = announced && before.search(/\S/) === row.search(/\S/)
    announced = !own && !marked && row.trim() !== '' && (along || opens(before))
    if (announced) found.announced.push(at)
    else if (!own && !marked && goesOn(before, row, width)) found.onward.add(at)
  }
  return found
}

const opens = (row: string): boolean => !isOrnament(row) && OPENS.test(row.trimEnd())

/** What a tool printed: the row with the sign of a result below its call, and what is indented deeper than that sign. */
function outputs(rows: readonly string[]): number[] {
  let state: 'none' | 'called' | 'printing' = 'none'
  let edge = 0
  return rows.flatMap((row, at) => {
    if (TOOL.test(row)) state = 'called'
    else if (state === 'called' && RESULT.test(row)) {
      state = 'printing'
      edge = row.search(RESULT_SIGN)
      return [at]
    } else if (state === 'printing' && row.trim() !== '') {
      if (/^\s*⋮/.test(row) || row.search(/\S/) > edge) return [at]
      state = 'none'
    }
    return []
  })
}
const RESULT_SIGN = /[⎿└↳⋮]/

/** Whether `row` is the rest of a sentence that `before` was too narrow for. */
function goesOn(before: string, row: string, width: number): boolean {
  const text = before.trimEnd()
  if (/[.!?…)\]│┃|]$/.test(text) || text.trim().split(/\s+/).length < 4) return false
  const word = /^\s*(\S*)/.exec(row)![1]!
  const full = width >= 40 && text.length + 1 + word.length > width
  return full || (text.length >= 30 && /^\p{Ll}/u.test(word))
}

/** The rows without what stands between two fences; numbers of rows stay. */
export function unfenced(rows: readonly string[]): readonly string[] {
  const quoted = new Set(fences(rows))
  return quoted.size === 0 ? rows : rows.map((row, at) => (quoted.has(at) ? '' : row))
}

/** Rows between two fences; one without a partner opens nothing. */
function fences(rows: readonly string[]): number[] {
  const marks = rows.flatMap((row, at) => (FENCE.test(row) ? [at] : []))
  const paired = marks.length - (marks.length % 2)
  return rows.flatMap((_, at) => {
    const before = marks.findLastIndex((mark) => mark <= at)
    const inside = before >= 0 && before < paired && (before % 2 === 0 || marks[before] === at)
    return inside ? [at] : []
  })
}
